//! A packet taken apart, TLV by TLV.

use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use crate::clock::Instant;
use crate::history::Continuity;
use crate::interface::Interface;
use crate::link::InterfaceId;
use crate::metric::Cost;
use crate::neighbour::NeighbourId;
use crate::output::{Change, Event};
use crate::prefix::Prefix;
use crate::router::links::urgent_jitter;
use crate::router::state::{BABEL_PORT, Datagram, Router};
use crate::seqno::Seqno;
use crate::wire::{Interval, PacketReader, Timestamps, Tlv};

/// On a link with more neighbours than this, one multicast dump serves all who ask.
const CROWD: usize = 4;

/// How often a neighbour may have the whole table.
// RFC 8966 §3.8.1.1: full route dumps SHOULD be rate-limited
const DUMP_PAUSE: Duration = Duration::from_secs(1);

/// How long after a Hello what relies on it may follow.
const AFTER_HELLO: Duration = Duration::from_millis(1);

impl Router {
    /// Takes in a packet. Whatever is wrong with it is counted, and the rest goes on.
    pub fn handle_packet(&mut self, datagram: Datagram<'_>, now: Instant) {
        let address = *datagram.source.ip();
        // RFC 8966 §4: MUST be silently ignored unless its source address is a link-local IPv6
        // address
        if !address.is_unicast_link_local() {
            self.counters.bad_source += 1;
            return;
        }
        // RFC 8966 §4: and its source port is the well-known Babel port
        if datagram.source.port() != BABEL_PORT {
            self.counters.bad_port += 1;
            return;
        }
        // Where two of our interfaces share a link, we hear ourselves.
        let is_own = |interface: &Interface| interface.link.link_local == address;
        if self.interfaces.values().any(is_own) || self.farewell.is_some() {
            return;
        }
        let Some(interface) = self.interfaces.get_mut(&datagram.interface) else {
            self.counters.unknown_interface += 1;
            return;
        };
        let Ok(mut reader) = PacketReader::new(datagram.payload, IpAddr::V6(address)) else {
            self.counters.bad_packets += 1;
            return;
        };
        let octets = u64::try_from(datagram.payload.len()).unwrap_or(u64::MAX);
        interface.traffic.packets_received += 1;
        interface.traffic.bytes_received += octets;
        self.counters.packets_received += 1;
        self.counters.bytes_received += octets;

        if !self.authenticate(datagram, now) {
            return;
        }
        let mut sender = self.neighbours.id_of(datagram.interface, address);
        if let Some(neighbour) = sender.and_then(|id| self.neighbours.find_mut(id)) {
            neighbour.handle_life();
        }
        for tlv in &mut reader {
            match tlv {
                Ok(tlv) => self.handle_tlv(datagram.interface, address, &mut sender, &tlv, now),
                Err(_) => self.counters.bad_tlvs += 1,
            }
        }
        self.counters.unknown_tlvs += u64::from(reader.skipped());
        if let Some(id) = sender {
            self.recost(id, now);
        }
    }

    fn handle_tlv(
        &mut self,
        interface: InterfaceId,
        address: Ipv6Addr,
        sender: &mut Option<NeighbourId>,
        tlv: &Tlv,
        now: Instant,
    ) {
        if let Tlv::Hello {
            unicast,
            seqno,
            interval,
            timestamp,
        } = *tlv
        {
            self.handle_hello(interface, address, sender, unicast, seqno, interval, now);
            self.note_timestamp(interface, *sender, timestamp, now);
            return;
        }
        // RFC 8966 §3.4: suitable strategies include creating an entry when a Hello TLV is parsed
        let Some(id) = *sender else {
            return;
        };
        match *tlv {
            Tlv::Hello { .. } => {}
            Tlv::AckRequest { nonce, interval } => {
                // RFC 8966 §3.3: MUST be able to reply; §4.6.3: before the interval has passed
                let at = now + (interval.as_duration() / 4).min(Duration::from_millis(5));
                self.send_to(id, Tlv::Ack { nonce }, at);
            }
            Tlv::Ack { nonce } => self.handle_ack(interface, id, nonce, now),
            Tlv::Ihu {
                rxcost,
                interval: promised,
                address,
                timestamps,
            } => {
                let heard = (rxcost, promised, timestamps);
                self.handle_ihu(interface, id, heard, address, now);
            }
            Tlv::Update(update) => self.learn(id, &update, now),
            Tlv::WithdrawAll { .. } => self.unlearn_all(id, now),
            Tlv::RouteRequest { prefix } => self.handle_route_request(interface, id, prefix, now),
            Tlv::SeqnoRequest {
                prefix,
                seqno,
                hop_count,
                router_id,
            } => self.handle_seqno_request(id, prefix, seqno, hop_count, router_id, now),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a Hello's fields and where it came from, used in this one place"
    )]
    fn handle_hello(
        &mut self,
        interface: InterfaceId,
        address: Ipv6Addr,
        sender: &mut Option<NeighbourId>,
        unicast: bool,
        seqno: Seqno,
        interval: Interval,
        now: Instant,
    ) {
        if sender.is_none() {
            *sender = self.meet_neighbour(interface, address, now);
        }
        let interval = interval.as_duration();
        let hear = |router: &mut Self, id: Option<NeighbourId>| {
            let neighbour = id.and_then(|id| router.neighbours.find_mut(id));
            neighbour.map(|neighbour| neighbour.handle_hello(unicast, seqno, interval, now))
        };
        if hear(self, *sender) == Some(Continuity::Rebooted) {
            // RFC 8966 A.1: the whole associated neighbour table entry is flushed and a new one
            // is created
            if let Some(id) = sender.take() {
                self.forget_neighbour(id, now);
            }
            *sender = self.meet_neighbour(interface, address, now);
            hear(self, *sender);
        }
        // RFC 8966 §3.4.1: after receiving a Hello, the node recomputes the association's cost
        if let Some(id) = *sender {
            self.recost(id, now);
        }
    }

    /// Notes when a neighbour's Hello left, where that is asked.
    fn note_timestamp(
        &mut self,
        interface: InterfaceId,
        sender: Option<NeighbourId>,
        timestamp: Option<u32>,
        now: Instant,
    ) {
        let measures = self.interfaces.get(&interface).and_then(|i| i.config.rtt);
        let neighbour = sender.and_then(|id| self.neighbours.find_mut(id));
        if let Some((neighbour, _)) = neighbour.zip(measures) {
            neighbour.rtt.handle_hello(timestamp, now);
        }
    }

    fn handle_ihu(
        &mut self,
        interface: InterfaceId,
        id: NeighbourId,
        (txcost, promised, timestamps): (Cost, Interval, Option<Timestamps>),
        address: Option<IpAddr>,
        now: Instant,
    ) {
        // RFC 8966 §4.6.6: IHU TLVs addressed to somebody else are ignored
        let is_for_us = match address {
            None => true,
            Some(IpAddr::V6(address)) => self.address_of(interface) == Some(address),
            Some(IpAddr::V4(address)) => self
                .interfaces
                .get(&interface)
                .is_some_and(|interface| interface.link.ipv4 == Some(address)),
        };
        if !is_for_us {
            return;
        }
        let rtt = self.interfaces.get(&interface).and_then(|i| i.config.rtt);
        if let Some(neighbour) = self.neighbours.find_mut(id) {
            neighbour.handle_ihu(txcost, promised.as_duration(), now);
            if let Some((timestamps, config)) = timestamps.zip(rtt) {
                neighbour
                    .rtt
                    .handle_ihu(timestamps, self.clock, config, now);
            }
        }
        // RFC 8966 §3.4.2: after updating txcost, the receiving node recomputes the cost
        self.recost(id, now);
    }

    fn handle_ack(&mut self, interface: InterfaceId, id: NeighbourId, nonce: u16, now: Instant) {
        self.accept_amends(interface, id, nonce, now);
        let receipt = self
            .interfaces
            .get_mut(&interface)
            .and_then(|interface| interface.window.handle_ack(nonce, id, now));
        let Some(receipt) = receipt else {
            return;
        };
        for prefix in receipt.prefixes {
            self.release_hold(prefix, id, receipt.sent_at, now);
        }
    }

    fn handle_route_request(
        &mut self,
        interface: InterfaceId,
        id: NeighbourId,
        prefix: Option<Prefix>,
        now: Instant,
    ) {
        if let Some(prefix) = prefix {
            // RFC 8966 §3.8.1.1: MUST send an update if there is a selected route, MUST send
            // a retraction if there is none
            self.answer(id, prefix, now);
            return;
        }
        // Whoever has just started cannot have acknowledged what was said before.
        self.remind(id, now);
        let crowded = self.neighbours.on(interface).count() > CROWD;
        let Some(neighbour) = self.neighbours.find_mut(id) else {
            return;
        };
        let at = neighbour.dump_allowed_at.max(now);
        neighbour.dump_allowed_at = at + DUMP_PAUSE;
        let spread = self.random.jitter(Duration::from_millis(300));
        let Some(interface) = self.interfaces.get_mut(&interface) else {
            return;
        };
        if at == now {
            // Whoever asks for everything has just started, and waits for our Hellos too.
            neighbour.ihu_owed = true;
            let jitter = self.random.jitter(urgent_jitter(interface.config.kind));
            interface.burst(now + jitter);
        }
        if crowded {
            interface.multicast.announce_all(at + spread);
            return;
        }
        let outbox = interface.unicast.entry(id).or_default();
        outbox.announce_all(at);
        if interface.hello_burst > 0 {
            // To somebody who has not heard our Hello yet we are a stranger: BIRD drops what
            // strangers announce.
            outbox.hold_back(interface.hello_at + AFTER_HELLO);
        }
    }

    /// Tells whoever watches that a route changed.
    pub(super) fn tell_route(&mut self, prefix: Prefix, change: Change) {
        if !self.watched {
            return;
        }
        let best = self
            .routes
            .find(prefix)
            .and_then(|destination| destination.best);
        let next_hop = best.and_then(|best| self.next_hop(prefix, best.neighbour?));
        let event = Event::Route {
            change,
            prefix,
            router_id: best.map(|best| best.router_id),
            next_hop,
            metric: best.map_or(crate::metric::Metric::INFINITY, |best| best.metric),
        };
        self.event(|| event);
    }
}
