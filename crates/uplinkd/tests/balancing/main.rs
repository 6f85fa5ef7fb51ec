//! The balancer on real kernels: nftables, conntrack, routes and rules in network namespaces.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that fails"
)]

mod accounting;
mod cake;
mod captive;
mod chaos;
mod explain;
mod failover;
mod hotplug;
mod ipv6;
mod marks;
mod netifd;
mod resolvers;
mod restart;
mod rules;
mod town;
