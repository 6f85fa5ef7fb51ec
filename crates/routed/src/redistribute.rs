//! What this router announces as its own: addresses and kernel routes that the redistribute filters
//! allow, and default routes with or without a lease.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use grange_babel::filter::{Filters, Subject};
use grange_babel::prefix::Prefix;
use grange_linux::route::PROTOCOL_BABEL;
use grange_linux::{Link, Route, RouteKind};

use crate::config::{Config, MeshAddresses, protocol_name};
use crate::fib::Sources;
use crate::gateway::{Leases, family_of};
use crate::interfaces::Interfaces;

/// A prefix of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The metric to announce.
    pub metric: u16,
    /// Where it comes from.
    pub from: Provenance,
}

/// Where a prefix of our own comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// An address of this router.
    Address {
        /// The interface it is on.
        interface: String,
    },
    /// A route in the kernel.
    Kernel {
        /// Its protocol's number.
        protocol: u8,
        /// Its interface, where it has one.
        interface: Option<String>,
    },
}

/// What the core is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginChange {
    /// Announce, or announce with another metric.
    Originate(Prefix, Origin),
    /// Retract.
    Withdraw(Prefix),
}

/// The prefixes of our own, and the kernel's routes they are drawn from.
#[derive(Debug, Default)]
pub struct Redistribution {
    routes: Vec<Route>,
    origins: BTreeMap<Prefix, Origin>,
}

impl Redistribution {
    /// Takes the dump of the tables that routes are imported from.
    pub fn set_routes(&mut self, routes: Vec<Route>) {
        self.routes = routes;
        self.routes.retain(is_importable);
        self.routes.shrink_to_fit();
    }

    /// Whether the arrival or loss of this route may change what we announce.
    pub fn is_relevant(&self, config: &Config, route: &Route) -> bool {
        config.general.import_tables.contains(&route.table) && is_importable(route)
    }

    /// Works out what to announce, and lists what the core must be told. Retractions come first.
    pub fn update(
        &mut self,
        config: &Config,
        interfaces: &Interfaces,
        leases: &Leases,
    ) -> Vec<OriginChange> {
        let wanted = wanted(&self.routes, config, interfaces, leases);
        let gone = self
            .origins
            .keys()
            .filter(|prefix| !wanted.contains_key(prefix));
        let mut changes: Vec<OriginChange> = gone.copied().map(OriginChange::Withdraw).collect();
        for (prefix, origin) in &wanted {
            let before = self.origins.get(prefix);
            if before.is_none_or(|before| before.metric != origin.metric) {
                changes.push(OriginChange::Originate(*prefix, origin.clone()));
            }
        }
        self.origins = wanted;
        changes
    }

    /// Notes that the core refused a prefix; [`Redistribution::update`] will offer it again.
    pub fn refused(&mut self, prefix: Prefix) {
        self.origins.remove(&prefix);
    }

    /// What we announce.
    pub fn origins(&self) -> &BTreeMap<Prefix, Origin> {
        &self.origins
    }

    /// How many kernel routes were looked at the last time.
    pub fn route_count(&self) -> usize {
        self.routes.len()
    }
}

/// The preferred sources: the configured mesh addresses where this router has them, else the lowest
/// announced address that stands alone on a loopback.
pub fn sources(
    configured: MeshAddresses,
    interfaces: &Interfaces,
    origins: &BTreeMap<Prefix, Origin>,
) -> Sources {
    let mut found = Sources::default();
    let mut usable = Sources::default();
    for (link, address) in interfaces.addresses() {
        let host = Prefix::host(address.address);
        let announced = link.loopback && host.plen() == address.plen && origins.contains_key(&host);
        match address.address {
            IpAddr::V4(v4) => {
                usable.v4 = usable
                    .v4
                    .or_else(|| configured.v4.filter(|wanted| *wanted == v4));
                if announced {
                    found.v4 = Some(found.v4.map_or(v4, |lowest| lowest.min(v4)));
                }
            }
            IpAddr::V6(v6) => {
                usable.v6 = usable
                    .v6
                    .or_else(|| configured.v6.filter(|wanted| *wanted == v6));
                if announced {
                    found.v6 = Some(found.v6.map_or(v6, |lowest| lowest.min(v6)));
                }
            }
        }
    }
    Sources {
        v4: usable.v4.or(found.v4),
        v6: usable.v6.or(found.v6),
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { interface } => write!(f, "local address on {interface}"),
            Self::Kernel {
                protocol,
                interface,
            } => {
                write!(f, "kernel: {}", protocol_name(*protocol))?;
                interface
                    .as_ref()
                    .map_or(Ok(()), |interface| write!(f, " dev {interface}"))
            }
        }
    }
}

fn wanted(
    routes: &[Route],
    config: &Config,
    interfaces: &Interfaces,
    leases: &Leases,
) -> BTreeMap<Prefix, Origin> {
    let filters = &config.filters;
    let mut wanted = BTreeMap::new();
    for (link, address) in interfaces.addresses() {
        let prefix = Prefix::host(address.address);
        let subject = Subject {
            local: true,
            interface: Some(&link.name),
            ..Subject::of(prefix)
        };
        let from = || Provenance::Address {
            interface: link.name.clone(),
        };
        offer(&mut wanted, filters, &subject, from);
    }
    for route in routes {
        let Ok(prefix) = Prefix::new(route.destination.address, route.destination.plen) else {
            continue;
        };
        if prefix.is_default() && !is_default_usable(route, interfaces) {
            continue;
        }
        let interface = route.interface.map(|index| interfaces.name(index));
        let subject = Subject {
            proto: Some(route.protocol),
            interface: interface.as_deref(),
            ..Subject::of(prefix)
        };
        let from = || Provenance::Kernel {
            protocol: route.protocol,
            interface: interface.clone(),
        };
        offer(&mut wanted, filters, &subject, from);
    }
    for prefix in [Prefix::DEFAULT_V4, Prefix::DEFAULT_V6] {
        match leases.lease(family_of(prefix)) {
            None if config.general.require_lease => {
                wanted.remove(&prefix);
            }
            None => {}
            Some(lease) => {
                if let (Some(metric), Some(origin)) = (lease.metric, wanted.get_mut(&prefix)) {
                    origin.metric = metric;
                }
            }
        }
    }
    wanted
}

/// Takes a prefix that the filters allow; of two sources for one the lower metric counts.
fn offer(
    wanted: &mut BTreeMap<Prefix, Origin>,
    filters: &Filters,
    subject: &Subject<'_>,
    from: impl FnOnce() -> Provenance,
) {
    if subject.prefix.is_martian() {
        return;
    }
    let Some(metric) = filters.redistributes(subject) else {
        return;
    };
    let known = wanted.get(&subject.prefix);
    if known.is_none_or(|known| metric < known.metric) {
        wanted.insert(
            subject.prefix,
            Origin {
                metric,
                from: from(),
            },
        );
    }
}

/// What could be announced at all: not Babel's own, and routes for all sources alike.
fn is_importable(route: &Route) -> bool {
    // An aggregate that refuses packets (netifd makes one of each delegated prefix) is announced for
    // what is inside it; a default route of that kind leads nowhere.
    let kind = match route.kind {
        RouteKind::Unicast => true,
        RouteKind::Unreachable | RouteKind::Blackhole | RouteKind::Prohibit => {
            !route.destination.is_default()
        }
        _ => false,
    };
    kind && route.protocol != PROTOCOL_BABEL && route.source.is_none() && route.tos == 0
}

// The kernel keeps a default route over a link without carrier; it leads nowhere.
fn is_default_usable(route: &Route, interfaces: &Interfaces) -> bool {
    !route.link_down
        && route
            .interface
            .is_none_or(|index| interfaces.link(index).is_none_or(Link::is_usable))
}

#[cfg(test)]
mod tests;
