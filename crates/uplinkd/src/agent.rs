//! Joins health, policy and the kernel's news: a function of events and time, whose effects the event
//! loop carries out.
//!
//! - `state`: what the agent knows, and its getters
//! - `inputs`: configuration, the kernel's tables, answers, commands, time
//! - `drain`: what the state machines want
//! - `decide`: who takes new connections, and the ruleset that says so
//! - `effect`: what the event loop is to do

mod decide;
mod drain;
mod effect;
mod inputs;
mod state;

pub use self::effect::{Change, Effect, News};
pub use self::state::{Agent, family_name};

#[cfg(test)]
mod tests;
