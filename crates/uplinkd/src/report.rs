//! The replies, made of what the agent knows.

use grange_daemon::reply::uplinkd as reply;
use grange_linux::Family;
use grange_uplink::clock::Instant;
use grange_uplink::policy::Choice;

use crate::agent::{Agent, family_name};
use crate::config::{Config, Ports, Protocol, RuleSection};
use crate::facts::Facts;
use crate::uplink::{Line, Uplink};
use crate::wireguard_key;

/// The rows of `uplinks`.
pub fn uplinks(agent: &Agent, now: Instant) -> Vec<reply::Uplink> {
    let mut rows = Vec::new();
    for uplink in agent.uplinks() {
        for line in uplink.lines.iter().flatten() {
            rows.push(row(agent, uplink, line, now));
        }
    }
    rows
}

fn row(agent: &Agent, uplink: &Uplink, line: &Line, now: Instant) -> reply::Uplink {
    let health = &line.health;
    let (alive, targets) = health.targets_alive();
    let estimate = health.estimate();
    let held = agent.devices().iter();
    let held = held.filter(|held| held.id == uplink.id && held.family == line.family);
    let share = share(agent.choice(line.family), uplink);
    let micros = |time: core::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    reply::Uplink {
        name: uplink.section.name.clone(),
        id: uplink.id.number(),
        family: reply_family(line.family).to_owned(),
        device: uplink.section.device.clone(),
        state: health.state().name().to_owned(),
        why: health.why().to_string(),
        since_ms: u64::try_from(now.since(health.since()).as_millis()).unwrap_or(u64::MAX),
        tier: uplink.section.tier,
        weight: uplink.weight(),
        share_permille: share,
        rtt_us: estimate.rtt().map(micros),
        jitter_us: estimate.rtt().map(|_| micros(estimate.jitter())),
        loss_permille: estimate.loss_permille(),
        targets_alive: alive,
        targets,
        lost_providers: line
            .lost_providers()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        devices: u32::try_from(held.count()).unwrap_or(u32::MAX),
        gateway: line.path.as_ref().and_then(|path| path.gateway),
        address: line
            .path
            .as_ref()
            .and_then(|path| path.addresses.first().copied()),
        load_percent: uplink.has_capacity().then_some(uplink.load.percent),
        metered: uplink.section.metered,
        probe_bytes: health.probe_bytes(),
        cap_bytes: uplink.section.cap_bytes,
        used_bytes: uplink.quota.map(|quota| quota.used_bytes),
        forecast_bytes: uplink.quota.map(|quota| quota.forecast_bytes()),
        days_left: uplink
            .quota
            .map(|quota| (quota.period.days + 1).saturating_sub(quota.period.day)),
    }
}

/// The rows of `policies`: first what everybody uses, then each rule.
pub fn policies(agent: &Agent) -> Vec<reply::Policy> {
    let mut rows = Vec::new();
    for family in Family::BOTH {
        rows.push(policy(agent, "balanced", family, agent.choice(family)));
    }
    for rule in &agent.config().rules {
        for family in Family::BOTH
            .into_iter()
            .filter(|family| rule.is_for(*family))
        {
            rows.push(policy(
                agent,
                &rule.name,
                family,
                &agent.choice_of(rule, family),
            ));
        }
    }
    rows
}

/// The rows of `rules`.
pub fn rules(agent: &Agent) -> Vec<reply::Rule> {
    let rules = agent.config().rules.iter();
    rules
        .map(|rule| reply::Rule {
            name: rule.name.clone(),
            matches: matches(rule),
            uses: uses(rule),
            lives: Family::BOTH
                .into_iter()
                .filter(|family| rule.is_for(*family))
                .any(|family| !agent.choice_of(rule, family).members.is_empty()),
        })
        .collect()
}

/// The rows of `members`.
pub fn members(config: &Config) -> Vec<reply::Member> {
    let members = config.members.iter();
    members
        .map(|member| reply::Member {
            name: member.name.clone(),
            prefixes: member.prefixes.iter().map(ToString::to_string).collect(),
            weight: member.weight,
            joined: member.joined.map(|date| date.to_string()),
            left: member.left.map(|date| date.to_string()),
        })
        .collect()
}

/// The reply to `status`.
pub fn status(agent: &Agent, facts: Facts<'_>, version: &str, now: Instant) -> reply::Status {
    let used = |family| {
        let choice = agent.choice(family);
        reply::InUse {
            uplinks: choice
                .members
                .iter()
                .map(|(id, _)| name_of(agent, *id))
                .collect(),
            makeshift: choice.is_makeshift,
        }
    };
    reply::Status {
        name: "grange-uplinkd".to_owned(),
        version: version.to_owned(),
        uptime_s: now.since(agent.started()).as_secs(),
        pid: std::process::id(),
        ipv4: used(Family::V4),
        ipv6: used(Family::V6),
        devices: u32::try_from(agent.devices().len()).unwrap_or(u32::MAX),
        uplinks: uplinks(agent, now),
        refused_datagrams: facts.peers.refused(),
        public_key: facts.public_key.map(wireguard_key::print),
        warnings: facts.warnings.to_vec(),
    }
}

/// `ipv4` or `ipv6`.
pub fn reply_family(family: Family) -> &'static str {
    match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    }
}

/// Where a rule's connections go, in words.
pub fn uses(rule: &RuleSection) -> String {
    rule.policy.as_ref().map_or_else(
        || format!("uplink {}", rule.uplink.as_deref().unwrap_or("-")),
        |policy| format!("policy {policy}"),
    )
}

/// Who takes how much of a choice.
pub fn parts(agent: &Agent, choice: &Choice) -> Vec<reply::PolicyMember> {
    let weights = choice.members.iter().map(|(_, weight)| u64::from(*weight));
    let total: u64 = weights.sum();
    let members = choice.members.iter();
    members
        .map(|(id, weight)| reply::PolicyMember {
            uplink: name_of(agent, *id),
            permille: permille(*weight, total),
        })
        .collect()
}

fn policy(agent: &Agent, name: &str, family: Family, choice: &Choice) -> reply::Policy {
    reply::Policy {
        name: name.to_owned(),
        family: reply_family(family).to_owned(),
        tier: choice.tier,
        makeshift: choice.is_makeshift,
        members: parts(agent, choice),
    }
}

fn share(choice: &Choice, uplink: &Uplink) -> u16 {
    let total: u64 = choice
        .members
        .iter()
        .map(|(_, weight)| u64::from(*weight))
        .sum();
    let own = choice.members.iter().find(|(id, _)| *id == uplink.id);
    own.map_or(0, |(_, weight)| permille(*weight, total))
}

fn permille(weight: u32, total: u64) -> u16 {
    u16::try_from(u64::from(weight) * 1000 / total.max(1)).unwrap_or(1000)
}

fn name_of(agent: &Agent, id: grange_uplink::uplink_id::UplinkId) -> String {
    let uplink = agent.uplinks().iter().find(|uplink| uplink.id == id);
    uplink.map_or_else(
        || id.number().to_string(),
        |uplink| uplink.section.name.clone(),
    )
}

/// What a rule matches, in words.
pub fn matches(rule: &RuleSection) -> String {
    let mut words = Vec::new();
    let ports = |ports: &[Ports]| {
        let shown: Vec<String> = ports
            .iter()
            .map(|range| {
                if range.first == range.last {
                    range.first.to_string()
                } else {
                    format!("{}-{}", range.first, range.last)
                }
            })
            .collect();
        shown.join(",")
    };
    let prefixes = |prefixes: &[grange_linux::IpPrefix]| {
        let shown: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
        shown.join(",")
    };
    if let Some(family) = rule.family {
        words.push(family_name(family).to_owned());
    }
    if let Some(iface) = &rule.iface {
        words.push(format!("in by {iface}"));
    }
    if let Some(proto) = rule.proto {
        words.push(
            match proto {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::TcpUdp => "tcp or udp",
                Protocol::Icmp => "icmp",
            }
            .to_owned(),
        );
    }
    if !rule.src.is_empty() {
        words.push(format!("from {}", prefixes(&rule.src)));
    }
    if !rule.src_port.is_empty() {
        words.push(format!("from port {}", ports(&rule.src_port)));
    }
    if !rule.dest.is_empty() {
        words.push(format!("to {}", prefixes(&rule.dest)));
    }
    for (word, set) in [("from", &rule.src_set), ("to", &rule.dest_set)] {
        if let Some(name) = set {
            words.push(format!("{word} set {name}"));
        }
    }
    if !rule.dest_port.is_empty() {
        words.push(format!("to port {}", ports(&rule.dest_port)));
    }
    if let Some(dscp) = rule.dscp {
        words.push(format!("dscp {dscp}"));
    }
    if words.is_empty() {
        return "everything from the LAN".to_owned();
    }
    words.join(" ")
}
