//! The map of the mesh, as NetJSON.

use grange_daemon::json::Value;
use grange_daemon::object;
use grange_ubus::Table;

use crate::facts::Fact;
use crate::page::{MOST_ROWS, Page};
use crate::plan::{Known, Made, Refusal, maybe_said, said};
use crate::routers::{Ids, is_sharing};
use crate::rows::{list, member, text};
use crate::way::way;

/// The reply of `topology`.
pub(super) fn topology(
    _: &Known<'_>,
    arguments: Table<'_>,
    facts: &[Fact],
) -> Result<Made, Refusal> {
    let page = Page::read(arguments, MOST_ROWS)?;
    let graph = said(facts, 0)?;
    let status = maybe_said(facts, 1);
    let gateways = gateways(status, maybe_said(facts, 2), maybe_said(facts, 3));
    let map = Map::new(graph, &gateways);
    let way = match way(status, maybe_said(facts, 4), graph, "ipv4") {
        Value::Null => way(status, &Value::Null, graph, "ipv6"),
        way => way,
    };
    let used = map.way_to(text(&way, "router_id"));
    let nodes = list(member(graph, "nodes"));
    let shown: Vec<&Value> = page.of(nodes).collect();
    let ids: Ids<'_> = shown.iter().map(|node| text(node, "id")).collect();
    let links: Vec<&Value> = list(member(graph, "links"))
        .iter()
        .filter(|link| ids.contains(text(link, "source")) && ids.contains(text(link, "target")))
        .collect();
    let rows = shown.iter().map(|node| map.node_row(node));
    let links = links
        .iter()
        .take(MOST_ROWS)
        .map(|link| map.link_row(link, &used));
    Ok(Made::Reply(object! {
        "type": "NetworkGraph",
        "protocol": "babel",
        "version": member(graph, "version"),
        "metric": Value::Null,
        "router_id": map.own,
        "nodes": rows.collect::<Vec<_>>(),
        "links": links.collect::<Vec<_>>(),
        "nodes_total": nodes.len(),
        "links_total": list(member(graph, "links")).len(),
        "more": page.has_more(nodes.len()),
    }))
}

/// The routers that announce a default route.
pub(super) fn gateways<'a>(status: &'a Value, ipv4: &'a Value, ipv6: &'a Value) -> Ids<'a> {
    let of = |rows: &'a Value, prefix: &'static str| {
        let rows = list(rows).iter();
        let rows = rows
            .filter(move |row| text(row, "prefix") == prefix && !member(row, "metric").is_null());
        rows.map(|row| text(row, "router_id"))
    };
    let own = is_sharing(status).then(|| text(status, "router_id"));
    let all = of(ipv4, "0.0.0.0/0").chain(of(ipv6, "::/0"));
    all.chain(own).collect()
}

/// The graph, with what its nodes and links mean.
pub(super) struct Map<'a> {
    graph: &'a Value,
    pub(super) own: &'a str,
    gateways: &'a Ids<'a>,
    neighbours: Ids<'a>,
}

impl<'a> Map<'a> {
    pub(super) fn new(graph: &'a Value, gateways: &'a Ids<'a>) -> Self {
        let own = text(graph, "router_id");
        let nodes = list(member(graph, "nodes")).iter();
        // Addresses on links are known of neighbours alone.
        let neighbours = nodes.filter(|node| !list(member(node, "local_addresses")).is_empty());
        Self {
            graph,
            own,
            gateways,
            neighbours: neighbours.map(|node| text(node, "id")).collect(),
        }
    }

    pub(super) fn role(&self, id: &str) -> &'static str {
        if id == self.own {
            "self"
        } else if self.neighbours.contains(id) {
            "neighbour"
        } else {
            "router"
        }
    }

    pub(super) fn is_gateway(&self, id: &str) -> bool {
        self.gateways.contains(id)
    }

    /// The links from here to a router: one to a neighbour, and one from there.
    pub(super) fn way_to(&self, router_id: &str) -> Vec<(&'a str, &'a str)> {
        let mut way = Vec::new();
        let mut target = router_id;
        while way.len() < 2
            && let Some(ends) = self.last_link_to(target)
        {
            way.push(ends);
            if ends.0 == self.own {
                break;
            }
            target = ends.0;
        }
        way
    }

    fn last_link_to(&self, target: &str) -> Option<(&'a str, &'a str)> {
        let links = list(member(self.graph, "links")).iter();
        let ends = links.map(|link| (text(link, "source"), text(link, "target")));
        let ends = ends.filter(|(_, end)| *end == target);
        // A link of our own goes before what neighbours tell.
        ends.min_by_key(|(source, _)| *source != self.own)
    }

    pub(super) fn node_row(&self, node: &Value) -> Value {
        let id = text(node, "id");
        object! {
            "id": id,
            "label": member(node, "label"),
            "local_addresses": list(member(node, "local_addresses")),
            "properties": object! { "role": self.role(id), "gateway": self.is_gateway(id) },
        }
    }

    pub(super) fn link_row(&self, link: &Value, used: &[(&str, &str)]) -> Value {
        let ends = (text(link, "source"), text(link, "target"));
        object! {
            "source": ends.0,
            "target": ends.1,
            "cost": member(link, "cost"),
            "cost_text": member(link, "cost_text"),
            "properties": object! {
                "kind": if ends.0 == self.own { "link" } else { "path" },
                "in_use": used.contains(&ends),
            },
        }
    }
}
