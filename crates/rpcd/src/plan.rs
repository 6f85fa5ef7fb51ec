//! What a method needs to know, and what it makes of that.

use core::time::Duration;

use grange_daemon::json::{Members, Value};
use grange_daemon::object;
use grange_ubus::{Status, Table};

use crate::daemon_link::Problem;
use crate::facts::{Fact, Query, Source};
use crate::history::History;
use crate::jobs::Jobs;
use crate::journal::Journal;
use crate::moment::Moment;
use crate::rates::Rates;

/// How old an answer may be: ten tabs that ask within it cost one question.
pub const FRESH: Duration = Duration::from_millis(900);
/// The same for what costs a daemon more and changes less.
pub const SLOW: Duration = Duration::from_secs(5);

/// What we know ourselves.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What happened.
    pub journal: &'a Journal,
    /// Numbers over time.
    pub history: &'a History,
    /// What runs.
    pub jobs: &'a Jobs,
    /// Octets of devices.
    pub rates: &'a Rates,
    /// Now.
    pub now: Moment,
}

/// What a call comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// This reply.
    Reply(Value),
    /// A test of a link, as a job.
    LinkTest {
        /// The neighbour's address.
        address: std::net::Ipv6Addr,
        /// The interface it is on.
        interface: String,
        /// Pings.
        count: u16,
    },
    /// An uplink that was asked to look at itself, as a job.
    Probe {
        /// Its name.
        uplink: String,
    },
}

/// Why a call comes to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The call's status.
    Status(Status),
    /// In words.
    Problem(Problem),
}

/// Makes the reply of what was said.
pub type Build = fn(&Known<'_>, Table<'_>, &[Fact]) -> Result<Made, Refusal>;

/// A method's way to its reply.
#[derive(Debug)]
pub struct Plan {
    /// What is asked first.
    pub queries: Vec<Query>,
    /// What is made of the answers, which come in that order.
    pub build: Build,
}

impl Plan {
    /// What is asked for our own use: no reply is made of it.
    pub fn to_know(queries: Vec<Query>) -> Self {
        Self {
            queries,
            build: |_, _, _| Err(Status::NO_DATA.into()),
        }
    }
}

/// A question without parameters.
pub fn ask(source: Source, method: &'static str) -> Query {
    Query {
        source,
        method,
        params: object! {},
        max_age: FRESH,
    }
}

/// The graph of the mesh, which is drawn anew every few seconds only.
pub fn graph() -> Query {
    Query {
        max_age: SLOW,
        ..ask(Source::Routed, "netjson")
    }
}

/// Those of the arguments that are texts or whole numbers, as parameters of a daemon's method.
pub fn passed_on(arguments: Table<'_>, names: &[&str]) -> Value {
    let mut params = Members::new();
    for name in names {
        if let Some(text) = arguments.text(name) {
            params.insert((*name).to_owned(), text.into());
        } else if let Some(number) = arguments.integer(name) {
            params.insert((*name).to_owned(), number.into());
        }
    }
    Value::Object(params)
}

/// An argument that must be there.
pub fn required<'a>(arguments: Table<'a>, name: &str) -> Result<&'a str, Status> {
    let text = arguments.text(name).filter(|text| !text.is_empty());
    text.ok_or(Status::INVALID_ARGUMENT)
}

/// An answer, or why there is none.
pub fn said(facts: &[Fact], place: usize) -> Result<&Value, Refusal> {
    match facts.get(place).map(AsRef::as_ref) {
        Some(Ok(value)) => Ok(value),
        Some(Err(problem)) => Err(Refusal::Problem(problem.clone())),
        None => Err(Status::UNKNOWN_ERROR.into()),
    }
}

/// An answer, or null.
pub fn maybe_said(facts: &[Fact], place: usize) -> &Value {
    said(facts, place).unwrap_or(&Value::Null)
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}
