//! The nftables table `inet grange_tunnel`: whose packets may come through a tunnel, and where they may go.
//!
//! ```text
//! homes    from a home or a provider: nobody there speaks for a router
//! input    a member's tunnel: his router's outer address with his own prefixes inside, or nothing
//! forward  members: out by shared uplinks alone, never to what is behind them; the rest of the mesh: not
//!          at all. Members' homes: only what they asked for. The largest segment fits the tunnel.
//! srcnat   members get the uplink's address here, and nowhere before
//! ```
//!
//! Nothing in it lasts: each configuration replaces it as a whole.

use std::fmt::Write as _;
use std::net::IpAddr;

use grange_linux::IpPrefix;

use crate::config::Config;
use crate::translation;
use crate::tunnel::{self, PORT};
use crate::tunnel_address::{INNER_NETWORK, SHARE_DEVICE, SHARE_SET, SHARE_WIREGUARD, vni};
use crate::wireguard_tunnel;

/// The table's name.
pub const TABLE: &str = "grange_tunnel";
/// UDP port of the gateway exchange.
pub const EXCHANGE_PORT: u16 = 6697;

/// Destinations behind an uplink that are its owner's alone (RFC 1918, 3927, 6598).
const PRIVATE_V4: &str = "10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16";
/// The same (RFC 4193, 4291).
const PRIVATE_V6: &str = "fc00::/7, fe80::/10";

/// The transaction that makes the table what the configuration wants.
pub fn text(config: &Config) -> String {
    let mut out = removal();
    if !tunnel::devices(config).is_empty() {
        // Writing to a String cannot fail.
        let _ = write_all(&mut out, config);
    }
    out
}

/// The transaction that takes the table away.
pub fn removal() -> String {
    format!("add table inet {TABLE}\ndelete table inet {TABLE}\n")
}

fn write_all(out: &mut String, config: &Config) -> std::fmt::Result {
    writeln!(out, "table inet {TABLE} {{")?;
    let homes = config.general.lan.iter().map(String::as_str);
    let lines = config
        .uplinks
        .iter()
        .filter(|uplink| uplink.remote.is_none());
    let outside = homes.chain(lines.map(|uplink| uplink.device.as_str()));
    writeln!(
        out,
        " chain homes {{ type filter hook prerouting priority raw; policy accept;\n  \
         iifname {{ {} }} udp dport {{ {EXCHANGE_PORT}, {PORT}, {} }} counter drop\n }}",
        quoted(outside),
        wireguard_tunnel::PORT
    )?;
    let shares = config.shares();
    if shares {
        write_members(out, config)?;
    }
    write_input(out, config, shares)?;
    write_forward(out, config, shares)?;
    if shares {
        writeln!(
            out,
            " chain srcnat {{ type nat hook postrouting priority srcnat - 5; policy accept;\n  \
             iifname {SHARE_SET} meta nfproto ipv4 masquerade"
        )?;
        write_translations(out, config)?;
        writeln!(out, " }}")?;
    }
    writeln!(out, "}}")
}

fn write_members(out: &mut String, config: &Config) -> std::fmt::Result {
    let mut doors = [Vec::new(), Vec::new()];
    let members = config.peers().filter(|(_, peer)| peer.public_key.is_none());
    for (place, (member, peer)) in members.enumerate() {
        writeln!(out, " chain member_{place} {{")?;
        for prefix in &member.prefixes {
            writeln!(out, "  {} accept", inner_source(*prefix))?;
        }
        writeln!(out, "  counter drop comment \"{}\"\n }}", member.name)?;
        let side = usize::from(!peer.router.is_ipv4());
        doors[side].push(format!("{} : goto member_{place}", peer.router));
    }
    writeln!(out, " chain members {{")?;
    // Of the tunnel device itself, such as a listener's report: no member's, and no attack.
    writeln!(
        out,
        "  @th,224,16 0x86dd @th,304,10 0x3fa drop\n  @th,224,16 0x86dd @th,304,128 0x0 drop"
    )?;
    for (ip, doors) in ["ip", "ip6"].iter().zip(&doors) {
        if !doors.is_empty() {
            writeln!(out, "  {ip} saddr vmap {{ {} }}", doors.join(", "))?;
        }
    }
    writeln!(out, "  counter drop\n }}")
}

/// What a frame holds from the UDP header on: UDP 64 bits, vxlan 64, Ethernet 112, then IP.
fn inner_source(prefix: IpPrefix) -> String {
    match prefix.address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(prefix.plen))
                .unwrap_or(0);
            format!(
                "@th,224,16 0x0800 @th,336,32 & {mask:#010x} == {:#010x}",
                u32::from(v4)
            )
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(prefix.plen))
                .unwrap_or(0);
            format!(
                "@th,224,16 0x86dd @th,304,128 & {mask:#034x} == {:#034x}",
                u128::from(v6)
            )
        }
    }
}

fn write_input(out: &mut String, config: &Config, shares: bool) -> std::fmt::Result {
    writeln!(
        out,
        " chain input {{ type filter hook input priority filter - 10; policy accept;"
    )?;
    // What WireGuard proves must not come by another way.
    let proved = wireguard_tunnel::wanted(config);
    if !proved.is_empty() {
        let devices = quoted(proved.iter().map(|tunnel| tunnel.name.as_str()));
        writeln!(
            out,
            "  iifname {{ {devices} }} ip6 saddr {INNER_NETWORK} ip6 daddr {INNER_NETWORK} \
             udp dport {EXCHANGE_PORT} accept\n  \
             iifname != {{ {devices}, \"lo\" }} ip6 daddr {INNER_NETWORK} counter drop"
        )?;
    }
    if let (true, Some(own)) = (shares, config.general.mesh_address) {
        let own = vni(own);
        writeln!(
            out,
            "  udp dport {PORT} @th,96,24 {own:#x} goto members\n  \
             iifname {SHARE_SET} meta l4proto {{ icmp, ipv6-icmp }} accept\n  \
             iifname {SHARE_SET} counter drop"
        )?;
    }
    for uplink in &config.uplinks {
        let Some(remote) = &uplink.remote else {
            continue;
        };
        let ip = if remote.router.is_ipv4() { "ip" } else { "ip6" };
        if remote.public_key.is_none() {
            writeln!(
                out,
                "  udp dport {PORT} @th,96,24 {:#x} {ip} saddr != {} counter drop",
                vni(remote.router),
                remote.router,
            )?;
        }
        writeln!(
            out,
            "  iifname \"{device}\" ct state {{ established, related }} accept\n  \
             iifname \"{device}\" meta l4proto {{ icmp, ipv6-icmp }} accept\n  \
             iifname \"{device}\" counter drop",
            device = uplink.device,
        )?;
    }
    writeln!(out, " }}")
}

fn write_forward(out: &mut String, config: &Config, shares: bool) -> std::fmt::Result {
    let shared = config.shared_uplinks();
    let shared = quoted(shared.map(|uplink| uplink.device.as_str()));
    if shares {
        writeln!(
            out,
            " chain shared {{\n  oifname != {{ {shared} }} counter drop\n  \
             ip daddr {{ {PRIVATE_V4} }} counter drop\n  \
             ip6 daddr {{ {PRIVATE_V6} }} counter drop\n }}"
        )?;
    }
    writeln!(
        out,
        " chain forward {{ type filter hook forward priority filter - 10; policy accept;"
    )?;
    for (device, mtu) in tunnel::devices(config) {
        for side in ["iifname", "oifname"] {
            for (family, headers) in [("ipv4", 40), ("ipv6", 60)] {
                // RFC 9293 §3.7.1: what is left for data; the kernel never makes it larger.
                writeln!(
                    out,
                    "  {side} \"{device}\" meta nfproto {family} tcp flags syn tcp option maxseg size set {}",
                    mtu.saturating_sub(headers)
                )?;
            }
        }
    }
    for uplink in config
        .uplinks
        .iter()
        .filter(|uplink| uplink.remote.is_some())
    {
        writeln!(
            out,
            "  iifname \"{device}\" ct state {{ established, related }} accept\n  \
             iifname \"{device}\" counter drop",
            device = uplink.device
        )?;
    }
    if shares {
        writeln!(
            out,
            "  iifname {SHARE_SET} goto shared\n  \
             oifname {SHARE_SET} ct state {{ established, related }} accept\n  \
             oifname {SHARE_SET} counter drop"
        )?;
        let homes = quoted(config.general.lan.iter().map(String::as_str));
        for (v4, ip) in [(true, "ip"), (false, "ip6")] {
            let mesh: Vec<String> = config
                .general
                .bypass
                .iter()
                .filter(|prefix| prefix.is_v4() == v4)
                .map(IpPrefix::to_string)
                .collect();
            if !mesh.is_empty() {
                writeln!(
                    out,
                    "  oifname {{ {shared} }} iifname != {{ {homes} }} {ip} saddr {{ {} }} counter drop",
                    mesh.join(", ")
                )?;
            }
        }
    }
    writeln!(out, " }}")
}

/// IPv6: each of a member's prefixes becomes one of the uplink's.
fn write_translations(out: &mut String, config: &Config) -> std::fmt::Result {
    let prefixes = config.peers().flat_map(|(member, peer)| {
        let device = if peer.public_key.is_some() {
            SHARE_WIREGUARD
        } else {
            SHARE_DEVICE
        };
        member.prefixes.iter().map(move |prefix| (prefix, device))
    });
    let prefixes = prefixes.filter(|(prefix, _)| !prefix.is_v4()).enumerate();
    for (place, (prefix, device)) in prefixes {
        for uplink in config.shared_uplinks() {
            translation::write_member(out, place, *prefix, device, uplink)?;
        }
    }
    Ok(())
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn outer_and_inner_addresses_are_bound_together() {
        let prefix = |text: &str| IpPrefix::parse(text).unwrap();
        assert_eq!(
            inner_source(prefix("10.42.3.0/24")),
            "@th,224,16 0x0800 @th,336,32 & 0xffffff00 == 0x0a2a0300"
        );
        assert_eq!(
            inner_source(prefix("fd42:0:0:3::/64")),
            "@th,224,16 0x86dd @th,304,128 & 0xffffffffffffffff0000000000000000 == \
             0xfd420000000000030000000000000000"
        );
    }

    #[test]
    fn without_tunnels_there_is_no_table() {
        let config = config::read(b"config uplink 'wan'\n\toption device 'eth1'\n")
            .config
            .unwrap();
        assert_eq!(text(&config), removal());
    }
}
