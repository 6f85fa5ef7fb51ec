//! The lines of babeld's local protocol.

use litemap::LiteMap;
use std::fmt::Write;
use std::net::Ipv6Addr;

use grange_babel::clock::Instant;
use grange_babel::link::NextHop;
use grange_babel::prefix::Prefix;
use grange_linux::Kernel;

use crate::agent::Agent;
use crate::gateway::{default_prefix, family_of};

/// What a line is about, in the order in which babeld dumps them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// An interface, by its place in the configuration and its name.
    Interface(usize, String),
    /// A neighbour.
    Neighbour(u32, Ipv6Addr),
    /// A prefix of our own.
    Xroute(Prefix),
    /// A route.
    Route(Prefix, Ipv6Addr, u32, NextHop),
}

/// All lines by their subject, without the verb before them.
pub(super) type Lines = LiteMap<Subject, String>;

/// Reads all tables.
pub(super) fn read<K: Kernel>(agent: &Agent<K>, now: Instant) -> Lines {
    let mut lines = Lines::new();
    let (core, interfaces) = (agent.core(), agent.interfaces());
    for (place, row) in interfaces.rows(agent.config()).iter().enumerate() {
        let state = match &row.state {
            Ok(link) => {
                let v4 = link
                    .ipv4
                    .map(|v4| format!(" ipv4 {v4}"))
                    .unwrap_or_default();
                format!("true ipv6 {}{v4}", link.link_local)
            }
            Err(_) => "false".to_owned(),
        };
        let subject = Subject::Interface(place, row.name.to_owned());
        lines.insert(subject, format!("interface {} up {state}", row.name));
    }
    for neighbour in core.neighbours(now) {
        let subject = Subject::Neighbour(neighbour.interface.0, neighbour.address);
        let rtt = neighbour.rtt.map_or_else(String::new, |rtt| {
            let (millis, micros) = (rtt.as_millis(), rtt.subsec_micros() % 1000);
            format!(
                " rtt {millis}.{micros:03} rttcost {}",
                neighbour.rtt_penalty
            )
        });
        let line = format!(
            "neighbour {:x} address {} if {} reach {:04x} ureach {:04x} rxcost {} txcost {}{rtt} cost {}",
            identifier(&subject),
            neighbour.address,
            interfaces.name(neighbour.interface.0),
            neighbour.reach,
            neighbour.unicast_reach,
            neighbour.rxcost.value(),
            neighbour.txcost.value(),
            neighbour.cost.value(),
        );
        lines.insert(subject, line);
    }
    for (prefix, origin) in agent.redistribution().origins() {
        let (to, from) = (prefix.destination(), from(*prefix));
        let line = format!(
            "xroute {to}-{from} prefix {to} from {from} metric {}",
            origin.metric
        );
        lines.insert(Subject::Xroute(*prefix), line);
    }
    for route in core.routes(now) {
        let interface = route.next_hop.interface.0;
        let subject = Subject::Route(route.prefix, route.neighbour, interface, route.next_hop);
        let line = format!(
            "route {:x} prefix {} from {} installed {} id {} metric {} refmetric {} via {} if {}",
            identifier(&subject),
            route.prefix.destination(),
            from(route.prefix),
            if route.installed { "yes" } else { "no" },
            route.router_id,
            route.metric.value(),
            route.refmetric.value(),
            route.neighbour,
            interfaces.name(interface),
        );
        lines.insert(subject, line);
    }
    lines
}

/// All lines as `add`.
pub(super) fn dump(lines: &Lines) -> String {
    let mut text = String::new();
    for line in lines.values() {
        push(&mut text, "add", line);
    }
    text
}

/// What has become different.
pub(super) fn difference(before: &Lines, after: &Lines) -> String {
    let mut text = String::new();
    for (subject, line) in before {
        if !after.contains_key(subject) {
            push(&mut text, "flush", line);
        }
    }
    for (subject, line) in after {
        match before.get(subject) {
            None => push(&mut text, "add", line),
            Some(old) if old != line => push(&mut text, "change", line),
            Some(_) => {}
        }
    }
    text
}

/// babeld writes an address of its memory, which stands for the subject as long as that exists; here
/// it is a number made of the subject (FNV-1a), so it is the same for ever.
fn identifier(subject: &Subject) -> u32 {
    let text = match subject {
        Subject::Neighbour(interface, address) => format!("{interface} {address}"),
        Subject::Route(prefix, address, interface, _) => format!("{prefix} {address} {interface}"),
        Subject::Interface(..) | Subject::Xroute(_) => String::new(),
    };
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    text.bytes().fold(0x811c_9dc5, mix)
}

/// The source prefix; for packets from anywhere it has length 0.
fn from(prefix: Prefix) -> Prefix {
    let any = default_prefix(family_of(prefix));
    prefix.source().unwrap_or(any)
}

fn push(text: &mut String, verb: &str, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{verb} {line}");
}
