//! The nftables table `inet grange_uplink`, as text for `nft -f -`.
//!
//! ```text
//! pre    marked by conntrack already?  keep_N: the packet gets its connection's mark
//!        new, in by an uplink:         use_N: its answers leave the way it came
//!        new, from the LAN:            the rules, then pick4 or pick6
//! pick6  an address of an uplink in use: use_N
//! pickF  by device: the set dF_N that holds its hardware address, else the next bucket: takeF_N
//!        by flow: the bucket of a seeded hash of both addresses: use_N
//! npt    IPv6 prefix translation
//! ```
//!
//! One transaction declares what must exist, empties the chains and fills them anew; sets are never
//! replaced, so that a reload moves no device. Marks are set bit by bit, for other bits are others'.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use grange_linux::{Family, IpPrefix};
use grange_uplink::buckets::Buckets;
use grange_uplink::uplink_id::UplinkId;

use crate::config::{Balance, Ports, Protocol, RuleSection};
use crate::mark::Mask;
use crate::translation::{Translation, UNIQUE_LOCAL};
use crate::tunnel_address::SHARE_SET;

/// The table's name.
pub const TABLE: &str = "grange_uplink";

/// Everything the table depends on.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Our bits.
    pub mask: Mask,
    /// Of the hash: the same over restarts, or connections of a pair would change.
    pub seed: u32,
    /// How new connections choose.
    pub balance: Balance,
    /// How long a device keeps its uplink.
    pub sticky_timeout: Duration,
    /// Where balanced connections come from.
    pub lan: &'a [String],
    /// Destinations left alone.
    pub bypass: &'a [IpPrefix],
    /// Every uplink, its device, and whether it is used for IPv4 and for IPv6.
    pub uplinks: Vec<(UplinkId, &'a str, [bool; 2])>,
    /// What holds for each family.
    pub families: Vec<FamilyPlan<'a>>,
    /// What happens to IPv6 addresses that the uplink's provider did not give.
    pub translations: Vec<Translation<'a>>,
    /// Sets to be emptied.
    pub emptied: Vec<(Family, UplinkId)>,
    /// Devices to put back after somebody took the table away.
    pub devices: Vec<Held>,
}

/// What holds for a family.
#[derive(Clone, Debug)]
pub struct FamilyPlan<'a> {
    /// Which.
    pub family: Family,
    /// Uplinks whose devices stay with them.
    pub holders: Vec<UplinkId>,
    /// Prefixes of uplinks that take new connections: who has chosen such an address has chosen the uplink.
    pub sources: Vec<(UplinkId, IpPrefix)>,
    /// Where new devices, or connections, go.
    pub buckets: Buckets,
    /// The rules that hold, in order.
    pub rules: Vec<RulePlan<'a>>,
    /// Where members' connections go that come through the tunnel, by device; without any they are
    /// refused. `None` when nothing is shared.
    pub members: Option<Buckets>,
}

/// A rule and where its connections go.
#[derive(Clone, Debug)]
pub struct RulePlan<'a> {
    /// What it matches.
    pub rule: &'a RuleSection,
    /// Where to.
    pub target: Target,
}

/// Where a rule's connections go.
#[derive(Clone, Debug)]
pub enum Target {
    /// To the uplink of their bucket.
    Balanced(Box<Buckets>),
    /// Nowhere: unreachable.
    Refused,
    /// To where table `main` sends them.
    Left,
}

/// A device and the uplink it sits on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// In this family.
    pub family: Family,
    /// On this uplink.
    pub id: UplinkId,
    /// Its hardware address, as nft writes it.
    pub address: String,
}

/// The transaction.
pub fn text(plan: &Plan<'_>) -> String {
    let mut out = String::with_capacity(4096);
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, plan);
    out
}

/// The transaction that takes the table away.
pub fn removal() -> String {
    format!("add table inet {TABLE}\ndelete table inet {TABLE}\n")
}

/// The devices in the output of `nft list table inet grange_uplink`.
pub fn devices(listing: &str) -> Vec<Held> {
    let mut held = Vec::new();
    let mut set = None;
    for line in listing.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("set ") {
            set = set_name(rest.trim_end_matches('{').trim());
        } else if line == "}" {
            set = None;
        } else if let Some((family, id)) = set {
            let elements = line.trim_start_matches("elements = {");
            let addresses = elements
                .split([',', ' ', '}'])
                .filter(|word| is_ether(word));
            held.extend(addresses.map(|address| Held {
                family,
                id,
                address: address.to_owned(),
            }));
        }
    }
    held
}

fn set_name(name: &str) -> Option<(Family, UplinkId)> {
    let (family, number) = name.strip_prefix('d')?.split_once('_')?;
    let family = match family {
        "4" => Family::V4,
        "6" => Family::V6,
        _ => return None,
    };
    Some((family, UplinkId::new(number.parse().ok()?)?))
}

fn is_ether(word: &str) -> bool {
    word.len() == 17
        && word.split(':').count() == 6
        && word.bytes().all(|c| c.is_ascii_hexdigit() || c == b':')
}

fn write_all(out: &mut String, plan: &Plan<'_>) -> std::fmt::Result {
    let chains = chains(plan);
    writeln!(out, "table inet {TABLE} {{")?;
    for family in Family::BOTH {
        for (id, ..) in &plan.uplinks {
            writeln!(
                out,
                " set d{}_{} {{ type ether_addr; size 65535; flags dynamic,timeout; }}",
                digit(family),
                id.number()
            )?;
        }
    }
    for family in &plan.families {
        let digit = digit(family.family);
        let rules = family.rules.iter().map(|rule| rule.rule);
        let sets = rules.flat_map(|rule| rule.src_set.iter().chain(&rule.dest_set));
        for name in sets.collect::<BTreeSet<_>>() {
            writeln!(
                out,
                " set s{digit}_{name} {{ type ipv{digit}_addr; flags interval; auto-merge; }}"
            )?;
        }
    }
    for chain in &chains {
        match chain.as_str() {
            "pre" => writeln!(
                out,
                " chain pre {{ type filter hook prerouting priority mangle + 10; policy accept; }}"
            )?,
            "out" => writeln!(
                out,
                " chain out {{ type route hook output priority mangle + 10; policy accept; }}"
            )?,
            // Before fw4's, and behind that of the tunnels.
            "npt" => writeln!(
                out,
                " chain npt {{ type nat hook postrouting priority srcnat - 4; policy accept; }}"
            )?,
            other => writeln!(out, " chain {other} {{ }}")?,
        }
    }
    writeln!(out, "}}")?;
    for chain in &chains {
        writeln!(out, "flush chain inet {TABLE} {chain}")?;
    }
    for (family, id) in &plan.emptied {
        writeln!(
            out,
            "flush set inet {TABLE} d{}_{}",
            digit(*family),
            id.number()
        )?;
    }
    for held in &plan.devices {
        writeln!(
            out,
            "add element inet {TABLE} d{}_{} {{ {} timeout {}s }}",
            digit(held.family),
            held.id.number(),
            held.address,
            plan.sticky_timeout.as_secs()
        )?;
    }
    writeln!(out, "table inet {TABLE} {{")?;
    write_uplinks(out, plan)?;
    for family in &plan.families {
        write_pick(out, plan, family)?;
        write_rules(out, plan, family)?;
        write_members(out, plan, family)?;
    }
    write_hooks(out, plan)?;
    // What is meant for the mesh may try a line before the mesh is there: translated once, it would stay so.
    writeln!(out, " chain npt {{\n  ip6 daddr {UNIQUE_LOCAL} accept")?;
    for prefix in plan.bypass.iter().filter(|prefix| !prefix.is_v4()) {
        writeln!(out, "  ip6 daddr {prefix} accept")?;
    }
    for translation in &plan.translations {
        translation.write(out)?;
    }
    writeln!(out, " }}\n}}")
}

fn chains(plan: &Plan<'_>) -> Vec<String> {
    // Before those that go to them.
    let mut chains = ["pre", "out", "refuse", "npt"].map(str::to_owned).to_vec();
    for (id, ..) in &plan.uplinks {
        for name in ["use", "keep", "take4", "take6"] {
            chains.push(format!("{name}_{}", id.number()));
        }
    }
    for family in &plan.families {
        let digit = digit(family.family);
        chains.push(format!("pick{digit}"));
        chains.push(format!("rules{digit}"));
        if family.members.is_some() {
            chains.push(format!("members{digit}"));
        }
        let rules = family.rules.iter().enumerate();
        let targets = rules.filter(|(_, rule)| matches!(rule.target, Target::Balanced(_)));
        chains.extend(targets.map(|(place, _)| format!("rule{digit}_{place}")));
    }
    chains
}

fn write_uplinks(out: &mut String, plan: &Plan<'_>) -> std::fmt::Result {
    let others = !plan.mask.bits();
    for (id, ..) in &plan.uplinks {
        let (n, mark) = (id.number(), plan.mask.mark(*id));
        writeln!(
            out,
            " chain use_{n} {{\n  meta mark set meta mark & {others:#x} | {mark:#x}\n  \
             ct mark set ct mark & {others:#x} | {mark:#x}\n }}\n \
             chain keep_{n} {{\n  meta mark set meta mark & {others:#x} | {mark:#x}\n  accept\n }}"
        )?;
        for family in Family::BOTH {
            let (digit, timeout) = (digit(family), plan.sticky_timeout.as_secs());
            writeln!(
                out,
                " chain take{digit}_{n} {{\n  update @d{digit}_{n} {{ ether saddr timeout {timeout}s }}\n  \
                 goto use_{n}\n }}"
            )?;
        }
    }
    let refused = plan.mask.refused();
    writeln!(
        out,
        " chain refuse {{\n  meta mark set meta mark & {others:#x} | {refused:#x}\n }}"
    )
}

fn write_pick(out: &mut String, plan: &Plan<'_>, family: &FamilyPlan<'_>) -> std::fmt::Result {
    let digit = digit(family.family);
    writeln!(out, " chain pick{digit} {{")?;
    if plan.balance != Balance::Rules {
        for (id, prefix) in &family.sources {
            writeln!(out, "  ip{digit} saddr {prefix} goto use_{}", id.number())?;
        }
    }
    match plan.balance {
        Balance::Device => {
            for id in &family.holders {
                let n = id.number();
                writeln!(out, "  ether saddr @d{digit}_{n} goto take{digit}_{n}")?;
            }
            write_vmap(
                out,
                "numgen inc mod 256",
                &family.buckets,
                &format!("take{digit}"),
            )?;
        }
        Balance::Flow => write_hash(out, plan, family.family, &family.buckets)?,
        Balance::Rules => {}
    }
    writeln!(out, " }}")
}

fn write_hash(
    out: &mut String,
    plan: &Plan<'_>,
    family: Family,
    buckets: &Buckets,
) -> std::fmt::Result {
    let ip = ip(family);
    let hash = format!(
        "jhash {ip} saddr . {ip} daddr mod 256 seed {:#x}",
        plan.seed
    );
    write_vmap(out, &hash, buckets, "use")
}

fn write_vmap(out: &mut String, key: &str, buckets: &Buckets, chain: &str) -> std::fmt::Result {
    let runs = buckets.runs();
    if runs.is_empty() {
        return Ok(());
    }
    write!(out, "  {key} vmap {{ ")?;
    for (place, (first, last, id)) in runs.into_iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        let n = id.number();
        if first == last {
            write!(out, "{comma}{first} : goto {chain}_{n}")?;
        } else {
            write!(out, "{comma}{first}-{last} : goto {chain}_{n}")?;
        }
    }
    writeln!(out, " }}")
}

fn write_rules(out: &mut String, plan: &Plan<'_>, family: &FamilyPlan<'_>) -> std::fmt::Result {
    let digit = digit(family.family);
    for (place, rule) in family.rules.iter().enumerate() {
        if let Target::Balanced(buckets) = &rule.target {
            writeln!(out, " chain rule{digit}_{place} {{")?;
            write_hash(out, plan, family.family, buckets)?;
            writeln!(out, " }}")?;
        }
    }
    writeln!(out, " chain rules{digit} {{")?;
    for (place, rule) in family.rules.iter().enumerate() {
        out.push(' ');
        write_match(out, plan, family.family, rule.rule)?;
        match rule.target {
            Target::Balanced(_) => writeln!(out, " goto rule{digit}_{place}")?,
            Target::Refused => writeln!(out, " goto refuse")?,
            Target::Left => writeln!(out, " accept")?,
        }
    }
    writeln!(out, " }}")
}

fn write_members(out: &mut String, plan: &Plan<'_>, family: &FamilyPlan<'_>) -> std::fmt::Result {
    let Some(buckets) = &family.members else {
        return Ok(());
    };
    let (digit, ip) = (digit(family.family), ip(family.family));
    writeln!(out, " chain members{digit} {{")?;
    // By device: a bank or a film wants one address from one device.
    let hash = format!("jhash {ip} saddr mod 256 seed {:#x}", plan.seed);
    write_vmap(out, &hash, buckets, "use")?;
    writeln!(out, "  goto refuse\n }}")
}

fn write_match(
    out: &mut String,
    plan: &Plan<'_>,
    family: Family,
    rule: &RuleSection,
) -> std::fmt::Result {
    let ip = ip(family);
    match &rule.iface {
        Some(iface) => write!(out, " iifname \"{iface}\"")?,
        None => write!(out, " iifname {{ {} }}", quoted(plan.lan))?,
    }
    for (side, prefixes) in [("saddr", &rule.src), ("daddr", &rule.dest)] {
        if !prefixes.is_empty() {
            write!(out, " {ip} {side} {{ {} }}", joined(prefixes))?;
        }
    }
    for (side, set) in [("saddr", &rule.src_set), ("daddr", &rule.dest_set)] {
        if let Some(name) = set {
            write!(out, " {ip} {side} @s{}_{name}", digit(family))?;
        }
    }
    if let Some(dscp) = rule.dscp {
        write!(out, " {ip} dscp {dscp:#x}")?;
    }
    match rule.proto {
        None => {}
        Some(Protocol::Tcp) => write!(out, " meta l4proto tcp")?,
        Some(Protocol::Udp) => write!(out, " meta l4proto udp")?,
        Some(Protocol::TcpUdp) => write!(out, " meta l4proto {{ tcp, udp }}")?,
        Some(Protocol::Icmp) => write!(out, " meta l4proto {{ icmp, ipv6-icmp }}")?,
    }
    for (side, ports) in [("sport", &rule.src_port), ("dport", &rule.dest_port)] {
        if !ports.is_empty() {
            let shown: Vec<String> = ports.iter().copied().map(shown_ports).collect();
            write!(out, " th {side} {{ {} }}", shown.join(", "))?;
        }
    }
    Ok(())
}

fn write_hooks(out: &mut String, plan: &Plan<'_>) -> std::fmt::Result {
    let mask = plan.mask.bits();
    let kept: Vec<String> = plan
        .uplinks
        .iter()
        .map(|(id, ..)| format!("{:#x} : goto keep_{}", plan.mask.mark(*id), id.number()))
        .collect();
    let keep = if kept.is_empty() {
        String::new()
    } else {
        format!("  ct mark & {mask:#x} vmap {{ {} }}\n", kept.join(", "))
    };
    writeln!(out, " chain pre {{\n{keep}  ct state != new accept")?;
    // Two uplinks may share a device, one for each family.
    for (place, family) in Family::BOTH.into_iter().enumerate() {
        let used = plan.uplinks.iter().filter(|(_, _, used)| used[place]);
        let entered: Vec<String> = used
            .map(|(id, device, _)| format!("\"{device}\" : goto use_{}", id.number()))
            .collect();
        if !entered.is_empty() {
            let (digit, entered) = (digit(family), entered.join(", "));
            writeln!(
                out,
                "  meta nfproto ipv{digit} iifname vmap {{ {entered} }}"
            )?;
        }
    }
    writeln!(
        out,
        "  fib daddr type {{ local, broadcast, anycast, multicast }} accept"
    )?;
    for family in Family::BOTH {
        let of_family: Vec<&IpPrefix> = plan
            .bypass
            .iter()
            .filter(|prefix| prefix.is_v4() == (family == Family::V4))
            .collect();
        for prefix in of_family {
            writeln!(out, "  {} daddr {prefix} accept", ip(family))?;
        }
    }
    for family in &plan.families {
        let digit = digit(family.family);
        if family.members.is_some() {
            writeln!(
                out,
                "  iifname {SHARE_SET} meta nfproto ipv{digit} goto members{digit}"
            )?;
        }
        writeln!(
            out,
            "  meta nfproto ipv{digit} jump rules{digit}\n  \
             meta mark & {mask:#x} != 0 accept\n  \
             iifname {{ {} }} meta nfproto ipv{digit} goto pick{digit}",
            quoted(plan.lan)
        )?;
    }
    writeln!(
        out,
        " }}\n chain out {{\n  meta mark & {mask:#x} != 0 accept\n{keep} }}"
    )
}

fn shown_ports(ports: Ports) -> String {
    if ports.first == ports.last {
        ports.first.to_string()
    } else {
        format!("{}-{}", ports.first, ports.last)
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    names.join(", ")
}

fn joined(prefixes: &[IpPrefix]) -> String {
    let shown: Vec<String> = prefixes.iter().map(IpPrefix::to_string).collect();
    shown.join(", ")
}

const fn ip(family: Family) -> &'static str {
    match family {
        Family::V4 => "ip",
        Family::V6 => "ip6",
    }
}

const fn digit(family: Family) -> char {
    match family {
        Family::V4 => '4',
        Family::V6 => '6',
    }
}

#[cfg(test)]
mod tests;
