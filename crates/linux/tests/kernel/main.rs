//! The crate against a real kernel, each test in a network namespace of its own.
//!
//! Needs root (or user namespaces), `unshare`, `ip`, `nft` and `kill`.
#![expect(
    clippy::expect_used,
    reason = "a test panics when something is not as it says"
)]

mod batches;
mod fatal;
mod mesh_socket;
mod monitor;
mod namespace;
mod neighbours;
mod routes;
mod rules;
mod signals;
