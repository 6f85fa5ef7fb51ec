//! Writing a packet: TLV after TLV until it is full.

use core::net::{IpAddr, Ipv6Addr};

use crate::metric::Metric;
use crate::seqno::Seqno;
use crate::wire::ack::{AckBody, AckRequestBody};
use crate::wire::challenge::ChallengeBody;
use crate::wire::encoding::{Encoding, octets_of};
use crate::wire::error::PushError;
use crate::wire::header::Header;
use crate::wire::hello::HelloBody;
use crate::wire::ihu::IhuBody;
use crate::wire::interval::Interval;
use crate::wire::next_hop::NextHopBody;
use crate::wire::request::{RouteRequestBody, SeqnoRequestBody};
use crate::wire::router_id::RouterIdBody;
use crate::wire::source_prefix::SourcePrefix;
use crate::wire::state::{ParserState, is_next_hop, router_id_of};
use crate::wire::timestamp::{self, Timestamps};
use crate::wire::tlv::{Tlv, Update};
use crate::wire::update::{UpdateBody, UpdateFlags};

/// A packet in the making.
///
/// The TLVs come out of [`crate::wire::PacketReader`] as they were put in, but for retractions,
/// which lose what means nothing in them, and for a receive cost of 0, which is 1.
#[derive(Clone, Debug)]
pub struct PacketWriter {
    octets: Vec<u8>,
    capacity: usize,
    state: ParserState,
}

impl PacketWriter {
    /// The least capacity: what every link can carry.
    // RFC 8966 §4: every Babel speaker MUST be able to receive packets that are as large as any
    // attached interface's MTU adjusted for lower-layer headers or 512 octets, whichever is larger
    pub const LEAST: usize = 512 - Self::LOWER_HEADERS;
    /// The greatest capacity: what UDP can carry over IPv6 without a jumbogram.
    // RFC 8966 §4: packets MUST NOT be larger than 2^16 - 1 adjusted for lower-layer headers
    pub const GREATEST: usize = 0xFFFF - Self::LOWER_HEADERS;
    /// Octets of the IPv6 and UDP headers: an interface's MTU less this is its capacity.
    // RFC 8966 §4: 48 octets for UDP over IPv6
    pub const LOWER_HEADERS: usize = 48;

    /// An empty packet of at most `capacity` octets of UDP payload, to be sent from that address.
    ///
    /// The capacity is brought into [`PacketWriter::LEAST`]`..=`[`PacketWriter::GREATEST`], so any
    /// one TLV fits into an empty packet.
    pub fn new(capacity: usize, source: Ipv6Addr) -> Self {
        Self {
            octets: Header::emit(0).to_vec(),
            capacity: capacity.clamp(Self::LEAST, Self::GREATEST),
            state: ParserState::new(IpAddr::V6(source)),
        }
    }

    /// Adds a TLV and the Router-Id and Next Hop TLVs it needs, or nothing at all.
    pub fn push(&mut self, tlv: &Tlv) -> Result<(), PushError> {
        match *tlv {
            Tlv::AckRequest { nonce, interval } => {
                let interval = nonzero(interval)?;
                let body = AckRequestBody {
                    opaque: nonce,
                    interval,
                };
                self.append(AckRequestBody::BUFFER_LEN, |buffer| body.emit(buffer))
            }
            Tlv::Ack { nonce } => {
                let body = AckBody { opaque: nonce };
                self.append(AckBody::BUFFER_LEN, |buffer| body.emit(buffer))
            }
            Tlv::Hello {
                unicast,
                seqno,
                interval,
                timestamp,
            } => {
                let body = HelloBody {
                    unicast,
                    seqno,
                    interval,
                };
                let len = timestamp.map_or(0, |_| timestamp::TRANSMIT_LEN);
                self.append(HelloBody::BUFFER_LEN + len, |buffer| {
                    body.emit(buffer);
                    if let Some(transmit) = timestamp {
                        with_sub_tlv(buffer, HelloBody::BUFFER_LEN, |buffer| {
                            timestamp::emit_transmit(transmit, buffer);
                        });
                    }
                })
            }
            Tlv::Ihu {
                rxcost,
                interval,
                address,
                timestamps,
            } => {
                let body = IhuBody {
                    rxcost: rxcost.value(),
                    interval: nonzero(interval)?,
                    address,
                };
                let len = timestamps.map_or(0, |_| Timestamps::BUFFER_LEN);
                self.append(body.buffer_len() + len, |buffer| {
                    body.emit(buffer);
                    if let Some(timestamps) = timestamps {
                        with_sub_tlv(buffer, body.buffer_len(), |buffer| timestamps.emit(buffer));
                    }
                })
            }
            Tlv::Update(ref update) => self.push_update(update),
            Tlv::WithdrawAll { interval } => {
                let body = withdraw_all(nonzero(interval)?);
                self.append(body.buffer_len(), |buffer| body.emit(buffer))
            }
            Tlv::RouteRequest { prefix } => {
                let encoding = prefix.as_ref().map(Encoding::of_prefix);
                let body = RouteRequestBody {
                    encoding: encoding.unwrap_or(Encoding::Wildcard),
                    prefix,
                };
                let source = prefix.map_or(0, |prefix| SourcePrefix::len_of(&prefix));
                self.append(body.buffer_len() + source, |buffer| {
                    let start = buffer.len();
                    body.emit(buffer);
                    if let Some(prefix) = &prefix {
                        SourcePrefix::append(prefix, start, buffer);
                    }
                })
            }
            Tlv::SeqnoRequest {
                prefix,
                seqno,
                hop_count,
                router_id,
            } => {
                if hop_count == 0 {
                    return Err(invalid("a seqno request needs a hop"));
                }
                if !router_id.is_valid() {
                    return Err(invalid("the router-id is reserved"));
                }
                let body = SeqnoRequestBody {
                    encoding: Encoding::of_prefix(&prefix),
                    prefix,
                    seqno,
                    hop_count,
                    router_id,
                };
                let len = body.buffer_len() + SourcePrefix::len_of(&prefix);
                self.append(len, |buffer| {
                    let start = buffer.len();
                    body.emit(buffer);
                    SourcePrefix::append(&prefix, start, buffer);
                })
            }
        }
    }

    /// Adds a Challenge Request, or a Challenge Reply where `kind` says so.
    pub(crate) fn push_challenge(
        &mut self,
        kind: u8,
        challenge: ChallengeBody<'_>,
    ) -> Result<(), PushError> {
        self.append(challenge.buffer_len(), |buffer| {
            challenge.emit(kind, buffer);
        })
    }

    /// Whether no TLV was added yet.
    pub fn is_empty(&self) -> bool {
        self.octets.len() <= Header::LEN
    }

    /// Octets of UDP payload so far, header included.
    pub fn len(&self) -> usize {
        self.octets.len()
    }

    /// The packet.
    pub fn finish(mut self) -> Vec<u8> {
        // The capacity keeps the body below 2^16 octets.
        let body_len = u16::try_from(self.octets.len() - Header::LEN).unwrap_or(u16::MAX);
        for (octet, header) in self.octets.iter_mut().zip(Header::emit(body_len)) {
            *octet = header;
        }
        self.octets
    }

    fn append(&mut self, len: usize, emit: impl FnOnce(&mut Vec<u8>)) -> Result<(), PushError> {
        if self.octets.len() + len > self.capacity {
            return Err(PushError::Full);
        }
        let before = self.octets.len();
        emit(&mut self.octets);
        debug_assert_eq!(self.octets.len() - before, len, "a TLV has another length");
        Ok(())
    }

    fn push_update(&mut self, update: &Update) -> Result<(), PushError> {
        let interval = nonzero(update.interval)?;
        let mut state = self.state;
        let next_hop = next_hop_tlv(&mut state, update)?;
        let (router_id, flags) = router_id_tlv(&mut state, update)?;
        let encoding = encoding_of(update);
        let octets = octets_of(update.prefix.addr());
        let plen = update.prefix.plen();
        let omitted = common_octets(state.default_prefix(encoding), octets, plen);
        let stored: &[u8] = octets
            .get(omitted.into()..plen.div_ceil(8).into())
            .unwrap_or_default();
        let body = UpdateBody {
            encoding,
            flags,
            plen,
            omitted,
            interval,
            seqno: update.seqno,
            metric: update.metric,
            stored,
        };
        state
            .follow_update(&body)
            .map_err(|_| invalid("the prefix cannot be compressed"))?;
        let len = next_hop.map_or(0, |tlv| tlv.buffer_len())
            + router_id.map_or(0, |_| RouterIdBody::BUFFER_LEN)
            + body.buffer_len()
            + SourcePrefix::len_of(&update.prefix);
        self.append(len, |buffer| {
            if let Some(tlv) = next_hop {
                tlv.emit(buffer);
            }
            if let Some(tlv) = router_id {
                tlv.emit(buffer);
            }
            let start = buffer.len();
            body.emit(buffer);
            SourcePrefix::append(&update.prefix, start, buffer);
        })?;
        self.state = state;
        Ok(())
    }
}

/// How the update's prefix is encoded.
fn encoding_of(update: &Update) -> Encoding {
    // RFC 9229 §2.1: a node MAY send IPv4 retractions only, as they do not require a next hop
    if update.is_retraction() {
        Encoding::of_prefix(&update.prefix)
    } else {
        Encoding::of_route(&update.prefix, update.next_hop)
    }
}

/// Adds a sub-TLV to the TLV of `len` octets that was written last.
fn with_sub_tlv(buffer: &mut Vec<u8>, len: usize, emit: impl FnOnce(&mut Vec<u8>)) {
    let before = buffer.len();
    emit(buffer);
    let added = u8::try_from(buffer.len() - before).unwrap_or(0);
    // The TLV's length is its second octet.
    if let Some(length) = before
        .checked_sub(len)
        .and_then(|at| buffer.get_mut(at + 1))
    {
        *length = length.saturating_add(added);
    }
}

/// The Next Hop TLV that the update needs in front of it.
fn next_hop_tlv(
    state: &mut ParserState,
    update: &Update,
) -> Result<Option<NextHopBody>, PushError> {
    let next_hop = update.next_hop;
    let encoding = encoding_of(update);
    let usable = is_next_hop(next_hop) && next_hop.is_ipv4() == encoding.leads_to_v4();
    if !usable && !update.is_retraction() {
        return Err(invalid("the next hop is of no use to the prefix"));
    }
    if !usable || state.next_hop(encoding) == Some(next_hop) {
        return Ok(None);
    }
    state.set_next_hop(next_hop);
    Ok(Some(NextHopBody { next_hop }))
}

/// The Router-Id TLV that the update needs in front of it, and the update's flags.
fn router_id_tlv(
    state: &mut ParserState,
    update: &Update,
) -> Result<(Option<RouterIdBody>, UpdateFlags), PushError> {
    let router_id = update.router_id;
    let usable = router_id.is_valid();
    if !usable && !update.is_retraction() {
        return Err(invalid("the router-id is reserved"));
    }
    let known = !usable || state.router_id() == Some(router_id);
    // BIRD does not look at the R flag of an IPv4 prefix.
    let derived = !update.prefix.is_v4() && router_id_of(update.prefix.addr()) == router_id;
    let flags = UpdateFlags {
        // A prefix without octets would only displace one that others can share octets with.
        prefix: update.prefix.plen() >= 8,
        router_id: !known && derived,
    };
    if known || derived {
        return Ok((None, flags));
    }
    state.set_router_id(Some(router_id));
    Ok((Some(RouterIdBody { router_id }), flags))
}

/// How many octets of a prefix need not be sent.
fn common_octets(default: Option<[u8; 16]>, octets: [u8; 16], plen: u8) -> u8 {
    let Some(default) = default else { return 0 };
    (0..plen.div_ceil(8))
        .zip(default.iter().zip(octets))
        .take_while(|(_, (default, octet))| **default == *octet)
        .fold(0, |count, _| count + 1)
}

// RFC 8966 §4.6.9: AE MAY then be 0, in which case this Update retracts all of the routes previously
// advertised by the sending interface
const fn withdraw_all(interval: Interval) -> UpdateBody<'static> {
    UpdateBody {
        encoding: Encoding::Wildcard,
        flags: UpdateFlags {
            prefix: false,
            router_id: false,
        },
        plen: 0,
        omitted: 0,
        interval,
        seqno: Seqno(0),
        metric: Metric::INFINITY,
        stored: &[],
    }
}

fn nonzero(interval: Interval) -> Result<Interval, PushError> {
    if interval.is_zero() {
        Err(invalid("the interval is zero"))
    } else {
        Ok(interval)
    }
}

const fn invalid(reason: &'static str) -> PushError {
    PushError::Invalid { reason }
}

#[cfg(test)]
mod tests;
