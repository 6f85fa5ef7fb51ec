//! The TLVs as the protocol sees them: complete, without reference to the packet around them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::metric::{Cost, Metric};
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::wire::interval::Interval;
use crate::wire::timestamp::Timestamps;

/// A TLV whose meaning is complete in itself (RFC 8966 §4.6).
///
/// Router-Id and Next Hop TLVs have no variant: they only change the packet's state, which is
/// already part of each [`Update`]. Neither have Pad1 and PadN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tlv {
    /// Asks for an acknowledgement before the interval has passed (§4.6.3).
    AckRequest {
        /// Opaque to the receiver, who sends it back.
        nonce: u16,
        /// Never zero.
        interval: Interval,
    },
    /// Answers [`Tlv::AckRequest`] (§4.6.4).
    Ack {
        /// The request's nonce.
        nonce: u16,
    },
    /// Says that the sender is there (§4.6.5).
    Hello {
        /// Counted for this neighbour alone, not for the whole link.
        unicast: bool,
        /// The number of the Hello.
        seqno: Seqno,
        /// When the next one comes at the latest; zero for an unscheduled Hello.
        interval: Interval,
        /// When it left, in microseconds of the sender's clock (RFC 9616).
        timestamp: Option<u32>,
    },
    /// Says whom the sender heard, and how well (§4.6.6).
    Ihu {
        /// What it costs to reach the sender of this TLV, by its own count.
        rxcost: Cost,
        /// When the next one comes at the latest; never zero.
        interval: Interval,
        /// Who was heard; `None` is whoever receives this.
        address: Option<IpAddr>,
        /// When the last Hello of the one who was heard left, and when it arrived (RFC 9616).
        timestamps: Option<Timestamps>,
    },
    /// Announces or retracts a route (§4.6.9).
    Update(Update),
    /// Retracts every route the sender has announced on this interface (§4.6.9, AE 0).
    WithdrawAll {
        /// Never zero; of no use to the receiver.
        interval: Interval,
    },
    /// Asks for an update (§4.6.10).
    RouteRequest {
        /// Which route; `None` asks for all of them.
        prefix: Option<Prefix>,
    },
    /// Asks for a route with a seqno that is new enough (§4.6.11).
    SeqnoRequest {
        /// Which route.
        prefix: Prefix,
        /// The oldest seqno that will do.
        seqno: Seqno,
        /// How often the request may still be forwarded, plus one; never zero.
        hop_count: u8,
        /// Whose seqno it is; always valid.
        router_id: RouterId,
    },
}

/// An announcement of a route, or with an infinite metric its retraction (§4.6.9).
///
/// In a retraction router-id, seqno and next hop mean nothing. Those that were received have
/// [`Update::NO_ROUTER_ID`], seqno 0 and the unspecified address, whatever the octets were, so that
/// nobody comes to rely on them. In those that are sent they should be what the route had, with the
/// own router-id where that is unknown: FRR drops an IPv4 retraction for which it knows no
/// router-id or next hop, and babeld books a retraction under the router-id that precedes it in
/// the packet, or ignores it when that happens to be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// Where the route leads.
    pub prefix: Prefix,
    /// Who originates it; always valid in what was received with a finite metric.
    pub router_id: RouterId,
    /// The originator's seqno.
    pub seqno: Seqno,
    /// The sender's metric; infinite in a retraction.
    pub metric: Metric,
    /// When the announcement is repeated at the latest; never zero.
    pub interval: Interval,
    /// Where to send packets to, in the prefix's family, or for an IPv4 prefix in IPv6 (RFC 9229).
    pub next_hop: IpAddr,
}

impl Update {
    /// The router-id of a retraction that was received.
    pub const NO_ROUTER_ID: RouterId = RouterId::new([0; 8]);

    /// A retraction as it is received, without router-id, seqno and next hop.
    pub const fn retraction(prefix: Prefix, interval: Interval) -> Self {
        let next_hop = match prefix {
            Prefix::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Prefix::V6(_) | Prefix::Specific(..) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        Self {
            prefix,
            router_id: Self::NO_ROUTER_ID,
            seqno: Seqno(0),
            metric: Metric::INFINITY,
            interval,
            next_hop,
        }
    }

    /// Whether this is a retraction.
    pub const fn is_retraction(&self) -> bool {
        self.metric.is_infinite()
    }
}
