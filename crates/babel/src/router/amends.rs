//! What was announced before a restart is taken back, where it can no longer be told what it was.
//!
//! A daemon that was dead while one of its links went comes back to a kernel that has flushed the
//! routes over it. It cannot retract them one by one, and what it had announced of those that are
//! left nothing bounds. So every neighbour that may rely on us is told that all we announced is
//! void, and asked to acknowledge that. Once all have, no route leads through us, no feasibility
//! distance of ours is needed to keep loops away, and we begin like a router that is new.

use core::net::Ipv6Addr;
use core::time::Duration;

use crate::amends::Amends;
use crate::clock::Instant;
use crate::interface::Interface;
use crate::link::{InterfaceId, LinkKind};
use crate::neighbour::NeighbourId;
use crate::output::Destination;
use crate::router::state::{ADOPTED_MEMORY, Router};
use crate::wire::{Interval, Tlv};

/// The pause between two tries, longer than what neighbours are given to acknowledge.
const PAUSE: Duration = Duration::from_millis(130);

/// How often it is said to a neighbour that does not answer.
const TRIES: u8 = 8;

/// The time we give for an acknowledgement: 10 centiseconds.
const ACK_INTERVAL: Interval = Interval::from_centis(10);

/// How long an announcement from before the restart may still be under way, to arrive after it
/// was taken back.
fn lifetime(kind: LinkKind) -> Duration {
    match kind {
        LinkKind::Wired => Duration::from_millis(100),
        // A multicast packet waits for stations that sleep.
        LinkKind::Wireless => Duration::from_millis(500),
    }
}

impl Router {
    /// Who may rely on what we announce, by the name of their interface.
    pub(super) fn reliers(&self, taken: Option<&Interface>) -> Vec<(String, Ipv6Addr)> {
        let told = self.neighbours.iter().filter(|neighbour| neighbour.relies);
        let mut reliers: Vec<(String, Ipv6Addr)> = told
            .map(|neighbour| {
                let name = match taken {
                    Some(taken) if taken.id == neighbour.interface => &taken.config.name,
                    _ => self.name_of(neighbour.interface),
                };
                (name.to_owned(), neighbour.address)
            })
            .collect();
        for known in &self.remembered {
            if !reliers.contains(known) {
                reliers.push(known.clone());
            }
        }
        reliers
    }

    /// Takes everything back if an interface is absent over which somebody relied on us.
    pub(super) fn make_amends_for_absent(&mut self, now: Instant) {
        let is_absent = |(name, _): &(String, Ipv6Addr)| self.is_absent(name);
        if self.remembered.iter().any(is_absent) {
            self.make_amends(now);
        }
    }

    /// Takes everything back.
    pub(super) fn make_amends(&mut self, now: Instant) {
        let mut owed: Vec<(InterfaceId, Ipv6Addr)> = Vec::new();
        let mut at = now;
        for (name, address) in self.reliers(None) {
            let mut interfaces = self.interfaces.iter_mut().map(|(_, interface)| interface);
            if let Some(interface) = interfaces.find(|interface| interface.config.name == name) {
                owed.push((interface.id, address));
                at = at.max(now + lifetime(interface.config.kind));
            }
        }
        for (_, interface) in &mut self.interfaces {
            interface.muted_until = at + PAUSE * u32::from(TRIES);
        }
        let nonce = self.random.nonce();
        self.amends = Some(Amends {
            owed,
            nonce,
            tries: 0,
            at,
        });
    }

    /// Says again what was not acknowledged, or lets it be.
    pub(super) fn step_amends(&mut self, now: Instant) {
        if !self.remembered.is_empty()
            && self
                .restarted_at
                .is_none_or(|at| now.since(at) > ADOPTED_MEMORY)
        {
            self.remembered = Vec::new();
        }
        let Some(mut amends) = self.amends.take_if(|amends| amends.at <= now) else {
            return;
        };
        amends
            .owed
            .retain(|(id, _)| self.interfaces.contains_key(id));
        if amends.owed.is_empty() {
            self.absolve(now);
            return;
        }
        if amends.tries == TRIES {
            // Somebody may still rely on what we announced. Only time puts an end to that.
            self.unmute(now);
            return;
        }
        let nonce = amends.nonce;
        for (id, address) in &amends.owed {
            let Some(mut interface) = self.interfaces.remove(id) else {
                continue;
            };
            let mut writer = interface.writer();
            let interval = Interval::from_duration(interface.config.update_interval);
            let request = Tlv::AckRequest {
                nonce,
                interval: ACK_INTERVAL,
            };
            let written = writer.push(&request).is_ok()
                && writer.push(&Tlv::WithdrawAll { interval }).is_ok();
            if written {
                let destination = Destination::Unicast(*address);
                self.transmit(&mut interface, destination, writer, now);
            }
            self.interfaces.insert(*id, interface);
        }
        amends.tries += 1;
        amends.at = now + PAUSE;
        self.amends = Some(amends);
    }

    /// A neighbour has acknowledged something.
    pub(super) fn accept_amends(
        &mut self,
        interface: InterfaceId,
        id: NeighbourId,
        nonce: u16,
        now: Instant,
    ) {
        let Some(address) = self.neighbours.find(id).map(|neighbour| neighbour.address) else {
            return;
        };
        let Some(amends) = self.amends.as_mut() else {
            return;
        };
        if amends.nonce == nonce && amends.tries > 0 {
            amends.owed.retain(|owed| *owed != (interface, address));
            if amends.owed.is_empty() {
                amends.at = now;
            }
        }
    }

    /// Whether somebody relied on us on an interface that was absent after the restart.
    pub(super) fn is_estranged(&self, name: &str) -> bool {
        !self.adopting && self.remembered.iter().any(|(known, _)| known == name)
    }

    /// Nobody relies on what we announced before the restart.
    fn absolve(&mut self, now: Instant) {
        // Those on absent interfaces cannot send us anything; they are told if one comes back.
        let names: Vec<&String> = self.interfaces.values().map(|i| &i.config.name).collect();
        self.remembered.retain(|(name, _)| !names.contains(&name));
        for (_, destination) in self.routes.iter_mut() {
            if let Some(adopted) = destination.adopted.as_mut() {
                adopted.free = true;
                if adopted.next_hop.is_none() {
                    destination.adopted = None;
                }
            }
        }
        self.unmute(now);
    }

    /// Goes on as usual.
    fn unmute(&mut self, now: Instant) {
        for prefix in self.routes.prefixes(|_, _| true) {
            self.select(prefix, now);
        }
        for (_, interface) in &mut self.interfaces {
            interface.muted_until = now;
            interface.multicast.announce_all(now);
        }
    }

    fn is_absent(&self, name: &str) -> bool {
        !self
            .interfaces
            .values()
            .any(|interface| interface.config.name == name)
    }
}
