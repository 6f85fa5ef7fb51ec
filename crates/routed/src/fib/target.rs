//! A route of ours as the kernel has it or should have it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use grange_babel::prefix::Prefix;
use grange_linux::route::{DEFAULT_METRIC_V6, PROTOCOL_BABEL};
use grange_linux::{IpPrefix, Route, RouteKind};

/// Where routes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The kernel's table.
    pub table: u32,
    /// The kernel's metric, the same for all of ours; 0 is the kernel's default.
    pub metric: u32,
}

/// The preferred source addresses for the packets of this router itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// For IPv4.
    pub v4: Option<Ipv4Addr>,
    /// For IPv6.
    pub v6: Option<Ipv6Addr>,
}

/// Where packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hop {
    /// To a neighbour.
    Via {
        /// The interface's index.
        interface: u32,
        /// The neighbour's address there.
        gateway: IpAddr,
    },
    /// Nowhere: the sender is told.
    Unreachable,
}

/// All that tells one route of ours for a prefix from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) place: Place,
    pub(super) hop: Hop,
    pub(super) pref_src: Option<IpAddr>,
}

impl Place {
    /// The metric that the kernel files a route to this prefix under.
    pub fn metric_of(self, prefix: Prefix) -> u32 {
        if self.metric == 0 && !prefix.is_v4() {
            DEFAULT_METRIC_V6
        } else {
            self.metric
        }
    }

    /// Whether others are expected to have the same metric: it is the kernel's default.
    pub fn is_shared(self) -> bool {
        self.metric == 0
    }
}

impl Sources {
    /// The preferred source for a destination.
    pub fn of(&self, prefix: Prefix) -> Option<IpAddr> {
        match prefix {
            Prefix::V4(_) => self.v4.map(IpAddr::V4),
            Prefix::V6(_) => self.v6.map(IpAddr::V6),
            // Its packets have a source already.
            Prefix::Specific(..) => None,
        }
    }
}

impl Target {
    /// Takes a kernel route apart; `None` for one that we never make.
    pub(super) fn of_route(route: &Route) -> Option<(Prefix, Self)> {
        let prefix = prefix_of(route)?;
        let hop = match (route.kind, route.gateway, route.interface) {
            (RouteKind::Unicast, Some(gateway), Some(interface)) => Hop::Via { interface, gateway },
            (RouteKind::Unreachable, _, _) => Hop::Unreachable,
            _ => return None,
        };
        let place = Place {
            table: route.table,
            metric: route.effective_metric(),
        };
        Some((
            prefix,
            Self {
                place,
                hop,
                pref_src: route.pref_src,
            },
        ))
    }

    /// The kernel route.
    pub(super) fn route(&self, prefix: Prefix) -> Route {
        let destination = IpPrefix {
            address: prefix.addr(),
            plen: prefix.plen(),
        };
        let (kind, gateway, interface) = match self.hop {
            Hop::Via { interface, gateway } => (RouteKind::Unicast, Some(gateway), Some(interface)),
            Hop::Unreachable => (RouteKind::Unreachable, None, None),
        };
        // Neighbours' addresses need no common subnet; a link-local one is on the link anyway.
        let onlink = match gateway {
            Some(IpAddr::V4(_)) => true,
            Some(IpAddr::V6(v6)) => prefix.is_v4() || !v6.is_unicast_link_local(),
            None => false,
        };
        Route {
            table: self.place.table,
            protocol: PROTOCOL_BABEL,
            metric: self.place.metric,
            source: prefix.source().map(|source| IpPrefix {
                address: source.addr(),
                plen: source.plen(),
            }),
            kind,
            gateway,
            interface,
            pref_src: self.pref_src,
            onlink,
            ..Route::new(destination)
        }
    }
}

/// Which packets a kernel route is for; `None` where the protocol has no words for it.
pub fn prefix_of(route: &Route) -> Option<Prefix> {
    let prefix = Prefix::new(route.destination.address, route.destination.plen).ok()?;
    match route.source {
        None => Some(prefix),
        Some(source) => {
            let source = Prefix::new(source.address, source.plen).ok()?;
            prefix.with_source(source).ok()
        }
    }
}
