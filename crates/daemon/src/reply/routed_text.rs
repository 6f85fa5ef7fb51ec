//! grange-routed's replies as text for people.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::printable::escaped;
use crate::quantity::{bytes, count, duration, known};
use crate::reply::routed::{
    Change, DefaultRoute, Family, Gateway, Interface, InterfaceEvent, Left, LinkKind, Neighbour,
    NeighbourEvent, NeighbourState, Route, RouteEvent, Sharing, Source, Status, Xroute,
    XrouteEvent,
};
use crate::table::Align::{Left as L, Right as R};
use crate::table::Table;

/// The reply (JSON text) to a method of grange-routed as text; `None` if there is no text form for it.
///
/// `event` is the method name for one line of `subscribe`.
pub fn render(method: &str, reply: &str) -> Option<String> {
    Some(match method {
        "status" => status(&read(reply)?),
        "interfaces" => interfaces(&read::<Vec<_>>(reply)?),
        "neighbours" => neighbours(&read::<Vec<_>>(reply)?),
        "routes" => routes(&read::<Vec<_>>(reply)?),
        "xroutes" => xroutes(read(reply)?),
        "sources" => sources(read(reply)?),
        "gateway show" | "gateway set" | "gateway clear" => gateways(&read::<Vec<_>>(reply)?),
        "config" | "netjson" => serde_json::to_string_pretty(&read::<Value>(reply)?).ok()?,
        "leave" => left(read(reply)?),
        "event" => event(reply)?,
        _ => return None,
    })
}

/// The reply to `status`: its first line answers whether there is a way out, and through whom.
fn status(status: &Status) -> String {
    let mut out = way_out(status);
    out.push('\n');
    let mut line = |text: String| {
        out.push_str(&escaped(&text));
        out.push('\n');
    };
    line(format!(
        "{} {}, running for {}, process {}",
        status.name,
        status.version,
        duration(status.uptime_s * 1000),
        status.pid
    ));
    line(format!(
        "router-id {}, sequence number {}, kernel table {}",
        status.router_id, status.seqno, status.table
    ));
    line(format!(
        "{} of {} interfaces in use, {}, {} ({} installed), {} of our own, {}",
        status.interfaces_up,
        status.interfaces,
        count(status.neighbours, "neighbour"),
        count(status.routes, "route"),
        status.routes_installed,
        count(status.xroutes, "prefix"),
        count(status.sources, "source"),
    ));
    for gateway in &status.gateways {
        line(lease(gateway));
    }
    for warning in &status.warnings {
        line(format!("warning: {warning}"));
    }
    out
}

fn way_out(status: &Status) -> String {
    let families = [
        ("IPv4", status.sharing.ipv4, &status.default_route.ipv4),
        ("IPv6", status.sharing.ipv6, &status.default_route.ipv6),
    ];
    if families
        .iter()
        .any(|(_, own, via)| own.is_some() || via.is_some())
    {
        let parts = families.map(|(family, own, via)| family_way_out(family, own, via.as_ref()));
        return format!("Internet: {}.", parts.join("; "));
    }
    match status {
        Status {
            neighbours: 1.., ..
        } => format!(
            "In the mesh with {}, but nobody there offers a way to the internet.",
            count(status.neighbours, "neighbour")
        ),
        Status {
            interfaces_up: 1.., ..
        } => format!(
            "Alone: nobody is heard on {}.",
            count(status.interfaces_up, "interface")
        ),
        Status {
            interfaces: 1.., ..
        } => format!(
            "Not in the mesh: of {} none can be used; the method interfaces says why.",
            count(status.interfaces, "interface")
        ),
        _ => "Not in the mesh: no interface is configured, or none of them exists.".to_owned(),
    }
}

fn family_way_out(family: &str, own: Option<Sharing>, via: Option<&DefaultRoute>) -> String {
    match (own, via) {
        (Some(Sharing { metric }), _) => {
            format!("{family} by this router's own uplink, shared with metric {metric}")
        }
        (None, Some(via)) => format!(
            "{family} via {} on {}, metric {}, offered by {}",
            via.via,
            escaped(&via.interface),
            known(via.metric),
            escaped(&via.router_id)
        ),
        (None, None) => format!("no {family}"),
    }
}

fn interfaces(interfaces: &[Interface]) -> String {
    if interfaces.is_empty() {
        return "No interface is configured, or none of them exists.\n".to_owned();
    }
    let mut table = Table::new(&[
        ("INTERFACE", L),
        ("STATE", L),
        ("KIND", L),
        ("COST", R),
        ("NEIGHBOURS", R),
        ("MTU", R),
        ("HELLO", R),
        ("SENT", R),
        ("RECEIVED", R),
        ("IPV4", L),
        ("ADDRESS", L),
    ]);
    for interface in interfaces {
        let kind = match interface.kind {
            LinkKind::Wired => "wired",
            LinkKind::Wireless => "wireless",
        };
        let state = match (&interface.why_down, interface.up) {
            (_, true) => "up".to_owned(),
            (Some(why), false) => format!("down: {why}"),
            (None, false) => "down".to_owned(),
        };
        table.row([
            interface.name.clone(),
            state,
            kind.to_owned(),
            interface.cost.to_string(),
            interface.neighbours.to_string(),
            interface.mtu.to_string(),
            duration(interface.hello_interval_ms),
            bytes(interface.bytes_sent),
            bytes(interface.bytes_received),
            known(interface.ipv4),
            known(interface.link_local),
        ]);
    }
    table.finish()
}

fn neighbours(neighbours: &[Neighbour]) -> String {
    if neighbours.is_empty() {
        return "No neighbour is heard.\n".to_owned();
    }
    let mut table = Table::new(&[
        ("NEIGHBOUR", L),
        ("INTERFACE", L),
        ("STATE", L),
        ("COST", R),
        ("RXCOST", R),
        ("TXCOST", R),
        ("REACH", L),
        ("UNICAST", L),
        ("ROUTES", R),
        ("HELLO", R),
    ]);
    for neighbour in neighbours {
        table.row([
            neighbour.address.to_string(),
            neighbour.interface.clone(),
            neighbour_state(neighbour.state).to_owned(),
            known(neighbour.cost),
            known(neighbour.rxcost),
            known(neighbour.txcost),
            neighbour.reach.clone(),
            neighbour.unicast_reach.clone(),
            neighbour.routes.to_string(),
            neighbour
                .last_hello_ms
                .map_or_else(|| "-".to_owned(), |ms| format!("{} ago", duration(ms))),
        ]);
    }
    table.finish()
}

fn routes(routes: &[Route]) -> String {
    if routes.is_empty() {
        return "No route is known.\n".to_owned();
    }
    let mut table = Table::new(&[
        ("PREFIX", L),
        ("METRIC", R),
        ("VIA", L),
        ("INTERFACE", L),
        ("STATE", L),
        ("SMOOTHED", R),
        ("REFMETRIC", R),
        ("SEQNO", R),
        ("AGE", R),
        ("EXPIRES", R),
        ("ROUTER-ID", L),
    ]);
    for route in routes {
        table.row([
            route.prefix.clone(),
            known(route.metric),
            route.via.to_string(),
            route.interface.clone(),
            route_state(route),
            known(route.smoothed_metric),
            known(route.refmetric),
            route.seqno.to_string(),
            duration(route.age_ms),
            route.expires_ms.map_or_else(|| "-".to_owned(), duration),
            route.router_id.clone(),
        ]);
    }
    table.finish()
}

fn xroutes(xroutes: Vec<Xroute>) -> String {
    if xroutes.is_empty() {
        return "No prefix of our own is announced.\n".to_owned();
    }
    let mut table = Table::new(&[("PREFIX", L), ("METRIC", R), ("FROM", L)]);
    for xroute in xroutes {
        table.row([xroute.prefix, xroute.metric.to_string(), xroute.from]);
    }
    table.finish()
}

fn sources(sources: Vec<Source>) -> String {
    if sources.is_empty() {
        return "The source table is empty.\n".to_owned();
    }
    let mut table = Table::new(&[
        ("PREFIX", L),
        ("METRIC", R),
        ("SEQNO", R),
        ("EXPIRES", R),
        ("ROUTER-ID", L),
    ]);
    for source in sources {
        table.row([
            source.prefix,
            known(source.metric),
            source.seqno.to_string(),
            duration(source.expires_ms),
            source.router_id,
        ]);
    }
    table.finish()
}

fn gateways(gateways: &[Gateway]) -> String {
    if gateways.is_empty() {
        return "This router offers no gateway.\n".to_owned();
    }
    gateways
        .iter()
        .map(|gateway| lease(gateway) + "\n")
        .collect()
}

fn lease(gateway: &Gateway) -> String {
    let family = match gateway.family {
        Family::Ipv4 => "IPv4",
        Family::Ipv6 => "IPv6",
    };
    let announced = if gateway.announced {
        "announced"
    } else {
        "not announced"
    };
    let until = gateway.expires_ms.map_or_else(
        || "without a lease".to_owned(),
        |ms| format!("the lease ends in {}", duration(ms)),
    );
    format!(
        "{family} gateway: {announced}, metric {}, {until}",
        gateway.metric
    )
}

fn left(left: Left) -> String {
    format!(
        "Left the mesh: {} of our own retracted, {} taken out of the kernel.\n",
        count(left.retracted, "prefix"),
        count(left.removed, "route")
    )
}

/// One line for one event.
fn event(reply: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Kind {
        event: String,
    }
    #[derive(Deserialize)]
    struct Line<T> {
        data: T,
    }
    let kind = read::<Kind>(reply)?.event;
    let (change, text) = match kind.as_str() {
        "interface" => {
            let Line::<InterfaceEvent> { data } = read(reply)?;
            let state = if data.up { "up" } else { "down" };
            (data.change, format!("{}: {state}", data.name))
        }
        "neighbour" => {
            let Line::<NeighbourEvent> { data } = read(reply)?;
            let (address, interface, cost) = (data.address, data.interface, known(data.cost));
            (
                data.change,
                format!("{address} on {interface}: cost {cost}"),
            )
        }
        "route" => {
            let Line::<RouteEvent> { data } = read(reply)?;
            let text = match data {
                RouteEvent {
                    via: Some(via),
                    interface,
                    metric,
                    router_id,
                    ..
                } => format!(
                    "{}: via {via} on {}, metric {}, router {}",
                    data.prefix,
                    known(interface),
                    known(metric),
                    known(router_id)
                ),
                RouteEvent {
                    change: Change::Removed,
                    ..
                } => data.prefix,
                _ => format!("{}: unreachable", data.prefix),
            };
            (data.change, text)
        }
        "xroute" => {
            let Line::<XrouteEvent> { data } = read(reply)?;
            (
                data.change,
                format!("{}: metric {}", data.prefix, data.metric),
            )
        }
        _ => return None,
    };
    let change = match change {
        Change::Added => "added",
        Change::Changed => "changed",
        Change::Removed => "removed",
    };
    Some(format!("{kind} {change}: {}\n", escaped(&text)))
}

fn route_state(route: &Route) -> String {
    let state = match route {
        Route {
            installed: true,
            metric: None,
            ..
        } => "unreachable",
        Route { metric: None, .. } => "retracted",
        Route {
            installed: true, ..
        } => "installed",
        Route { selected: true, .. } => "selected",
        Route { feasible: true, .. } => "spare",
        _ => "unfeasible",
    };
    if route.adopted {
        return format!("{state}, adopted");
    }
    state.to_owned()
}

fn neighbour_state(state: NeighbourState) -> &'static str {
    match state {
        NeighbourState::Up => "up",
        NeighbourState::Oneway => "one way",
        NeighbourState::Suspect => "suspect",
        NeighbourState::Lost => "lost",
    }
}

fn read<T: DeserializeOwned>(reply: &str) -> Option<T> {
    serde_json::from_str(reply).ok()
}

#[cfg(test)]
mod tests;
