//! A packet as authentication sees it (RFC 8967 §4.3): what is signed, the MACs behind it, and the
//! three TLVs that are looked at before all others.

use crate::wire::challenge::ChallengeBody;
use crate::wire::error::PacketError;
use crate::wire::header::Header;
use crate::wire::mac::MacBody;
use crate::wire::pc::PcBody;
use crate::wire::raw::RawTlvs;

/// The checked view of a datagram's payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedPacket<'a> {
    signed: &'a [u8],
    trailer: &'a [u8],
}

/// What the preparse phase looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PreparsedTlv<'a> {
    /// The packet's number.
    Pc(PcBody<'a>),
    /// The sender wants proof.
    Request(ChallengeBody<'a>),
    /// The sender gives proof.
    Reply(ChallengeBody<'a>),
}

impl<'a> SignedPacket<'a> {
    /// Splits a datagram's payload.
    // RFC 8967 §4.1: including the packet header but excluding the packet trailer (from octet 0
    // inclusive up to (Body Length + 4) exclusive)
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Self, PacketError> {
        let end = Header::LEN + Header::body(payload)?.len();
        let (signed, trailer) = payload.split_at_checked(end).unwrap_or((payload, &[]));
        Ok(Self { signed, trailer })
    }

    /// The octets that a MAC covers, apart from the pseudo-header.
    pub(crate) const fn signed(self) -> &'a [u8] {
        self.signed
    }

    /// The MACs in the trailer.
    pub(crate) fn macs(self) -> impl Iterator<Item = MacBody<'a>> {
        let tlvs = RawTlvs::new(self.trailer).flatten();
        tlvs.filter(|tlv| tlv.kind() == MacBody::KIND)
            .map(|tlv| MacBody::parse(tlv.body()))
    }

    /// The TLVs of the preparse phase, in order.
    // RFC 8967 §4.3: the packet body is traversed and all TLVs are ignored except PC, Challenge
    // Request, and Challenge Reply TLVs
    pub(crate) fn preparse(self) -> impl Iterator<Item = PreparsedTlv<'a>> {
        let body = self.signed.get(Header::LEN..).unwrap_or_default();
        RawTlvs::new(body)
            .flatten()
            .filter_map(|tlv| match tlv.kind() {
                PcBody::KIND => PcBody::parse(tlv.body()).map(PreparsedTlv::Pc),
                ChallengeBody::REQUEST => {
                    ChallengeBody::parse(tlv.body()).map(PreparsedTlv::Request)
                }
                ChallengeBody::REPLY => ChallengeBody::parse(tlv.body()).map(PreparsedTlv::Reply),
                _ => None,
            })
    }
}

#[cfg(test)]
mod tests;
