//! The Update TLV as it is on the wire (RFC 8966 §4.6.9).

use crate::metric::Metric;
use crate::seqno::Seqno;
use crate::wire::encoding::Encoding;
use crate::wire::error::TlvError;
use crate::wire::interval::Interval;
use crate::wire::octets::Octets;
use crate::wire::refusal::Refusal;

/// The flags of an Update; all other bits are sent as 0 and ignored.
///
/// ```text
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+
/// |P|R|X|X|X|X|X|X|
/// +-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UpdateFlags {
    /// P: later Updates may omit octets of this prefix.
    pub(crate) prefix: bool,
    /// R: the router-id is in the prefix's last octets, for later Updates too.
    pub(crate) router_id: bool,
}

impl UpdateFlags {
    const PREFIX: u8 = 0x80;
    const ROUTER_ID: u8 = 0x40;

    /// The flags in that octet.
    pub(crate) const fn from_octet(octet: u8) -> Self {
        Self {
            prefix: octet & Self::PREFIX != 0,
            router_id: octet & Self::ROUTER_ID != 0,
        }
    }

    /// The octet with those flags.
    pub(crate) const fn octet(self) -> u8 {
        let prefix = if self.prefix { Self::PREFIX } else { 0 };
        let router_id = if self.router_id { Self::ROUTER_ID } else { 0 };
        prefix | router_id
    }
}

/// The fields of an Update, its prefix still compressed.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Type = 8   |    Length     |       AE      |    Flags      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Plen      |    Omitted    |            Interval           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |             Seqno             |            Metric             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Prefix...
/// +-+-+-+-+-+-+-+-+-+-+-+-
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UpdateBody<'a> {
    /// How the prefix is encoded.
    pub(crate) encoding: Encoding,
    /// P and R.
    pub(crate) flags: UpdateFlags,
    /// The prefix length in bits.
    pub(crate) plen: u8,
    /// Octets left out at the start of the prefix.
    pub(crate) omitted: u8,
    /// When the announcement is repeated at the latest.
    pub(crate) interval: Interval,
    /// The originator's seqno.
    pub(crate) seqno: Seqno,
    /// The sender's metric.
    pub(crate) metric: Metric,
    /// The octets of the prefix that were not omitted.
    pub(crate) stored: &'a [u8],
}

impl<'a> UpdateBody<'a> {
    /// The TLV type.
    pub(crate) const KIND: u8 = 8;

    /// Reads the fields; the sub-TLVs are left.
    pub(crate) fn parse(octets: &mut Octets<'a>) -> Result<Self, Refusal> {
        let truncated = TlvError::Truncated { kind: Self::KIND };
        let [encoding, flags, plen, omitted] = octets.array().ok_or(truncated)?;
        let interval = octets.u16().ok_or(truncated)?;
        let seqno = octets.u16().ok_or(truncated)?;
        let metric = octets.u16().ok_or(truncated)?;
        // RFC 8966 §4.6.9: Update TLVs with an unknown value in the AE field MUST be silently
        // ignored
        let encoding = Encoding::from_octet(encoding).ok_or(Refusal::Unknown)?;
        // RFC 8966 §4.6.9: if the metric is infinite and AE is 0, Plen and Omitted MUST both be 0
        let len = encoding.prefix_len(plen).ok_or(TlvError::PrefixLength {
            kind: Self::KIND,
            plen,
        })?;
        // RFC 8966 §4.6.9: if AE is 3 (link-local IPv6), the Omitted field MUST be 0
        let may_omit = matches!(encoding, Encoding::V4 | Encoding::V6 | Encoding::V4ViaV6);
        let len = len
            .checked_sub(omitted)
            .filter(|_| may_omit || omitted == 0)
            .ok_or(TlvError::Omitted { omitted })?;
        Ok(Self {
            encoding,
            flags: UpdateFlags::from_octet(flags),
            plen,
            omitted,
            interval: Interval::from_centis(interval),
            seqno: Seqno(seqno),
            metric: Metric::new(metric),
            stored: octets.take(len.into()).ok_or(truncated)?,
        })
    }

    /// Octets of the whole TLV.
    pub(crate) fn buffer_len(&self) -> usize {
        2 + usize::from(self.body_len())
    }

    fn body_len(&self) -> u8 {
        let prefix = self.encoding.prefix_len(self.plen).unwrap_or(0);
        10 + prefix.saturating_sub(self.omitted)
    }

    /// Writes the TLV.
    pub(crate) fn emit(&self, buffer: &mut Vec<u8>) {
        let [interval, interval_low] = self.interval.as_centis().to_be_bytes();
        let [seqno, seqno_low] = self.seqno.0.to_be_bytes();
        let [metric, metric_low] = self.metric.value().to_be_bytes();
        // At once, because a full update has thousands of them.
        buffer.extend_from_slice(&[
            Self::KIND,
            self.body_len(),
            self.encoding.octet(),
            self.flags.octet(),
            self.plen,
            self.omitted,
            interval,
            interval_low,
            seqno,
            seqno_low,
            metric,
            metric_low,
        ]);
        buffer.extend_from_slice(self.stored);
    }
}
