//! The methods of the control socket.

mod config_view;

use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::prefix::Prefix;
use grange_babel::status::RouteStatus;
use grange_daemon::control_error::ControlError;
use grange_daemon::json::Value;
use grange_daemon::params::{Params, missing, wrong};
use grange_daemon::reply::routed as reply;
use grange_linux::{Family, Kernel};
use serde::Serialize;

use crate::agent::Agent;
use crate::gateway::{Lease, default_prefix};
use crate::metrics;
use crate::netjson;
use crate::program::PROGRAM;
use crate::report;
use crate::tally::TALLIES;
use crate::traffic::Traffic;

/// The longest lease: whoever checks an uplink does so more than once a day.
const LONGEST_LEASE_S: u64 = 86_400;
/// The longest a daemon that has left waits for its supervisor to end it.
const LONGEST_LEAVE_WAIT_S: u64 = 60;

/// A reply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `status`.
    Status(Box<reply::Status>),
    /// To `interfaces`.
    Interfaces(Vec<reply::Interface>),
    /// To `neighbours`.
    Neighbours(Vec<reply::Neighbour>),
    /// To `routes`.
    Routes(Vec<reply::Route>),
    /// To `xroutes`.
    Xroutes(Vec<reply::Xroute>),
    /// To `sources`.
    Sources(Vec<reply::Source>),
    /// To `gateway show`, `gateway set` and `gateway clear`.
    Gateways(Vec<reply::Gateway>),
    /// To `config`.
    Config(Value),
    /// To `metrics`.
    Metrics(String),
    /// To `netjson`.
    Graph(reply::NetworkGraph),
    /// To `reload`.
    Reloaded {
        /// What is odd about the file, each with line and column.
        warnings: Vec<String>,
    },
    /// To `leave`.
    Left(reply::Left),
}

/// What a request asks of the daemon.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// This is the answer.
    Answered(Result<Answer, ControlError>),
    /// Read the configuration again.
    Reload,
    /// Leave the mesh and end, or first wait so long for a signal to do so.
    Leave {
        /// The longest wait.
        wait: Duration,
    },
}

/// Answers a request, or says what the daemon must do before it can be answered.
pub fn handle<K: Kernel>(
    agent: &mut Agent<K>,
    traffic: &Traffic,
    method: &str,
    params: &Value,
    now: Instant,
) -> Request {
    match method {
        "reload" => match Params::new(params, &[]) {
            Ok(_) => Request::Reload,
            Err(error) => Request::Answered(Err(error)),
        },
        "leave" => match leave_wait(params) {
            Ok(wait) => Request::Leave { wait },
            Err(error) => Request::Answered(Err(error)),
        },
        _ => Request::Answered(answer(agent, traffic, method, params, now)),
    }
}

fn answer<K: Kernel>(
    agent: &mut Agent<K>,
    traffic: &Traffic,
    method: &str,
    params: &Value,
    now: Instant,
) -> Result<Answer, ControlError> {
    let none = || Params::new(params, &[]);
    Ok(match method {
        "status" => {
            none()?;
            Answer::Status(Box::new(status(agent, now)))
        }
        "interfaces" => {
            none()?;
            let rows = report::interfaces(agent.core(), agent.interfaces(), agent.config());
            Answer::Interfaces(rows)
        }
        "neighbours" => {
            none()?;
            Answer::Neighbours(report::neighbours(agent.core(), agent.interfaces(), now))
        }
        "routes" => Answer::Routes(routes(agent, params, now)?),
        "xroutes" => {
            let page = Params::new(params, &["offset", "limit"])?.page()?;
            Answer::Xroutes(
                page.of(report::xroutes(agent.redistribution(), agent.interfaces()))
                    .collect(),
            )
        }
        "sources" => {
            let page = Params::new(params, &["offset", "limit"])?.page()?;
            let mut sources: Vec<_> = agent.core().sources(now).collect();
            sources.sort_unstable_by_key(|source| (source.prefix, source.router_id));
            Answer::Sources(page.of(sources.iter().map(report::source)).collect())
        }
        "config" => {
            none()?;
            Answer::Config(config_view::view(agent.config()))
        }
        "gateway show" => {
            none()?;
            Answer::Gateways(gateways(agent, now))
        }
        "gateway set" => {
            let (family, lease) = lease(agent, params, now)?;
            agent.handle_lease(family, lease, now);
            Answer::Gateways(gateways(agent, now))
        }
        "gateway clear" => {
            let family = family(Params::new(params, &["family"])?)?;
            agent.handle_lease_cleared(family, now);
            Answer::Gateways(gateways(agent, now))
        }
        "metrics" => {
            none()?;
            Answer::Metrics(metrics::page(agent, traffic, PROGRAM.version, now))
        }
        "netjson" => {
            none()?;
            Answer::Graph(netjson::graph(agent, PROGRAM.version, now))
        }
        _ => {
            let names = PROGRAM.methods.iter().map(|method| method.name);
            return Err(ControlError::unknown_method(method, names));
        }
    })
}

fn status<K: Kernel>(agent: &Agent<K>, now: Instant) -> reply::Status {
    let core = agent.core();
    let counters = core.counters();
    reply::Status {
        name: PROGRAM.name.to_owned(),
        version: PROGRAM.version.to_owned(),
        router_id: core.router_id().to_string(),
        seqno: core.seqno().0,
        uptime_s: now.since(agent.started()).as_secs(),
        pid: std::process::id(),
        table: agent.config().general.table,
        interfaces_up: report::count(agent.interfaces().up_count()),
        interfaces: report::count(agent.interfaces().rows(agent.config()).len()),
        neighbours: report::count(core.neighbours(now).count()),
        routes: report::count(core.routes(now).count()),
        routes_installed: report::count(agent.fib().installed_count()),
        xroutes: report::count(agent.redistribution().origins().len()),
        sources: report::count(core.sources(now).count()),
        default_route: reply::PerFamily {
            ipv4: default_route(agent, Prefix::DEFAULT_V4, now),
            ipv6: default_route(agent, Prefix::DEFAULT_V6, now),
        },
        sharing: reply::PerFamily {
            ipv4: sharing(agent, Prefix::DEFAULT_V4),
            ipv6: sharing(agent, Prefix::DEFAULT_V6),
        },
        gateways: gateways(agent, now),
        warnings: warnings(agent, now),
        counters: TALLIES
            .iter()
            .map(|tally| (tally.name.into(), (tally.read)(counters)))
            .collect(),
    }
}

fn default_route<K: Kernel>(
    agent: &Agent<K>,
    prefix: Prefix,
    now: Instant,
) -> Option<reply::DefaultRoute> {
    let mut routes = agent.core().routes(now);
    let route = routes.find(|route| route.prefix == prefix && route.installed && route.selected)?;
    Some(reply::DefaultRoute {
        via: route.next_hop.address,
        interface: agent.interfaces().name(route.next_hop.interface.0),
        router_id: route.router_id.to_string(),
        metric: report::metric(route.metric),
    })
}

fn sharing<K: Kernel>(agent: &Agent<K>, prefix: Prefix) -> Option<reply::Sharing> {
    let origin = agent.redistribution().origins().get(&prefix)?;
    Some(reply::Sharing {
        metric: origin.metric,
    })
}

fn warnings<K: Kernel>(agent: &Agent<K>, now: Instant) -> Vec<String> {
    let mut warnings: Vec<String> = agent.double(now).map(str::to_owned).into_iter().collect();
    if let Some(error) = agent.config_error() {
        warnings.push(format!(
            "the configuration file is not in use, the one before goes on: {error}"
        ));
    }
    match agent.fib().failed_count() {
        0 => {}
        1 => warnings.push("the kernel does not take 1 route; the log says why".to_owned()),
        failed => warnings.push(format!(
            "the kernel does not take {failed} routes; the log says why"
        )),
    }
    for status in agent.core().interfaces() {
        if status.config.mac.permissive && status.config.mac.is_on() {
            let name = &status.config.name;
            warnings.push(format!(
                "{name} accepts packets that are not authentic: `option permissive` is for the roll-out of keys"
            ));
        }
    }
    if agent.config().interfaces.is_empty() {
        warnings.push("the configuration has no section of type interface".to_owned());
    }
    warnings
}

fn routes<K: Kernel>(
    agent: &Agent<K>,
    params: &Value,
    now: Instant,
) -> Result<Vec<reply::Route>, ControlError> {
    let params = Params::new(params, &["selected", "prefix", "offset", "limit"])?;
    let selected = params.flag("selected")?.unwrap_or(false);
    let inside: Option<Prefix> = params.parsed("prefix", "a prefix such as 10.0.0.0/8")?;
    let page = params.page()?;
    let wanted = |route: &RouteStatus| {
        (!selected || route.selected) && inside.is_none_or(|inside| inside.contains(&route.prefix))
    };
    let mut routes: Vec<RouteStatus> = agent.core().routes(now).filter(wanted).collect();
    routes.sort_unstable_by_key(|route| {
        (
            route.prefix,
            !route.selected,
            route.metric,
            route.router_id,
            route.next_hop,
        )
    });
    Ok(page
        .of(&routes)
        .map(|route| report::route(route, agent.interfaces()))
        .collect())
}

fn gateways<K: Kernel>(agent: &Agent<K>, now: Instant) -> Vec<reply::Gateway> {
    let families = [
        (Family::V4, reply::Family::Ipv4),
        (Family::V6, reply::Family::Ipv6),
    ];
    let rows = families.into_iter().filter_map(|(family, name)| {
        let lease = agent.leases().lease(family);
        let origin = agent
            .redistribution()
            .origins()
            .get(&default_prefix(family));
        if lease.is_none() && origin.is_none() {
            return None;
        }
        let leased_metric = lease.and_then(|lease| lease.metric);
        Some(reply::Gateway {
            family: name,
            metric: origin
                .map(|origin| origin.metric)
                .or(leased_metric)
                .unwrap_or(0),
            expires_ms: lease
                .and_then(|lease| lease.left(now))
                .map(report::milliseconds),
            announced: origin.is_some(),
        })
    });
    rows.collect()
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

fn lease<K: Kernel>(
    agent: &Agent<K>,
    params: &Value,
    now: Instant,
) -> Result<(Family, Lease), ControlError> {
    let read = Params::new(params, &["family", "lease", "metric"])?;
    let family = family(read)?;
    let seconds: Option<u64> = read.unsigned("lease")?;
    let metric: Option<u16> = read.unsigned("metric")?;
    if seconds.is_some_and(|seconds| !(1..=LONGEST_LEASE_S).contains(&seconds)) {
        let what = format!("1 to {LONGEST_LEASE_S} seconds");
        return Err(wrong(
            "lease",
            &what,
            params.get("lease").unwrap_or(&Value::Null),
        ));
    }
    if metric == Some(u16::MAX) {
        return Err(wrong(
            "metric",
            "0 to 65534",
            params.get("metric").unwrap_or(&Value::Null),
        ));
    }
    if seconds.is_none() && agent.config().general.require_lease {
        return Err(missing("lease"));
    }
    let expires = seconds.map(|seconds| now + Duration::from_secs(seconds));
    Ok((family, Lease { metric, expires }))
}

fn family(params: Params<'_>) -> Result<Family, ControlError> {
    match params.text("family")? {
        Some("ipv4") => Ok(Family::V4),
        Some("ipv6") => Ok(Family::V6),
        Some(other) => Err(wrong("family", "ipv4 or ipv6", &Value::from(other))),
        None => Err(missing("family")),
    }
}

#[cfg(test)]
mod tests;
