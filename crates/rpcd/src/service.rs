//! Calls, facts, history, journal and jobs together: a function of events and time.
//!
//! After each `handle_*`, drain [`Service::poll_output`] to `None`; call [`Service::handle_timeout`] when
//! [`Service::poll_timeout`] says so.
//!
//! - `state`: what it knows, and getters
//! - `output`: what the event loop is to do
//! - `calls`: from a call to its answer
//! - `schedule`, `collect`: numbers for the history
//! - `errands`: jobs

mod calls;
mod collect;
mod errands;
mod output;
mod schedule;
mod state;

pub use self::output::{AskerId, Output};
pub use self::state::{Counters, MOST_CALLS, Service};

#[cfg(test)]
mod tests;
