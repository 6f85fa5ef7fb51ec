//! The object `grange`: the router in one page.

use grange_daemon::json::{Members, Value};
use grange_daemon::object;
use grange_ubus::{Status, Table};

use crate::facts::{Fact, Source};
use crate::history::{Kind, Name, Series, Span};
use crate::page::Page;
use crate::plan::{Known, Made, Plan, Refusal, ask, graph, maybe_said, required, said};
use crate::program::PROGRAM;
use crate::routers::neighbour_row;
use crate::rows::{list, member, pick};
use crate::uplinks::uplink_row;
use crate::way::{summary, way};

/// Rows of a kind in `status`.
const MOST_ROWS: usize = 64;
/// Events in `status`.
const MOST_EVENTS: usize = 10;
/// Events in a page of `events`.
const MOST_PAGE: usize = 200;

/// The plan of a method.
pub fn plan(method: &str, arguments: Table<'_>) -> Result<Plan, Status> {
    let statuses = || {
        vec![
            ask(Source::Routed, "status"),
            ask(Source::Uplinkd, "status"),
        ]
    };
    Ok(match method {
        "version" => Plan {
            queries: statuses(),
            build: version,
        },
        "status" => {
            let mut queries = statuses();
            queries.push(ask(Source::Routed, "neighbours"));
            queries.push(graph());
            Plan {
                queries,
                build: status,
            }
        }
        "events" => {
            Page::read(arguments, MOST_PAGE)?;
            Plan {
                queries: Vec::new(),
                build: events,
            }
        }
        "history" => Plan {
            queries: Vec::new(),
            build: history,
        },
        "job" => {
            required(arguments, "id")?;
            Plan {
                queries: Vec::new(),
                build: job,
            }
        }
        _ => return Err(Status::METHOD_NOT_FOUND),
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of the functions that make replies"
)]
fn version(_: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    Ok(Made::Reply(object! {
        "version": PROGRAM.version,
        "daemons": daemons(facts),
    }))
}

fn daemons(facts: &[Fact]) -> Vec<Value> {
    let rows = Source::ALL.iter().enumerate().map(|(place, source)| {
        let (status, problem) = match said(facts, place) {
            Ok(status) => (status, None),
            Err(Refusal::Problem(problem)) => (&Value::Null, Some(problem.message)),
            Err(Refusal::Status(status)) => (&Value::Null, Some(status.to_string())),
        };
        object! {
            "name": source.name(),
            "running": problem.is_none(),
            "version": member(status, "version"),
            "uptime_s": member(status, "uptime_s"),
            "problem": problem,
        }
    });
    rows.collect()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of the functions that make replies"
)]
fn status(known: &Known<'_>, _: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let (routed, uplinkd) = (maybe_said(facts, 0), maybe_said(facts, 1));
    let (neighbours, graph) = (list(maybe_said(facts, 2)), maybe_said(facts, 3));
    let uplinks = list(member(uplinkd, "uplinks"));
    let ways = ["ipv4", "ipv6"].map(|family| way(routed, uplinkd, graph, family));
    let said = summary(routed, uplinkd, &ways);
    let [ipv4, ipv6] = ways;
    let rows = neighbours.iter().take(MOST_ROWS);
    let rows: Vec<Value> = rows.map(|row| neighbour_row(row, graph)).collect();
    let shown = uplinks.iter().take(MOST_ROWS);
    let shown: Vec<Value> = shown.map(|row| uplink_row(row, known.rates)).collect();
    let events = known.journal.newest_first().take(MOST_EVENTS);
    let events: Vec<Value> = events.map(|event| event.row(known.now)).collect();
    Ok(Made::Reply(object! {
        "version": PROGRAM.version,
        "time": known.now.wall(),
        "connected": said.connected,
        "summary": said.text,
        "quality": said.quality,
        "way": object! { "ipv4": ipv4, "ipv6": ipv6 },
        "daemons": daemons(facts),
        "router": own_router(routed),
        "neighbours": rows,
        "neighbours_total": neighbours.len(),
        "uplinks": shown,
        "uplinks_total": uplinks.len(),
        "devices": member(uplinkd, "devices"),
        "warnings": warnings(routed, uplinkd),
        "events": events,
        "newest_event": known.journal.newest(),
    }))
}

fn own_router(routed: &Value) -> Value {
    if routed.is_null() {
        return Value::Null;
    }
    let mut row = pick(
        routed,
        &[
            "router_id",
            "name",
            "interfaces",
            "interfaces_up",
            "neighbours",
            "routes",
            "routes_installed",
            "xroutes",
        ],
    );
    // The daemon's own name is not the router's.
    row.insert("name".to_owned(), Value::Null);
    let sharing = member(routed, "sharing");
    row.insert(
        "sharing".to_owned(),
        object! {
            "ipv4": !member(sharing, "ipv4").is_null(),
            "ipv6": !member(sharing, "ipv6").is_null(),
        },
    );
    Value::Object(row)
}

fn warnings(routed: &Value, uplinkd: &Value) -> Vec<Value> {
    let of = |source: Source, status: &Value| -> Vec<Value> {
        let texts = list(member(status, "warnings")).iter().take(MOST_EVENTS);
        texts
            .map(|text| object! { "from": source.name(), "text": text })
            .collect()
    };
    let mut rows = of(Source::Routed, routed);
    rows.extend(of(Source::Uplinkd, uplinkd));
    rows
}

fn events(known: &Known<'_>, arguments: Table<'_>, _: &[Fact]) -> Result<Made, Refusal> {
    let page = Page::read(arguments, MOST_PAGE)?;
    let since = arguments.integer("since").unwrap_or(0);
    let wanted: Vec<_> = known
        .journal
        .newest_first()
        .filter(|event| i64::from(event.seq) > since)
        .collect();
    let rows: Vec<Value> = page.of(&wanted).map(|event| event.row(known.now)).collect();
    Ok(Made::Reply(object! {
        "events": rows,
        "total": wanted.len(),
        "newest_event": known.journal.newest(),
        "more": page.has_more(wanted.len()),
    }))
}

fn history(known: &Known<'_>, arguments: Table<'_>, _: &[Fact]) -> Result<Made, Refusal> {
    let family =
        |series: &Series| Some(series.name().family.clone()).filter(|text| !text.is_empty());
    let kind = match arguments.text("kind") {
        None => None,
        Some(text) => Some(Kind::parse(text).ok_or(Status::INVALID_ARGUMENT)?),
    };
    let Some(name) = arguments.text("name") else {
        let all = known.history.all().iter();
        let wanted = all.filter(|series| kind.is_none_or(|kind| kind == series.name().kind));
        let rows: Vec<Value> = wanted
            .map(|series| {
                let name = series.name();
                object! { "kind": name.kind.name(), "name": name.name.as_str(), "family": family(series) }
            })
            .collect();
        return Ok(Made::Reply(
            object! { "series": rows, "bytes": known.history.bytes() },
        ));
    };
    let kind = kind.unwrap_or(Kind::Uplink);
    let span = Span::parse(arguments.text("span").unwrap_or("5m"));
    let span = span.filter(|span| kind == Kind::Uplink || *span != Span::Month);
    let span = span.ok_or(Status::INVALID_ARGUMENT)?;
    let wanted = Name {
        kind,
        name: name.to_owned(),
        family: match kind {
            Kind::Uplink => arguments.text("family").unwrap_or("ipv4").to_owned(),
            Kind::Link => String::new(),
        },
    };
    let series = known.history.find(&wanted).ok_or(Status::NOT_FOUND)?;
    let now = known.now.since_boot;
    let columns = kind.columns().iter().enumerate();
    let values: Members = columns
        .map(|(place, column)| {
            (
                (*column).to_owned(),
                Value::from(series.values(span, place, now)),
            )
        })
        .collect();
    let step_ms = u64::from(span.step_s()) * 1000;
    let since_boot_ms = u64::try_from(now.as_millis()).unwrap_or(0);
    Ok(Made::Reply(object! {
        "kind": kind.name(),
        "name": name,
        "family": family(series),
        "span": span.name(),
        "step_s": span.step_s(),
        "newest_age_ms": since_boot_ms % step_ms,
        "values": values,
    }))
}

fn job(known: &Known<'_>, arguments: Table<'_>, _: &[Fact]) -> Result<Made, Refusal> {
    let id = required(arguments, "id")?;
    let row = known.jobs.row(id, known.now.since_boot);
    Ok(Made::Reply(row.ok_or(Status::NOT_FOUND)?))
}
