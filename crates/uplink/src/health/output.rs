//! What the state machine wants done, and what an HTTP check saw.

use crate::health::state::{Reason, State};

/// What the caller is to do, or to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a probe; its answer goes to `Health::handle_answer`. Nothing need be told of a loss.
    Probe {
        /// The name of the probe.
        id: u16,
        /// The target's place in `Config::targets`.
        target: usize,
    },
    /// Make the HTTP check; its outcome goes to `Health::handle_portal`.
    Portal,
    /// The state is another one.
    Changed {
        /// What it was.
        from: State,
        /// What it is.
        to: State,
        /// Why.
        why: Reason,
    },
}

/// What an HTTP check saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portal {
    /// The expected status and body.
    Good,
    /// Another answer.
    Captive,
    /// None. The probes say whether the uplink lives.
    Silent,
}
