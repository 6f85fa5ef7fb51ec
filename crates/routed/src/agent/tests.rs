//! The agent against a kernel in memory and a neighbour that is a second protocol core.

mod bench;
mod crash;
mod identity;
mod kernel;
mod links;
mod sharing;
