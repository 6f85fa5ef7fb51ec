//! A route of a kernel table.

use std::net::IpAddr;

use crate::ip_prefix::IpPrefix;

/// The table `main`.
pub const TABLE_MAIN: u32 = 254;
/// The table `local`, kept by the kernel.
pub const TABLE_LOCAL: u32 = 255;
/// `RTPROT_KERNEL`: routes the kernel made itself.
pub const PROTOCOL_KERNEL: u8 = 2;
/// `RTPROT_BOOT`: routes of `ip route add` without a protocol.
pub const PROTOCOL_BOOT: u8 = 3;
/// `RTPROT_STATIC`: netifd's routes.
pub const PROTOCOL_STATIC: u8 = 4;
/// `RTPROT_BABEL`: ours.
pub const PROTOCOL_BABEL: u8 = 42;
/// `RT_SCOPE_UNIVERSE`: through a gateway.
pub const SCOPE_UNIVERSE: u8 = 0;
/// `RT_SCOPE_LINK`: on the link itself.
pub const SCOPE_LINK: u8 = 253;
/// The metric the kernel gives an IPv6 route that names none.
pub const DEFAULT_METRIC_V6: u32 = 1024;

/// What a route does with a packet (`RTN_*`, linux/rtnetlink.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    /// Forwards it.
    Unicast,
    /// Delivers it here.
    Local,
    /// Delivers it here as a broadcast.
    Broadcast,
    /// Delivers it here, received as unicast.
    Anycast,
    /// Multicast.
    Multicast,
    /// Drops it silently.
    Blackhole,
    /// Drops it and says "host unreachable".
    Unreachable,
    /// Drops it and says "administratively prohibited".
    Prohibit,
    /// Goes on with the next rule.
    Throw,
    /// A kind this crate does not know.
    Other(u8),
}

/// A route of a kernel table.
///
/// Build one with [`Route::new`] and struct update syntax. Of a multipath route the first next
/// hop is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The table.
    pub table: u32,
    /// Which packets it is for.
    pub destination: IpPrefix,
    /// Only packets from there (IPv6 only: "source-specific"); `None` for any. A source-specific
    /// default is no default for the rest: netifd makes them for delegated prefixes.
    pub source: Option<IpPrefix>,
    /// Type of service; part of the key.
    pub tos: u8,
    /// Who made it (`RTPROT_*`).
    pub protocol: u8,
    /// The kernel's priority: the lowest wins. IPv6 turns 0 into [`DEFAULT_METRIC_V6`].
    pub metric: u32,
    /// What it does.
    pub kind: RouteKind,
    /// The next hop; of the other family for IPv4 via IPv6 (`RTA_VIA`).
    pub gateway: Option<IpAddr>,
    /// The outgoing interface's index; `None` for kinds that forward nothing.
    pub interface: Option<u32>,
    /// The source address that this router's own packets get.
    pub pref_src: Option<IpAddr>,
    /// `RT_SCOPE_*` (IPv4; IPv6 routes are always 0).
    pub scope: u8,
    /// The gateway is on the link even though no prefix says so.
    pub onlink: bool,
    /// The kernel itself does not use it now: its link has no carrier or is going away.
    pub link_down: bool,
}

impl Route {
    /// A unicast route to `destination` in table `main`, protocol `boot`, metric 0.
    pub const fn new(destination: IpPrefix) -> Self {
        Self {
            table: TABLE_MAIN,
            destination,
            source: None,
            tos: 0,
            protocol: PROTOCOL_BOOT,
            metric: 0,
            kind: RouteKind::Unicast,
            gateway: None,
            interface: None,
            pref_src: None,
            scope: SCOPE_UNIVERSE,
            onlink: false,
            link_down: false,
        }
    }

    /// The metric the kernel files it under: see [`Route::metric`].
    pub const fn effective_metric(&self) -> u32 {
        if self.metric == 0 && !self.destination.is_v4() {
            DEFAULT_METRIC_V6
        } else {
            self.metric
        }
    }
}

impl RouteKind {
    /// From `RTN_*`.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Unicast,
            2 => Self::Local,
            3 => Self::Broadcast,
            4 => Self::Anycast,
            5 => Self::Multicast,
            6 => Self::Blackhole,
            7 => Self::Unreachable,
            8 => Self::Prohibit,
            9 => Self::Throw,
            other => Self::Other(other),
        }
    }

    /// The `RTN_*` number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unicast => 1,
            Self::Local => 2,
            Self::Broadcast => 3,
            Self::Anycast => 4,
            Self::Multicast => 5,
            Self::Blackhole => 6,
            Self::Unreachable => 7,
            Self::Prohibit => 8,
            Self::Throw => 9,
            Self::Other(number) => number,
        }
    }

    /// Whether the route has a next hop or an interface at all.
    pub const fn is_forwarding(self) -> bool {
        !matches!(
            self,
            Self::Blackhole | Self::Unreachable | Self::Prohibit | Self::Throw
        )
    }
}

#[cfg(test)]
mod tests;
