//! What the router knows, and the methods its caller uses.

use std::collections::{BTreeSet, VecDeque};

use litemap::LiteMap;

use core::net::{Ipv6Addr, SocketAddrV6};
use core::time::Duration;

use crate::amends::Amends;
use crate::clock::Instant;
use crate::filter::Filters;
use crate::interface::Interface;
use crate::limits::{Counters, Limits};
use crate::link::{InterfaceId, NextHop};
use crate::mac::Entropy;
use crate::metric::{FiniteMetric, Metric};
use crate::neighbour::NeighbourTable;
use crate::outbox::Ask;
use crate::output::{Change, Event, FibChange, Output, SavedSeqnos};
use crate::prefix::Prefix;
use crate::random::Random;
use crate::request::RequestTable;
use crate::route::{Adopted, Destination, Installed};
use crate::route_table::RouteTable;
use crate::router_id::RouterId;
use crate::rtt::Clock;
use crate::seqno::Seqno;
use crate::suspicion::Suspicion;

/// Babel's UDP port.
// RFC 8966 §5: port number 6696
pub const BABEL_PORT: u16 = 6696;

/// Babel's multicast group.
// RFC 8966 §5: IPv6 multicast group ff02::1:6
pub const BABEL_GROUP: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 1, 6);

/// How many of our own seqnos are reserved at a time.
const SEQNO_BLOCK: u16 = 8;

/// How long an adopted route's next hop may stay unheard before its packets are refused: three of
/// the default Hello intervals.
const ADOPTED_UNHEARD: Duration = Duration::from_secs(12);

/// How long neighbours may remember what we announced before a restart.
pub(super) const ADOPTED_MEMORY: Duration = Duration::from_mins(1);

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
    /// Octets of the kernel's randomness, other ones at each start: no index and no nonce of
    /// authentication may ever come twice.
    pub entropy: [u8; 32],
}

/// A UDP datagram that reached the Babel port.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Where it arrived.
    pub interface: InterfaceId,
    /// Who sent it.
    pub source: SocketAddrV6,
    /// The address it was sent to.
    pub destination: Ipv6Addr,
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
    /// Source-specific, which the kernel does not forward by.
    #[error("the kernel has no source-specific routes")]
    SourceSpecific,
    /// An infinite metric announces nothing.
    #[error("the metric is infinite")]
    Infinite,
}

/// A Babel router.
#[derive(Debug)]
pub struct Router {
    pub(super) router_id: RouterId,
    /// What speaks for another router with our router-id.
    pub(super) suspicion: Option<Suspicion>,
    pub(super) started: Instant,
    pub(super) seqno: Seqno,
    /// No seqno from here on has been announced; what a restart begins with.
    pub(super) seqno_reserved: Seqno,
    pub(super) half_life: Duration,
    pub(super) limits: Limits,
    pub(super) filters: Filters,
    pub(super) random: Random,
    /// What timestamps are taken from.
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
    pub(super) interfaces: LiteMap<InterfaceId, Interface>,
    pub(super) neighbours: NeighbourTable,
    pub(super) routes: RouteTable,
    pub(super) requests: RequestTable,
    pub(super) origins: usize,
    /// Whether packets can be forwarded by where they come from.
    pub(super) source_specific: bool,
    /// The Hello blocks in use, also of interfaces that are away for a while.
    pub(super) hello_blocks: LiteMap<String, Seqno>,
    /// Prefixes where a better route waits for its smoothed metric to agree.
    pub(super) unsettled: BTreeSet<Prefix>,
    pub(super) settle_at: Option<Instant>,
    /// Adopted routes of which nobody has said yet whether they still lead anywhere.
    pub(super) doubtful: BTreeSet<Prefix>,
    /// When routes were adopted, if ever.
    pub(super) restarted_at: Option<Instant>,
    /// Something was taken over from before a restart, and its interfaces have not been looked for
    /// yet.
    pub(super) adopting: bool,
    /// Who relied on us before a restart, by the name of their interface.
    pub(super) remembered: Vec<(String, Ipv6Addr)>,
    /// When to look whether somebody new is one of them.
    pub(super) recognise_at: Option<Instant>,
    /// What we announced before a restart is being taken back.
    pub(super) amends: Option<Amends>,
    /// Copies of the farewell still to be sent; set by leaving.
    pub(super) farewell: Option<Farewell>,
    pub(super) outputs: VecDeque<Output>,
    pub(super) watched: bool,
    pub(super) counters: Counters,
}

/// A departure under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Farewell {
    pub(super) copies: u8,
    pub(super) at: Instant,
}

impl Router {
    /// A router without interfaces.
    pub fn new(config: RouterConfig, now: Instant) -> Self {
        let mut random = Random::new(config.seed);
        Self {
            router_id: config.router_id,
            suspicion: None,
            started: now,
            seqno: config.seqno,
            seqno_reserved: config.seqno.plus(SEQNO_BLOCK),
            half_life: config.smoothing_half_life,
            requests: RequestTable::new(config.limits.requests),
            limits: config.limits,
            filters: config.filters,
            clock: Clock {
                origin: u32::from(random.nonce()) << 16 | u32::from(random.nonce()),
            },
            random,
            entropy: Entropy::new(&config.entropy),
            interfaces: LiteMap::new(),
            neighbours: NeighbourTable::default(),
            routes: RouteTable::new(config.limits.sources),
            origins: 0,
            source_specific: true,
            hello_blocks: LiteMap::new(),
            unsettled: BTreeSet::new(),
            settle_at: None,
            doubtful: BTreeSet::new(),
            restarted_at: None,
            adopting: false,
            remembered: Vec::new(),
            recognise_at: None,
            amends: None,
            farewell: None,
            outputs: VecDeque::new(),
            watched: false,
            counters: Counters::default(),
        }
    }

    /// Announces a prefix as ours from now on, or changes the metric it is announced with.
    pub fn handle_originate(
        &mut self,
        prefix: Prefix,
        metric: Metric,
        now: Instant,
    ) -> Result<(), OriginError> {
        if prefix.is_martian() {
            return Err(OriginError::Martian(prefix));
        }
        if prefix.source().is_some() && !self.source_specific {
            return Err(OriginError::SourceSpecific);
        }
        let finite = FiniteMetric::new(metric).ok_or(OriginError::Infinite)?;
        let own = self
            .routes
            .find(prefix)
            .and_then(|destination| destination.own);
        if own.is_none() {
            if self.origins >= self.limits.origins {
                self.counters.origins_refused += 1;
                return Err(OriginError::Full(self.limits.origins));
            }
            self.origins += 1;
        }
        self.routes.get(prefix).own = Some(finite);
        self.event(|| Event::Origin {
            change: if own.is_none() {
                Change::Added
            } else {
                Change::Changed
            },
            prefix,
            metric,
        });
        self.select(prefix, now);
        Ok(())
    }

    /// Stops announcing a prefix as ours.
    pub fn handle_withdraw(&mut self, prefix: Prefix, now: Instant) {
        let Some(destination) = self.routes.find_mut(prefix) else {
            return;
        };
        let Some(own) = destination.own.take() else {
            return;
        };
        let metric = own.metric();
        self.origins -= 1;
        self.event(|| Event::Origin {
            change: Change::Removed,
            prefix,
            metric,
        });
        self.select(prefix, now);
    }

    /// Notes that the kernel cannot forward packets by where they come from: from now on there are no
    /// source-specific routes.
    // RFC 9079 §4: if the lower layers cannot hold source-specific routes, then a Babel
    // implementation MUST silently ignore any source-specific routes
    pub fn handle_no_source_specific(&mut self, now: Instant) {
        if !core::mem::take(&mut self.source_specific) {
            return;
        }
        for prefix in self.routes.prefixes(|prefix, _| prefix.source().is_some()) {
            self.handle_withdraw(prefix, now);
            let ids: Vec<_> = self
                .routes
                .find(prefix)
                .into_iter()
                .flat_map(|destination| destination.routes.iter())
                .map(|route| route.neighbour)
                .collect();
            for id in ids {
                self.unlearn(id, prefix, now);
            }
            // Nothing of it can be in the kernel either.
            if let Some(destination) = self.routes.find_mut(prefix) {
                destination.adopted = None;
            }
            self.select(prefix, now);
        }
    }

    /// Replaces the filters, and makes everything known and announced agree with them.
    pub fn handle_filters(&mut self, filters: Filters, now: Instant) {
        if filters == self.filters {
            return;
        }
        self.filters = filters;
        self.refilter(now);
        for prefix in self.routes.prefixes(|_, _| true) {
            self.reinstall(prefix);
            self.select(prefix, now);
            // What the old filter let out and the new one does not is retracted.
            let ask = Ask {
                copy: 1,
                must: true,
            };
            self.announce(prefix, ask, now);
        }
        // What the old filter turned away was not kept: ask for it.
        self.ask_everybody(now);
    }

    /// Notes what the kernel still has from before a restart; `None` is an unreachable route.
    /// To be called for each such route before the first packet; interfaces that are not up by the
    /// first [`Self::handle_timeout`] count as down.
    ///
    /// We no longer know what we announced, so that any neighbour's route may lead back to us. The
    /// next hop stays what it was, which is as free of loops as it was before, or becomes
    /// unreachable, until a seqno newer than all we can have announced arrives.
    pub fn handle_adopted(&mut self, prefix: Prefix, next_hop: Option<NextHop>, now: Instant) {
        let via = next_hop.and_then(|next_hop| self.routes.next_hop_id(next_hop, None));
        let next_hop = via.and(next_hop);
        let destination = self.routes.get(prefix);
        destination.installed = via.map_or(Installed::Unreachable, Installed::Via);
        let adopted = Adopted {
            next_hop,
            floor: None,
            free: false,
            heard_by: now + ADOPTED_UNHEARD,
            until: now + ADOPTED_MEMORY,
        };
        destination.adopted = Some(Box::new(adopted));
        self.routes.due_by(adopted.heard_by);
        self.doubtful.insert(prefix);
        self.restarted_at = Some(now);
        self.adopting = true;
    }

    /// Notes who relied on us before a restart, as it was saved. To be called like
    /// [`Self::handle_adopted`]. Where one of their interfaces is gone, nobody knows any more what
    /// was announced of the routes over it: everything is taken back.
    pub fn handle_remembered(&mut self, neighbours: Vec<(String, Ipv6Addr)>, now: Instant) {
        if neighbours.is_empty() {
            return;
        }
        self.remembered = neighbours;
        self.remembered.truncate(self.limits.neighbours);
        self.restarted_at = Some(now);
        self.adopting = true;
    }

    /// Leaves the network: neighbours are told, and every route is removed. Keep calling
    /// [`Self::handle_timeout`] until [`Self::poll_timeout`] is `None`: the farewell is repeated.
    pub fn handle_leave(&mut self, now: Instant) {
        let is_installed =
            |_, destination: &Destination| destination.installed != Installed::Nothing;
        for prefix in self.routes.prefixes(is_installed) {
            self.outputs
                .push_back(Output::Fib(FibChange::Remove { prefix }));
        }
        self.routes = RouteTable::new(self.limits.sources);
        self.requests = RequestTable::new(self.limits.requests);
        self.origins = 0;
        self.unsettled.clear();
        self.farewell = Some(Farewell { copies: 3, at: now });
    }

    /// Produces events from now on, or stops.
    pub fn handle_watch(&mut self, on: bool) {
        self.watched = on;
    }

    /// The next thing to do, in order; drain to `None` after every `handle_*`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Our router-id.
    pub fn router_id(&self) -> RouterId {
        self.router_id
    }

    /// Our seqno.
    pub fn seqno(&self) -> Seqno {
        self.seqno
    }

    /// What happened since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(super) fn event(&mut self, event: impl FnOnce() -> Event) {
        if self.watched {
            self.outputs.push_back(Output::Event(event()));
        }
    }

    /// Takes a newer seqno, and reserves more where the block is used up.
    pub(super) fn advance_seqno(&mut self, seqno: Seqno) {
        self.seqno = seqno;
        if !self.seqno_reserved.is_newer_than(seqno) {
            self.seqno_reserved = seqno.plus(SEQNO_BLOCK);
            self.save();
        }
    }

    /// Has the state kept; `taken` is the interface that is not in the table just now.
    pub(super) fn save_without(&mut self, taken: Option<&Interface>) {
        let saved = SavedSeqnos {
            router_id: self.router_id,
            seqno: self.seqno_reserved,
            hello: self
                .hello_blocks
                .iter()
                .map(|(name, seqno)| (name.clone(), *seqno))
                .collect(),
            neighbours: self.reliers(taken),
        };
        self.outputs.push_back(Output::Save(saved));
    }

    pub(super) fn save(&mut self) {
        self.save_without(None);
    }

    pub(super) fn name_of(&self, interface: InterfaceId) -> &str {
        self.interfaces
            .get(&interface)
            .map_or("", |interface| interface.config.name.as_str())
    }

    pub(super) fn address_of(&self, interface: InterfaceId) -> Option<Ipv6Addr> {
        self.interfaces
            .get(&interface)
            .map(|interface| interface.link.link_local)
    }
}
