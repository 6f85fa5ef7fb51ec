//! One router, and the way to a destination.

use std::net::IpAddr;

use grange_daemon::json::Value;
use grange_daemon::object;
use grange_linux::IpPrefix;
use grange_ubus::{Status, Table};

use crate::facts::Fact;
use crate::mesh::graph::Map;
use crate::plan::{Known, Made, Refusal, maybe_said, required, said};
use crate::routers::{
    Ids, is_sharing, name_of, neighbour_id, neighbour_row, node, node_with, route_row,
};
use crate::rows::{flag, list, member, number, text};

/// Prefixes and links of a router.
const MOST_PREFIXES: usize = 100;
/// Routes to a destination.
const MOST_CANDIDATES: usize = 20;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// What a packet to an address takes, or to all of a prefix.
    Prefix(IpPrefix),
    /// What a router announces.
    Router(String),
}

impl Target {
    pub(super) fn parse(to: &str) -> Option<Self> {
        if let Some(prefix) = IpPrefix::parse(to) {
            return Some(Self::Prefix(prefix));
        }
        if let Ok(address) = to.parse::<IpAddr>()
            && !is_router_id(to)
        {
            return Some(Self::Prefix(IpPrefix::host(address)));
        }
        is_router_id(to).then(|| Self::Router(to.to_ascii_lowercase()))
    }

    fn is_served_by(&self, route: &Value) -> bool {
        match self {
            Self::Router(id) => text(route, "router_id") == id,
            Self::Prefix(wanted) => IpPrefix::parse(text(route, "prefix")).is_some_and(|prefix| {
                prefix.plen <= wanted.plen && prefix.contains(wanted.address)
            }),
        }
    }
}

/// Eight octets of two digits each. An IPv6 address of eight short groups looks alike, and is none in a mesh.
fn is_router_id(text: &str) -> bool {
    let octets: Vec<&str> = text.split(':').collect();
    octets.len() == 8
        && octets
            .iter()
            .all(|octet| octet.len() == 2 && octet.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// The reply of `path`.
pub(super) fn path(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let to = required(arguments, "to")?;
    let target = Target::parse(to).ok_or(Status::INVALID_ARGUMENT)?;
    let routes = list(said(facts, 1)?);
    let graph = maybe_said(facts, 0);
    let mut serving: Vec<&Value> = routes
        .iter()
        .filter(|route| target.is_served_by(route))
        .collect();
    let longest = |route: &&Value| IpPrefix::parse(text(route, "prefix")).map(|prefix| prefix.plen);
    if matches!(target, Target::Prefix(_)) {
        let best = serving.iter().filter_map(longest).max();
        serving.retain(|route| longest(route) == best);
    }
    // Those in use come first, then by metric; infinity is last.
    serving.sort_by_key(|route| {
        let metric = member(route, "metric").as_u64().unwrap_or(u64::MAX);
        (!flag(route, "selected"), metric)
    });
    let used = serving
        .first()
        .filter(|route| !member(route, "metric").is_null());
    let hops = used.map_or_else(Vec::new, |route| hops(route, graph));
    let summary = match used {
        None if serving.is_empty() => format!("nobody in the mesh announces a way to {to}"),
        None => format!("the way to {to} has been retracted"),
        Some(route) => format!(
            "by {} over {}, announced by {}, metric {}",
            text(route, "via"),
            text(route, "interface"),
            text(route, "router_id"),
            number(route, "metric"),
        ),
    };
    let candidates = serving.iter().take(MOST_CANDIDATES);
    let candidates: Vec<Value> = candidates.map(|route| route_row(route, graph)).collect();
    Ok(Made::Reply(object! {
        "to": to,
        "prefix": serving.first().map(|route| text(route, "prefix")),
        "reachable": used.is_some(),
        "summary": summary,
        "hops": hops,
        "candidates": candidates,
    }))
}

fn hops(route: &Value, graph: &Value) -> Vec<Value> {
    let hop = |role: &str, id: &str, metric: &Value| object! { "role": role, "id": id, "name": name_of(graph, id), "metric": metric };
    let origin = text(route, "router_id");
    let mut hops = vec![hop(
        "self",
        text(graph, "router_id"),
        member(route, "metric"),
    )];
    let (address, interface) = (text(route, "neighbour"), text(route, "interface"));
    let contact = format!("{address}%{interface}");
    let neighbour = node_with(graph, address, interface).unwrap_or(&contact);
    if neighbour != origin {
        hops.push(hop("neighbour", neighbour, member(route, "refmetric")));
    }
    hops.push(hop("origin", origin, &0.into()));
    hops
}

/// The reply of `router`.
pub(super) fn router(_: &Known<'_>, arguments: Table<'_>, facts: &[Fact]) -> Result<Made, Refusal> {
    let id = required(arguments, "id")?;
    let graph = said(facts, 0)?;
    let found = node(graph, id).or_else(|| {
        let (address, interface) = id.split_once('%')?;
        node(graph, node_with(graph, address, interface)?)
    });
    let found = found.ok_or(Status::NOT_FOUND)?;
    let id = text(found, "id");
    let addresses = list(member(found, "local_addresses"));
    let routes = list(maybe_said(facts, 2)).iter();
    let routes: Vec<&Value> = routes
        .filter(|route| text(route, "router_id") == id)
        .collect();
    let best = routes
        .iter()
        .filter(|route| !member(route, "metric").is_null())
        .min_by_key(|route| (!flag(route, "selected"), number(route, "metric")));
    let is_default = |route: &&Value| matches!(text(route, "prefix"), "0.0.0.0/0" | "::/0");
    let shares = id == text(graph, "router_id") && is_sharing(maybe_said(facts, 3));
    let is_gateway = shares || routes.iter().any(is_default);
    let gateways: Ids<'_> = is_gateway.then_some(id).into_iter().collect();
    let map = Map::new(graph, &gateways);
    let links = list(member(graph, "links")).iter();
    let links = links.filter(|link| [text(link, "source"), text(link, "target")].contains(&id));
    let links: Vec<Value> = links
        .take(MOST_PREFIXES)
        .map(|link| map.link_row(link, &[]))
        .collect();
    let heard = list(maybe_said(facts, 1)).iter();
    let heard = heard.filter(|row| {
        let here = neighbour_id(row) == id;
        here || addresses.contains(member(row, "address"))
            && node_with(graph, text(row, "address"), text(row, "interface")) == Some(id)
    });
    let heard: Vec<Value> = heard.map(|row| neighbour_row(row, graph)).collect();
    let shown = routes.iter().take(MOST_PREFIXES);
    let shown: Vec<Value> = shown.map(|route| route_row(route, graph)).collect();
    Ok(Made::Reply(object! {
        "id": id,
        "name": member(found, "label"),
        "role": map.role(id),
        "gateway": map.is_gateway(id),
        "addresses": addresses,
        "metric": best.map(|route| member(route, "metric")),
        "via": best.map(|route| member(route, "via")),
        "interface": best.map(|route| member(route, "interface")),
        "prefixes": shown,
        "prefixes_total": routes.len(),
        "links": links,
        "neighbour": heard,
    }))
}
