//! `struct rtmsg` (linux/rtnetlink.h): a route.
//!
//! ```text
//! 0        1                    2               3     4       5          6       7      8       12
//! | family | destination length | source length | tos | table | protocol | scope | type | flags | attributes ...
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ip_prefix::IpPrefix;
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::netlink::attribute::{Attributes, ip, number, push, push_ip, push_number};
use crate::netlink::frame::{number16, number32};
use crate::netlink::number::{AF_INET, AF_INET6, family, family_is_v4};
use crate::route::{Route, RouteKind};

const HEADER: usize = 12;

const RTA_DST: u16 = 1;
const RTA_SRC: u16 = 2;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RTA_MULTIPATH: u16 = 9;
const RTA_TABLE: u16 = 15;
/// A gateway of another family: its number (16 bits), then the address.
const RTA_VIA: u16 = 18;

const RTNH_F_DEAD: u32 = 1;
const RTNH_F_ONLINK: u32 = 4;
const RTNH_F_LINKDOWN: u32 = 16;
const RTM_F_CLONED: u32 = 0x200;

/// In a delete: of whatever scope.
const RT_SCOPE_NOWHERE: u8 = 255;

/// A request for the routes of a family, of one table and one protocol if named.
pub(crate) fn dump(v4: bool, table: Option<u32>, protocol: Option<u8>) -> Vec<u8> {
    let mut message = Header {
        family: family(v4),
        protocol: protocol.unwrap_or(0),
        ..Header::default()
    }
    .emit();
    if let Some(table) = table {
        push_number(&mut message, RTA_TABLE, table);
    }
    message
}

/// The message that adds or replaces a route.
pub(crate) fn set(route: &Route) -> Result<Vec<u8>, KernelError> {
    let flags = if route.onlink { RTNH_F_ONLINK } else { 0 };
    let mut message = key(route, route.scope, flags)?;
    if let Some(address) = route.pref_src {
        if address.is_ipv4() != route.destination.is_v4() {
            return Err(unsupported("preferred source of another family"));
        }
        push_ip(&mut message, RTA_PREFSRC, address);
    }
    Ok(message)
}

/// The message that deletes exactly this route: its key, protocol, kind and next hop.
pub(crate) fn delete(route: &Route) -> Result<Vec<u8>, KernelError> {
    key(route, RT_SCOPE_NOWHERE, 0)
}

/// Reads a route; `None` for another family, a cached copy, or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Route> {
    let header = Header::parse(payload)?;
    let v4 = family_is_v4(header.family)?;
    if header.flags & RTM_F_CLONED != 0 {
        return None;
    }
    let mut destination = if v4 {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    };
    let mut source = destination;
    let mut route = Route {
        table: header.table.into(),
        tos: header.tos,
        protocol: header.protocol,
        kind: RouteKind::from_number(header.kind),
        scope: header.scope,
        onlink: header.flags & RTNH_F_ONLINK != 0,
        link_down: header.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN) != 0,
        ..Route::new(IpPrefix::host(destination))
    };
    for (kind, value) in Attributes::new(payload.get(HEADER..)?) {
        match kind {
            RTA_DST => destination = ip(v4, value)?,
            RTA_SRC => source = ip(v4, value)?,
            RTA_TABLE => route.table = number(value)?,
            RTA_PRIORITY => route.metric = number(value)?,
            RTA_OIF => route.interface = Some(number(value)?),
            RTA_PREFSRC => route.pref_src = Some(ip(v4, value)?),
            RTA_MULTIPATH => first_hop(v4, value, &mut route)?,
            RTA_GATEWAY | RTA_VIA => route.gateway = gateway(v4, kind, value)?.or(route.gateway),
            _ => {}
        }
    }
    route.destination = IpPrefix::new(destination, header.destination_len)?;
    if header.source_len > 0 {
        route.source = Some(IpPrefix::new(source, header.source_len)?);
    }
    if !route.kind.is_forwarding() {
        // IPv6 shows them on the loopback interface, where nobody put them.
        route.interface = None;
    }
    Some(route)
}

/// The fixed part.
#[derive(Debug, Clone, Copy, Default)]
struct Header {
    family: u8,
    destination_len: u8,
    source_len: u8,
    tos: u8,
    table: u8,
    protocol: u8,
    scope: u8,
    kind: u8,
    flags: u32,
}

impl Header {
    fn parse(payload: &[u8]) -> Option<Self> {
        let [
            family,
            destination_len,
            source_len,
            tos,
            table,
            protocol,
            scope,
            kind,
            ..,
        ] = *payload.first_chunk::<HEADER>()?;
        Some(Self {
            family,
            destination_len,
            source_len,
            tos,
            table,
            protocol,
            scope,
            kind,
            flags: number32(payload, 8)?,
        })
    }

    fn emit(self) -> Vec<u8> {
        let mut message = vec![
            self.family,
            self.destination_len,
            self.source_len,
            self.tos,
            self.table,
            self.protocol,
            self.scope,
            self.kind,
        ];
        message.extend_from_slice(&self.flags.to_ne_bytes());
        message
    }
}

/// What names a route: key, protocol, kind and next hop.
fn key(route: &Route, scope: u8, flags: u32) -> Result<Vec<u8>, KernelError> {
    let v4 = route.destination.is_v4();
    if route.source.is_some_and(|source| source.is_v4() || v4) {
        return Err(unsupported("source-specific IPv4 route"));
    }
    let mut message = Header {
        family: family(v4),
        destination_len: route.destination.plen,
        source_len: route.source.map_or(0, |source| source.plen),
        tos: route.tos,
        // The header has room for 8 bits; the attribute is what counts.
        table: u8::try_from(route.table).unwrap_or(0),
        protocol: route.protocol,
        scope,
        kind: route.kind.number(),
        flags,
    }
    .emit();
    push_number(&mut message, RTA_TABLE, route.table);
    push_ip(&mut message, RTA_DST, route.destination.address);
    if let Some(source) = route.source {
        push_ip(&mut message, RTA_SRC, source.address);
    }
    // Left out, it would let a delete of IPv6 take the first of any metric.
    let metric = route.effective_metric();
    if metric != 0 {
        push_number(&mut message, RTA_PRIORITY, metric);
    }
    if route.kind.is_forwarding() {
        match route.gateway {
            Some(gateway) if gateway.is_ipv4() == v4 => {
                push_ip(&mut message, RTA_GATEWAY, gateway);
            }
            Some(IpAddr::V6(gateway)) => {
                let [low, high] = u16::from(AF_INET6).to_ne_bytes();
                let mut via = vec![low, high];
                via.extend_from_slice(&gateway.octets());
                push(&mut message, RTA_VIA, &via);
            }
            Some(IpAddr::V4(_)) => return Err(unsupported("IPv6 route via an IPv4 gateway")),
            None => {}
        }
        if let Some(index) = route.interface {
            push_number(&mut message, RTA_OIF, index);
        }
    }
    Ok(message)
}

/// `None` if malformed, `Some(None)` for a gateway of a family that is none of ours.
#[expect(clippy::option_option, reason = "malformed and foreign are two things")]
fn gateway(v4: bool, kind: u16, value: &[u8]) -> Option<Option<IpAddr>> {
    if kind == RTA_GATEWAY {
        return ip(v4, value).map(Some);
    }
    let address = value.get(2..)?;
    let family = number16(value, 0)?;
    if family == u16::from(AF_INET) {
        ip(true, address).map(Some)
    } else if family == u16::from(AF_INET6) {
        ip(false, address).map(Some)
    } else {
        Some(None)
    }
}

/// Of several next hops (`struct rtnexthop`) the first is shown.
///
/// ```text
/// 0        2       3      4       8
/// | length | flags | hops | index | attributes ...
/// ```
fn first_hop(v4: bool, hops: &[u8], route: &mut Route) -> Option<()> {
    const HEADER: usize = 8;
    if hops.is_empty() {
        return Some(());
    }
    let hop = hops.get(..usize::from(number16(hops, 0)?))?;
    route.interface = Some(number32(hop, 4)?);
    route.onlink = u32::from(*hop.get(2)?) & RTNH_F_ONLINK != 0;
    route.gateway = None;
    for (kind, value) in Attributes::new(hop.get(HEADER..)?) {
        if matches!(kind, RTA_GATEWAY | RTA_VIA) {
            route.gateway = gateway(v4, kind, value)?;
            break;
        }
    }
    Some(())
}

fn unsupported(what: &str) -> KernelError {
    KernelError::new(KernelErrorKind::Unsupported).with_detail(what)
}

#[cfg(test)]
mod tests;
