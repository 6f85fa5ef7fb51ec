//! `/etc/config/mwan3`, the file of OpenWrt's package mwan3, put into this package's words.
//!
//! Interfaces become uplinks and probes, a policy's members its uplinks with their tiers and weights. What is put
//! into our words is then read and judged as any file of ours. What is not honoured is named with its place.

use grange_uci::{Content, Entry, Package, Position, Problems, Section, Value};

/// What mwan3's package calls its file.
pub(super) const FILE: &str = "mwan3";

/// Policies that mwan3 has built in.
const BUILT_IN: [(&str, &str); 3] = [
    ("default", "main"),
    ("unreachable", "unreachable"),
    ("blackhole", "unreachable"),
];

/// Puts the package into our words.
pub(super) fn translate(package: Package, problems: &mut Problems) -> Package {
    let mut out = Translation {
        problems,
        members: Vec::new(),
        sections: Vec::new(),
    };
    let of = |kind: &'static str| package.sections.iter().filter(move |one| one.kind == kind);
    let mut general = Section::new("uplinkd", None);
    // Who matches no rule is mwan3's no more.
    general.entries.push(entry("balance", "rules"));
    for globals in of("globals") {
        out.globals(globals, &mut general);
    }
    out.sections.push(general);
    of("member").for_each(|member| out.member(member));
    of("interface").for_each(|interface| out.interface(interface));
    for (name, last_resort) in BUILT_IN {
        let mut policy = Section::new("policy", Some(name));
        policy.entries.push(entry("last_resort", last_resort));
        out.sections.push(policy);
    }
    of("policy").for_each(|policy| out.policy(policy));
    of("rule").for_each(|rule| out.rule(rule));
    for other in &package.sections {
        const KINDS: [&str; 5] = ["globals", "interface", "member", "policy", "rule"];
        if !KINDS.contains(&other.kind.as_str()) {
            let message = format!("{FILE}.{}: no section of mwan3's", other.reference());
            out.problems.warn(other.position, message);
        }
    }
    let mut sections = out.sections;
    number(&mut sections);
    Package {
        sections,
        ..package
    }
}

/// A member: its name, its interface, `:metric:weight`.
type Member = (String, String, String);

struct Translation<'a> {
    problems: &'a mut Problems,
    members: Vec<Member>,
    sections: Vec<Section>,
}

impl Translation<'_> {
    fn globals(&mut self, globals: &Section, general: &mut Section) {
        for one in &globals.entries {
            match one.name.as_str() {
                "mmx_mask" => general.entries.push(renamed(one, "mask")),
                "enabled" => general.entries.push(one.clone()),
                "logging" | "loglevel" => {
                    self.ignore(globals, one, "every decision is logged, with its reason");
                }
                "rtmon_interval" | "update_interval" => {
                    self.ignore(globals, one, "changes of routes are heard of");
                }
                _ => self.ignore(globals, one, "nothing here corresponds to it"),
            }
        }
    }

    fn interface(&mut self, interface: &Section) {
        let Some(name) = interface.name.as_deref() else {
            return self.refuse(
                interface,
                "an interface needs its name in /etc/config/network",
            );
        };
        let mut uplink = Section::new("uplink", Some(name));
        uplink.position = interface.position;
        uplink.entries.push(entry("interface", name));
        // mwan3: an interface without this is not enabled, and without family it is IPv4.
        let enabled = interface
            .entry("enabled")
            .map(|one| renamed(one, "enabled"));
        let none = || entry("enabled", "0");
        uplink.entries.push(enabled.unwrap_or_else(none));
        let unused = match text(interface, "family") {
            Some("ipv6") => "ipv4",
            _ => "ipv6",
        };
        uplink.entries.push(entry(unused, "0"));
        let kind = match text(interface, "track_method") {
            Some("nslookup") => "dns",
            Some("nping-tcp") => "tcp",
            _ => "icmp",
        };
        for one in &interface.entries {
            match one.name.as_str() {
                "enabled" | "family" => {}
                "reliability" => uplink.entries.push(renamed(one, "needed")),
                "track_ip" => {
                    for target in one.values() {
                        let mut probe = Section::new("probe", None);
                        probe.entries.push(entry("type", kind));
                        probe.entries.push(entry("uplink", name));
                        probe.entries.push(Entry {
                            name: "address".to_owned(),
                            content: Content::Option(target.clone()),
                            position: one.position,
                        });
                        probe.position = one.position;
                        self.sections.push(probe);
                    }
                }
                "track_method" => {
                    if !matches!(
                        text(interface, "track_method"),
                        Some("ping" | "nslookup" | "nping-tcp")
                    ) {
                        self.ignore(
                            interface,
                            one,
                            "its targets are pinged; see section probe for type http",
                        );
                    }
                }
                "interval"
                | "failure_interval"
                | "recovery_interval"
                | "keep_failure_interval"
                | "count"
                | "timeout"
                | "up"
                | "down" => {
                    let why = "an uplink is looked at every 0.7 s, at once after a loss, and believed again after \
                               15 s";
                    self.ignore(interface, one, why);
                }
                "check_quality" | "failure_latency" | "recovery_latency" | "failure_loss"
                | "recovery_loss" => {
                    self.ignore(interface, one, "loss and delay are always measured");
                }
                "initial_state" => self.ignore(interface, one, "an uplink is used when it answers"),
                "flush_conntrack" => {
                    let why = "connections of a dead uplink are forgotten, nobody else's";
                    self.ignore(interface, one, why);
                }
                _ => self.ignore(interface, one, "nothing here corresponds to it"),
            }
        }
        self.sections.push(uplink);
    }

    fn member(&mut self, member: &Section) {
        let (Some(name), Some(interface)) = (member.name.as_deref(), text(member, "interface"))
        else {
            return self.refuse(member, "a member needs a name and an option interface");
        };
        let metric = text(member, "metric").unwrap_or("1");
        let weight = text(member, "weight").unwrap_or("1");
        // mwan3's metrics go up to 256, tiers up to 255.
        let metric = if metric == "256" { "255" } else { metric };
        let rank = format!(":{metric}:{weight}");
        self.members
            .push((name.to_owned(), interface.to_owned(), rank));
    }

    fn policy(&mut self, policy: &Section) {
        let mut out = Section::new("policy", policy.name.as_deref());
        out.position = policy.position;
        for one in &policy.entries {
            match one.name.as_str() {
                "use_member" => {
                    let mut uplinks = Vec::new();
                    for used in one.values() {
                        let known = self.members.iter();
                        let mut known =
                            known.filter(|(name, ..)| used.as_str() == Ok(name.as_str()));
                        if let Some((_, interface, rank)) = known.next() {
                            let text = format!("{interface}{rank}");
                            uplinks.push(Value::new(text, used.position()));
                        } else {
                            let message =
                                format!("{FILE}.{}.use_member: no such member", policy.reference());
                            self.problems.refuse(used.position(), message);
                        }
                    }
                    out.entries.push(Entry {
                        name: "uplink".to_owned(),
                        content: Content::List(uplinks),
                        position: one.position,
                    });
                }
                "last_resort" => {
                    let last_resort = match text(policy, "last_resort") {
                        Some("default") => "main",
                        _ => "unreachable",
                    };
                    out.entries.push(Entry {
                        position: one.position,
                        ..entry("last_resort", last_resort)
                    });
                    if text(policy, "last_resort") == Some("blackhole") {
                        self.ignore(
                            policy,
                            one,
                            "refused as unreachable, so that programs need not wait",
                        );
                    }
                }
                _ => self.ignore(policy, one, "nothing here corresponds to it"),
            }
        }
        if out.entry("last_resort").is_none() {
            out.entries.push(entry("last_resort", "unreachable"));
        }
        self.sections.push(out);
    }

    fn rule(&mut self, rule: &Section) {
        let mut out = Section::new("rule", rule.name.as_deref());
        out.position = rule.position;
        for one in &rule.entries {
            match one.name.as_str() {
                "src_ip" => addresses(rule, &mut out, one, "src"),
                "dest_ip" => addresses(rule, &mut out, one, "dest"),
                name @ ("src_port" | "dest_port") => {
                    let ranges = listed(one, name, &|port| port.replace(':', "-"));
                    out.entries.push(ranges);
                }
                "src_iface" => out.entries.push(renamed(one, "iface")),
                "use_policy" => out.entries.push(renamed(one, "policy")),
                "proto" | "family" | "enabled" => out.entries.push(one.clone()),
                "sticky" if matches!(text(rule, "sticky"), Some("1")) => {
                    let why = "a pair of addresses always has the same uplink; `option balance 'device'` of our own \
                               file keeps a device on one";
                    self.ignore(rule, one, why);
                }
                "sticky" | "timeout" | "logging" => {}
                "ipset" => {
                    let message = format!(
                        "{FILE}.{}.ipset: nftables cannot ask an ipset, and without it the rule would match too \
                         much: take the option away, or use `dest_set` of our own file",
                        rule.reference()
                    );
                    self.problems.refuse(one.position, message);
                }
                _ => self.ignore(rule, one, "nothing here corresponds to it"),
            }
        }
        self.sections.push(out);
    }

    fn ignore(&mut self, section: &Section, one: &Entry, why: &str) {
        let message = format!(
            "{FILE}.{}.{}: not honoured: {why}",
            section.reference(),
            one.name
        );
        self.problems.warn(one.position, message);
    }

    fn refuse(&mut self, section: &Section, what: &str) {
        let message = format!("{FILE}.{}: {what}", section.reference());
        self.problems.refuse(section.position, message);
    }
}

/// Everywhere is no condition, though it says which family is meant.
fn addresses(rule: &Section, out: &mut Section, one: &Entry, name: &str) {
    let family = match one.values() {
        [only] => match only.as_str() {
            Ok("0.0.0.0/0") => Some("ipv4"),
            Ok("::/0") => Some("ipv6"),
            _ => None,
        },
        _ => None,
    };
    match family {
        None => out.entries.push(listed(one, name, &str::to_owned)),
        Some(family) if rule.entry("family").is_none() && out.entry("family").is_none() => {
            out.entries.push(entry("family", family));
        }
        Some(_) => {}
    }
}

/// The only value of an option.
fn text<'a>(section: &'a Section, option: &str) -> Option<&'a str> {
    section.entry(option)?.values().first()?.as_str().ok()
}

fn entry(name: &str, value: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        content: Content::Option(Value::new(value, Position::NOWHERE)),
        position: Position::NOWHERE,
    }
}

fn renamed(one: &Entry, name: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        ..one.clone()
    }
}

/// mwan3's lists are one option with commas.
fn listed(one: &Entry, name: &str, each: &dyn Fn(&str) -> String) -> Entry {
    let mut items = Vec::new();
    for value in one.values() {
        match value.as_str() {
            Ok(text) => items.extend(
                text.split([',', ' '])
                    .filter(|word| !word.is_empty())
                    .map(|word| Value::new(each(word), value.position())),
            ),
            // The reader says what is wrong with it.
            Err(_) => items.push(value.clone()),
        }
    }
    Entry {
        name: name.to_owned(),
        content: Content::List(items),
        position: one.position,
    }
}

/// `@type[n]`.
fn number(sections: &mut [Section]) {
    for place in 0..sections.len() {
        let (before, rest) = sections.split_at_mut(place);
        if let Some(section) = rest.first_mut() {
            section.index = before
                .iter()
                .filter(|other| other.kind == section.kind)
                .count();
        }
    }
}
