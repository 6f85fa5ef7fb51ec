//! What the kernel says of an uplink's device: carrier, addresses, gateways.

use std::net::IpAddr;

use grange_linux::link;
use grange_linux::route::{PROTOCOL_BABEL, Route, RouteKind, TABLE_MAIN};
use grange_linux::{Address, Family, IpPrefix, Kernel, KernelError};
use grange_uplink::health::Link;

use crate::config::{Remote, UplinkSection};
use crate::tunnel_address::next_hop;

/// `RT_SCOPE_UNIVERSE`: addresses that others know.
const SCOPE_UNIVERSE: u8 = 0;

/// One look at the kernel's tables.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    links: Vec<link::Link>,
    addresses: Vec<Address>,
    defaults: Vec<Route>,
}

/// The way out in one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Whether packets can be sent, and why not.
    pub link: Link,
    /// The device's index.
    pub index: Option<u32>,
    /// The router's addresses on it.
    pub addresses: Vec<IpAddr>,
    /// Prefixes that leave by it alone: those its provider has delegated.
    pub sources: Vec<IpPrefix>,
    /// What this router's own packets get as their source; the kernel picks where there is none.
    pub source: Option<IpAddr>,
    /// The next hop; none on a point-to-point device.
    pub gateway: Option<IpAddr>,
}

impl Tables {
    /// Reads links, addresses and the default routes of table `main`.
    pub fn read(kernel: &mut impl Kernel) -> Result<Self, KernelError> {
        let mut defaults = kernel.routes(Some(TABLE_MAIN), None)?;
        defaults.retain(|route| {
            route.destination.is_default()
                && route.kind == RouteKind::Unicast
                && route.protocol != PROTOCOL_BABEL
        });
        defaults.sort_by_key(|route| route.metric);
        Ok(Self {
            links: kernel.links()?,
            addresses: kernel.addresses()?,
            defaults,
        })
    }

    /// The index of a device that is up.
    pub fn index(&self, device: &str) -> Option<u32> {
        let link = self.links.iter().find(|link| link.name == device);
        link.filter(|link| link.is_usable()).map(|link| link.index)
    }

    /// The indices of the devices that there are of these.
    pub fn indices(&self, devices: &[String]) -> Vec<u32> {
        let links = self.links.iter();
        let named = links.filter(|link| devices.contains(&link.name));
        named.map(|link| link.index).collect()
    }

    /// The way out by an uplink. `lan` are the home's devices: through a tunnel this router speaks as
    /// one of the home, whose addresses the gateway knows.
    pub fn path(&self, uplink: &UplinkSection, lan: &[String], family: Family) -> Path {
        let mut path = Path {
            link: Link::Absent,
            index: None,
            addresses: Vec::new(),
            sources: Vec::new(),
            source: None,
            gateway: None,
        };
        let Some(device) = self.links.iter().find(|link| link.name == uplink.device) else {
            return path;
        };
        path.index = Some(device.index);
        if let Some(remote) = &uplink.remote {
            return self.through_tunnel(path, device, remote, lan, family);
        }
        let v4 = family == Family::V4;
        let own = self.addresses.iter().filter(|address| {
            address.index == device.index
                && address.address.is_ipv4() == v4
                && address.scope == SCOPE_UNIVERSE
                && address.is_usable()
        });
        path.addresses = own.map(|address| address.address).collect();
        path.addresses.sort_unstable();
        let mut routes = self.defaults.iter().filter(|route| {
            route.interface == Some(device.index) && route.destination.is_v4() == v4
        });
        path.sources = routes.clone().filter_map(|route| route.source).collect();
        let delegated = uplink.delegated.iter();
        path.sources
            .extend(delegated.filter(|prefix| prefix.is_v4() == v4));
        path.sources.sort_unstable();
        path.sources.dedup();
        let configured = match family {
            Family::V4 => uplink.gateway.map(IpAddr::V4),
            Family::V6 => uplink.gateway6.map(IpAddr::V6),
        };
        let route = routes.next();
        path.gateway = configured.or_else(|| route.and_then(|route| route.gateway));
        path.link = if !device.is_usable() {
            Link::NoCarrier
        } else if path.addresses.is_empty() {
            Link::NoAddress
        } else if route.is_none() && configured.is_none() && !device.tunnel {
            // Into a tunnel packets go without a next hop.
            Link::NoGateway
        } else {
            Link::Ready
        };
        path
    }

    fn through_tunnel(
        &self,
        mut path: Path,
        device: &link::Link,
        remote: &Remote,
        lan: &[String],
        family: Family,
    ) -> Path {
        let homes = self.indices(lan);
        let own = self.addresses.iter().filter(|address| {
            homes.contains(&address.index)
                && address.address.is_ipv4() == (family == Family::V4)
                && address.scope == SCOPE_UNIVERSE
                && address.is_usable()
        });
        // Of several IPv6 addresses the mesh knows the home's own, not what a provider lent.
        path.source = own
            .map(|address| address.address)
            .min_by_key(|address| (!is_unique_local(*address), *address));
        path.gateway = Some(next_hop(remote.router));
        path.link = if !device.is_usable() {
            Link::NoCarrier
        } else if path.source.is_none() {
            Link::NoAddress
        } else {
            Link::Ready
        };
        path
    }
}

fn is_unique_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unique_local())
}

#[cfg(test)]
mod tests;
