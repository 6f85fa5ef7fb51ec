//! The object `grange.uplink`: what grange-uplinkd knows.

use core::time::Duration;
use std::net::IpAddr;

use grange_daemon::json::Value;
use grange_daemon::object;
use grange_ubus::{Status, Table};

use crate::facts::{Fact, Query, Source};
use crate::page::{MOST_ROWS, Page};
use crate::plan::{Known, Made, Plan, Refusal, SLOW, ask, passed_on, required, said};
use crate::rates::{Carried, Rates};
use crate::rows::{counters_as_texts, list, member, text};

/// The plan of a method.
pub fn plan(method: &str, arguments: Table<'_>) -> Result<Plan, Status> {
    let uplinkd = |method| ask(Source::Uplinkd, method);
    Ok(match method {
        "status" => Plan {
            queries: vec![uplinkd("status"), uplinkd("policies"), uplinkd("rules")],
            build: status,
        },
        "members" => {
            Page::read(arguments, MOST_ROWS)?;
            Plan {
                queries: vec![uplinkd("members")],
                build: members,
            }
        }
        "usage" => {
            Page::read(arguments, MOST_ROWS)?;
            Plan {
                queries: vec![of_month(arguments, "usage", &["month"])?],
                build: usage,
            }
        }
        "bill" => {
            let format = arguments.text("format").unwrap_or("csv");
            if format != "csv" {
                return Err(Status::INVALID_ARGUMENT);
            }
            Plan {
                queries: vec![of_month(arguments, "bill", &["month", "format"])?],
                build: bill,
            }
        }
        "explain" => Plan {
            queries: vec![explain_query(arguments)?],
            build: explain,
        },
        "drain" => act(arguments, "drain", changed)?,
        "undrain" => act(arguments, "undrain", changed)?,
        "probe" => act(arguments, "probe", probe)?,
        _ => return Err(Status::METHOD_NOT_FOUND),
    })
}

fn of_month(arguments: Table<'_>, method: &'static str, names: &[&str]) -> Result<Query, Status> {
    if let Some(month) = arguments.text("month") {
        parse_month(month).ok_or(Status::INVALID_ARGUMENT)?;
    }
    Ok(Query {
        params: passed_on(arguments, names),
        max_age: SLOW,
        ..ask(Source::Uplinkd, method)
    })
}

/// `2026-11`.
fn parse_month(text: &str) -> Option<()> {
    let (year, month) = text.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let fits = year.len() == 4 && month.len() == 2 && digits(year) && digits(month);
    (fits && (1..=12).contains(&month.parse::<u8>().ok()?)).then_some(())
}

fn explain_query(arguments: Table<'_>) -> Result<Query, Status> {
    let address: Result<IpAddr, _> = required(arguments, "address")?.parse();
    let address = address.map_err(|_| Status::INVALID_ARGUMENT)?;
    if let Some(to) = arguments.text("to") {
        let to: IpAddr = to.parse().map_err(|_| Status::INVALID_ARGUMENT)?;
        if to.is_ipv4() != address.is_ipv4() {
            return Err(Status::INVALID_ARGUMENT);
        }
    }
    let protocol = arguments.text("protocol").unwrap_or("tcp");
    if !matches!(protocol, "tcp" | "udp" | "icmp") {
        return Err(Status::INVALID_ARGUMENT);
    }
    let port = arguments.integer("port").unwrap_or(0);
    u16::try_from(port).map_err(|_| Status::INVALID_ARGUMENT)?;
    Ok(Query {
        params: passed_on(arguments, &["address", "to", "protocol", "port"]),
        ..ask(Source::Uplinkd, "explain")
    })
}

/// Something that is done: never taken from what was said before.
fn act(
    arguments: Table<'_>,
    method: &'static str,
    build: crate::plan::Build,
) -> Result<Plan, Status> {
    required(arguments, "uplink")?;
    Ok(Plan {
        queries: vec![Query {
            params: passed_on(arguments, &["uplink"]),
            max_age: Duration::ZERO,
            ..ask(Source::Uplinkd, method)
        }],
        build,
    })
}

/// What an uplink's device has carried.
pub fn carried(row: &Value, rates: &Rates) -> Option<Carried> {
    rates.of(text(row, "device"))
}

/// An uplink's row, as it is answered.
pub fn uplink_row(row: &Value, rates: &Rates) -> Value {
    let mut row = row.clone();
    let carried = carried(&row, rates);
    counters_as_texts(&mut row, &["probe_bytes"]);
    if let Value::Object(members) = &mut row {
        let rate = |read: fn(&Carried) -> Option<u32>| Value::from(carried.as_ref().and_then(read));
        let count = |read: fn(&Carried) -> u64| {
            Value::from(carried.as_ref().map(|all| read(all).to_string()))
        };
        for (name, value) in [
            ("down_bytes_per_s", rate(|all| all.down_bytes_per_s)),
            ("up_bytes_per_s", rate(|all| all.up_bytes_per_s)),
            ("down_bytes", count(|all| all.down_bytes)),
            ("up_bytes", count(|all| all.up_bytes)),
        ] {
            members.insert(name.to_owned(), value);
        }
    }
    row
}

/// Rows of uplinks, as they are answered.
pub fn uplink_rows(rows: &Value, rates: &Rates) -> Value {
    let rows = list(rows).iter();
    rows.map(|row| uplink_row(row, rates)).collect()
}

fn status(known: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let status = said(facts, 0)?;
    Ok(Made::Reply(object! {
        "ipv4": member(status, "ipv4"),
        "ipv6": member(status, "ipv6"),
        "devices": member(status, "devices"),
        "uplinks": uplink_rows(member(status, "uplinks"), known.rates),
        "policies": said(facts, 1)?,
        "rules": said(facts, 2)?,
        "warnings": member(status, "warnings"),
    }))
}

fn members(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let page = Page::read(arguments, MOST_ROWS)?;
    let rows = list(said(facts, 0)?);
    let shown: Vec<&Value> = page.of(rows).collect();
    Ok(Made::Reply(object! {
        "members": shown,
        "total": rows.len(),
        "more": page.has_more(rows.len()),
    }))
}

fn usage(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let page = Page::read(arguments, MOST_ROWS)?;
    let rows = list(said(facts, 0)?);
    let mut shown: Vec<Value> = page.of(rows).cloned().collect();
    for row in &mut shown {
        counters_as_texts(row, &["bytes_up", "bytes_down"]);
    }
    Ok(Made::Reply(object! {
        "usage": shown,
        "total": rows.len(),
        "more": page.has_more(rows.len()),
    }))
}

fn bill(_: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let mut bill = said(facts, 0)?.clone();
    if bill.as_str().is_some() {
        return Ok(Made::Reply(object! { "csv": bill }));
    }
    for name in ["uplinks", "members", "tunnels", "gateways"] {
        if let Some(Value::Array(rows)) = bill.get_mut(name) {
            for row in rows {
                counters_as_texts(
                    row,
                    &["bytes", "bytes_counted", "bytes_carried", "bytes_claimed"],
                );
            }
        }
    }
    Ok(Made::Reply(bill))
}

fn explain(_: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    Ok(Made::Reply(said(facts, 0)?.clone()))
}

fn changed(known: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let rows = uplink_rows(said(facts, 0)?, known.rates);
    Ok(Made::Reply(object! { "uplinks": rows }))
}

fn probe(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    said(facts, 0)?;
    Ok(Made::Probe {
        uplink: required(arguments, "uplink")?.to_owned(),
    })
}
