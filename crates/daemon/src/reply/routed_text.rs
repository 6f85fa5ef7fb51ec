//! grange-routed's replies as text for people.

use core::fmt::Display;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::printable::escaped;
use crate::reply::routed::{
    Change, DefaultRoute, Event, Family, Gateway, Interface, Left, LinkKind, Neighbour,
    NeighbourState, Route, Sharing, Source, Status, Xroute,
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
        ("AGE", R),
        ("ROUTER-ID", L),
    ]);
    for source in sources {
        table.row([
            source.prefix,
            known(source.metric),
            source.seqno.to_string(),
            duration(source.age_ms),
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
    struct Line<T> {
        data: Event<T>,
    }
    fn entry<T: DeserializeOwned>(reply: &str) -> Option<Event<T>> {
        read::<Line<T>>(reply).map(|line| line.data)
    }
    #[derive(Deserialize)]
    struct Kind {
        event: String,
    }
    let kind = read::<Kind>(reply)?.event;
    let (change, text) = match kind.as_str() {
        "interface" => {
            let Event { change, entry } = entry::<Interface>(reply)?;
            let state = if entry.up {
                "up".to_owned()
            } else {
                entry.why_down.unwrap_or_else(|| "down".to_owned())
            };
            (change, format!("{}: {state}", entry.name))
        }
        "neighbour" => {
            let Event { change, entry } = entry::<Neighbour>(reply)?;
            let (state, cost) = (neighbour_state(entry.state), known(entry.cost));
            (
                change,
                format!(
                    "{} on {}: {state}, cost {cost}",
                    entry.address, entry.interface
                ),
            )
        }
        "route" => {
            let Event { change, entry } = entry::<Route>(reply)?;
            let (state, metric) = (route_state(&entry), known(entry.metric));
            let text = format!(
                "{} via {} on {}: {state}, metric {metric}, router {}",
                entry.prefix, entry.via, entry.interface, entry.router_id
            );
            (change, text)
        }
        "xroute" => {
            let Event { change, entry } = entry::<Xroute>(reply)?;
            (
                change,
                format!("{}: metric {}, {}", entry.prefix, entry.metric, entry.from),
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

/// A value that may be infinite, unknown or absent.
fn known(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn count(number: u32, noun: &str) -> String {
    let plural = match noun {
        _ if number == 1 => "",
        "prefix" => "es",
        _ => "s",
    };
    format!("{number} {noun}{plural}")
}

fn duration(ms: u64) -> String {
    let s = ms / 1000;
    match s {
        0..10 => format!("{s}.{} s", ms % 1000 / 100),
        10..120 => format!("{s} s"),
        120..7200 => format!("{} min", s / 60),
        7200..172_800 => format!("{} h {} min", s / 3600, s % 3600 / 60),
        _ => format!("{} d {} h", s / 86400, s % 86400 / 3600),
    }
}

fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests;
