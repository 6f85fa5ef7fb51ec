//! The objects `babeld` and `mwan3`, shaped as the originals' for programs that know those. Read only, and
//! never beside the originals: ubusd gives a path to the first who asks.

use grange_daemon::json::{Members, Value};
use grange_daemon::object;
use grange_linux::sysctl;
use grange_ubus::{Status, Table};

use crate::facts::{Fact, Query, Source};
use crate::plan::{Build, Known, Made, Plan, Refusal, ask, said};
use crate::rows::{flag, list, member, number, text};

/// Routes that are answered: babeld has no pages.
const MOST_ROUTES: usize = 400;
/// babeld's infinity.
const INFINITY: u64 = 0xffff;

/// The plan of a method of `babeld`.
pub fn babeld(method: &str) -> Result<Plan, Status> {
    let page = |method| Query {
        params: object! { "limit": MOST_ROUTES },
        ..ask(Source::Routed, method)
    };
    let (query, build): (Query, Build) = match method {
        "get_info" => (ask(Source::Routed, "status"), info),
        "get_routes" => (page("routes"), routes),
        "get_neighbours" => (ask(Source::Routed, "neighbours"), neighbours),
        "get_xroutes" => (page("xroutes"), xroutes),
        _ => return Err(Status::METHOD_NOT_FOUND),
    };
    let queries = vec![query];
    Ok(Plan { queries, build })
}

fn info(_: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let status = said(facts, 0)?;
    let host = sysctl::read("kernel/hostname").unwrap_or_default();
    Ok(Made::Reply(object! {
        "babeld_version": format!("grange-routed-{}", text(status, "version")),
        "my_id": member(status, "router_id"),
        "host": host,
    }))
}

fn routes(_: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    Ok(by_family(said(facts, 0)?, |row| {
        object! {
            "address": member(row, "prefix"),
            "src_prefix": any_source(row),
            "route_metric": metric(row, "metric"),
            "route_smoothed_metric": metric(row, "smoothed_metric"),
            "refmetric": metric(row, "refmetric"),
            "id": member(row, "router_id"),
            "seqno": member(row, "seqno"),
            "age": number(row, "age_ms") / 1000,
            "via": member(row, "neighbour"),
            "nexthop": member(row, "via"),
            "installed": member(row, "installed"),
            "feasible": member(row, "feasible"),
        }
    }))
}

fn neighbours(_: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let reach = |row: &Value, name| u16::from_str_radix(text(row, name), 16).unwrap_or(0);
    let rows = list(said(facts, 0)?).iter().map(|row| {
        object! {
            "address": member(row, "address"),
            "dev": member(row, "interface"),
            "hello_reach": reach(row, "reach"),
            "uhello_reach": reach(row, "unicast_reach"),
            "rxcost": metric(row, "rxcost"),
            "txcost": metric(row, "txcost"),
            "rtt": babeld_rtt(row),
            "if_up": true,
        }
    });
    let rows: Vec<Value> = rows.collect();
    Ok(Made::Reply(object! { "IPv4": [], "IPv6": rows }))
}

/// Milliseconds with three decimals.
fn babeld_rtt(row: &Value) -> String {
    let micros = number(row, "rtt_us");
    format!("{}.{:03}", micros / 1000, micros % 1000)
}

fn xroutes(_: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    Ok(by_family(said(facts, 0)?, |row| {
        object! {
            "address": member(row, "prefix"),
            "src_prefix": any_source(row),
            "metric": member(row, "metric"),
        }
    }))
}

fn by_family(rows: &Value, shape: fn(&Value) -> Value) -> Made {
    let (v6, v4): (Vec<&Value>, _) = list(rows).iter().partition(|row| is_v6(row));
    let shaped = |rows: Vec<&Value>| rows.into_iter().map(shape).collect::<Vec<_>>();
    Made::Reply(object! { "IPv4": shaped(v4), "IPv6": shaped(v6) })
}

fn is_v6(row: &Value) -> bool {
    text(row, "prefix").contains(':')
}

fn any_source(row: &Value) -> &'static str {
    if is_v6(row) { "::/0" } else { "0.0.0.0/0" }
}

fn metric(row: &Value, name: &str) -> u64 {
    member(row, name).as_u64().unwrap_or(INFINITY)
}

/// The plan of `mwan3 status`.
pub fn mwan3(arguments: Table<'_>) -> Result<Plan, Status> {
    if !matches!(
        arguments.text("section"),
        None | Some("" | "interfaces" | "connected" | "policies")
    ) {
        return Err(Status::INVALID_ARGUMENT);
    }
    let queries = vec![
        ask(Source::Uplinkd, "status"),
        ask(Source::Uplinkd, "policies"),
    ];
    Ok(Plan {
        queries,
        build: mwan3_status,
    })
}

fn mwan3_status(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let (status, policies) = (said(facts, 0)?, said(facts, 1)?);
    let section = arguments.text("section").filter(|name| !name.is_empty());
    let wants = |name| section.is_none_or(|section| section == name);
    let mut reply = Members::new();
    if wants("interfaces") {
        reply.insert("interfaces".to_owned(), interfaces(status));
    }
    if wants("connected") {
        // Directly connected networks go by table main, which nobody copies into sets here.
        reply.insert("connected".to_owned(), object! {});
    }
    if wants("policies") {
        reply.insert("policies".to_owned(), shares(policies));
    }
    Ok(Made::Reply(Value::Object(reply)))
}

fn interfaces(status: &Value) -> Value {
    let mut interfaces = Members::new();
    let uptime = number(status, "uptime_s");
    for row in list(member(status, "uplinks")) {
        let is_online = matches!(text(row, "state"), "up" | "degraded");
        let since = number(row, "since_ms") / 1000;
        let shown = match text(row, "state") {
            "drained" | "capped" => "disabled",
            _ if is_online => "online",
            _ => "offline",
        };
        let interface = object! {
            "age": 0,
            "online": if is_online { since } else { 0 },
            "offline": if is_online { 0 } else { since },
            "uptime": uptime,
            "score": member(row, "targets_alive"),
            "lost": number(row, "targets").saturating_sub(number(row, "targets_alive")),
            "turn": 0,
            "status": shown,
            "enabled": shown != "disabled",
            "running": true,
            "tracking": "active",
            "up": is_online,
            "track_ip": Value::Array(Vec::new()),
        };
        // mwan3 has an interface for each family; ours with two is shown by its IPv4 half.
        let name = text(row, "name");
        if text(row, "family") == "ipv4" || !interfaces.contains_key(name) {
            interfaces.insert(name.to_owned(), interface);
        }
    }
    Value::Object(interfaces)
}

fn shares(policies: &Value) -> Value {
    let mut families = object! { "ipv4": object! {}, "ipv6": object! {} };
    for policy in list(policies) {
        let members = list(member(policy, "members")).iter();
        let members = members.map(|member| {
            object! {
                "interface": self::member(member, "uplink"),
                "percent": number(member, "permille") / 10,
            }
        });
        let members: Vec<Value> = members.collect();
        if let Some(Value::Object(family)) = families.get_mut(text(policy, "family"))
            && !flag(policy, "makeshift")
        {
            family.insert(text(policy, "name").to_owned(), members.into());
        }
    }
    families
}
