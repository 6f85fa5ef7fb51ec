//! `/etc/config/babeld`, the file of OpenWrt's package babeld, put into this package's words.
//!
//! Only names and defaults differ: what is put into our words is then read and judged as any file of
//! ours. What is not honoured is named with its place, whatever its value; so is what makes no
//! difference, unless the value asks for what happens anyway.

use grange_babel::filter::{Action, Rule};
use grange_linux::route::{PROTOCOL_BOOT, TABLE_MAIN};
use grange_uci::{Content, Entry, Package, Problems, Section, Value};

use crate::config::general::General;

/// What babeld's package calls its file.
pub(super) const FILE: &str = "babeld";
/// The types of its sections.
pub(super) const SECTIONS: [&str; 3] = [GENERAL, "interface", "filter"];
/// Its name for our section `routed`.
pub(super) const GENERAL: &str = "general";

/// What becomes of an option.
enum Fate {
    /// Read under this name.
    As(&'static str),
    /// Read under this name, the other way round.
    Not(&'static str),
    /// Not honoured, unless the value is one of these, which is what happens anyway.
    Unless(&'static [&'static str], &'static str),
    /// Not honoured at all.
    Never(&'static str),
}

const YES: &[&str] = &["1", "on", "true", "yes", "enabled"];
const NO: &[&str] = &["0", "off", "false", "no", "disabled"];
const INIT: &str = "the init system does that";
const READ_ONLY: &str = "served read-only: nobody can change the configuration by it";

/// The section `general`: babeld(8), "Global options", with `_` for `-`.
fn general_option(name: &str) -> Option<Fate> {
    Some(match name {
        "export_table" => Fate::As("table"),
        "kernel_priority" => Fate::As("metric"),
        "skip_kernel_setup" => Fate::Not("forwarding"),
        "local_port_readwrite" => Fate::As("local_port"),
        "local_path_readwrite" => Fate::As("local_path"),
        "random_id" => Fate::Unless(
            YES,
            "without router_id it is random, and kept in the run directory",
        ),
        "ipv6_subtrees" => Fate::Unless(
            YES,
            "the kernel's own source-specific routes are the only way",
        ),
        "link_detect" => Fate::Unless(YES, "a link without carrier is never used"),
        "protocol_port" => Fate::Unless(&["6696"], "the port is Babel's, 6696"),
        "protocol_group" => Fate::Unless(&["ff02::1:6"], "the group is Babel's, ff02::1:6"),
        "debug" => Fate::Unless(
            &["0"],
            "--log-level and `option log_level` of grange-routed say how much is logged",
        ),
        "daemonise" => Fate::Unless(NO, INIT),
        "pid_file" => Fate::Never(INIT),
        "log_file" => Fate::Never("messages go to the system's log"),
        "state_file" => Fate::Never("the state is in the run directory"),
        "kernel_check_interval" => {
            Fate::Never("the kernel tells of changes, and is asked again when it lost one")
        }
        "shutdown_delay_ms" => {
            Fate::Never("`grange-routed leave` waits for the neighbours' acknowledgements")
        }
        "reflect_kernel_metric" => Fate::Unless(NO, "all routes in the kernel have one metric"),
        "allow_duplicates" => Fate::Never("a route that somebody else has installed is left alone"),
        "first_rule_priority" => Fate::Never("there are no rules for source-specific routes"),
        "conf_file" | "conf_dir" => {
            Fate::Never("babeld.conf's own syntax is not read: move its lines into this file")
        }
        "ubus_bindings" => Fate::Unless(NO, "there is no ubus object babeld"),
        _ => return None,
    })
}

/// The section `interface`: babeld(8), "Interface configuration".
fn interface_option(name: &str) -> Option<Fate> {
    Some(match name {
        "rxcost" => Fate::As("cost"),
        "link_quality" => Fate::Unless(
            &["auto"],
            "the type decides: a radio link is measured, a cable is not",
        ),
        "rfc6126_compatible" => Fate::Unless(NO, "RFC 8966 alone is spoken"),
        "probe_mtu" => Fate::Unless(NO, "Hellos are not padded"),
        "accept_bad_signatures" => Fate::Unless(NO, "nothing is authenticated by this file"),
        _ => return None,
    })
}

/// Conditions on a source prefix.
const SOURCE_CONDITIONS: [&str; 4] = ["src_ip", "src_eq", "src_le", "src_ge"];

/// babeld's defaults where they are not ours: its routes are in `main`, without a metric of their own.
pub(super) fn defaults() -> General {
    General {
        table: TABLE_MAIN,
        metric: 0,
        ..General::default()
    }
}

/// Puts the package into our words. Its section `general` keeps its name, so that errors name it.
pub(super) fn translate(package: Package, problems: &mut Problems) -> Package {
    let path = |section: &Section, option: &str| format!("{FILE}.{}.{option}", section.reference());
    let mut sections = Vec::new();
    let mut common: Vec<Entry> = Vec::new();
    for mut section in package.sections {
        let fate = match section.kind.as_str() {
            GENERAL => general_option,
            "interface" => interface_option,
            _ => |_: &str| None,
        };
        let (kind, place) = (section.kind.clone(), section.clone());
        let entries = std::mem::take(&mut section.entries).into_iter();
        section.entries = entries
            .filter_map(|entry| {
                let named = path(&place, &entry.name);
                translate_entry(fate(&entry.name).as_ref(), entry, &named, problems)
            })
            .collect();
        match kind.as_str() {
            GENERAL => full_router_id(&mut section),
            "interface" => {
                section
                    .entries
                    .retain(|entry| entry.name != "split_horizon" || !says(entry, &["auto"]));
                // babeld(8): a line `default ...`; its init script makes one of such a section.
                if section.entry("ifname").is_none() {
                    if !section
                        .entry("ignore")
                        .is_some_and(|entry| says(entry, YES))
                    {
                        common.extend(section.entries);
                    }
                    continue;
                }
            }
            "filter" if !keep_filter(&mut section, problems) => continue,
            _ => {}
        }
        sections.push(section);
    }
    for section in sections
        .iter_mut()
        .filter(|section| section.kind == "interface")
    {
        for entry in &common {
            if section.entry(&entry.name).is_none() {
                section.entries.push(entry.clone());
            }
        }
        update_interval(section);
    }
    Package {
        sections,
        ..package
    }
}

/// babeld's chain `redistribute`, whose conditions have their own sense there: a rule without `local`
/// is not asked about addresses, one without `proto` not about routes of protocol `boot`, and
/// addresses that no rule is about are announced.
// babeld's configuration.c, `filter_match` and `finalise_config`
pub(super) fn redistribute(rules: Vec<Rule>) -> Vec<Rule> {
    let of_boot = |rule: &Rule| rule.proto == Some(PROTOCOL_BOOT);
    let deny = Action {
        deny: true,
        ..Action::default()
    };
    let (boot, rest): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(of_boot);
    let (local, routes): (Vec<Rule>, Vec<Rule>) = rest.into_iter().partition(|rule| rule.local);
    let no_other_boot = Rule {
        proto: Some(PROTOCOL_BOOT),
        action: deny,
        ..Rule::default()
    };
    let every_address = Rule {
        local: true,
        ..Rule::default()
    };
    boot.into_iter()
        .chain([no_other_boot])
        .chain(local)
        .chain([every_address])
        .chain(routes)
        .collect()
}

fn translate_entry(
    fate: Option<&Fate>,
    mut entry: Entry,
    path: &str,
    problems: &mut Problems,
) -> Option<Entry> {
    let mut ignored = |why: &str| {
        problems.warn(entry.position, format!("{path}: not honoured: {why}"));
    };
    match fate {
        None => {}
        Some(&Fate::As("metric")) if says(&entry, &["0"]) => return None,
        Some(&Fate::As(name)) => {
            if entry.name.ends_with("_readwrite") {
                problems.warn(entry.position, format!("{path}: {READ_ONLY}"));
            }
            name.clone_into(&mut entry.name);
        }
        Some(&Fate::Not(name)) => {
            name.clone_into(&mut entry.name);
            // What is neither is left for the reader to refuse.
            let other = if says(&entry, YES) {
                Some("0")
            } else if says(&entry, NO) {
                Some("1")
            } else {
                None
            };
            if let Some(other) = other {
                entry.content = Content::Option(Value::new(other, entry.position));
            }
        }
        Some(&Fate::Unless(values, why)) => {
            if !says(&entry, values) {
                ignored(why);
            }
            return None;
        }
        Some(&Fate::Never(why)) => {
            ignored(why);
            return None;
        }
    }
    Some(entry)
}

/// babeld also takes a MAC address and puts ff:fe in its middle.
// babeld's util.c, `parse_eui64`
fn full_router_id(section: &mut Section) {
    for entry in section
        .entries
        .iter_mut()
        .filter(|entry| entry.name == "router_id")
    {
        let text = entry
            .values()
            .first()
            .and_then(|value| value.as_str().ok())
            .unwrap_or_default();
        let octets: Vec<&str> = text.split([':', '-']).collect();
        if let [a, b, c, d, e, f] = octets[..] {
            let full = [a, b, c, "ff", "fe", d, e, f].join(":");
            entry.content = Content::Option(Value::new(full, entry.position));
        }
    }
}

/// babeld(8): the default of update-interval is four times the hello interval.
fn update_interval(section: &mut Section) {
    if section.entry("update_interval").is_some() {
        return;
    }
    let Some(hello) = section.entry("hello_interval") else {
        return;
    };
    let (position, text) = (hello.position, hello.values().first());
    let hello = text.and_then(|text| grange_uci::quantity::duration(text.as_str().ok()?));
    // What is no time, the reader refuses where it stands.
    if let Some(hello) = hello {
        section.entries.push(Entry {
            name: "update_interval".to_owned(),
            content: Content::Option(Value::new(
                grange_uci::quantity::seconds(hello.saturating_mul(4)),
                position,
            )),
            position,
        });
    }
}

/// Whether a rule can hold: an IPv4 route has no source prefix. What only redistribution does is
/// taken out of the actions of other chains, as babeld has no use for it there.
fn keep_filter(section: &mut Section, problems: &mut Problems) -> bool {
    let path = format!("{FILE}.{}", section.reference());
    let is_v4 = |entry: &Entry| {
        let text = entry.values().first().and_then(|value| value.as_str().ok());
        text.is_some_and(|text| !text.contains(':'))
    };
    let for_v4 = section.entry("ip").is_some_and(is_v4);
    let mut keep = true;
    section.entries.retain(|entry| {
        let is_condition = SOURCE_CONDITIONS.contains(&entry.name.as_str());
        if !is_condition || !for_v4 && (entry.name != "src_ip" || !is_v4(entry)) {
            return true;
        }
        let always = match entry.name.as_str() {
            "src_ip" => says(entry, &["::/0", "0.0.0.0/0"]),
            "src_le" => true,
            _ => says(entry, &["0"]),
        };
        if !always {
            let message = format!(
                "{path}.{}: not honoured: no IPv4 route has a source prefix, so the rule never applies",
                entry.name
            );
            problems.warn(entry.position, message);
            keep = false;
        }
        false
    });
    let redistributes = section
        .entry("type")
        .is_some_and(|entry| says(entry, &["redistribute"]));
    let actions = section.entries.iter_mut();
    for entry in actions.filter(|entry| entry.name == "action" && !redistributes) {
        let text = entry.values().first().and_then(|value| value.as_str().ok());
        let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
        let named = |word: &&str| *word == "src-prefix" || *word == "src_prefix";
        if let Some(at) = words.iter().position(named) {
            let why = "only a filter of type redistribute gives a route its source";
            problems.warn(
                entry.position,
                format!("{path}.action: src-prefix is not honoured: {why}"),
            );
            let rest = words[..at].iter().chain(words.iter().skip(at + 2));
            let rest: Vec<&str> = rest.copied().chain(["allow"]).collect();
            entry.content = Content::Option(Value::new(rest.join(" "), entry.position));
        }
    }
    keep
}

fn says(entry: &Entry, values: &[&str]) -> bool {
    let text = match &entry.content {
        Content::Option(value) => value.as_str().ok(),
        Content::List(_) => None,
    };
    text.is_some_and(|text| values.contains(&text))
}

#[cfg(test)]
mod tests;
