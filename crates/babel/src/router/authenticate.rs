//! Packets are signed, and judged before they are taken apart (RFC 8967).

use core::net::Ipv6Addr;

use crate::clock::Instant;
use crate::interface::Interface;
use crate::mac::{Cause, Envelope};
use crate::output::Destination;
use crate::router::state::{BABEL_GROUP, BABEL_PORT, Datagram, Router};
use crate::wire::challenge::ChallengeBody;

impl Router {
    /// Whether a packet may be taken apart. If not, why is counted.
    pub(super) fn authenticate(&mut self, datagram: Datagram<'_>, now: Instant) -> bool {
        let Some(interface) = self.interfaces.get_mut(&datagram.interface) else {
            return false;
        };
        let keys = &interface.config.mac;
        if !keys.is_on() {
            return true;
        }
        let envelope = Envelope {
            source: *datagram.source.ip(),
            destination: datagram.destination,
            port: BABEL_PORT,
        };
        let outcome = interface.authenticator.check(
            datagram.payload,
            envelope,
            keys,
            &mut self.entropy,
            self.limits.neighbours,
            now,
        );
        let cause = match outcome {
            Ok(Ok(())) => return true,
            Ok(Err(cause)) => cause,
            Err(_) => {
                self.counters.bad_packets += 1;
                return false;
            }
        };
        let counter = match cause {
            Cause::Unsigned => &mut self.counters.mac_missing,
            Cause::WrongMac => &mut self.counters.mac_wrong,
            Cause::Uncounted => &mut self.counters.mac_uncounted,
            Cause::Replayed => &mut self.counters.mac_replayed,
            Cause::Unproven => &mut self.counters.mac_unproven,
            Cause::Crowded => &mut self.counters.mac_crowded,
        };
        *counter += 1;
        if keys.permissive {
            self.counters.mac_permitted += 1;
        }
        keys.permissive
    }

    /// Signs a packet that is about to leave, where there are keys.
    pub(super) fn sign(
        &mut self,
        interface: &mut Interface,
        destination: Destination,
        packet: &mut Vec<u8>,
    ) {
        let keys = &interface.config.mac;
        if !keys.is_on() {
            return;
        }
        let envelope = Envelope {
            source: interface.link.link_local,
            destination: match destination {
                Destination::Multicast => BABEL_GROUP,
                Destination::Unicast(address) => address,
            },
            port: BABEL_PORT,
        };
        interface
            .authenticator
            .sign(packet, envelope, keys, &mut self.entropy);
    }

    /// Sends the challenges and the answers that are due, before anything else.
    // RFC 8967 §4.3.1.2: SHOULD NOT send any other packets over the same interface before sending the
    // Challenge Reply, as those would be dropped by the challenger
    pub(super) fn send_challenges(&mut self, interface: &mut Interface, now: Instant) {
        for challenges in interface.authenticator.take_challenges(now) {
            let mut writer = interface.writer();
            if let Some(nonce) = &challenges.request {
                let request = ChallengeBody { nonce };
                let pushed = writer.push_challenge(ChallengeBody::REQUEST, request);
                self.counters.challenges_sent += u64::from(pushed.is_ok());
            }
            if let Some(nonce) = &challenges.reply {
                let reply = ChallengeBody { nonce };
                let pushed = writer.push_challenge(ChallengeBody::REPLY, reply);
                self.counters.challenges_answered += u64::from(pushed.is_ok());
            }
            self.transmit(interface, Destination::Unicast(challenges.to), writer, now);
            // It has thrown away what we said so far, our Hellos above all.
            if challenges.reply.is_some() && !self.is_usable(interface, challenges.to) {
                interface.burst(now);
            }
        }
    }

    fn is_usable(&self, interface: &Interface, address: Ipv6Addr) -> bool {
        let id = self.neighbours.id_of(interface.id, address);
        let neighbour = id.and_then(|id| self.neighbours.find(id));
        neighbour.is_some_and(|neighbour| !neighbour.cost.is_infinite())
    }
}
