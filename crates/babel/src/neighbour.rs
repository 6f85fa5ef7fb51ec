//! The neighbour table (RFC 8966 §3.2.4).

use litemap::LiteMap;

use core::net::Ipv6Addr;
use core::num::NonZeroU16;
use core::time::Duration;

use crate::clock::Instant;
use crate::cost::{link_cost, rxcost};
use crate::history::{Continuity, HelloHistory};
use crate::link::{InterfaceConfig, InterfaceId};
use crate::metric::Cost;
use crate::rtt::Rtt;
use crate::seqno::Seqno;

/// A neighbour's number in our tables: small, and not given again for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NeighbourId(NonZeroU16);

impl NeighbourId {
    const FIRST: Self = Self(NonZeroU16::MIN);

    /// The number to be given next; after the last one, the first again.
    fn next(self) -> Self {
        self.0.checked_add(1).map_or(Self::FIRST, Self)
    }
}

/// A router heard on an interface.
#[derive(Clone, Debug)]
pub(crate) struct Neighbour {
    /// Its number.
    pub(crate) id: NeighbourId,
    /// Where it is heard.
    pub(crate) interface: InterfaceId,
    /// Its link-local address there.
    pub(crate) address: Ipv6Addr,
    /// Its multicast Hellos.
    pub(crate) multicast: HelloHistory,
    /// Its unicast Hellos.
    pub(crate) unicast: HelloHistory,
    /// Our next unicast Hello's number.
    pub(crate) hello_seqno: Seqno,
    /// The link's cost as route selection last saw it.
    pub(crate) cost: Cost,
    /// Our rxcost as we last told it.
    pub(crate) told_rxcost: Cost,
    /// Whether it was ever told that we hear it, and may rely on what we announce.
    pub(crate) relies: bool,
    /// Whether it is owed an IHU soon.
    pub(crate) ihu_owed: bool,
    /// The round-trip time to it.
    pub(crate) rtt: Rtt,
    /// When it may ask for the whole table again.
    pub(crate) dump_allowed_at: Instant,
    txcost: Cost,
    ihu_deadline: Option<Instant>,
    estimate: Option<u16>,
    probe: Option<Probe>,
    /// A probe found it dead; the next packet from it revives it.
    silent: bool,
    created: Instant,
}

/// A question that every Babel router answers at once, asked when a neighbour seems dead.
#[derive(Clone, Copy, Debug)]
struct Probe {
    /// How often it may still be asked.
    left: u8,
    /// When to ask again, or to give up.
    at: Instant,
}

/// What a probe wants done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProbeStep {
    /// Nothing yet.
    Wait,
    /// Ask for an acknowledgement.
    Ask,
    /// It did not answer: the link is dead.
    Dead,
}

/// The pause between two tries while two more are left: on a radio it is packets that get
/// lost, and the next need not wait for an answer to the last.
const PROBE_GAP: Duration = Duration::from_millis(50);

/// With so many tries left each is given its time.
const SPARE_TRIES: u8 = 2;

/// How long a probe waits for each answer.
const PROBE_WAIT: Duration = Duration::from_millis(130);

impl Neighbour {
    /// The link's cost by what is known now.
    pub(crate) fn link_cost(&self, config: &InterfaceConfig, now: Instant) -> Cost {
        let penalty = config.rtt.map_or(0, |rtt| self.rtt.penalty(rtt, now));
        link_cost(config, self.rxcost(config), self.txcost).plus(penalty)
    }

    /// What its packets cost to receive.
    pub(crate) fn rxcost(&self, config: &InterfaceConfig) -> Cost {
        if self.silent {
            return Cost::INFINITY;
        }
        rxcost(config, &self.multicast, &self.unicast, self.estimate)
    }

    /// What it says ours cost to receive.
    pub(crate) fn txcost(&self) -> Cost {
        self.txcost
    }

    /// Whether a probe found it dead.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    /// When it was last heard by a Hello, or first heard at all.
    pub(crate) fn last_hello(&self) -> Instant {
        self.multicast
            .heard_at()
            .max(self.unicast.heard_at())
            .unwrap_or(self.created)
    }

    /// When it was first heard.
    pub(crate) fn created(&self) -> Instant {
        self.created
    }

    /// Notes a Hello of either kind.
    pub(crate) fn handle_hello(
        &mut self,
        unicast: bool,
        seqno: Seqno,
        interval: Duration,
        now: Instant,
    ) -> Continuity {
        let history = if unicast {
            &mut self.unicast
        } else {
            &mut self.multicast
        };
        history.record(seqno, interval, now)
    }

    /// Notes what it says of our packets.
    pub(crate) fn handle_ihu(&mut self, txcost: Cost, interval: Duration, now: Instant) {
        self.txcost = txcost;
        // RFC 8966 appendix B: IHU Hold time: 3.5 times the advertised IHU interval
        self.ihu_deadline = Some(now + interval * 7 / 2);
    }

    /// Notes that it lives: any packet from it answers a probe.
    pub(crate) fn handle_life(&mut self) {
        self.probe = None;
        self.silent = false;
    }

    /// Takes an estimate of the link's cost from outside, or lets go of it.
    pub(crate) fn handle_estimate(&mut self, estimate: Option<u16>) {
        self.estimate = estimate;
    }

    /// Starts asking whether it lives, `tries` times.
    pub(crate) fn handle_suspicion(&mut self, tries: u8, now: Instant) {
        if self.probe.is_none() && !self.silent && !self.cost.is_infinite() {
            self.probe = Some(Probe {
                left: tries,
                at: now,
            });
        }
    }

    /// Advances the probe.
    pub(crate) fn step_probe(&mut self, now: Instant) -> ProbeStep {
        let Some(probe) = self.probe.as_mut().filter(|probe| probe.at <= now) else {
            return ProbeStep::Wait;
        };
        if probe.left == 0 {
            self.probe = None;
            self.silent = true;
            return ProbeStep::Dead;
        }
        probe.left -= 1;
        probe.at = now
            + if probe.left >= SPARE_TRIES {
                PROBE_GAP
            } else {
                PROBE_WAIT
            };
        ProbeStep::Ask
    }

    /// Counts what is overdue. Whether a promised Hello is suspiciously late.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        self.multicast.handle_timeout(now);
        self.unicast.handle_timeout(now);
        if self.ihu_deadline.is_some_and(|deadline| deadline <= now) {
            // RFC 8966 §3.4.2: when the IHU timer expires, the txcost is set to infinity
            self.ihu_deadline = None;
            self.txcost = Cost::INFINITY;
        }
        // Both, not either: each lateness is reported once.
        self.multicast.take_lateness(now) | self.unicast.take_lateness(now)
    }

    /// When to call [`Self::handle_timeout`] or [`Self::step_probe`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [
            self.multicast.poll_timeout(),
            self.unicast.poll_timeout(),
            self.ihu_deadline,
            self.probe.map(|probe| probe.at),
            // One that never sends a Hello is forgotten after a while.
            (self.multicast.is_empty() && self.unicast.is_empty())
                .then(|| self.created + ACQUAINTANCE),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether it should be forgotten.
    // RFC 8966 A.1: if both Hello histories are empty, the neighbour entry is flushed
    pub(crate) fn is_gone(&self, now: Instant) -> bool {
        self.multicast.is_empty() && self.unicast.is_empty() && self.created + ACQUAINTANCE <= now
    }
}

/// How long a neighbour is remembered from whom no Hello was heard yet.
const ACQUAINTANCE: Duration = Duration::from_secs(10);

/// Who is heard, by number and by address.
#[derive(Clone, Debug, Default)]
pub(crate) struct NeighbourTable {
    neighbours: LiteMap<NeighbourId, Neighbour>,
    by_address: LiteMap<(InterfaceId, Ipv6Addr), NeighbourId>,
    newest: Option<NeighbourId>,
}

impl NeighbourTable {
    /// Creates an entry, unless `limit` are there already.
    pub(crate) fn create(
        &mut self,
        interface: InterfaceId,
        address: Ipv6Addr,
        limit: usize,
        now: Instant,
    ) -> Option<&mut Neighbour> {
        // Some number must be free.
        if self.neighbours.len() >= limit.min(usize::from(u16::MAX) / 2) {
            return None;
        }
        let mut id = self.newest.map_or(NeighbourId::FIRST, NeighbourId::next);
        while self.neighbours.contains_key(&id) {
            id = id.next();
        }
        self.newest = Some(id);
        self.by_address.insert((interface, address), id);
        Some(self.neighbours.entry(id).or_insert_with(|| Neighbour {
            id,
            interface,
            address,
            multicast: HelloHistory::default(),
            unicast: HelloHistory::default(),
            hello_seqno: Seqno(0),
            cost: Cost::INFINITY,
            told_rxcost: Cost::INFINITY,
            relies: false,
            ihu_owed: false,
            rtt: Rtt::default(),
            dump_allowed_at: now,
            txcost: Cost::INFINITY,
            ihu_deadline: None,
            estimate: None,
            probe: None,
            silent: false,
            created: now,
        }))
    }

    /// The number of the neighbour at an address.
    pub(crate) fn id_of(&self, interface: InterfaceId, address: Ipv6Addr) -> Option<NeighbourId> {
        self.by_address.get(&(interface, address)).copied()
    }

    /// The neighbour of that number.
    pub(crate) fn find(&self, id: NeighbourId) -> Option<&Neighbour> {
        self.neighbours.get(&id)
    }

    /// The neighbour of that number, to change it.
    pub(crate) fn find_mut(&mut self, id: NeighbourId) -> Option<&mut Neighbour> {
        self.neighbours.get_mut(&id)
    }

    /// Forgets a neighbour.
    pub(crate) fn remove(&mut self, id: NeighbourId) -> Option<Neighbour> {
        let neighbour = self.neighbours.remove(&id)?;
        self.by_address
            .remove(&(neighbour.interface, neighbour.address));
        Some(neighbour)
    }

    /// Everybody.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Neighbour> {
        self.neighbours.values()
    }

    /// Everybody, to change them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Neighbour> {
        self.neighbours.iter_mut().map(|(_, neighbour)| neighbour)
    }

    /// Everybody on an interface.
    pub(crate) fn on(&self, interface: InterfaceId) -> impl Iterator<Item = &Neighbour> {
        self.iter()
            .filter(move |neighbour| neighbour.interface == interface)
    }

    /// Somebody whom nobody would miss: never usable, and not heard for longest.
    pub(crate) fn least_missed(&self) -> Option<NeighbourId> {
        self.iter()
            .filter(|neighbour| neighbour.cost.is_infinite())
            .min_by_key(|neighbour| neighbour.last_hello())
            .map(|neighbour| neighbour.id)
    }
}
