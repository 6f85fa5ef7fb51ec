//! The core's events as those of the control socket.

use grange_babel::output::{Change, Event};
use grange_daemon::reply::routed as reply;
use serde::Serialize;

use crate::interfaces::Interfaces;
use crate::report::metric;

/// An event of one of the kinds in [`reply::EVENT_KINDS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum News {
    /// Kind `interface`.
    Interface(reply::InterfaceEvent),
    /// Kind `neighbour`.
    Neighbour(reply::NeighbourEvent),
    /// Kind `route`.
    Route(reply::RouteEvent),
    /// Kind `xroute`.
    Xroute(reply::XrouteEvent),
    /// Kind `duplicate-router-id`.
    DuplicateRouterId(reply::DuplicateRouterIdEvent),
}

impl News {
    /// Its kind, one of [`reply::EVENT_KINDS`].
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Interface(_) => "interface",
            Self::Neighbour(_) => "neighbour",
            Self::Route(_) => "route",
            Self::Xroute(_) => "xroute",
            Self::DuplicateRouterId(_) => "duplicate-router-id",
        }
    }

    /// The event in words for programs.
    pub fn new(event: &Event, interfaces: &Interfaces) -> Self {
        match event {
            Event::Interface {
                change: what,
                interface,
            } => Self::Interface(reply::InterfaceEvent {
                change: change(*what),
                name: interfaces.name(interface.0),
                up: *what != Change::Removed,
            }),
            Event::Neighbour {
                change: what,
                interface,
                address,
                cost,
            } => Self::Neighbour(reply::NeighbourEvent {
                change: change(*what),
                address: *address,
                interface: interfaces.name(interface.0),
                cost: (!cost.is_infinite()).then_some(cost.value()),
            }),
            Event::Route {
                change: what,
                prefix,
                router_id,
                next_hop,
                metric: now,
            } => Self::Route(reply::RouteEvent {
                change: change(*what),
                prefix: prefix.to_string(),
                router_id: router_id.map(|id| id.to_string()),
                via: next_hop.map(|hop| hop.address),
                interface: next_hop.map(|hop| interfaces.name(hop.interface.0)),
                metric: metric(*now),
            }),
            Event::Origin {
                change: what,
                prefix,
                metric,
            } => Self::Xroute(reply::XrouteEvent {
                change: change(*what),
                prefix: prefix.to_string(),
                metric: metric.value(),
            }),
        }
    }
}

fn change(change: Change) -> reply::Change {
    match change {
        Change::Added => reply::Change::Added,
        Change::Changed => reply::Change::Changed,
        Change::Removed => reply::Change::Removed,
    }
}
