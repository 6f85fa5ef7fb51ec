//! Routers of the mesh: who they are, and their rows.

use grange_daemon::json::{Number, Value};

use crate::rows::{list, maybe, member, pick, text};

const NEIGHBOUR: &[&str] = &[
    "address",
    "interface",
    "reach",
    "unicast_reach",
    "rxcost",
    "txcost",
    "cost",
    "routes",
    "last_hello_ms",
    "rtt_cost",
    "state",
    "keys",
];
const ROUTE: &[&str] = &[
    "prefix",
    "router_id",
    "via",
    "interface",
    "neighbour",
    "metric",
    "smoothed_metric",
    "refmetric",
    "seqno",
    "age_ms",
    "expires_ms",
    "feasible",
    "selected",
    "installed",
    "adopted",
];

/// A set of router-ids.
#[derive(Debug, Default)]
pub struct Ids<'a>(Vec<&'a str>);

impl Ids<'_> {
    /// Whether it is one of them.
    pub fn contains(&self, id: &str) -> bool {
        self.0.binary_search(&id).is_ok()
    }
}

impl<'a> FromIterator<&'a str> for Ids<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(ids: I) -> Self {
        let mut ids: Vec<&str> = ids.into_iter().collect();
        ids.sort_unstable();
        Self(ids)
    }
}

/// The id of a neighbour's row.
pub fn neighbour_id(row: &Value) -> String {
    format!("{}%{}", text(row, "address"), text(row, "interface"))
}

/// The node of the graph with that id.
pub fn node<'a>(graph: &'a Value, id: &str) -> Option<&'a Value> {
    let mut nodes = list(member(graph, "nodes")).iter();
    nodes.find(|node| text(node, "id") == id)
}

/// The name of a router; null while it is not known.
pub fn name_of(graph: &Value, router_id: &str) -> Value {
    node(graph, router_id).map_or(Value::Null, |node| member(node, "label").clone())
}

/// The id of the node with that address: a router-id once it is known, else ADDRESS%INTERFACE.
pub fn node_with<'a>(graph: &'a Value, address: &str, interface: &str) -> Option<&'a str> {
    let nodes = list(member(graph, "nodes")).iter();
    let mut ids = nodes
        .filter(|node| {
            list(member(node, "local_addresses"))
                .iter()
                .any(|known| known.as_str() == Some(address))
        })
        .map(|node| text(node, "id"));
    // The same link-local address may be another router's on another interface.
    let wanted = format!("%{interface}");
    ids.find(|id| !id.contains('%') || id.ends_with(&wanted))
}

/// Whether the router with that status shares an uplink of its own.
pub fn is_sharing(status: &Value) -> bool {
    let sharing = member(status, "sharing");
    let mut families = ["ipv4", "ipv6"].iter();
    families.any(|family| !member(sharing, family).is_null())
}

/// Microseconds as milliseconds.
fn milliseconds(micros: u32) -> Value {
    let (whole, rest) = (micros / 1000, micros % 1000);
    Value::Number(Number::Other(format!("{whole}.{rest:03}")))
}

/// A neighbour, as it is answered.
pub fn neighbour_row(row: &Value, graph: &Value) -> Value {
    let id = node_with(graph, text(row, "address"), text(row, "interface"));
    let router_id = id.filter(|id| !id.contains('%'));
    let mut members = pick(row, NEIGHBOUR);
    let rtt_ms = maybe(row, "rtt_us").map(milliseconds);
    members.insert("rtt_ms".to_owned(), rtt_ms.into());
    members.insert("id".to_owned(), neighbour_id(row).into());
    members.insert("router_id".to_owned(), router_id.into());
    members.insert(
        "name".to_owned(),
        router_id.map_or(Value::Null, |id| name_of(graph, id)),
    );
    Value::Object(members)
}

/// A route, as it is answered.
pub fn route_row(row: &Value, graph: &Value) -> Value {
    let mut members = pick(row, ROUTE);
    members.insert("name".to_owned(), name_of(graph, text(row, "router_id")));
    Value::Object(members)
}
