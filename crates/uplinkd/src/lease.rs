//! The lease on announcing a default route, which grange-routed grants: it is renewed only while members
//! have a way out, so that the route goes with the last uplink, and with this daemon.

use std::path::{Path, PathBuf};
use std::time::Duration;

use grange_daemon::client::{Client, ClientError};
use grange_daemon::json::Value;
use grange_daemon::run_dir::socket_path;
use grange_linux::Family;
use grange_uplink::clock::Instant;

use crate::report::reply_family;

/// How long a lease holds, and how often it is renewed.
const LEASE_S: u64 = 9;
const STEP: Duration = Duration::from_secs(3);
/// grange-routed answers within milliseconds, or is in trouble.
const PATIENCE: Duration = Duration::from_millis(200);

/// The leases of both families.
#[derive(Debug)]
pub struct Lease {
    socket: PathBuf,
    held: [bool; 2],
    next: Instant,
}

impl Lease {
    /// None is held; grange-routed has the same run directory.
    pub fn new(run_dir: &Path, now: Instant) -> Self {
        Self {
            socket: socket_path(run_dir, "grange-routed"),
            held: [false; 2],
            next: now,
        }
    }

    /// Renews what is to be held, at its time, and gives back at once what is not.
    pub fn follow(&mut self, wanted: [bool; 2], now: Instant) -> Result<(), ClientError> {
        let due = self.next <= now;
        let mut result = Ok(());
        for (place, family) in Family::BOTH.into_iter().enumerate() {
            let asked = match (wanted[place], self.held[place]) {
                (true, held) if due || !held => self.ask(
                    "gateway set",
                    &Value::object([
                        ("family", Value::from(reply_family(family))),
                        ("lease", Value::from(LEASE_S)),
                    ]),
                ),
                (false, true) => self.ask(
                    "gateway clear",
                    &Value::object([("family", Value::from(reply_family(family)))]),
                ),
                _ => continue,
            };
            // One that cannot be given back runs out by itself; a renewal is tried again in time.
            self.held[place] = wanted[place];
            result = result.and(asked);
        }
        if due {
            self.next = now + STEP;
        }
        result
    }

    /// When [`Lease::follow`] wants to be called.
    pub fn poll_timeout(&self, wanted: [bool; 2]) -> Option<Instant> {
        (wanted != [false; 2] || self.held != [false; 2]).then_some(self.next)
    }

    fn ask(&self, method: &str, params: &Value) -> Result<(), ClientError> {
        let mut client = Client::connect(&self.socket)?;
        client.call_text(method, params, PATIENCE).map(drop)
    }
}
