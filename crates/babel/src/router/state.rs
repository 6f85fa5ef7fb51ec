//! The router's state and its public face.

use core::net::{Ipv6Addr, SocketAddrV6};
use core::time::Duration;

use crate::clock::Instant;
use crate::filter::Filters;
use crate::limits::{Counters, Limits};
use crate::link::{InterfaceConfig, InterfaceId, LinkAddresses, NextHop};
use crate::metric::Metric;
use crate::output::Output;
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::status::{InterfaceStatus, NeighbourStatus, OriginStatus, RouteStatus, SourceStatus};

/// What a router is started with.
#[derive(Clone, Debug)]
pub struct RouterConfig {
    /// Our router-id.
    pub router_id: RouterId,
    /// Our first seqno: the saved one after a restart, else any.
    pub seqno: Seqno,
    /// The filters to start with.
    pub filters: Filters,
    /// The ceilings of the tables.
    pub limits: Limits,
    /// Half-life of the smoothed metric used in route selection; zero switches smoothing off.
    pub smoothing_half_life: Duration,
    /// Seed of the jitter.
    pub seed: u64,
}

/// A UDP datagram from the Babel port.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Where it arrived.
    pub interface: InterfaceId,
    /// Who sent it.
    pub source: SocketAddrV6,
    /// Its body.
    pub payload: &'a [u8],
}

/// Why an interface is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterfaceError {
    /// The interface table is full.
    #[error("no more than {0} interfaces")]
    Full(usize),
}

/// Why a prefix is not originated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// The table of origins is full.
    #[error("no more than {0} prefixes are originated")]
    Full(usize),
    /// Multicast, loopback or link-local.
    #[error("{0} is not routable")]
    Martian(Prefix),
}

/// A Babel router.
#[derive(Debug)]
pub struct Router {
    config: RouterConfig,
    counters: Counters,
}

#[allow(
    missing_docs,
    unused_variables,
    clippy::needless_pass_by_value,
    reason = "signatures ahead of the engine"
)]
impl Router {
    pub fn new(config: RouterConfig, now: Instant) -> Self {
        Self {
            config,
            counters: Counters::default(),
        }
    }
    pub fn handle_interface_up(
        &mut self,
        id: InterfaceId,
        config: InterfaceConfig,
        link: LinkAddresses,
        hello_seqno: Seqno,
        now: Instant,
    ) -> Result<(), InterfaceError> {
        Ok(())
    }
    pub fn handle_interface_down(&mut self, id: InterfaceId, now: Instant) {}
    pub fn handle_packet(&mut self, datagram: Datagram<'_>, now: Instant) {}
    pub fn handle_timeout(&mut self, now: Instant) {}
    pub fn handle_originate(
        &mut self,
        prefix: Prefix,
        metric: Metric,
        now: Instant,
    ) -> Result<(), OriginError> {
        Ok(())
    }
    pub fn handle_withdraw(&mut self, prefix: Prefix, now: Instant) {}
    pub fn handle_filters(&mut self, filters: Filters, now: Instant) {}
    /// What the kernel still has from before a restart; `None` is an unreachable route. Call before the first packet.
    pub fn handle_adopted(&mut self, prefix: Prefix, next_hop: Option<NextHop>, now: Instant) {}
    pub fn handle_cost_estimate(
        &mut self,
        interface: InterfaceId,
        neighbour: Ipv6Addr,
        cost: Option<u16>,
        now: Instant,
    ) {
    }
    pub fn handle_neighbour_suspect(
        &mut self,
        interface: InterfaceId,
        neighbour: Ipv6Addr,
        now: Instant,
    ) {
    }
    pub fn handle_leave(&mut self, now: Instant) {}
    /// Events are produced only while `on`.
    pub fn handle_watch(&mut self, on: bool) {}
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn router_id(&self) -> RouterId {
        self.config.router_id
    }
    pub fn seqno(&self) -> Seqno {
        self.config.seqno
    }
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
    pub fn interfaces(&self) -> impl Iterator<Item = InterfaceStatus<'_>> {
        core::iter::empty()
    }
    pub fn neighbours(&self, now: Instant) -> impl Iterator<Item = NeighbourStatus> {
        core::iter::empty()
    }
    pub fn routes(&self, now: Instant) -> impl Iterator<Item = RouteStatus> {
        core::iter::empty()
    }
    pub fn origins(&self) -> impl Iterator<Item = OriginStatus> {
        core::iter::empty()
    }
    pub fn sources(&self, now: Instant) -> impl Iterator<Item = SourceStatus> {
        core::iter::empty()
    }
}
