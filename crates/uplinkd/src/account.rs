//! The nftables table `inet grange_account`: bytes of each member over each uplink.
//!
//! A table of its own that is never replaced, with counters that are never reset: a change of policy, a
//! reload or a restart of the daemon counts nothing twice and loses nothing. A member's packets are found
//! by the hash of their masked address, before the firewall translates it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use grange_linux::IpPrefix;

use crate::config::Config;

/// The table's name.
pub const TABLE: &str = "grange_account";

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the member.
    Up,
    /// To the member.
    Down,
}

/// What one counter counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The uplink's name.
    pub uplink: String,
    /// Which way.
    pub direction: Direction,
    /// The member's prefix.
    pub prefix: IpPrefix,
}

/// The transaction that makes the table what the configuration wants; counters that are there go on.
/// `None` when there is nobody to count.
pub fn text(config: &Config) -> Option<String> {
    let prefixes: BTreeSet<IpPrefix> = config
        .members
        .iter()
        .flat_map(|member| member.prefixes.iter().copied())
        .collect();
    if prefixes.is_empty() || config.uplinks.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(1024);
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, config, &prefixes);
    Some(out)
}

/// The transaction that takes the table away.
pub fn removal() -> String {
    format!("add table inet {TABLE}\ndelete table inet {TABLE}\n")
}

/// The counters in the output of `nft list table inet grange_account`.
pub fn counters(listing: &str) -> impl Iterator<Item = (Key, u64)> {
    let mut set = None;
    let mut address: Option<IpAddr> = None;
    let separators = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '=');
    let mut words = listing.split(separators).filter(|word| !word.is_empty());
    core::iter::from_fn(move || {
        while let Some(word) = words.next() {
            match word {
                "set" => set = words.next().and_then(set_name),
                "chain" => set = None,
                "bytes" => {
                    let bytes = words.next().and_then(|bytes| bytes.parse().ok());
                    if let (Some((direction, plen, uplink)), Some(address), Some(bytes)) =
                        (set, address.take(), bytes)
                        && let Some(prefix) = IpPrefix::new(address, plen)
                    {
                        let uplink = uplink.to_owned();
                        return Some((
                            Key {
                                uplink,
                                direction,
                                prefix,
                            },
                            bytes,
                        ));
                    }
                }
                other => {
                    if let Ok(parsed) = other.parse() {
                        address = Some(parsed);
                    }
                }
            }
        }
        None
    })
}

/// `u24_wan`, `d64_wan`: direction, prefix length, uplink.
fn set_name(name: &str) -> Option<(Direction, u8, &str)> {
    let (head, uplink) = name.split_once('_')?;
    let (direction, plen) = match head.split_at_checked(2)? {
        ("u4" | "u6", plen) => (Direction::Up, plen),
        ("d4" | "d6", plen) => (Direction::Down, plen),
        _ => return None,
    };
    Some((direction, plen.parse().ok()?, uplink))
}

fn write_all(out: &mut String, config: &Config, prefixes: &BTreeSet<IpPrefix>) -> std::fmt::Result {
    let sizes: BTreeSet<(bool, u8)> = prefixes.iter().map(|p| (p.is_v4(), p.plen)).collect();
    let names: Vec<(&str, &str)> = config
        .uplinks
        .iter()
        .map(|uplink| (uplink.name.as_str(), uplink.device.as_str()))
        .collect();
    writeln!(out, "table inet {TABLE} {{")?;
    for (name, _) in &names {
        for (v4, plen) in &sizes {
            let (digit, kind) = if *v4 {
                (4, "ipv4_addr")
            } else {
                (6, "ipv6_addr")
            };
            for way in ["u", "d"] {
                writeln!(
                    out,
                    " set {way}{digit}{plen}_{name} {{ type {kind}; size 65535; counter; }}"
                )?;
            }
        }
        writeln!(out, " chain up_{name} {{ }}\n chain down_{name} {{ }}")?;
    }
    writeln!(
        out,
        " chain forward {{ type filter hook forward priority mangle + 20; policy accept; }}\n}}\n\
         flush chain inet {TABLE} forward"
    )?;
    for (name, _) in &names {
        writeln!(
            out,
            "flush chain inet {TABLE} up_{name}\nflush chain inet {TABLE} down_{name}"
        )?;
    }
    for (name, _) in &names {
        for prefix in prefixes {
            let digit = if prefix.is_v4() { 4 } else { 6 };
            for way in ["u", "d"] {
                // An element that is there keeps its counter.
                writeln!(
                    out,
                    "add element inet {TABLE} {way}{digit}{}_{name} {{ {} }}",
                    prefix.plen, prefix.address
                )?;
            }
        }
    }
    writeln!(out, "table inet {TABLE} {{")?;
    for (name, _) in &names {
        for (chain, way, side) in [("up", "u", "saddr"), ("down", "d", "daddr")] {
            writeln!(out, " chain {chain}_{name} {{")?;
            // The longest prefix last would count twice where one lies in another: the configuration
            // refuses such members.
            for (v4, plen) in &sizes {
                let (digit, ip) = if *v4 { (4, "ip") } else { (6, "ip6") };
                writeln!(
                    out,
                    "  {ip} {side} & {} @{way}{digit}{plen}_{name}",
                    mask(*v4, *plen)
                )?;
            }
            writeln!(out, " }}")?;
        }
    }
    // Most packets come down: they are looked up once. What comes in by an uplink is nobody's upload, whatever
    // source it bears.
    let jumps = |chain: &str| {
        let jumps: Vec<String> = names
            .iter()
            .map(|(name, device)| format!("\"{device}\" : goto {chain}_{name}"))
            .collect();
        jumps.join(", ")
    };
    writeln!(
        out,
        " chain forward {{\n  iifname vmap {{ {} }}\n  oifname vmap {{ {} }}\n }}\n}}",
        jumps("down"),
        jumps("up")
    )
}

fn mask(v4: bool, plen: u8) -> IpAddr {
    let all = if v4 {
        IpAddr::V4(Ipv4Addr::BROADCAST)
    } else {
        IpAddr::V6(Ipv6Addr::from(u128::MAX))
    };
    IpPrefix::new(all, plen).map_or(all, |prefix| prefix.address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn the_table_counts_by_masked_address_and_keeps_what_is_there() {
        let file = "config uplink 'wan1'\n\toption device 'eth1'\n\
             config member 'smith'\n\tlist prefix '10.42.1.0/24'\n\tlist prefix 'fd42:0:0:1::/64'\n";
        let config = config::read(file.as_bytes()).config.unwrap();
        let text = text(&config).unwrap();
        for line in [
            "  ip saddr & 255.255.255.0 @u424_wan1",
            "  ip6 daddr & ffff:ffff:ffff:ffff:: @d664_wan1",
            "add element inet grange_account u424_wan1 { 10.42.1.0 }",
            "  iifname vmap { \"eth1\" : goto down_wan1 }",
            "  oifname vmap { \"eth1\" : goto up_wan1 }",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(
            !text.contains("delete") && !text.contains("flush set"),
            "{text}"
        );
        assert_eq!(super::text(&Config::default()), None);
    }

    #[test]
    fn counters_are_found_in_what_nft_lists() {
        let listing = "table inet grange_account {\n\tset u424_wan1 {\n\t\ttype ipv4_addr\n\t\tsize 65535\n\
             \t\tcounter\n\t\telements = { 10.42.1.0 counter packets 3 bytes 180,\n\
             \t\t\t     10.42.2.0 counter packets 0 bytes 0 }\n\t}\n\
             \tset d664_dsl_2 {\n\t\telements = { fd42:0:0:1:: counter packets 1 bytes 99 }\n\t}\n\
             \tchain up_wan1 {\n\t\tip saddr & 255.255.255.0 @u424_wan1\n\t}\n}\n";
        let shown: Vec<String> = counters(listing)
            .map(|(key, bytes)| {
                format!("{} {:?} {} {bytes}", key.uplink, key.direction, key.prefix)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "wan1 Up 10.42.1.0/24 180",
                "wan1 Up 10.42.2.0/24 0",
                "dsl_2 Down fd42:0:0:1::/64 99",
            ]
        );
        assert_eq!(counters("set u4_ bytes 5 set x bytes").count(), 0);
    }
}
