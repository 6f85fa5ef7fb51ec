//! Packets are filled and leave.

use crate::clock::Instant;
use crate::interface::{Interface, PACE};
use crate::link::InterfaceId;
use crate::neighbour::NeighbourId;
use crate::outbox::{Ask, Outbox};
use crate::output::{Destination, Output};
use crate::prefix::Prefix;
use crate::router::state::Router;
use crate::window::{Batch, COPIES, Window};
use crate::wire::{Interval, PacketWriter, PushError, Tlv};

/// On an interface with more neighbours than this, announcements that must arrive are repeated
/// instead of acknowledged.
pub(super) const ACKNOWLEDGERS: usize = 4;

/// The time we give for an acknowledgement: 10 centiseconds.
const ACK_INTERVAL: Interval = Interval::from_centis(10);

/// From how many announcements on a transfer is worth acknowledgements for its pace alone.
const BULK: usize = 200;

/// What one packet was filled with.
struct Filled {
    prefixes: Vec<Prefix>,
    copy: u8,
    updates: usize,
}

impl Router {
    /// Sends everything that is due on an interface.
    pub(super) fn send_due(&mut self, id: InterfaceId, now: Instant) {
        // Taken out, so that the tables can be read while it is written to.
        let Some(mut interface) = self.interfaces.remove(&id) else {
            return;
        };
        self.send_challenges(&mut interface, now);
        let hello = interface.hello_at <= now;
        if hello {
            self.queue_hello(&mut interface, now);
        }
        // Rather with the last Hello before it is due than in a packet of its own.
        if interface.update_at <= now || hello && interface.update_at < interface.hello_at {
            self.queue_full_update(&mut interface, now);
        }
        if hello || interface.ihu_at.is_some_and(|at| at <= now) {
            self.queue_ihus(&mut interface, hello, now);
        }
        let multicast = core::mem::take(&mut interface.multicast);
        interface.multicast = self.empty(&mut interface, multicast, None, now);
        let waiting: Vec<NeighbourId> = interface.unicast.keys().copied().collect();
        for neighbour in waiting {
            if let Some(outbox) = interface.unicast.remove(&neighbour) {
                let left = self.empty(&mut interface, outbox, Some(neighbour), now);
                // Its pace is kept; an outbox that has nothing to do any more is not.
                if !left.is_empty() || !left.may_update(now) {
                    interface.unicast.insert(neighbour, left);
                }
            }
        }
        self.interfaces.insert(id, interface);
    }

    /// Queues what was not acknowledged in time to be sent again.
    pub(super) fn resend_late(&mut self, id: InterfaceId, now: Instant) {
        let Some(interface) = self.interfaces.get_mut(&id) else {
            return;
        };
        let copies = if Self::is_wireless(interface) { 3 } else { 2 };
        for batch in interface.window.handle_timeout(now) {
            let ask = Ask {
                copy: batch.copy + 1,
                must: false,
            };
            if batch.waiting.is_empty() {
                // RFC 8966 §3.7.2: simply repeat the update, say, 3 times for wireless and 2 for
                // wired links
                if batch.copy < copies {
                    for prefix in batch.prefixes {
                        interface.multicast.announce(prefix, ask, now);
                    }
                }
                continue;
            }
            if batch.copy >= COPIES || batch.prefixes.is_empty() {
                continue;
            }
            self.counters.retransmissions += 1;
            for neighbour in batch.waiting {
                let outbox = interface.unicast.entry(neighbour).or_default();
                for prefix in &batch.prefixes {
                    outbox.announce(*prefix, ask, now);
                }
            }
        }
    }

    /// Queues the farewell: everything we announced is void.
    pub(super) fn send_farewell(&mut self, now: Instant) {
        let ids: Vec<InterfaceId> = self.interfaces.keys().copied().collect();
        for id in ids {
            let Some(mut interface) = self.interfaces.remove(&id) else {
                continue;
            };
            let mut writer = interface.writer();
            let interval = Interval::from_duration(interface.config.update_interval);
            if writer.push(&Tlv::WithdrawAll { interval }).is_ok() {
                self.transmit(&mut interface, Destination::Multicast, writer, now);
            }
            self.interfaces.insert(id, interface);
        }
    }

    fn queue_hello(&mut self, interface: &mut Interface, now: Instant) {
        let interval = interface.config.hello_interval;
        let hello = Tlv::Hello {
            unicast: false,
            seqno: interface.next_hello(),
            interval: Interval::from_duration(interval),
            timestamp: interface.config.rtt.map(|_| self.clock.read(now)),
        };
        interface.multicast.push(hello, now);
        if interface.reserve_hellos() {
            self.hello_blocks
                .insert(interface.config.name.clone(), interface.hello_block);
            self.save_without(Some(interface));
        }
        if interface.config.unicast {
            self.queue_unicast_hellos(interface, now);
        }
        interface.hello_burst = interface.hello_burst.saturating_sub(1);
        let pause = if interface.hello_burst > 0 {
            PACE
        } else {
            // RFC 8966 §3.1: jitter; early, because the interval is a promise, and little, because
            // every Hello that comes too early is a packet more
            interval.saturating_sub(self.random.jitter(interval / 64))
        };
        interface.hello_at = now + pause;
    }

    fn queue_unicast_hellos(&mut self, interface: &mut Interface, now: Instant) {
        let interval = Interval::from_duration(interface.config.hello_interval);
        for neighbour in self.neighbours.iter_mut() {
            if neighbour.interface == interface.id {
                let seqno = neighbour.hello_seqno;
                neighbour.hello_seqno = seqno.next();
                let hello = Tlv::Hello {
                    unicast: true,
                    seqno,
                    interval,
                    timestamp: None,
                };
                let outbox = interface.unicast.entry(neighbour.id).or_default();
                outbox.push(hello, now);
            }
        }
    }

    fn queue_full_update(&mut self, interface: &mut Interface, now: Instant) {
        let interval = interface.config.update_interval;
        // It leaves with a Hello, whose jitter serves both.
        interface.update_at = now + interval;
        // Where every copy of a retraction was lost, each full update asks once more.
        let ask = Ask {
            copy: COPIES,
            must: false,
        };
        for (prefix, id) in self.owed_by(&self.usable_neighbours(interface.id)) {
            let outbox = interface.unicast.entry(id).or_default();
            outbox.announce(prefix, ask, now);
        }
        if interface.config.unicast {
            for neighbour in self.neighbours.on(interface.id) {
                let outbox = interface.unicast.entry(neighbour.id).or_default();
                outbox.announce_all(now);
            }
            return;
        }
        interface.multicast.announce_all(now);
    }

    /// Adds IHUs to whoever is owed one, and with every third Hello to everybody.
    // RFC 8966 appendix B: with each Hello on lossy links, but only with every third Multicast
    // Hello on lossless links
    fn queue_ihus(&mut self, interface: &mut Interface, hello: bool, now: Instant) {
        interface.ihu_at = None;
        let scheduled = hello && interface.ihu_countdown == 0;
        if hello {
            interface.ihu_countdown = match interface.ihu_countdown {
                0 => 2,
                left => left - 1,
            };
        }
        let interval = Interval::from_duration(interface.ihu_interval());
        let mut is_relied_on = false;
        for neighbour in self.neighbours.iter_mut() {
            if neighbour.interface != interface.id {
                continue;
            }
            let lossy = neighbour.multicast.is_lossy();
            // With each Hello of a burst too: somebody new needs both, and either may get lost.
            let starting = interface.hello_burst > 0 || neighbour.cost.is_infinite();
            if !(neighbour.ihu_owed || scheduled || hello && (lossy || starting)) {
                continue;
            }
            neighbour.ihu_owed = false;
            let rxcost = neighbour.rxcost(&interface.config);
            // A neighbour that we hardly know may know us well from before our restart.
            if rxcost.is_infinite() && neighbour.told_rxcost.is_infinite() {
                continue;
            }
            neighbour.told_rxcost = rxcost;
            is_relied_on |= !core::mem::replace(&mut neighbour.relies, true);
            let ihu = Tlv::Ihu {
                rxcost: neighbour.told_rxcost,
                interval,
                address: Some(neighbour.address.into()),
                // RFC 9616: only beside a Hello, which says how long it was kept
                timestamps: (interface.config.rtt.filter(|_| hello))
                    .and_then(|_| neighbour.rtt.echo(self.clock, now)),
            };
            interface.multicast.push(ihu, now);
        }
        if is_relied_on {
            self.save_without(Some(interface));
        }
    }

    /// Fills and sends packets from an outbox until nothing is left or may leave; what stays.
    fn empty(
        &mut self,
        interface: &mut Interface,
        mut outbox: Outbox,
        neighbour: Option<NeighbourId>,
        now: Instant,
    ) -> Outbox {
        if outbox.poll_timeout(true).is_none_or(|at| at > now) {
            return outbox;
        }
        let destination = match neighbour.map(|id| self.neighbours.find(id)) {
            None => Destination::Multicast,
            Some(Some(neighbour)) => Destination::Unicast(neighbour.address),
            Some(None) => return Outbox::default(),
        };
        let listeners = match neighbour {
            Some(id) => vec![id],
            None => self.usable_neighbours(interface.id),
        };
        let paced = outbox.may_update(now);
        loop {
            let may_update = paced && interface.window.is_open() && interface.may_announce(now);
            let mut writer = interface.writer();
            let tlvs = outbox.take_tlvs();
            outbox.put_back(put_tlvs(&mut writer, &tlvs));
            let updates = may_update && outbox.has_updates();
            let bulk = outbox.len() >= BULK
                || outbox.dump().is_some() && self.routes.destinations() >= BULK;
            let batch = (updates && (outbox.is_reliable() || bulk))
                .then(|| self.open_batch(&mut writer, &interface.window, &listeners, now));
            if updates {
                let filled = self.put_updates(&mut writer, interface, &mut outbox, now);
                if filled.updates > 0 {
                    outbox.pace(now + PACE);
                    if let Some(batch) = batch {
                        interface.window.add(Batch {
                            octets: writer.len(),
                            prefixes: filled.prefixes,
                            copy: filled.copy.max(1),
                            ..batch
                        });
                    }
                } else if batch.is_some() {
                    // Nothing was worth saying after all: nothing is to be acknowledged either.
                    writer = interface.writer();
                    put_tlvs(&mut writer, &tlvs);
                }
            }
            if writer.is_empty() {
                break;
            }
            self.transmit(interface, destination, writer, now);
        }
        if outbox.is_empty() {
            outbox.clear_due();
        }
        outbox
    }

    /// Asks for acknowledgements, where few enough are listening.
    fn open_batch(
        &mut self,
        writer: &mut PacketWriter,
        window: &Window,
        listeners: &[NeighbourId],
        now: Instant,
    ) -> Batch {
        let mut nonce = self.random.nonce();
        while window.is_sent(nonce) {
            nonce = nonce.wrapping_add(1);
        }
        let asked = (1..=ACKNOWLEDGERS).contains(&listeners.len())
            && writer
                .push(&Tlv::AckRequest {
                    nonce,
                    interval: ACK_INTERVAL,
                })
                .is_ok();
        Batch {
            nonce,
            octets: 0,
            prefixes: Vec::new(),
            copy: 0,
            waiting: if asked {
                listeners.to_vec()
            } else {
                Vec::new()
            },
            sent_at: now,
        }
    }

    fn put_updates(
        &mut self,
        writer: &mut PacketWriter,
        interface: &Interface,
        outbox: &mut Outbox,
        now: Instant,
    ) -> Filled {
        let mut filled = Filled {
            prefixes: Vec::new(),
            copy: 0,
            updates: 0,
        };
        while let Some((prefix, ask)) = outbox.pop_update() {
            let Some(update) = self.compose(interface, prefix, ask, now) else {
                continue;
            };
            match writer.push(&Tlv::Update(update)) {
                Ok(()) => filled.updates += 1,
                Err(PushError::Full) => {
                    outbox.announce(prefix, ask, now);
                    return filled;
                }
                // No packet can hold it; waiting would not help.
                Err(PushError::Invalid { .. }) => continue,
            }
            if ask.copy > 0 {
                filled.copy = filled.copy.max(ask.copy);
                filled.prefixes.push(prefix);
            }
        }
        let Some(mut dump) = outbox.dump() else {
            return filled;
        };
        if dump.after.is_none() && self.routes.destinations() < BULK {
            filled.updates += self.put_table(writer, interface, outbox, now);
            return filled;
        }
        while let Some(prefix) = self.next_announced(dump.after) {
            if let Some(update) = self.compose(interface, prefix, Ask::default(), now) {
                match writer.push(&Tlv::Update(update)) {
                    Ok(()) => filled.updates += 1,
                    Err(PushError::Full) => {
                        outbox.set_dump(dump);
                        return filled;
                    }
                    Err(PushError::Invalid { .. }) => {}
                }
            }
            dump.after = Some(prefix);
        }
        outbox.end_dump();
        filled
    }

    /// Writes a small table with the prefixes of each router beside each other, so that its router-id is
    /// written once; what does not fit waits for the next packet.
    fn put_table(
        &mut self,
        writer: &mut PacketWriter,
        interface: &Interface,
        outbox: &mut Outbox,
        now: Instant,
    ) -> usize {
        let mut updates = Vec::new();
        let mut after = None;
        while let Some(prefix) = self.next_announced(after) {
            updates.extend(self.compose(interface, prefix, Ask::default(), now));
            after = Some(prefix);
        }
        updates.sort_unstable_by_key(|update| (update.router_id, update.prefix));
        outbox.end_dump();
        let mut written = 0;
        for update in updates {
            match writer.push(&Tlv::Update(update)) {
                Ok(()) => written += 1,
                Err(PushError::Full) => outbox.announce(update.prefix, Ask::default(), now),
                Err(PushError::Invalid { .. }) => {}
            }
        }
        written
    }

    fn next_announced(&self, after: Option<Prefix>) -> Option<Prefix> {
        self.routes
            .iter_after(after)
            .find(|(_, destination)| {
                let lost = destination
                    .adopted
                    .as_ref()
                    .is_some_and(|adopted| adopted.next_hop.is_none());
                destination.best.is_some() || destination.hold.is_some() || lost
            })
            .map(|(prefix, _)| prefix)
    }

    pub(super) fn transmit(
        &mut self,
        interface: &mut Interface,
        destination: Destination,
        writer: PacketWriter,
        now: Instant,
    ) {
        let mut payload = writer.finish();
        self.sign(interface, destination, &mut payload);
        interface.note_sent(payload.len(), now);
        self.counters.packets_sent += 1;
        self.counters.bytes_sent += u64::try_from(payload.len()).unwrap_or(u64::MAX);
        self.outputs.push_back(Output::Transmit {
            interface: interface.id,
            destination,
            payload,
        });
    }
}

/// Writes small TLVs; those that do not fit are left.
fn put_tlvs(writer: &mut PacketWriter, tlvs: &[Tlv]) -> Vec<Tlv> {
    tlvs.iter()
        .copied()
        // One that can never be written is dropped: it would wait for ever.
        .filter(|tlv| writer.push(tlv) == Err(PushError::Full))
        .collect()
}
