//! Reading a packet: an iterator over its TLVs.

use core::net::IpAddr;

use crate::metric::Cost;
use crate::prefix::Prefix;
use crate::wire::ack::{AckBody, AckRequestBody};
use crate::wire::challenge::ChallengeBody;
use crate::wire::encoding::Encoding;
use crate::wire::error::{PacketError, TlvError};
use crate::wire::header::Header;
use crate::wire::hello::HelloBody;
use crate::wire::ihu::IhuBody;
use crate::wire::interval::Interval;
use crate::wire::mac::MacBody;
use crate::wire::next_hop::NextHopBody;
use crate::wire::octets::Octets;
use crate::wire::pc::PcBody;
use crate::wire::raw::{RawTlv, RawTlvs};
use crate::wire::refusal::Refusal;
use crate::wire::request::{RouteRequestBody, SeqnoRequestBody};
use crate::wire::router_id::RouterIdBody;
use crate::wire::source_prefix::SourcePrefix;
use crate::wire::state::{ParserState, is_next_hop};
use crate::wire::sub_tlv::{check_sub_tlvs, read_source, read_sub_tlvs};
use crate::wire::timestamp::{self, Timestamps};
use crate::wire::tlv::{Tlv, Update};
use crate::wire::update::{UpdateBody, UpdateFlags};

/// The TLVs of a packet, in order.
///
/// A TLV that breaks a rule is an `Err`, and the iteration goes on behind it; only a length that
/// reaches beyond the packet ends it. TLVs that the RFC wants silently ignored are left out.
/// Nothing is allocated, and a packet of `n` octets yields at most `n / 2` items.
#[derive(Clone, Debug)]
pub struct PacketReader<'a> {
    tlvs: RawTlvs<'a>,
    state: ParserState,
    skipped: u32,
}

impl<'a> PacketReader<'a> {
    /// Reads the header of a datagram's payload that came from that address.
    ///
    /// What follows the packet's body, its trailer, is not looked at.
    // RFC 8966 §4.2: an implementation MAY silently ignore the packet trailer without even parsing
    // it, unless it implements an extension that defines TLVs that are allowed there
    pub fn new(payload: &'a [u8], source: IpAddr) -> Result<Self, PacketError> {
        Ok(Self {
            tlvs: RawTlvs::new(Header::body(payload)?),
            state: ParserState::new(source),
            skipped: 0,
        })
    }

    /// How many TLVs were left out so far because their type, address encoding or a mandatory
    /// sub-TLV is unknown.
    pub const fn skipped(&self) -> u32 {
        self.skipped
    }

    /// The TLV's meaning; `None` for those that only pad or change the state.
    fn decode(&mut self, tlv: RawTlv<'_>) -> Result<Option<Tlv>, Refusal> {
        let kind = tlv.kind();
        let truncated = TlvError::Truncated { kind };
        let mut octets = Octets::new(tlv.body());
        // Each arm reads the fields first, then the sub-TLVs, and judges last: what is ignored for
        // an unknown sub-TLV must not be called wrong.
        match kind {
            RawTlv::PAD_1 | RawTlv::PAD_N => Ok(None),
            AckRequestBody::KIND => {
                let body = AckRequestBody::parse(&mut octets).ok_or(truncated)?;
                check_sub_tlvs(kind, octets.rest())?;
                Ok(Some(Tlv::AckRequest {
                    nonce: body.opaque,
                    interval: nonzero(kind, body.interval)?,
                }))
            }
            AckBody::KIND => {
                let body = AckBody::parse(&mut octets).ok_or(truncated)?;
                check_sub_tlvs(kind, octets.rest())?;
                Ok(Some(Tlv::Ack { nonce: body.opaque }))
            }
            HelloBody::KIND => {
                let body = HelloBody::parse(&mut octets).ok_or(truncated)?;
                let stamp = read_sub_tlvs(kind, octets.rest())?;
                Ok(Some(Tlv::Hello {
                    unicast: body.unicast,
                    seqno: body.seqno,
                    interval: body.interval,
                    timestamp: stamp.and_then(timestamp::parse_transmit),
                }))
            }
            IhuBody::KIND => {
                let body = IhuBody::parse(&mut octets)?;
                let stamp = read_sub_tlvs(kind, octets.rest())?;
                Ok(Some(Tlv::Ihu {
                    rxcost: Cost::new(body.rxcost),
                    interval: nonzero(kind, body.interval)?,
                    address: body.address,
                    timestamps: stamp.and_then(Timestamps::parse),
                }))
            }
            RouterIdBody::KIND => self.follow_router_id(&mut octets).map(|()| None),
            NextHopBody::KIND => self.follow_next_hop(&mut octets).map(|()| None),
            UpdateBody::KIND => self.decode_update(&mut octets).map(Some),
            RouteRequestBody::KIND => {
                let body = RouteRequestBody::parse(&mut octets)?;
                let source = read_source(kind, body.encoding, octets.rest())?;
                let prefix = body.prefix.map(|prefix| from_source(kind, prefix, source));
                Ok(Some(Tlv::RouteRequest {
                    prefix: prefix.transpose()?,
                }))
            }
            SeqnoRequestBody::KIND => {
                let body = SeqnoRequestBody::parse(&mut octets)?;
                let source = read_source(kind, body.encoding, octets.rest())?;
                // RFC 8966 §4.6.11: Hop Count MUST NOT be 0
                if body.hop_count == 0 {
                    return Err(TlvError::HopCount.into());
                }
                // RFC 8966 §4.6.11: Router-Id MUST NOT consist of all zeroes or all ones
                if !body.router_id.is_valid() {
                    return Err(TlvError::RouterId { kind }.into());
                }
                Ok(Some(Tlv::SeqnoRequest {
                    prefix: from_source(kind, body.prefix, source)?,
                    seqno: body.seqno,
                    hop_count: body.hop_count,
                    router_id: body.router_id,
                }))
            }
            // RFC 8967 §6.1: MUST be ignored if it is found in the packet body; §4.3: after the packet
            // has been accepted, any PC, Challenge Request, and Challenge Reply TLVs are ignored
            MacBody::KIND | PcBody::KIND | ChallengeBody::REQUEST | ChallengeBody::REPLY => {
                Ok(None)
            }
            // RFC 8966 §4.3: TLVs with an unknown type value MUST be silently ignored
            _ => Err(Refusal::Unknown),
        }
    }

    fn follow_router_id(&mut self, octets: &mut Octets<'_>) -> Result<(), Refusal> {
        let kind = RouterIdBody::KIND;
        let body = RouterIdBody::parse(octets);
        // RFC 8966 §4.6.7: this TLV sets the router-id even if it is otherwise ignored due to an
        // unknown mandatory sub-TLV
        self.state.set_router_id(body.map(|body| body.router_id));
        let body = body.ok_or(TlvError::Truncated { kind })?;
        check_sub_tlvs(kind, octets.rest())?;
        if body.router_id.is_valid() {
            Ok(())
        } else {
            Err(TlvError::RouterId { kind }.into())
        }
    }

    fn follow_next_hop(&mut self, octets: &mut Octets<'_>) -> Result<(), Refusal> {
        let kind = NextHopBody::KIND;
        let body = match NextHopBody::parse(octets) {
            Ok(body) => body,
            Err(refusal) => {
                if refusal != Refusal::Unknown {
                    self.state.forget_next_hops();
                }
                return Err(refusal);
            }
        };
        // RFC 8966 §4.6.8: this TLV sets up the next hop for subsequent Update TLVs even if it is
        // otherwise ignored due to an unknown mandatory sub-TLV
        self.state.set_next_hop(body.next_hop);
        check_sub_tlvs(kind, octets.rest())?;
        if is_next_hop(body.next_hop) {
            Ok(())
        } else {
            Err(TlvError::NextHop { kind }.into())
        }
    }

    fn decode_update(&mut self, octets: &mut Octets<'_>) -> Result<Tlv, Refusal> {
        let kind = UpdateBody::KIND;
        let whole = *octets;
        let body = match UpdateBody::parse(octets) {
            Ok(body) => body,
            Err(refusal) => {
                self.forget_update(whole, refusal);
                return Err(refusal);
            }
        };
        let prefix = self.state.follow_update(&body)?;
        let source = read_source(kind, body.encoding, octets.rest())?;
        let Some(prefix) = prefix else {
            return Self::withdraw_all(&body);
        };
        let prefix = from_source(kind, prefix, source)?;
        // RFC 8966 §4.6.9: if the metric field is FFFF hexadecimal, the router-id, next hop, and
        // seqno are not used
        if body.metric.is_infinite() {
            return Ok(Tlv::Update(Update::retraction(
                prefix,
                retraction_interval(body.interval),
            )));
        }
        Ok(Tlv::Update(Update {
            prefix,
            // RFC 8966 §4.6.9: if there is no suitable TLV, then this update is ignored
            router_id: self.state.router_id().ok_or(TlvError::RouterId { kind })?,
            seqno: body.seqno,
            metric: body.metric,
            interval: nonzero(kind, body.interval)?,
            // RFC 8966 §4.6.9: if no such TLV exists, the next hop is taken from the source address
            // if it belongs to the same address family; otherwise, this Update MUST be ignored
            next_hop: self
                .state
                .next_hop(body.encoding)
                .ok_or(TlvError::NextHop { kind })?,
        }))
    }

    fn withdraw_all(body: &UpdateBody<'_>) -> Result<Tlv, Refusal> {
        // RFC 8966 §4.6.9: Update TLVs with finite metric and AE equal to 0 MUST be ignored
        if body.metric.is_infinite() {
            Ok(Tlv::WithdrawAll {
                interval: retraction_interval(body.interval),
            })
        } else {
            Err(TlvError::FiniteWildcard.into())
        }
    }

    /// Keeps the state honest behind an Update that could not be read.
    fn forget_update(&mut self, mut octets: Octets<'_>, refusal: Refusal) {
        let [encoding, flags] = octets.array().unwrap_or([0, 0xFF]);
        let mut flags = UpdateFlags::from_octet(flags);
        // The default prefix of an unknown encoding is none of those kept here; the router-id is
        // the same for all.
        flags.prefix &= refusal != Refusal::Unknown || Encoding::from_octet(encoding).is_some();
        self.state.forget_update(flags);
    }
}

impl Iterator for PacketReader<'_> {
    type Item = Result<Tlv, TlvError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let tlv = match self.tlvs.next()? {
                Ok(tlv) => tlv,
                Err(overrun) => return Some(Err(TlvError::Overrun { kind: overrun.kind })),
            };
            match self.decode(tlv) {
                Ok(Some(tlv)) => return Some(Ok(tlv)),
                Ok(None) => {}
                Err(Refusal::Unknown) => self.skipped = self.skipped.saturating_add(1),
                Err(Refusal::Wrong(error)) => return Some(Err(error)),
            }
        }
    }
}

// RFC 9079 §5: MUST interpret an unextended TLV as carrying a source prefix of zero length
fn from_source(kind: u8, prefix: Prefix, source: Option<SourcePrefix>) -> Result<Prefix, TlvError> {
    match source {
        None => Ok(prefix),
        Some(SourcePrefix(source)) => {
            let specific = prefix.with_source(source);
            specific.map_err(|_| TlvError::Source { kind })
        }
    }
}

// RFC 8966 §4.6.3, §4.6.6, §4.6.9: the interval MUST NOT be 0
fn nonzero(kind: u8, interval: Interval) -> Result<Interval, TlvError> {
    if interval.is_zero() {
        Err(TlvError::Interval { kind })
    } else {
        Ok(interval)
    }
}

/// A retraction's interval has no use, so a forbidden zero is no reason to keep a dead route.
fn retraction_interval(interval: Interval) -> Interval {
    interval.max(Interval::from_centis(1))
}

#[cfg(test)]
mod tests;
