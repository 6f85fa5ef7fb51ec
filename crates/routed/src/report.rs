//! The core's tables as rows for people and programs.

use litemap::LiteMap;

use grange_babel::clock::Instant;
use grange_babel::link::{InterfaceId, LinkKind};
use grange_babel::metric::{Cost, Metric};
use grange_babel::router::Router;
use grange_babel::status::{InterfaceStatus, NeighbourStatus, RouteStatus, SourceStatus};
use grange_daemon::reply::routed as reply;

use crate::config::Config;
use crate::interfaces::{Interfaces, Row};
use crate::redistribute::Redistribution;

/// All interfaces that the configuration names.
pub fn interfaces(
    core: &Router,
    interfaces: &Interfaces,
    config: &Config,
) -> Vec<reply::Interface> {
    let known: LiteMap<InterfaceId, InterfaceStatus<'_>> = core
        .interfaces()
        .map(|status| (status.id, status))
        .collect();
    let rows = interfaces.rows(config).into_iter();
    rows.map(|row| {
        let status = row.index.and_then(|index| known.get(&InterfaceId(index)));
        interface(&row, status)
    })
    .collect()
}

/// All neighbours.
pub fn neighbours(core: &Router, interfaces: &Interfaces, now: Instant) -> Vec<reply::Neighbour> {
    core.neighbours(now)
        .map(|status| neighbour(&status, interfaces))
        .collect()
}

/// A neighbour.
pub fn neighbour(status: &NeighbourStatus, interfaces: &Interfaces) -> reply::Neighbour {
    reply::Neighbour {
        address: status.address,
        interface: interfaces.name(status.interface.0),
        reach: format!("{:04x}", status.reach),
        unicast_reach: format!("{:04x}", status.unicast_reach),
        rxcost: cost(status.rxcost),
        txcost: cost(status.txcost),
        cost: cost(status.cost),
        routes: count(status.routes),
        last_hello_ms: Some(milliseconds(status.last_hello)),
        rtt_us: status
            .rtt
            .map(|rtt| u32::try_from(rtt.as_micros()).unwrap_or(u32::MAX)),
        rtt_cost: status.rtt.map(|_| status.rtt_penalty),
        state: neighbour_state(status),
        keys: status.signed_with.clone(),
    }
}

/// A route.
pub fn route(status: &RouteStatus, interfaces: &Interfaces) -> reply::Route {
    reply::Route {
        prefix: status.prefix.to_string(),
        router_id: status.router_id.to_string(),
        via: status.next_hop.address,
        interface: interfaces.name(status.next_hop.interface.0),
        neighbour: status.neighbour,
        metric: metric(status.metric),
        smoothed_metric: metric(status.smoothed_metric),
        refmetric: metric(status.refmetric),
        seqno: status.seqno.0,
        age_ms: milliseconds(status.age),
        expires_ms: Some(milliseconds(status.expires_in)),
        feasible: status.feasible,
        selected: status.selected,
        installed: status.installed,
        adopted: status.adopted,
    }
}

/// All prefixes of our own.
pub fn xroutes(redistribution: &Redistribution, interfaces: &Interfaces) -> Vec<reply::Xroute> {
    let origins = redistribution.origins().iter();
    origins
        .map(|(prefix, origin)| reply::Xroute {
            prefix: prefix.to_string(),
            metric: origin.metric,
            from: origin.from.describe(interfaces),
        })
        .collect()
}

/// An entry of the source table.
pub fn source(status: &SourceStatus) -> reply::Source {
    reply::Source {
        prefix: status.prefix.to_string(),
        router_id: status.router_id.to_string(),
        seqno: status.seqno.0,
        metric: metric(status.metric),
        expires_ms: milliseconds(status.expires_in),
    }
}

/// A metric, where infinity is none.
pub fn metric(metric: Metric) -> Option<u16> {
    (!metric.is_infinite()).then_some(metric.value())
}

/// A number of things.
pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A time in milliseconds.
pub fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn interface(row: &Row<'_>, status: Option<&InterfaceStatus<'_>>) -> reply::Interface {
    let link = row.state.ok();
    reply::Interface {
        name: row.name.to_owned(),
        index: row.index,
        up: link.is_some(),
        why_down: row.state.err().map(|why| why.to_string()),
        kind: match row.config.kind {
            LinkKind::Wired => reply::LinkKind::Wired,
            LinkKind::Wireless => reply::LinkKind::Wireless,
        },
        mtu: row
            .mtu
            .map_or(0, |mtu| u16::try_from(mtu).unwrap_or(u16::MAX)),
        link_local: link.map(|link| link.link_local),
        ipv4: link.and_then(|link| link.ipv4),
        cost: row.config.nominal_cost(),
        hello_interval_ms: milliseconds(row.config.hello_interval),
        update_interval_ms: milliseconds(row.config.update_interval),
        neighbours: status.map_or(0, |status| count(status.neighbours)),
        packets_sent: status.map_or(0, |status| status.packets_sent),
        packets_received: status.map_or(0, |status| status.packets_received),
        bytes_sent: status.map_or(0, |status| status.bytes_sent),
        bytes_received: status.map_or(0, |status| status.bytes_received),
    }
}

fn neighbour_state(status: &NeighbourStatus) -> reply::NeighbourState {
    if status.silent {
        reply::NeighbourState::Suspect
    } else if status.reach == 0 && status.unicast_reach == 0 {
        reply::NeighbourState::Lost
    } else if status.cost.is_infinite() {
        reply::NeighbourState::Oneway
    } else {
        reply::NeighbourState::Up
    }
}

fn cost(cost: Cost) -> Option<u16> {
    (!cost.is_infinite()).then_some(cost.value())
}
