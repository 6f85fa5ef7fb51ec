//! The reply of `network.interface dump`, typed.
//!
//! What is unknown is skipped, what cannot be read counts as not there, and what is too long is cut: a router
//! whose netifd is newer, or whose configuration is odd, must not lose its uplinks for it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use grange_linux::IpPrefix;

use crate::blobmsg::{Table, Value};

/// How many interfaces are taken, and how many addresses, prefixes, routes and resolvers of each.
const MOST_INTERFACES: usize = 256;
const MOST_OF_EACH: usize = 64;
/// The longest name taken, in octets: the kernel's have 15, netifd's are configured.
const LONGEST_NAME: usize = 64;

/// A logical interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name in /etc/config/network.
    pub name: String,
    /// Whether it is up.
    pub up: bool,
    /// Whether netifd is bringing it up.
    pub pending: bool,
    /// Whether it could be brought up.
    pub available: bool,
    /// What it runs on, such as `eth0.2`.
    pub device: Option<String>,
    /// What carries its addresses and routes, such as `pppoe-wan`; only while up.
    pub l3_device: Option<String>,
    /// How it gets its addresses, such as `dhcp`.
    pub proto: Option<String>,
    /// The metric of its routes; 0 if it is down.
    pub metric: u32,
    /// How long it has been up.
    pub uptime: Option<Duration>,
    /// Its addresses.
    pub addresses: Vec<InterfaceAddress>,
    /// IPv6 prefixes that were delegated to it.
    pub prefixes: Vec<DelegatedPrefix>,
    /// Addresses it has out of prefixes that were delegated to others.
    pub assignments: Vec<InterfaceAddress>,
    /// Its ways to everywhere.
    pub default_routes: Vec<DefaultRoute>,
    /// Resolvers it was told of.
    pub resolvers: Vec<IpAddr>,
}

/// An address with the length of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub address: IpAddr,
    /// The length of the network's prefix, in bits.
    pub plen: u8,
}

/// A prefix that was delegated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedPrefix {
    /// The prefix.
    pub prefix: IpPrefix,
    /// What was given on of it: the interface's name, and its part.
    pub assigned: Vec<(String, IpPrefix)>,
}

/// A route to everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultRoute {
    /// Whether it is for IPv4.
    pub is_ipv4: bool,
    /// The router, unless the link has only one other end.
    pub next_hop: Option<IpAddr>,
    /// The only sources it is for; `None` is all.
    pub source: Option<IpPrefix>,
    /// Its metric, where it has one of its own.
    pub metric: Option<u32>,
}

/// Reads the reply of `network.interface dump`.
pub fn parse_dump(reply: Table<'_>) -> Vec<Interface> {
    let interfaces = reply.array("interface").filter_map(Value::as_table);
    let interfaces = interfaces.filter_map(parse_interface);
    interfaces.take(MOST_INTERFACES).collect()
}

fn parse_interface(table: Table<'_>) -> Option<Interface> {
    let seconds = table.integer("uptime");
    let uptime = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let mut addresses = addresses(table, "ipv4-address");
    addresses.extend(self::addresses(table, "ipv6-address"));
    let assignments = tables(table, "ipv6-prefix-assignment").filter_map(|assignment| {
        // The address is its part of the prefix; what the interface itself has of it is the local one.
        parse_address(assignment.table("local-address").unwrap_or(assignment))
    });
    let resolvers = table.array("dns-server").filter_map(Value::as_str);
    Some(Interface {
        name: name(table, "interface")?,
        up: table.boolean("up").unwrap_or(false),
        pending: table.boolean("pending").unwrap_or(false),
        available: table.boolean("available").unwrap_or(false),
        device: name(table, "device"),
        l3_device: name(table, "l3_device"),
        proto: name(table, "proto"),
        metric: metric(table).unwrap_or(0),
        uptime: uptime.map(Duration::from_secs),
        addresses,
        prefixes: bounded(tables(table, "ipv6-prefix").filter_map(parse_delegated)),
        assignments: bounded(assignments),
        default_routes: bounded(tables(table, "route").filter_map(parse_default_route)),
        resolvers: bounded(resolvers.filter_map(|text| text.parse().ok())),
    })
}

fn parse_delegated(table: Table<'_>) -> Option<DelegatedPrefix> {
    let parts = table.table("assigned").unwrap_or_default();
    let assigned = parts.iter().filter_map(|(to, part)| {
        let to = str::from_utf8(to).ok().filter(|to| is_name(to))?;
        Some((to.to_owned(), parse_prefix(part.as_table()?)?))
    });
    Some(DelegatedPrefix {
        prefix: parse_prefix(table)?,
        assigned: bounded(assigned),
    })
}

fn parse_default_route(table: Table<'_>) -> Option<DefaultRoute> {
    let target: IpAddr = table.text("target")?.parse().ok()?;
    // A route of another table is no way out for everybody.
    if table.integer("mask")? != 0 || !target.is_unspecified() || table.find("table").is_some() {
        return None;
    }
    let next_hop = table.text("nexthop").and_then(|text| text.parse().ok());
    let source = table.text("source").and_then(IpPrefix::parse);
    Some(DefaultRoute {
        is_ipv4: target.is_ipv4(),
        next_hop: next_hop.filter(|next_hop: &IpAddr| !next_hop.is_unspecified()),
        source: source.filter(|source| source.plen != 0),
        metric: metric(table),
    })
}

fn parse_prefix(table: Table<'_>) -> Option<IpPrefix> {
    let InterfaceAddress { address, plen } = parse_address(table)?;
    IpPrefix::new(address, plen)
}

fn parse_address(table: Table<'_>) -> Option<InterfaceAddress> {
    let address: IpAddr = table.text("address")?.parse().ok()?;
    let longest = if address.is_ipv4() {
        Ipv4Addr::BITS
    } else {
        Ipv6Addr::BITS
    };
    let plen = u8::try_from(table.integer("mask")?).ok()?;
    (u32::from(plen) <= longest).then_some(InterfaceAddress { address, plen })
}

fn addresses(table: Table<'_>, of: &str) -> Vec<InterfaceAddress> {
    bounded(tables(table, of).filter_map(parse_address))
}

fn tables<'a>(table: Table<'a>, of: &str) -> impl Iterator<Item = Table<'a>> {
    table.array(of).filter_map(Value::as_table)
}

fn metric(table: Table<'_>) -> Option<u32> {
    // Unsigned in netifd, signed on the wire.
    let metric = table.integer("metric")?;
    u32::try_from(metric)
        .ok()
        .or_else(|| Some(i32::try_from(metric).ok()?.cast_unsigned()))
}

fn name(table: Table<'_>, of: &str) -> Option<String> {
    table
        .text(of)
        .filter(|name| is_name(name))
        .map(str::to_owned)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains(char::is_control)
}

fn bounded<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.take(MOST_OF_EACH).collect()
}
