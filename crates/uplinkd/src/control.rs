//! The methods of the control socket.

use std::time::Duration;

use grange_daemon::control_error::ControlError;
use grange_daemon::json::Value;
use grange_daemon::params::{Params, missing, wrong};
use grange_daemon::reply::uplinkd as reply;
use grange_uplink::clock::Instant;
use serde::Serialize;

use crate::agent::Agent;
use crate::bill;
use crate::date::{Date, Month};
use crate::explain::Question;
use crate::facts::Facts;
use crate::metrics;
use crate::program::PROGRAM;
use crate::report;

/// The longest wait for a supervisor's signal after leaving.
const LONGEST_LEAVE_WAIT_S: u64 = 60;

/// A reply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `status`.
    Status(Box<reply::Status>),
    /// To `uplinks`, `drain`, `undrain` and `probe`.
    Uplinks(Vec<reply::Uplink>),
    /// To `policies`.
    Policies(Vec<reply::Policy>),
    /// To `rules`.
    Rules(Vec<reply::Rule>),
    /// To `members`.
    Members(Vec<reply::Member>),
    /// To `neighbours`.
    Neighbours(Vec<reply::Neighbour>),
    /// To `usage`.
    Usage(Vec<reply::Usage>),
    /// To `bill`.
    Bill(reply::Bill),
    /// To `metrics`, `public-key`, and to `bill` as CSV.
    Text(String),
    /// To `explain`.
    Explained(reply::Explain),
    /// To `reload`.
    Reloaded {
        /// What is odd about the file.
        warnings: Vec<String>,
    },
    /// To `leave`.
    Left(reply::Left),
}

/// What a method comes to.
#[derive(Debug)]
pub enum Request {
    /// This.
    Answered(Result<Answer, ControlError>),
    /// See what the kernel knows of the address, then answer.
    Explain(Question),
    /// Read the configuration again, then answer.
    Reload,
    /// Ask the kernel for this router's public key, then answer.
    PublicKey,
    /// Clean up, answer, wait so long for a signal and end.
    Leave(Duration),
}

/// Answers a request, or says what it takes.
pub fn handle(
    agent: &mut Agent,
    facts: Facts<'_>,
    method: &str,
    params: &Value,
    now: Instant,
) -> Request {
    let bare = Params::new(params, &[]).map(drop);
    match (method, bare) {
        ("reload", Ok(())) => Request::Reload,
        ("public-key", Ok(())) => Request::PublicKey,
        ("reload" | "public-key", Err(error)) => Request::Answered(Err(error)),
        ("explain", _) => match Question::read(params) {
            Ok(question) => Request::Explain(question),
            Err(error) => Request::Answered(Err(error)),
        },
        ("leave", _) => match leave_wait(params) {
            Ok(wait) => Request::Leave(wait),
            Err(error) => Request::Answered(Err(error)),
        },
        _ => Request::Answered(answer(agent, facts, method, params, now)),
    }
}

fn leave_wait(params: &Value) -> Result<Duration, ControlError> {
    let seconds: Option<u64> = Params::new(params, &["wait"])?.unsigned("wait")?;
    let seconds = seconds.unwrap_or(0);
    if seconds > LONGEST_LEAVE_WAIT_S {
        let what = format!("0 to {LONGEST_LEAVE_WAIT_S} seconds");
        let given = params.get("wait").unwrap_or(&Value::Null);
        return Err(wrong("wait", &what, given));
    }
    Ok(Duration::from_secs(seconds))
}

fn answer(
    agent: &mut Agent,
    facts: Facts<'_>,
    method: &str,
    params: &Value,
    now: Instant,
) -> Result<Answer, ControlError> {
    let none = || Params::new(params, &[]);
    Ok(match method {
        "status" => {
            Params::new(params, &["devices"])?.flag("devices")?;
            let status = report::status(agent, facts, PROGRAM.version, now);
            Answer::Status(Box::new(status))
        }
        "uplinks" => {
            none()?;
            Answer::Uplinks(report::uplinks(agent, now))
        }
        "policies" => {
            none()?;
            Answer::Policies(report::policies(agent))
        }
        "rules" => {
            none()?;
            Answer::Rules(report::rules(agent))
        }
        "members" => {
            none()?;
            Answer::Members(report::members(agent.config()))
        }
        "neighbours" => {
            none()?;
            Answer::Neighbours(facts.peers.rows(now).collect())
        }
        "usage" => {
            let month = month(Params::new(params, &["month"])?)?;
            Answer::Usage(bill::usage(facts.ledger, month))
        }
        "bill" => {
            let read = Params::new(params, &["month", "format"])?;
            let balance_of = |uplink: &str| facts.peers.balance(uplink);
            let month = month(read)?;
            let made = bill::bill(
                agent.config(),
                facts.ledger,
                balance_of,
                month,
                Date::today(),
            );
            let mut made = made.map_err(|error| ControlError::refused(error.to_string()))?;
            made.warnings = facts.warnings.to_vec();
            match read.text("format")? {
                None => Answer::Bill(made),
                Some("csv") => Answer::Text(bill::csv(&made)),
                Some(other) => return Err(wrong("format", "csv", &Value::from(other))),
            }
        }
        "drain" | "undrain" | "probe" => {
            let name = Params::new(params, &["uplink"])?.text("uplink")?;
            let name = name.ok_or_else(|| missing("uplink"))?;
            let found = match method {
                "probe" => agent.handle_probe_request(name, now),
                _ => agent.handle_drain(name, method == "drain", now),
            };
            if !found {
                let names = agent
                    .uplinks()
                    .iter()
                    .map(|uplink| uplink.section.name.as_str());
                let known: Vec<&str> = names.collect();
                return Err(ControlError::bad_params(format!(
                    "there is no such uplink, only {}",
                    known.join(", ")
                )));
            }
            let mut rows = report::uplinks(agent, now);
            rows.retain(|row| row.name == name);
            Answer::Uplinks(rows)
        }
        "exec" => {
            return Err(ControlError::refused(
                "a command is run where it is called: grange-uplinkd exec UPLINK -- COMMAND",
            ));
        }
        "portal" => {
            return Err(ControlError::refused(
                "a portal is opened on the router: grange-uplinkd portal UPLINK client=ADDRESS [minutes=10] [port=8118, from 1024] [resolver=ADDRESS]",
            ));
        }
        "metrics" => {
            none()?;
            Answer::Text(metrics::page(agent, facts, now))
        }
        _ => {
            let names = PROGRAM.methods.iter().map(|method| method.name);
            return Err(ControlError::unknown_method(method, names));
        }
    })
}

fn month(params: Params<'_>) -> Result<Month, ControlError> {
    match params.text("month")? {
        Some(text) => Month::parse(text)
            .ok_or_else(|| wrong("month", "a month such as 2026-11", &Value::from(text))),
        None => Date::today()
            .map(|today| today.month)
            .ok_or_else(|| ControlError::refused("the clock has not been set: name the month")),
    }
}
