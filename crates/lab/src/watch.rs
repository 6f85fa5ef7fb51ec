//! What has changed between two looks at the routers, in words.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::observe::{DefaultRoute, View};

/// Remembers the last look at each router and the last thing that changed there.
#[derive(Debug, Default)]
pub struct Watch {
    seen: BTreeMap<String, View>,
    last: BTreeMap<String, Change>,
}

/// Something that changed at a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When it was seen.
    pub at: Instant,
    /// Where.
    pub router: String,
    /// What, in words.
    pub what: String,
}

impl Watch {
    /// Takes a new look into account and returns what is new, in the order of the views.
    pub fn update(&mut self, views: &[View], at: Instant) -> Vec<Change> {
        let mut changes = Vec::new();
        for view in views {
            let old = self.seen.insert(view.router.clone(), view.clone());
            let what = describe(old.as_ref(), view);
            if what.is_empty() {
                continue;
            }
            let change = Change {
                at,
                router: view.router.clone(),
                what: what.join(", "),
            };
            self.last.insert(view.router.clone(), change.clone());
            changes.push(change);
        }
        changes
    }

    /// The last change at a router.
    pub fn last(&self, router: &str) -> Option<&Change> {
        self.last.get(router)
    }
}

/// A default route in words.
pub fn way_out(route: Option<&DefaultRoute>) -> String {
    match route {
        None => "none".to_owned(),
        Some(DefaultRoute::Own(interface)) => format!("own {interface}"),
        Some(DefaultRoute::Neighbour {
            via,
            gateway: Some(gateway),
            ..
        }) if via != gateway => {
            format!("via {via} to {gateway}")
        }
        Some(DefaultRoute::Neighbour { via, .. }) => format!("via {via}"),
    }
}

fn describe(old: Option<&View>, new: &View) -> Vec<String> {
    let Some(old) = old else { return Vec::new() };
    let mut what = Vec::new();
    if old.running != new.running {
        what.push(
            if new.running {
                "daemon runs"
            } else {
                "daemon has ended"
            }
            .to_owned(),
        );
    }
    let (was, is) = (heard(old), heard(new));
    let list = |names: Vec<&str>| names.join(" and ");
    let lost: Vec<&str> = was
        .iter()
        .filter(|name| !is.contains(name))
        .copied()
        .collect();
    let met: Vec<&str> = is
        .iter()
        .filter(|name| !was.contains(name))
        .copied()
        .collect();
    if !lost.is_empty() {
        what.push(format!("lost {}", list(lost)));
    }
    if !met.is_empty() {
        what.push(format!("met {}", list(met)));
    }
    let ways = |view: &View| {
        [
            way_out(view.default_v4.as_ref()),
            way_out(view.default_v6.as_ref()),
        ]
    };
    let ([old_v4, old_v6], [v4, v6]) = (ways(old), ways(new));
    match (old_v4 != v4, old_v6 != v6) {
        (true, true) if v4 == v6 => what.push(format!("internet {v4}")),
        (v4_changed, v6_changed) => {
            if v4_changed {
                what.push(format!("internet (IPv4) {v4}"));
            }
            if v6_changed {
                what.push(format!("internet (IPv6) {v6}"));
            }
        }
    }
    // With none of the above a change of their number is news; else it is what one expects.
    let routes = |view: &View| (view.routes_v4, view.routes_v6);
    if what.is_empty() && routes(old) != routes(new) {
        what.push(format!("routes {}+{}", new.routes_v4, new.routes_v6));
    }
    what
}

fn heard(view: &View) -> Vec<&str> {
    let neighbours = view.neighbours.iter().flatten();
    neighbours
        .filter(|(_, cost)| cost.is_some())
        .map(|(name, _)| name.as_str())
        .collect()
}

#[cfg(test)]
mod tests;
