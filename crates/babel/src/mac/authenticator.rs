//! An interface's side of RFC 8967: signs what leaves it, and judges what comes in.

use litemap::LiteMap;

use core::net::Ipv6Addr;

use crate::clock::Instant;
use crate::mac::entropy::Entropy;
use crate::mac::key::is_same;
use crate::mac::key_set::{INDEX, KeySet};
use crate::mac::peer::{CHALLENGE_PAUSE, Cause, NONCE, Peer};
use crate::mac::pseudo_header::PseudoHeader;
use crate::wire::PacketError;
use crate::wire::challenge::ChallengeBody;
use crate::wire::header::Header;
use crate::wire::mac::MacBody;
use crate::wire::pc::PcBody;
use crate::wire::signed::{PreparsedTlv, SignedPacket};

/// How many senders are challenged or answered in each [`CHALLENGE_PAUSE`], over all of them; the others
/// wait. Whoever replays the packets of many must not make us fill the channel.
const BATCH: u8 = 32;

/// From whom to whom a packet goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope {
    /// The sender's address.
    pub(crate) source: Ipv6Addr,
    /// The address it was sent to.
    pub(crate) destination: Ipv6Addr,
    /// The port of both.
    pub(crate) port: u16,
}

/// A packet with a challenge, an answer, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenges {
    /// For whom.
    pub(crate) to: Ipv6Addr,
    /// The nonce of a Challenge Request.
    pub(crate) request: Option<[u8; NONCE]>,
    /// The nonce of a Challenge Reply.
    pub(crate) reply: Option<Box<[u8]>>,
}

/// What an interface knows of its own packets and of others'.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authenticator {
    /// Our index, and the number of the last packet sent under it.
    own: Option<([u8; INDEX], u32)>,
    peers: LiteMap<Ipv6Addr, Peer>,
    /// When challenges may leave, or be sent again.
    due: Option<Instant>,
    /// Since when the batch is counted, and how much of it is used up.
    batch: (Instant, u8),
}

impl Authenticator {
    /// Adds a counter and a MAC by each key to a packet that is otherwise complete.
    pub(crate) fn sign(
        &mut self,
        packet: &mut Vec<u8>,
        envelope: Envelope,
        keys: &KeySet,
        entropy: &mut Entropy,
    ) {
        // RFC 8967 §4.2: the PC MUST be incremented by a strictly positive amount; if the PC
        // overflows, a fresh index MUST be generated
        let next = self
            .own
            .and_then(|(index, pc)| Some((index, pc.checked_add(1)?)));
        let (index, pc) = next.unwrap_or_else(|| (fresh_index(entropy), 1));
        self.own = Some((index, pc));
        // RFC 8967 §4.2: a PC TLV containing the PC and Index MUST be appended to the packet body
        let counter = PcBody { pc, index: &index };
        counter.emit(packet);
        let body = u16::try_from(packet.len() - Header::LEN).unwrap_or(u16::MAX);
        for (octet, header) in packet.iter_mut().zip(Header::emit(body)) {
            *octet = header;
        }
        // RFC 8967 §4.2: for each key configured on the interface, a MAC is computed and stored in a
        // MAC TLV that MUST be appended to the packet trailer
        let header = envelope.pseudo_header();
        let signed = packet.len();
        for key in keys.signing() {
            let covered = packet.get(..signed).unwrap_or_default();
            let code = key.code(&[header.octets(), covered]);
            MacBody { mac: &code }.emit(packet);
        }
    }

    /// Judges a packet that came in. `limit` is how many senders may be known.
    pub(crate) fn check(
        &mut self,
        payload: &[u8],
        envelope: Envelope,
        keys: &KeySet,
        entropy: &mut Entropy,
        limit: usize,
        now: Instant,
    ) -> Result<Result<(), Cause>, PacketError> {
        let packet = SignedPacket::parse(payload)?;
        let signed_with = signers(packet, envelope, keys);
        let outcome = signed_with.and_then(|signed_with| {
            self.check_counter(packet, envelope, entropy, limit, now)?;
            Ok(signed_with)
        });
        if let Some(peer) = self.peers.get_mut(&envelope.source) {
            match outcome {
                Ok(signed_with) => peer.signed_with = signed_with,
                // Under a permissive interface, who no longer signs is to be seen; a replayed
                // packet says nothing of its sender.
                Err(Cause::Unsigned | Cause::WrongMac) if keys.permissive => peer.signed_with = 0,
                Err(_) => {}
            }
        }
        Ok(outcome.map(|_| ()))
    }

    /// Forgets which keys were seen: those of another set have other places in it.
    pub(crate) fn handle_keys(&mut self) {
        for (_, peer) in &mut self.peers {
            peer.signed_with = 0;
        }
    }

    /// Takes the challenges and answers that may leave now, and forgets senders long silent.
    pub(crate) fn take_challenges(&mut self, now: Instant) -> Vec<Challenges> {
        self.peers.retain(|_, peer| peer.expires() > now);
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        if self.batch.0 + CHALLENGE_PAUSE <= now || self.batch.1 == 0 {
            self.batch = (now, 0);
        }
        self.due = None;
        let mut challenges = Vec::new();
        for (to, peer) in &mut self.peers {
            let mut again = peer.repeat(now);
            if peer.is_waiting() && self.batch.1 >= BATCH {
                again = Some(self.batch.0 + CHALLENGE_PAUSE);
            }
            if let Some(at) = again {
                self.due = Some(self.due.map_or(at, |due| due.min(at)));
            }
            if !peer.is_waiting() || self.batch.1 >= BATCH {
                continue;
            }
            self.batch.1 += 1;
            let (request, reply) = peer.take_waiting();
            challenges.push(Challenges {
                to: *to,
                request,
                reply,
            });
        }
        challenges
    }

    /// When to call [`Self::take_challenges`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// The keys of the set that the last authentic packet of that sender was signed with.
    pub(crate) fn signed_with<'a>(
        &self,
        sender: Ipv6Addr,
        keys: &'a KeySet,
    ) -> impl Iterator<Item = &'a str> {
        let places = self.peers.get(&sender).map_or(0, |peer| peer.signed_with);
        let keys = keys.accepting();
        keys.filter(move |(place, _)| places & place_bit(*place) != 0)
            .map(|(_, key)| key.name())
    }

    /// How many senders are known.
    #[cfg(test)]
    pub(crate) fn peers(&self) -> usize {
        self.peers.len()
    }

    fn check_counter(
        &mut self,
        packet: SignedPacket<'_>,
        envelope: Envelope,
        entropy: &mut Entropy,
        limit: usize,
        now: Instant,
    ) -> Result<(), Cause> {
        let multicast = envelope.destination.is_multicast();
        let peer = self.peer(envelope.source, limit, now)?;
        let (mut pc, mut request, mut proven) = (None, None, false);
        for tlv in packet.preparse() {
            match tlv {
                // RFC 8967 §4.3: if multiple PCs are found, only the first one is processed
                PreparsedTlv::Pc(found) => pc = pc.or(Some(found)),
                // RFC 8967 §4.3.1.2: a challenge sent to a multicast address MUST be silently
                // ignored; §4.3: a node MAY ignore all Challenge Requests except the last one
                PreparsedTlv::Request(found) => request = Some(found).filter(|_| !multicast),
                PreparsedTlv::Reply(found) => proven |= peer.is_answer(found.nonce, now),
            }
        }
        let outcome = peer.handle_counter(pc, multicast, proven, now);
        if outcome == Err(Cause::Unproven) {
            peer.challenge(|| entropy.octets(), now);
        }
        // RFC 8967 §4.3: MAY ignore a Challenge Request in a packet with an Index that matches and a
        // PC that is smaller or equal
        if let Some(ChallengeBody { nonce }) = request.filter(|_| outcome != Err(Cause::Replayed)) {
            peer.answer(nonce, now);
        }
        if peer.is_waiting() {
            self.due = Some(now);
        }
        outcome
    }

    /// The entry of a sender whose MAC was right.
    // RFC 8967 §7: implementations may use a separate table of uncompleted challenges
    fn peer(&mut self, sender: Ipv6Addr, limit: usize, now: Instant) -> Result<&mut Peer, Cause> {
        if !self.peers.contains_key(&sender) && self.peers.len() >= limit {
            // A stranger takes the place of whoever has proved nothing for longest.
            let unproven = self.peers.iter().filter(|(_, peer)| !peer.is_proven(now));
            let oldest = unproven.min_by_key(|(_, peer)| peer.expires());
            let oldest = *oldest.ok_or(Cause::Crowded)?.0;
            self.peers.remove(&oldest);
        }
        Ok(self.peers.entry(sender).or_insert_with(|| Peer::new(now)))
    }
}

impl Envelope {
    fn pseudo_header(&self) -> PseudoHeader {
        PseudoHeader::new(self.source, self.destination, self.port)
    }
}

/// The keys that a packet is signed with, a bit for each.
// RFC 8967 §4.3: for each key configured on the receiving interface, the receiver computes the MAC of
// the packet. The MAC MUST NOT be computed for each MAC TLV contained in the packet, but only once
// for each configured key.
fn signers(packet: SignedPacket<'_>, envelope: Envelope, keys: &KeySet) -> Result<u8, Cause> {
    // RFC 8967 §4.3: at least one MAC TLV; if not, the packet MUST be immediately dropped
    packet.macs().next().ok_or(Cause::Unsigned)?;
    let header = envelope.pseudo_header();
    let mut signers = 0;
    for (place, key) in keys.accepting() {
        let code = key.code(&[header.octets(), packet.signed()]);
        if packet.macs().any(|body| is_same(body.mac, &code)) {
            signers |= place_bit(place);
        }
    }
    if signers == 0 {
        return Err(Cause::WrongMac);
    }
    Ok(signers)
}

fn place_bit(place: usize) -> u8 {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1_u8.checked_shl(place))
        .unwrap_or(0)
}

// RFC 8967 §3.1: the Index field is initialised to a fresh index, for example, by drawing a random
// string of sufficient length
fn fresh_index(entropy: &mut Entropy) -> [u8; INDEX] {
    let mut index = [0; INDEX];
    for (octet, random) in index.iter_mut().zip(entropy.octets()) {
        *octet = random;
    }
    index
}

#[cfg(test)]
mod tests;
