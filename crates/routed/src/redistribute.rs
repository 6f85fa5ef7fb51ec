//! What this router announces as its own: addresses and kernel routes that the redistribute filters
//! allow, and default routes with or without a lease.

use litemap::LiteMap;
use std::net::IpAddr;

use grange_babel::filter::{Filters, Subject};
use grange_babel::prefix::Prefix;
use grange_linux::route::PROTOCOL_BABEL;
use grange_linux::{Link, Route, RouteKind};

use crate::config::{Config, MeshAddresses, protocol_name};
use crate::fib::{Sources, prefix_of};
use crate::gateway::{Leases, family_of};
use crate::interfaces::Interfaces;

/// A prefix of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The metric to announce.
    pub metric: u16,
    /// Where it comes from.
    pub from: Provenance,
}

/// Where a prefix of our own comes from; interfaces are the kernel's indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// An address of this router.
    Address {
        /// The interface it is on.
        interface: u32,
    },
    /// A route in the kernel.
    Kernel {
        /// Its protocol's number.
        protocol: u8,
        /// Its interface, where it has one.
        interface: Option<u32>,
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
    imports: Vec<Import>,
    origins: LiteMap<Prefix, Origin>,
}

/// What matters of a kernel route that could be announced: there may be many thousands.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    prefix: Prefix,
    interface: Option<u32>,
    protocol: u8,
    link_down: bool,
}

impl Redistribution {
    /// Takes the dump of the tables that routes are imported from.
    pub fn set_imports(&mut self, mut imports: Vec<Import>) {
        // What is wanted is found in its order, so that nothing has to move for it.
        imports.sort_by_key(|import| import.prefix);
        self.imports = imports;
    }

    /// Whether the arrival or loss of this route may change what we announce.
    pub fn is_relevant(&self, config: &Config, route: &Route) -> bool {
        config.general.import_tables.contains(&route.table) && Import::of(route).is_some()
    }

    /// Works out what to announce, and lists what the core must be told. Retractions come first.
    pub fn update(
        &mut self,
        config: &Config,
        interfaces: &Interfaces,
        leases: &Leases,
    ) -> Vec<OriginChange> {
        let wanted = wanted(&self.imports, config, interfaces, leases);
        let gone = self
            .origins
            .keys()
            .filter(|prefix| !wanted.contains_key(prefix));
        let mut changes: Vec<OriginChange> = gone.copied().map(OriginChange::Withdraw).collect();
        for (prefix, origin) in &wanted {
            let before = self.origins.get(prefix);
            if before.is_none_or(|before| before.metric != origin.metric) {
                changes.push(OriginChange::Originate(*prefix, *origin));
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
    pub fn origins(&self) -> &LiteMap<Prefix, Origin> {
        &self.origins
    }
}

/// The preferred sources: the configured mesh addresses where this router has them, else the lowest
/// announced address that stands alone on a loopback.
pub fn sources(
    configured: MeshAddresses,
    interfaces: &Interfaces,
    origins: &LiteMap<Prefix, Origin>,
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

impl Provenance {
    /// The source in words.
    pub fn describe(&self, interfaces: &Interfaces) -> String {
        match self {
            Self::Address { interface } => {
                format!("local address on {}", interfaces.name(*interface))
            }
            Self::Kernel {
                protocol,
                interface: None,
            } => {
                format!("kernel: {}", protocol_name(*protocol))
            }
            Self::Kernel {
                protocol,
                interface: Some(interface),
            } => {
                let name = interfaces.name(*interface);
                format!("kernel: {} dev {name}", protocol_name(*protocol))
            }
        }
    }
}

impl Import {
    /// What could be announced at all: not Babel's own.
    pub fn of(route: &Route) -> Option<Self> {
        // An aggregate that refuses packets (netifd makes one of each delegated prefix) is
        // announced for what is inside it; a default route of that kind leads nowhere.
        let kind = match route.kind {
            RouteKind::Unicast => true,
            RouteKind::Unreachable | RouteKind::Blackhole | RouteKind::Prohibit => {
                !route.destination.is_default()
            }
            _ => false,
        };
        if !kind || route.protocol == PROTOCOL_BABEL || route.tos != 0 {
            return None;
        }
        let prefix = prefix_of(route)?;
        (!prefix.is_martian()).then_some(Self {
            prefix,
            interface: route.interface,
            protocol: route.protocol,
            link_down: route.link_down,
        })
    }

    // The kernel keeps a default route over a link without carrier; it leads nowhere.
    fn is_usable(&self, interfaces: &Interfaces) -> bool {
        let link = self.interface.and_then(|index| interfaces.link(index));
        self.prefix.plen() > 0 || !self.link_down && link.is_none_or(Link::is_usable)
    }
}

fn wanted(
    imports: &[Import],
    config: &Config,
    interfaces: &Interfaces,
    leases: &Leases,
) -> LiteMap<Prefix, Origin> {
    let mut wanted = LiteMap::new();
    for (link, address) in interfaces.addresses() {
        let subject = Subject {
            local: true,
            interface: Some(&link.name),
            ..Subject::of(Prefix::host(address.address))
        };
        let from = Provenance::Address {
            interface: link.index,
        };
        offer(&mut wanted, &config.filters, &subject, from);
    }
    for import in imports.iter().filter(|import| import.is_usable(interfaces)) {
        let link = import.interface.and_then(|index| interfaces.link(index));
        let subject = Subject {
            proto: Some(import.protocol),
            interface: link.map(|link| link.name.as_str()),
            ..Subject::of(import.prefix)
        };
        let from = Provenance::Kernel {
            protocol: import.protocol,
            interface: import.interface,
        };
        offer(&mut wanted, &config.filters, &subject, from);
    }
    // A default route for packets from one source leads to the same uplink.
    let is_unlicensed = |prefix: &Prefix| {
        prefix.plen() == 0
            && config.general.require_lease
            && leases.lease(family_of(*prefix)).is_none()
    };
    wanted.retain(|prefix, _| !is_unlicensed(prefix));
    for (prefix, origin) in wanted.iter_mut().filter(|(prefix, _)| prefix.plen() == 0) {
        let lease = leases.lease(family_of(*prefix));
        if let Some(metric) = lease.and_then(|lease| lease.metric) {
            origin.metric = metric;
        }
    }
    wanted
}

/// Takes a prefix that the filters allow; of two sources for one the lower metric counts.
fn offer(
    wanted: &mut LiteMap<Prefix, Origin>,
    filters: &Filters,
    subject: &Subject<'_>,
    from: Provenance,
) {
    if subject.prefix.is_martian() {
        return;
    }
    let Some((prefix, metric)) = filters.redistributes(subject) else {
        return;
    };
    let known = wanted.get(&prefix);
    if known.is_none_or(|known| metric < known.metric) {
        wanted.insert(prefix, Origin { metric, from });
    }
}

#[cfg(test)]
mod tests;
