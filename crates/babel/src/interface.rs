//! The interface table (RFC 8966 §3.2.3): timers, queues and budget of each interface.

use litemap::LiteMap;

use core::net::IpAddr;
use core::time::Duration;

use crate::clock::Instant;
use crate::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use crate::mac::Authenticator;
use crate::neighbour::NeighbourId;
use crate::outbox::Outbox;
use crate::prefix::Prefix;
use crate::seqno::Seqno;
use crate::window::Window;
use crate::wire::PacketWriter;

/// How many Hello seqnos are reserved at a time: half of what neighbours forgive.
pub(crate) const HELLO_BLOCK: u16 = 8;

/// So many Hellos after a start are reserved one by one. A restart takes back the Hellos of a block, and
/// neighbours that have heard few would be left with too few to go on with.
const YOUNG_HELLOS: u8 = 16;

/// The pause between the Hellos of a burst, and between two packets of announcements.
pub(crate) const PACE: Duration = Duration::from_millis(50);

/// An interface on which we speak.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    /// Its number.
    pub(crate) id: InterfaceId,
    /// How it is configured.
    pub(crate) config: InterfaceConfig,
    /// Its addresses.
    pub(crate) link: LinkAddresses,
    /// The next multicast Hello's number.
    pub(crate) hello_seqno: Seqno,
    /// The first number of the block that is reserved.
    pub(crate) hello_block: Seqno,
    /// Hellos that are still to be reserved one by one.
    young_hellos: u8,
    /// When the next Hello is due.
    pub(crate) hello_at: Instant,
    /// Hellos still to be sent at once, so that a newcomer hears two before an interval is over.
    pub(crate) hello_burst: u8,
    /// Hellos until the next one that carries IHUs to everybody.
    pub(crate) ihu_countdown: u8,
    /// When somebody is owed an IHU before the next Hello.
    pub(crate) ihu_at: Option<Instant>,
    /// When the next full update is due.
    pub(crate) update_at: Instant,
    /// What waits for everybody.
    pub(crate) multicast: Outbox,
    /// What waits for one neighbour each.
    pub(crate) unicast: LiteMap<NeighbourId, Outbox>,
    /// What is under way.
    pub(crate) window: Window,
    /// What tells our packets and others' from forged ones.
    pub(crate) authenticator: Authenticator,
    /// What was sent and received.
    pub(crate) traffic: Traffic,
    /// Until when the airtime already used fills our share.
    air_until: Instant,
    /// Announcements wait until then: what they replace is being taken back.
    pub(crate) muted_until: Instant,
}

/// What crossed an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// Packets sent.
    pub(crate) packets_sent: u64,
    /// Octets in them.
    pub(crate) bytes_sent: u64,
    /// Packets received.
    pub(crate) packets_received: u64,
    /// Octets in them.
    pub(crate) bytes_received: u64,
}

impl Interface {
    /// An interface that is about to send its first Hello.
    pub(crate) fn new(
        id: InterfaceId,
        config: InterfaceConfig,
        link: LinkAddresses,
        hello_seqno: Seqno,
        now: Instant,
    ) -> Self {
        let update_at = now + config.update_interval;
        Self {
            id,
            config,
            link,
            hello_seqno,
            hello_block: hello_seqno,
            young_hellos: YOUNG_HELLOS,
            hello_at: now,
            hello_burst: 2,
            ihu_countdown: 0,
            ihu_at: None,
            update_at,
            multicast: Outbox::default(),
            unicast: LiteMap::new(),
            window: Window::default(),
            authenticator: Authenticator::default(),
            traffic: Traffic::default(),
            air_until: now,
            muted_until: now,
        }
    }

    /// Has two Hellos sent soon, the first by `at`: somebody new is listening.
    pub(crate) fn burst(&mut self, at: Instant) {
        self.hello_burst = self.hello_burst.max(2);
        self.hello_at = self.hello_at.min(at);
    }

    /// Takes the next Hello's number.
    pub(crate) fn next_hello(&mut self) -> Seqno {
        let seqno = self.hello_seqno;
        self.hello_seqno = seqno.next();
        seqno
    }

    /// Starts a new block of Hello seqnos where the last one is used up.
    pub(crate) fn reserve_hellos(&mut self) -> bool {
        let block = if self.young_hellos > 0 {
            1
        } else {
            HELLO_BLOCK
        };
        self.young_hellos = self.young_hellos.saturating_sub(1);
        let used = self.hello_seqno.distance_from(self.hello_block);
        let spent = !(0..i16::try_from(block).unwrap_or(i16::MAX)).contains(&used);
        if spent {
            self.hello_block = self.hello_seqno;
        }
        spent
    }

    /// Our address as neighbours on the interface see it, of use to packets for the prefix.
    // RFC 9229 §2.1: if the outgoing interface has been assigned an IPv4 address, the sender SHOULD
    // prefer an ordinary IPv4 announcement
    pub(crate) fn next_hop(&self, prefix: Prefix) -> Option<IpAddr> {
        let v6 = IpAddr::V6(self.link.link_local);
        if !prefix.is_v4() {
            return Some(v6);
        }
        let via_v6 = self.config.v4_via_v6.then_some(v6);
        self.link.ipv4.map(IpAddr::V4).or(via_v6)
    }

    /// The interval we promise for IHUs.
    // RFC 8966 appendix B: the advertised IHU interval is always 3 times the Hello interval
    pub(crate) fn ihu_interval(&self) -> Duration {
        self.config.hello_interval * 3
    }

    /// Until when a neighbour may use what we announced last.
    // RFC 8966 appendix B: Route Expiry time: 3.5 times the advertised update interval
    pub(crate) fn hold_time(&self) -> Duration {
        self.config.update_interval * 7 / 2
    }

    /// An empty packet to be sent here.
    pub(crate) fn writer(&self) -> PacketWriter {
        let capacity = self.link.payload_capacity();
        let capacity = capacity.saturating_sub(self.config.mac.overhead());
        PacketWriter::new(capacity, self.link.link_local)
    }

    /// Counts a packet sent, and its airtime on a radio.
    pub(crate) fn note_sent(&mut self, octets: usize, now: Instant) {
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        self.traffic.packets_sent += 1;
        self.traffic.bytes_sent = self.traffic.bytes_sent.saturating_add(octets);
        if self.config.kind == LinkKind::Wireless {
            let airtime = Duration::from_micros(550_u64.saturating_add(octets.saturating_mul(8)));
            self.air_until = self.air_until.max(now) + airtime * AIR_SHARE;
        }
    }

    /// Whether announcements may leave now: our share of the airtime allows it, and nothing is being
    /// taken back. Hellos are never held back.
    pub(crate) fn may_announce(&self, now: Instant) -> bool {
        let has_airtime = self.config.kind == LinkKind::Wired || self.air_until <= now + AIR_BURST;
        has_airtime && self.muted_until <= now
    }

    /// When something is to be done here.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let may_update = self.window.is_open();
        // A radio's budget delays announcements; acknowledgements and requests leave on time.
        let floor = match self.config.kind {
            LinkKind::Wireless => self.air_until - AIR_BURST,
            LinkKind::Wired => Instant::default(),
        };
        let floor = floor.max(self.muted_until);
        let outboxes = self
            .unicast
            .values()
            .chain([&self.multicast])
            .filter_map(|outbox| {
                let at = outbox.poll_timeout(may_update)?;
                Some(if outbox.poll_timeout(false).is_some() {
                    at
                } else {
                    at.max(floor)
                })
            })
            .min();
        [
            Some(self.hello_at),
            Some(self.update_at),
            self.ihu_at,
            self.authenticator.poll_timeout(),
            self.window.poll_timeout(),
            outboxes,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// One part in so many of the airtime is ours: 5 %.
const AIR_SHARE: u32 = 20;

/// How far ahead of the share a burst may run: a second's worth, four full packets.
const AIR_BURST: Duration = Duration::from_secs(1);
