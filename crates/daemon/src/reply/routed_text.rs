//! grange-routed's replies as text for people.

use crate::json::Value;
use crate::printable::escaped;
use crate::quantity::{count, duration};
use crate::reply::rows::Cell::{Ago, Bytes, Made, Plain, Time};
use crate::reply::rows::{Column, flag, for_each, number, plain, table};
use crate::table::Align::{Left, Right};

const INTERFACES: &[Column] = &[
    ("INTERFACE", Left, Plain("name")),
    ("STATE", Left, Made(interface_state)),
    ("KIND", Left, Plain("kind")),
    ("COST", Right, Plain("cost")),
    ("NEIGHBOURS", Right, Plain("neighbours")),
    ("MTU", Right, Plain("mtu")),
    ("HELLO", Right, Time("hello_interval_ms")),
    ("SENT", Right, Bytes("bytes_sent")),
    ("RECEIVED", Right, Bytes("bytes_received")),
    ("IPV4", Left, Plain("ipv4")),
    ("ADDRESS", Left, Plain("link_local")),
];

const NEIGHBOURS: &[Column] = &[
    ("NEIGHBOUR", Left, Plain("address")),
    ("INTERFACE", Left, Plain("interface")),
    ("STATE", Left, Plain("state")),
    ("COST", Right, Plain("cost")),
    ("RXCOST", Right, Plain("rxcost")),
    ("TXCOST", Right, Plain("txcost")),
    ("REACH", Left, Plain("reach")),
    ("UNICAST", Left, Plain("unicast_reach")),
    ("KEYS", Left, Made(keys)),
    ("ROUTES", Right, Plain("routes")),
    ("HELLO", Right, Ago("last_hello_ms")),
    ("RTT", Right, Made(rtt)),
];

const ROUTES: &[Column] = &[
    ("PREFIX", Left, Plain("prefix")),
    ("METRIC", Right, Plain("metric")),
    ("VIA", Left, Plain("via")),
    ("INTERFACE", Left, Plain("interface")),
    ("STATE", Left, Made(route_state)),
    ("SMOOTHED", Right, Plain("smoothed_metric")),
    ("REFMETRIC", Right, Plain("refmetric")),
    ("SEQNO", Right, Plain("seqno")),
    ("AGE", Right, Time("age_ms")),
    ("EXPIRES", Right, Time("expires_ms")),
    ("ROUTER-ID", Left, Plain("router_id")),
];

const XROUTES: &[Column] = &[
    ("PREFIX", Left, Plain("prefix")),
    ("METRIC", Right, Plain("metric")),
    ("FROM", Left, Plain("from")),
];

const SOURCES: &[Column] = &[
    ("PREFIX", Left, Plain("prefix")),
    ("METRIC", Right, Plain("metric")),
    ("SEQNO", Right, Plain("seqno")),
    ("EXPIRES", Right, Time("expires_ms")),
    ("ROUTER-ID", Left, Plain("router_id")),
];

/// The reply (JSON text) to a method of grange-routed as text; `None` if there is no text form for it.
///
/// `event` is the method name for one line of `subscribe`.
pub fn render(method: &str, reply: &str) -> Option<String> {
    match method {
        "interfaces" => table(
            reply,
            INTERFACES,
            "No interface is configured, or none of them exists.",
        ),
        "neighbours" => table(reply, NEIGHBOURS, "No neighbour is heard."),
        "routes" => table(reply, ROUTES, "No route is known."),
        "xroutes" => table(reply, XROUTES, "No prefix of our own is announced."),
        "sources" => table(reply, SOURCES, "The source table is empty."),
        "gateway show" | "gateway set" | "gateway clear" => gateways(reply),
        "status" => object(reply).map(|reply| status(&reply)),
        "leave" => object(reply).map(|reply| left(&reply)),
        "event" => event(&object(reply)?),
        "config" | "netjson" => object(reply).map(|reply| reply.pretty()),
        _ => None,
    }
}

/// Whether a neighbour is authentic, and by which keys; `-` where nobody asks.
fn keys(neighbour: &Value) -> String {
    let Some(keys) = neighbour["keys"].as_array() else {
        return "-".to_owned();
    };
    let names: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(",")
    }
}

/// The reply to `status`: its first line answers whether there is a way out, and through whom.
fn status(status: &Value) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&escaped(&text));
        out.push('\n');
    };
    line(way_out(status));
    line(format!(
        "{} {}, running for {}, process {}",
        plain(status, "name"),
        plain(status, "version"),
        duration(number(status, "uptime_s").saturating_mul(1000)),
        plain(status, "pid")
    ));
    line(format!(
        "router-id {}, sequence number {}, kernel table {}",
        plain(status, "router_id"),
        plain(status, "seqno"),
        plain(status, "table")
    ));
    line(format!(
        "{} of {} interfaces in use, {}, {} ({} installed), {} of our own, {}",
        number(status, "interfaces_up"),
        number(status, "interfaces"),
        count(number(status, "neighbours"), "neighbour"),
        count(number(status, "routes"), "route"),
        number(status, "routes_installed"),
        count(number(status, "xroutes"), "prefix"),
        count(number(status, "sources"), "source"),
    ));
    let members = |name: &str| status[name].as_array().unwrap_or_default().iter();
    members("gateways").for_each(|gateway| line(lease(gateway)));
    for warning in members("warnings") {
        line(format!("warning: {}", warning.as_str().unwrap_or_default()));
    }
    out
}

fn way_out(status: &Value) -> String {
    let [ipv4, ipv6] = ["ipv4", "ipv6"].map(|family| family_way_out(status, family));
    if ipv4.is_some() || ipv6.is_some() {
        let or_none = |way: Option<String>, none: &str| way.unwrap_or_else(|| none.to_owned());
        return format!(
            "Internet: {}; {}.",
            or_none(ipv4, "no IPv4"),
            or_none(ipv6, "no IPv6")
        );
    }
    let neighbours = number(status, "neighbours");
    let used = number(status, "interfaces_up");
    let configured = number(status, "interfaces");
    if neighbours > 0 {
        return format!(
            "In the mesh with {}, but nobody there offers a way to the internet.",
            count(neighbours, "neighbour")
        );
    }
    if used > 0 {
        return format!("Alone: nobody is heard on {}.", count(used, "interface"));
    }
    if configured > 0 {
        return format!(
            "Not in the mesh: of {} none can be used; the method interfaces says why.",
            count(configured, "interface")
        );
    }
    "Not in the mesh: no interface is configured, or none of them exists.".to_owned()
}

fn family_way_out(status: &Value, family: &str) -> Option<String> {
    let own = &status["sharing"][family];
    let via = &status["default_route"][family];
    let shown = family_name(family);
    if !own.is_null() {
        let metric = plain(own, "metric");
        return Some(format!(
            "{shown} by this router's own uplink, shared with metric {metric}"
        ));
    }
    (!via.is_null()).then(|| {
        format!(
            "{shown} via {} on {}, metric {}, offered by {}",
            plain(via, "via"),
            plain(via, "interface"),
            plain(via, "metric"),
            plain(via, "router_id")
        )
    })
}

fn gateways(reply: &str) -> Option<String> {
    let mut out = String::new();
    for_each(reply, &mut |gateway| {
        out.push_str(&escaped(&lease(gateway)));
        out.push('\n');
    })?;
    if out.is_empty() {
        out.push_str("This router offers no gateway.\n");
    }
    Some(out)
}

fn lease(gateway: &Value) -> String {
    let announced = if flag(gateway, "announced") {
        "announced"
    } else {
        "not announced"
    };
    let until = gateway["expires_ms"].as_u64().map_or_else(
        || "without a lease".to_owned(),
        |ms| format!("the lease ends in {}", duration(ms)),
    );
    format!(
        "{} gateway: {announced}, metric {}, {until}",
        family_name(&plain(gateway, "family")),
        plain(gateway, "metric")
    )
}

fn left(left: &Value) -> String {
    format!(
        "Left the mesh: {} of our own retracted, {} taken out of the kernel.\n",
        count(number(left, "retracted"), "prefix"),
        count(number(left, "removed"), "route")
    )
}

/// One line for one event.
fn event(line: &Value) -> Option<String> {
    let data = &line["data"];
    let part = |name: &str| plain(data, name);
    let kind = line["event"].as_str()?;
    let text = match kind {
        "interface" => format!("{}: {}", part("name"), interface_state(data)),
        "neighbour" => format!(
            "{} on {}: cost {}",
            part("address"),
            part("interface"),
            part("cost")
        ),
        "route" if data["change"].as_str() == Some("removed") => part("prefix"),
        "route" if data["via"].is_null() => format!("{}: unreachable", part("prefix")),
        "route" => format!(
            "{}: via {} on {}, metric {}, router {}",
            part("prefix"),
            part("via"),
            part("interface"),
            part("metric"),
            part("router_id")
        ),
        "xroute" => format!("{}: metric {}", part("prefix"), part("metric")),
        _ => return None,
    };
    let text = format!("{kind} {}: {text}", part("change"));
    Some(escaped(&text).into_owned() + "\n")
}

fn interface_state(interface: &Value) -> String {
    if flag(interface, "up") {
        return "up".to_owned();
    }
    interface["why_down"]
        .as_str()
        .map_or_else(|| "down".to_owned(), |why| format!("down: {why}"))
}

fn rtt(neighbour: &Value) -> String {
    let Some(micros) = neighbour["rtt_us"].as_u64() else {
        return "-".to_owned();
    };
    let tenths = micros.saturating_add(50) / 100;
    let rtt = format!("{}.{} ms", tenths / 10, tenths % 10);
    match number(neighbour, "rtt_cost") {
        0 => rtt,
        cost => format!("{rtt} +{cost}"),
    }
}

fn route_state(route: &Value) -> String {
    let retracted = route["metric"].is_null();
    let state = if flag(route, "installed") {
        if retracted {
            "unreachable"
        } else {
            "installed"
        }
    } else if retracted {
        "retracted"
    } else if flag(route, "selected") {
        "selected"
    } else if flag(route, "feasible") {
        "spare"
    } else {
        "unfeasible"
    };
    let adopted = if flag(route, "adopted") {
        ", adopted"
    } else {
        ""
    };
    format!("{state}{adopted}")
}

fn family_name(family: &str) -> &str {
    match family {
        "ipv4" => "IPv4",
        "ipv6" => "IPv6",
        other => other,
    }
}

fn object(reply: &str) -> Option<Value> {
    let value = Value::parse(reply.as_bytes()).ok()?;
    matches!(value, Value::Object(_)).then_some(value)
}

#[cfg(test)]
mod tests;
