//! What a router sees now: asked of its kernel, and of its daemon where that can tell more.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::path::Path;
use std::time::Duration;

use grange_daemon::reply::routed::{self as reply, Neighbour, Status};
use serde_json::{Value, json};

use crate::daemons;
use crate::dialogue;
use crate::folder::RouterFiles;
use crate::namespace::Namespace;
use crate::netlink::{self, KernelRoute};
use crate::plan::peer_of;
use crate::process::ProcessId;
use crate::topology::graph::Daemon;

/// A router at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The router's name.
    pub router: String,
    /// What it runs.
    pub daemon: Daemon,
    /// Whether that runs.
    pub running: bool,
    /// Its neighbours by name, with the cost of the link (`None`: infinite); `None` when the
    /// daemon does not tell.
    pub neighbours: Option<BTreeMap<String, Option<u16>>>,
    /// Routes learnt from neighbours that are in the kernel.
    pub routes_v4: usize,
    /// The same for IPv6.
    pub routes_v6: usize,
    /// Where IPv4 for the internet goes.
    pub default_v4: Option<DefaultRoute>,
    /// Where IPv6 for the internet goes.
    pub default_v6: Option<DefaultRoute>,
}

/// Where traffic for the internet goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultRoute {
    /// Out of this router's own uplink; holds the interface.
    Own(String),
    /// To a neighbour.
    Neighbour {
        /// Its name.
        via: String,
        /// The router whose uplink it is, where the daemon tells.
        gateway: Option<String>,
        /// The metric of the whole way, where the daemon tells.
        metric: Option<u16>,
    },
}

/// Looks at a router. `routers` are the names of all of them, by position.
pub fn observe(
    router: &str,
    daemon: Daemon,
    namespace: &Namespace,
    files: &RouterFiles,
    routers: &[String],
) -> View {
    // A namespace that is being taken down has no routes: nothing to complain about.
    let routes = netlink::routes(namespace).unwrap_or_default();
    let running = ProcessId::load(&files.process()).is_some_and(ProcessId::is_running);
    let told = if running {
        ask(daemon, files, routers)
    } else {
        Told::default()
    };
    let count = |v4: bool| {
        let learnt = |route: &&KernelRoute| {
            route.is_babel() && route.reachable && route.destination.is_v4() == v4
        };
        routes.iter().filter(learnt).count()
    };
    View {
        router: router.to_owned(),
        daemon,
        running,
        routes_v4: count(true),
        routes_v6: count(false),
        default_v4: default_route(&routes, true, told.defaults[0].as_ref()),
        default_v6: default_route(&routes, false, told.defaults[1].as_ref()),
        neighbours: told.neighbours,
    }
}

impl View {
    /// The view as JSON, for `status --json`.
    pub fn to_json(&self) -> Value {
        let default = |route: &Option<DefaultRoute>| match route {
            None => Value::Null,
            Some(DefaultRoute::Own(interface)) => json!({ "own": interface }),
            Some(DefaultRoute::Neighbour {
                via,
                gateway,
                metric,
            }) => {
                json!({ "via": via, "gateway": gateway, "metric": metric })
            }
        };
        json!({
            "router": self.router,
            "daemon": daemons::program(self.daemon),
            "running": self.running,
            "neighbours": self.neighbours,
            "routes": { "ipv4": self.routes_v4, "ipv6": self.routes_v6 },
            "default": { "ipv4": default(&self.default_v4), "ipv6": default(&self.default_v6) },
        })
    }
}

/// The best default route: an own one lies in `main`, where it comes before what Babel installs.
fn default_route(
    routes: &[KernelRoute],
    v4: bool,
    told: Option<&(String, u16)>,
) -> Option<DefaultRoute> {
    let default = |route: &&KernelRoute| {
        route.destination.is_default() && route.destination.is_v4() == v4 && route.reachable
    };
    let mut defaults: Vec<&KernelRoute> = routes.iter().filter(default).collect();
    defaults.sort_by_key(|route| (route.is_babel(), route.metric));
    let best = defaults.first()?;
    let interface = best.interface.clone().unwrap_or_default();
    if !best.is_babel() {
        return Some(DefaultRoute::Own(interface));
    }
    Some(DefaultRoute::Neighbour {
        via: peer_of(&interface).to_owned(),
        gateway: told.map(|(gateway, _)| gateway.clone()),
        metric: told.map(|(_, metric)| *metric),
    })
}

/// What a daemon tells about itself.
#[derive(Debug, Default)]
struct Told {
    neighbours: Option<BTreeMap<String, Option<u16>>>,
    /// Gateway and metric of the default routes, IPv4 and IPv6.
    defaults: [Option<(String, u16)>; 2],
}

const ANSWER_WITHIN: Duration = Duration::from_secs(2);

fn ask(daemon: Daemon, files: &RouterFiles, routers: &[String]) -> Told {
    let socket = daemons::socket(daemon, files);
    let name_of = |router_id: &str| {
        let last = router_id.rsplit(':').next().unwrap_or_default();
        let position = usize::from_str_radix(last, 16).unwrap_or(0);
        let name = position
            .checked_sub(1)
            .and_then(|position| routers.get(position));
        name.cloned().unwrap_or_else(|| router_id.to_owned())
    };
    match daemon {
        Daemon::Routed => Some(routed(&socket, name_of)),
        Daemon::Babeld => {
            dialogue::babeld_dump(&socket, ANSWER_WITHIN).map(|text| babeld(&text, name_of))
        }
        Daemon::Bird => {
            dialogue::bird(&socket, "show babel neighbors", ANSWER_WITHIN).map(|text| bird(&text))
        }
        Daemon::Nothing => None,
    }
    .unwrap_or_default()
}

fn routed(socket: &Path, name_of: impl Fn(&str) -> String) -> Told {
    let neighbours: Option<Vec<Neighbour>> = dialogue::routed(socket, "neighbours", ANSWER_WITHIN);
    let status: Option<Status> = dialogue::routed(socket, "status", ANSWER_WITHIN);
    let neighbours = neighbours.map(|neighbours| {
        neighbours
            .into_iter()
            .map(|n| (peer_of(&n.interface).to_owned(), n.cost))
            .collect()
    });
    let default = status
        .map(|status| status.default_route)
        .unwrap_or_default();
    let told = |route: Option<reply::DefaultRoute>| {
        let route = route?;
        Some((name_of(&route.router_id), route.metric?))
    };
    Told {
        neighbours,
        defaults: [told(default.ipv4), told(default.ipv6)],
    }
}

/// Reads BIRD's table of neighbours: address, interface, metric and more.
fn bird(text: &str) -> Told {
    let neighbour = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        words.next()?.parse::<Ipv6Addr>().ok()?;
        let peer = peer_of(words.next()?).to_owned();
        Some((
            peer,
            words.next()?.parse().ok().filter(|cost| *cost < u16::MAX),
        ))
    };
    Told {
        neighbours: Some(text.lines().filter_map(neighbour).collect()),
        ..Told::default()
    }
}

/// Reads the lines of babeld's `dump` (babeld(8), "Configuration socket").
fn babeld(text: &str, name_of: impl Fn(&str) -> String) -> Told {
    let mut told = Told {
        neighbours: Some(BTreeMap::new()),
        ..Told::default()
    };
    for line in text.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let value = |key: &str| {
            let at = words.iter().position(|word| *word == key)?;
            words.get(at + 1).copied()
        };
        let cost = |key: &str| value(key)?.parse().ok().filter(|cost| *cost < u16::MAX);
        match words.get(..2) {
            Some(["add", "neighbour"]) => {
                let peer = peer_of(value("if").unwrap_or_default()).to_owned();
                if let Some(neighbours) = &mut told.neighbours {
                    neighbours.insert(peer, cost("cost"));
                }
            }
            Some(["add", "route"]) if value("installed") == Some("yes") => {
                let family = match value("prefix") {
                    Some("0.0.0.0/0") => 0,
                    Some("::/0") => 1,
                    _ => continue,
                };
                let gateway = value("id").map(&name_of);
                told.defaults[family] = gateway.zip(cost("metric"));
            }
            _ => {}
        }
    }
    told
}

#[cfg(test)]
mod tests;
