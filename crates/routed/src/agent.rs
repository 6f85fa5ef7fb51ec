//! The agent: the protocol core on one side, the kernel's tables on the other, and what passes between
//! them. It has no socket and no clock; what it wants sent or saved comes out as [`Effect`]s.
//!
//! - `state`: what the agent knows, how it starts, and its getters
//! - `inputs`: packets, time, commands
//! - `hearing`: what the kernel announces
//! - `tables`: the kernel's tables are read
//! - `follow`: core, rules and settings are brought in line with what was read
//! - `identity`: the router-id, and another router that has the same
//! - `drain`: the core's wishes are carried out

mod drain;
mod follow;
mod hearing;
mod identity;
mod inputs;
mod state;
mod tables;

pub use self::state::{Agent, AgentCounters, Effect, Leaving, StartError};

#[cfg(test)]
mod tests;
