//! The way to the Internet: whether there is one, through whom, and how good it is.

use grange_daemon::json::Value;
use grange_daemon::object;

use crate::routers::name_of;
use crate::rows::{flag, list, member, number, text};

/// Metrics up to here are good, and up to there fair: a few hops over cables, or one or two over a radio.
const GOOD_METRIC: u64 = 512;
const FAIR_METRIC: u64 = 2048;
/// An uplink's loss and round trip up to which it is good.
const GOOD_LOSS_PERMILLE: u64 = 20;
const GOOD_RTT_US: u64 = 150_000;

/// The router's state in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whether there is a way out; `None` when no daemon is there to say.
    pub connected: Option<bool>,
    /// In words.
    pub text: String,
    /// `good`, `fair`, `poor`, `none` or `unknown`.
    pub quality: &'static str,
}

/// The way out of a family; null if there is none. An uplink of our own goes before the mesh.
pub fn way(routed: &Value, uplinkd: &Value, graph: &Value, family: &str) -> Value {
    let in_use = member(uplinkd, family);
    let uplinks = list(member(in_use, "uplinks"));
    let own = |uplinks: &[Value], makeshift| {
        object! {
            "kind": "uplink",
            "uplinks": uplinks,
            "makeshift": makeshift,
            "router_id": Value::Null,
            "name": Value::Null,
            "via": Value::Null,
            "interface": Value::Null,
            "metric": Value::Null,
        }
    };
    if !uplinks.is_empty() {
        return own(uplinks, flag(in_use, "makeshift"));
    }
    let route = member(member(routed, "default_route"), family);
    if !route.is_null() {
        return object! {
            "kind": "mesh",
            "uplinks": [],
            "makeshift": false,
            "router_id": member(route, "router_id"),
            "name": name_of(graph, text(route, "router_id")),
            "via": member(route, "via"),
            "interface": member(route, "interface"),
            "metric": member(route, "metric"),
        };
    }
    // We announce a default route, so there is one of our own, which nobody balances.
    if uplinkd.is_null() && !member(member(routed, "sharing"), family).is_null() {
        return own(&[], false);
    }
    Value::Null
}

/// A way's name for the journal: uplinks, a router-id, or nothing.
pub fn way_name(way: &Value) -> String {
    match text(way, "kind") {
        "mesh" => text(way, "router_id").to_owned(),
        "uplink" => {
            let uplinks = list(member(way, "uplinks")).iter();
            let names: Vec<&str> = uplinks.filter_map(Value::as_str).collect();
            if names.is_empty() {
                "own uplink".to_owned()
            } else {
                names.join(", ")
            }
        }
        _ => String::new(),
    }
}

/// The state in a line. IPv4 decides where both families have a way.
pub fn summary(routed: &Value, uplinkd: &Value, ways: &[Value; 2]) -> Summary {
    let Some(way) = ways.iter().find(|way| !way.is_null()) else {
        return if routed.is_null() && uplinkd.is_null() {
            Summary {
                connected: None,
                text: "no daemon of Grange is running".to_owned(),
                quality: "unknown",
            }
        } else {
            Summary {
                connected: Some(false),
                text: "not connected: no uplink works, and no neighbour offers a way".to_owned(),
                quality: "none",
            }
        };
    };
    let name = way_name(way);
    let (text, quality) = match text(way, "kind") {
        "mesh" => {
            let interface = text(way, "interface");
            let shown = way["name"].as_str().unwrap_or(&name);
            let words = format!("connected through router {shown}, over {interface}");
            (words, mesh_quality(way))
        }
        _ if flag(way, "makeshift") => (
            format!("connected by {name}, which barely answers; no uplink is up"),
            "poor",
        ),
        _ => (
            format!("connected by {name}"),
            uplinks_quality(way, uplinkd),
        ),
    };
    Summary {
        connected: Some(true),
        text,
        quality,
    }
}

fn mesh_quality(way: &Value) -> &'static str {
    match way["metric"].as_u64() {
        Some(..=GOOD_METRIC) => "good",
        Some(..=FAIR_METRIC) => "fair",
        _ => "poor",
    }
}

/// The best of the uplinks in use counts: connections choose among them.
fn uplinks_quality(way: &Value, uplinkd: &Value) -> &'static str {
    let used = list(member(way, "uplinks"));
    let rows = list(member(uplinkd, "uplinks")).iter();
    let rows: Vec<&Value> = rows
        .filter(|row| used.contains(member(row, "name")))
        .collect();
    let is_good = |row: &&Value| {
        text(row, "state") == "up"
            && number(row, "loss_permille") <= GOOD_LOSS_PERMILLE
            && number(row, "rtt_us") <= GOOD_RTT_US
    };
    let is_fair = |row: &&Value| matches!(text(row, "state"), "up" | "degraded");
    if rows.is_empty() {
        "unknown"
    } else if rows.iter().any(is_good) {
        "good"
    } else if rows.iter().any(is_fair) {
        "fair"
    } else {
        "poor"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed() -> Value {
        json!({"default_route": {"ipv4": {"via": "fe80::1", "interface": "mesh0",
            "router_id": "02:00:00:00:00:00:00:07", "metric": 300}, "ipv6": null},
            "sharing": {"ipv4": null, "ipv6": null}})
    }

    fn uplinkd(state: &str, makeshift: bool) -> Value {
        json!({"ipv4": {"uplinks": ["wan"], "makeshift": makeshift}, "ipv6": {"uplinks": [], "makeshift": false},
            "uplinks": [{"name": "wan", "state": state, "loss_permille": 0, "rtt_us": 9000}]})
    }

    fn told(routed: &Value, uplinkd: &Value) -> (Option<bool>, &'static str, String) {
        let ways = ["ipv4", "ipv6"].map(|family| way(routed, uplinkd, &Value::Null, family));
        let summary = summary(routed, uplinkd, &ways);
        (summary.connected, summary.quality, way_name(&ways[0]))
    }

    #[test]
    fn an_uplink_of_our_own_goes_before_the_mesh() {
        let up = told(&routed(), &uplinkd("up", false));
        assert_eq!(up, (Some(true), "good", "wan".to_owned()));
        let slow = told(&routed(), &uplinkd("degraded", false));
        assert_eq!(slow.1, "fair");
        assert_eq!(told(&Value::Null, &uplinkd("down", true)).1, "poor");
        let mesh = told(&routed(), &Value::Null);
        assert_eq!(
            mesh,
            (Some(true), "good", "02:00:00:00:00:00:00:07".to_owned())
        );
    }

    #[test]
    fn nobody_to_ask_is_not_the_same_as_no_way() {
        assert_eq!(
            told(&Value::Null, &Value::Null),
            (None, "unknown", String::new())
        );
        let alone = json!({"default_route": {"ipv4": null, "ipv6": null}, "sharing": {}});
        assert_eq!(
            told(&alone, &Value::Null),
            (Some(false), "none", String::new())
        );
        let sharing = json!({"sharing": {"ipv4": {"metric": 0}}});
        assert_eq!(told(&sharing, &Value::Null).2, "own uplink");
    }
}
