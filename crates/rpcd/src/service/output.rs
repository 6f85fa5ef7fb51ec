//! What the event loop is to do.

use core::time::Duration;
use std::net::Ipv6Addr;
use std::rc::Rc;

use grange_daemon::json::Value;
use grange_ubus::{Data, Status};

use crate::facts::Source;
use crate::jobs::JobId;

/// Whoever waits for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskerId(pub u32);

/// What the event loop is to do.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Ask a daemon.
    Ask {
        /// Which.
        source: Source,
        /// What the answer comes with.
        tag: u32,
        /// Its method.
        method: &'static str,
        /// Its parameters.
        params: Value,
        /// When it is too late.
        deadline: Duration,
    },
    /// Answer a call.
    Answer {
        /// Whose.
        asker: AskerId,
        /// What, or why not.
        outcome: Result<Rc<Data>, Status>,
    },
    /// Read the devices' counters and tell them by `Service::handle_counters`, before anything else.
    ReadCounters,
    /// Ping a neighbour.
    Ping {
        /// For which job.
        job: JobId,
        /// Where.
        address: Ipv6Addr,
        /// Over which interface.
        interface: String,
        /// The ping's number.
        sequence: u16,
    },
    /// The job needs no pings any more.
    PingsEnd(JobId),
    /// Write the history down for a restart.
    Save(Vec<u8>),
}
