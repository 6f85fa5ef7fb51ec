//! Routes, between the crate's message and ours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::Parseable;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteMessage, RouteNextHopFlags, RouteVia,
};

use crate::ip_prefix::IpPrefix;
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::netlink::attribute::keep;
use crate::route::{Route, RouteKind};

/// `struct rtmsg`.
const HEADER: usize = 12;
/// `RTA_DST`, `_SRC`, `_OIF`, `_GATEWAY`, `_PRIORITY`, `_PREFSRC`, `_MULTIPATH`, `_TABLE`, `_VIA`.
const KINDS: [u16; 9] = [1, 2, 4, 5, 6, 7, 9, 15, 18];
/// In a delete: of whatever scope.
const RT_SCOPE_NOWHERE: u8 = 255;

/// A request for the routes of a family, of one table and one protocol if named.
pub(crate) fn dump(v4: bool, table: Option<u32>, protocol: Option<u8>) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family(v4);
    message.header.protocol = protocol.unwrap_or(0).into();
    message.attributes.extend(table.map(RouteAttribute::Table));
    message
}

/// The message that adds or replaces a route.
pub(crate) fn set(route: &Route) -> Result<RouteMessage, KernelError> {
    let mut message = key(route)?;
    message.header.scope = route.scope.into();
    if route.onlink {
        message.header.flags |= RouteFlags::Onlink;
    }
    if let Some(address) = route.pref_src {
        if address.is_ipv4() != route.destination.is_v4() {
            return Err(unsupported("preferred source of another family"));
        }
        message
            .attributes
            .push(RouteAttribute::PrefSource(address.into()));
    }
    Ok(message)
}

/// The message that deletes exactly this route: its key, protocol, kind and next hop.
pub(crate) fn delete(route: &Route) -> Result<RouteMessage, KernelError> {
    let mut message = key(route)?;
    message.header.scope = RT_SCOPE_NOWHERE.into();
    Ok(message)
}

/// Reads a route; `None` for another family, a cached copy, or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Route> {
    let message = RouteMessage::parse(&keep(payload, HEADER, &KINDS)?).ok()?;
    let header = &message.header;
    let unspecified = match header.address_family {
        AddressFamily::Inet => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        AddressFamily::Inet6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => return None,
    };
    if header.flags.contains(RouteFlags::Cloned) {
        return None;
    }
    let mut destination = unspecified;
    let mut source = unspecified;
    let mut route = Route {
        table: header.table.into(),
        tos: header.tos,
        protocol: header.protocol.into(),
        kind: RouteKind::from_number(header.kind.into()),
        scope: header.scope.into(),
        onlink: header.flags.contains(RouteFlags::Onlink),
        link_down: header
            .flags
            .intersects(RouteFlags::Dead | RouteFlags::Linkdown),
        ..Route::new(IpPrefix::host(unspecified))
    };
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(value) => destination = ip(value)?,
            RouteAttribute::Source(value) => source = ip(value)?,
            RouteAttribute::Table(table) => route.table = *table,
            RouteAttribute::Priority(metric) => route.metric = *metric,
            RouteAttribute::Oif(index) => route.interface = Some(*index),
            RouteAttribute::PrefSource(value) => route.pref_src = ip(value),
            RouteAttribute::MultiPath(hops) => {
                if let Some(first) = hops.first() {
                    route.interface = Some(first.interface_index);
                    route.onlink = first.flags.contains(RouteNextHopFlags::Onlink);
                    route.gateway = first.attributes.iter().find_map(gateway);
                }
            }
            other => route.gateway = gateway(other).or(route.gateway),
        }
    }
    route.destination = IpPrefix::new(destination, header.destination_prefix_length)?;
    if header.source_prefix_length > 0 {
        route.source = Some(IpPrefix::new(source, header.source_prefix_length)?);
    }
    if !route.kind.is_forwarding() {
        // IPv6 shows them on the loopback interface, where nobody put them.
        route.interface = None;
    }
    Some(route)
}

/// What names a route: key, protocol, kind and next hop.
fn key(route: &Route) -> Result<RouteMessage, KernelError> {
    let v4 = route.destination.is_v4();
    let mut message = RouteMessage::default();
    let header = &mut message.header;
    header.address_family = family(v4);
    header.destination_prefix_length = route.destination.plen;
    header.tos = route.tos;
    // The header has room for 8 bits; the attribute is what counts.
    header.table = u8::try_from(route.table).unwrap_or(0);
    header.protocol = route.protocol.into();
    header.kind = route.kind.number().into();
    let attributes = &mut message.attributes;
    attributes.push(RouteAttribute::Table(route.table));
    attributes.push(RouteAttribute::Destination(
        route.destination.address.into(),
    ));
    if let Some(source) = route.source {
        if source.is_v4() || v4 {
            return Err(unsupported("source-specific IPv4 route"));
        }
        message.header.source_prefix_length = source.plen;
        attributes.push(RouteAttribute::Source(source.address.into()));
    }
    // Left out, it would let a delete of IPv6 take the first of any metric.
    let metric = route.effective_metric();
    if metric != 0 {
        attributes.push(RouteAttribute::Priority(metric));
    }
    if route.kind.is_forwarding() {
        match route.gateway {
            Some(gateway) if gateway.is_ipv4() == v4 => {
                attributes.push(RouteAttribute::Gateway(gateway.into()));
            }
            Some(IpAddr::V6(gateway)) => {
                attributes.push(RouteAttribute::Via(RouteVia::Inet6(gateway)));
            }
            Some(IpAddr::V4(_)) => return Err(unsupported("IPv6 route via an IPv4 gateway")),
            None => {}
        }
        attributes.extend(route.interface.map(RouteAttribute::Oif));
    }
    Ok(message)
}

fn gateway(attribute: &RouteAttribute) -> Option<IpAddr> {
    match attribute {
        RouteAttribute::Gateway(address) => ip(address),
        RouteAttribute::Via(RouteVia::Inet(address)) => Some(IpAddr::V4(*address)),
        RouteAttribute::Via(RouteVia::Inet6(address)) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
        RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}

fn family(v4: bool) -> AddressFamily {
    if v4 {
        AddressFamily::Inet
    } else {
        AddressFamily::Inet6
    }
}

fn unsupported(what: &str) -> KernelError {
    KernelError::new(KernelErrorKind::Unsupported).with_detail(what)
}

#[cfg(test)]
mod tests;
