//! The object `grange.mesh`: what grange-routed knows.

mod graph;
mod path;

use std::net::Ipv6Addr;

use grange_daemon::json::Value;
use grange_daemon::object;
use grange_linux::IpPrefix;
use grange_ubus::{Status, Table};

use crate::facts::{Fact, Query, Source};
use crate::page::{MOST_ROWS, Page};
use crate::plan::{
    FRESH, Known, Made, Plan, Refusal, SLOW, ask, graph as graph_query, maybe_said, passed_on,
    required, said,
};
use crate::routers::{neighbour_id, neighbour_row, route_row};
use crate::rows::list;

/// Routes in a page.
const MOST_ROUTES: usize = 200;
/// Routes that `router` and `path` look at.
const MOST_SEARCHED: usize = 2000;
/// Pings of a test, unless said, and at most.
const PINGS: i64 = 20;
const MOST_PINGS: i64 = 100;

/// The plan of a method.
pub fn plan(method: &str, arguments: Table<'_>) -> Result<Plan, Status> {
    let neighbours = || ask(Source::Routed, "neighbours");
    Ok(match method {
        "topology" => {
            Page::read(arguments, MOST_ROWS)?;
            Plan {
                queries: vec![
                    graph_query(),
                    ask(Source::Routed, "status"),
                    defaults("0.0.0.0/0"),
                    defaults("::/0"),
                    ask(Source::Uplinkd, "status"),
                ],
                build: graph::topology,
            }
        }
        "neighbours" => {
            Page::read(arguments, MOST_ROWS)?;
            Plan {
                queries: vec![neighbours(), graph_query()],
                build: neighbours_reply,
            }
        }
        "routes" => Plan {
            queries: vec![routes(arguments)?, graph_query()],
            build: routes_reply,
        },
        "router" => {
            required(arguments, "id")?;
            Plan {
                queries: vec![
                    graph_query(),
                    neighbours(),
                    all_routes(),
                    ask(Source::Routed, "status"),
                ],
                build: path::router,
            }
        }
        "path" => {
            path::Target::parse(required(arguments, "to")?).ok_or(Status::INVALID_ARGUMENT)?;
            Plan {
                queries: vec![graph_query(), all_routes()],
                build: path::path,
            }
        }
        "linktest" => {
            contact(required(arguments, "neighbour")?).ok_or(Status::INVALID_ARGUMENT)?;
            let count = arguments.integer("count").unwrap_or(PINGS);
            if !(1..=MOST_PINGS).contains(&count) {
                return Err(Status::INVALID_ARGUMENT);
            }
            Plan {
                queries: vec![neighbours()],
                build: linktest,
            }
        }
        _ => return Err(Status::METHOD_NOT_FOUND),
    })
}

/// The first routes of a family: the default routes, if there are any.
fn defaults(prefix: &str) -> Query {
    Query {
        params: object! { "prefix": prefix, "limit": 64 },
        max_age: SLOW,
        ..ask(Source::Routed, "routes")
    }
}

fn all_routes() -> Query {
    Query {
        params: object! { "limit": MOST_SEARCHED },
        max_age: FRESH,
        ..ask(Source::Routed, "routes")
    }
}

fn routes(arguments: Table<'_>) -> Result<Query, Status> {
    let page = Page::read(arguments, MOST_ROUTES)?;
    if let Some(prefix) = arguments.text("prefix") {
        IpPrefix::parse(prefix).ok_or(Status::INVALID_ARGUMENT)?;
    }
    let mut params = passed_on(arguments, &["prefix"]);
    params.insert("selected", arguments.boolean("selected").unwrap_or(false));
    params.insert("offset", page.offset);
    // One more than asked for tells whether there is more.
    params.insert("limit", page.limit + 1);
    Ok(Query {
        params,
        ..ask(Source::Routed, "routes")
    })
}

/// ADDRESS%INTERFACE.
fn contact(id: &str) -> Option<(Ipv6Addr, &str)> {
    let (address, interface) = id.split_once('%')?;
    Some((address.parse().ok()?, interface)).filter(|(_, interface)| !interface.is_empty())
}

fn neighbours_reply(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let page = Page::read(arguments, MOST_ROWS)?;
    let rows = list(said(facts, 0)?);
    let graph = maybe_said(facts, 1);
    let shown: Vec<Value> = page.of(rows).map(|row| neighbour_row(row, graph)).collect();
    Ok(Made::Reply(object! {
        "neighbours": shown,
        "total": rows.len(),
        "more": page.has_more(rows.len()),
    }))
}

fn routes_reply(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let page = Page::read(arguments, MOST_ROUTES)?;
    let rows = list(said(facts, 0)?);
    let graph = maybe_said(facts, 1);
    let shown = rows.iter().take(page.limit);
    let shown: Vec<Value> = shown.map(|row| route_row(row, graph)).collect();
    Ok(Made::Reply(object! {
        "routes": shown,
        "more": rows.len() > page.limit,
    }))
}

fn linktest(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let id = required(arguments, "neighbour")?;
    let (address, interface) = contact(id).ok_or(Status::INVALID_ARGUMENT)?;
    // Only what routed hears is pinged: the method is no way to ping the world.
    let heard = list(said(facts, 0)?).iter();
    let mut ids = heard.map(neighbour_id);
    if !ids.any(|heard| contact(&heard) == Some((address, interface))) {
        return Err(Status::NOT_FOUND.into());
    }
    let count = arguments.integer("count").unwrap_or(PINGS);
    Ok(Made::LinkTest {
        address,
        interface: interface.to_owned(),
        count: u16::try_from(count).map_err(|_| Status::INVALID_ARGUMENT)?,
    })
}
