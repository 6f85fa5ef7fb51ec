//! A deterministic simulator of whole networks over the protocol core, and what must hold in them.
//!
//! Routers, links, clocks and crashes are driven by one queue of events and one seeded generator:
//! the same seed gives the same trace, to the octet. Simulated time costs nothing, so every
//! bound on it can be asserted on any machine.
//!
//! `GRANGE_SIM_LOUD=1` prints every packet of a failing case, `scripts/sim` runs many more cases.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken assumption here is a failed test"
)]

// The simulator.
mod building;
mod clock;
mod delivery;
mod extensions;
mod faults;
mod fib;
mod inspect;
mod lifecycle;
mod link;
mod loops;
mod measure;
mod mesh;
mod network;
mod node;
mod options;
mod queue;
mod random;
mod topology;
mod trace;

// What it proves.
mod addresses;
mod authentication;
mod bounds;
mod convergence;
mod determinism;
mod identity;
mod outages;
mod properties;
mod restarts;
mod retractions;
mod scale;
mod schedule;
mod source_specific;
