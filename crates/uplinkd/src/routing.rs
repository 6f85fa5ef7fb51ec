//! The routes and policy rules of the uplinks.
//!
//! | priority | packets | looked up in |
//! |---|---|---|
//! | 1000 | all | `main` without its default route |
//! | 1000 + N | from an address of uplink N | table 1000 + N |
//! | 1100 + N | of sockets bound to its device | table 1000 + N |
//! | 1200 + N | of sockets of the user of `exec` N | table 1000 + N |
//! | 1300 + N | the same | nothing: unreachable |
//! | 2000 + N | with the mark of uplink N | table 1000 + N |
//! | 3000 + N | the same | nothing: unreachable. A connection never changes its uplink silently |
//! | 3061 | marked as refused | nothing: unreachable |
//! | 3100 + N | from a delegated prefix of uplink N, without a mark | table 1000 + N |
//! | 3990 | this router's own | the table of the best uplink that lives |
//!
//! Table 1000 + N holds the uplink's default route. Everything has protocol 42; nothing else is touched.

use litemap::LiteMap;

use grange_linux::route::{PROTOCOL_BABEL, Route, TABLE_MAIN};
use grange_linux::{
    Family, IpPrefix, Kernel, KernelError, KernelErrorKind, RouteChange, Rule, RuleAction,
    RuleChange,
};
use grange_uplink::health::Link;
use grange_uplink::uplink_id::UplinkId;

use crate::mark::Mask;
use crate::paths::Path;
use crate::returns;

const MAIN_SPECIFIC: u32 = 1000;
const BY_SOURCE: u32 = 1000;
const BY_DEVICE: u32 = 1100;
const BY_USER: u32 = 1200;
const USER_CLOSED: u32 = 1300;
const BY_MARK: u32 = 2000;
const FAIL_CLOSED: u32 = 3000;
const REFUSED: u32 = 3061;
const BY_PREFIX: u32 = 3100;
const OWN: u32 = 3990;
/// Ours are all in here.
const PRIORITIES: std::ops::RangeInclusive<u32> = 1000..=3999;
/// The tables that are ours.
const TABLES: std::ops::RangeInclusive<u32> = BY_SOURCE + 1..=returns::TABLE;
/// The metric of our only route in each table.
const METRIC: u32 = 1;

/// An uplink, as far as routes go.
#[derive(Clone, Debug)]
pub struct Exit<'a> {
    /// Which.
    pub id: UplinkId,
    /// Its device.
    pub device: &'a str,
    /// The ways out, IPv4 and IPv6; `None` where it is not used for a family.
    pub paths: [Option<&'a Path>; 2],
}

/// All routes and rules of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    /// The routes.
    pub routes: Vec<Route>,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// The user whose programs leave by an uplink alone: `grange-uplinkd exec`.
pub fn user(id: UplinkId) -> u32 {
    64_000 + u32::from(id.number())
}

/// An uplink's table.
pub fn table(id: UplinkId) -> u32 {
    BY_SOURCE + u32::from(id.number())
}

/// The routes there should be.
pub fn wanted_routes(exits: &[Exit<'_>]) -> Vec<Route> {
    let mut routes = Vec::new();
    for exit in exits {
        for (family, path) in Family::BOTH.into_iter().zip(exit.paths) {
            let Some(path) = path.filter(|path| path.link == Link::Ready) else {
                continue;
            };
            let destination = if family == Family::V4 {
                IpPrefix::DEFAULT_V4
            } else {
                IpPrefix::DEFAULT_V6
            };
            routes.push(Route {
                table: table(exit.id),
                protocol: PROTOCOL_BABEL,
                metric: METRIC,
                gateway: path.gateway,
                interface: path.index,
                pref_src: path.source,
                onlink: path.gateway.is_some(),
                ..Route::new(destination)
            });
        }
    }
    routes
}

/// The rules there should be. `best` is where the router's own packets go, by family.
pub fn wanted_rules(exits: &[Exit<'_>], mask: Mask, best: [Option<UplinkId>; 2]) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (family, best) in Family::BOTH.into_iter().zip(best) {
        let rule = |priority, action| Rule {
            protocol: PROTOCOL_BABEL,
            ..Rule::new(family, priority, action)
        };
        rules.push(Rule {
            suppress_prefixlength: Some(0),
            ..rule(MAIN_SPECIFIC, RuleAction::Lookup(TABLE_MAIN))
        });
        for exit in exits {
            let number = u32::from(exit.id.number());
            let lookup = RuleAction::Lookup(table(exit.id));
            let [v4, v6] = exit.paths;
            let path = if family == Family::V4 { v4 } else { v6 };
            let Some(path) = path else {
                continue;
            };
            let addresses = path
                .addresses
                .iter()
                .map(|address| IpPrefix::host(*address));
            let addresses = addresses.map(|from| (BY_SOURCE, from));
            let prefixes = path.sources.iter().map(|from| (BY_PREFIX, *from));
            for (priority, from) in addresses.chain(prefixes) {
                rules.push(Rule {
                    from: Some(from),
                    ..rule(priority + number, lookup)
                });
            }
            rules.push(Rule {
                oif: Some(exit.device.to_owned()),
                ..rule(BY_DEVICE + number, lookup)
            });
            let users = Some((user(exit.id), user(exit.id)));
            rules.push(Rule {
                users,
                ..rule(USER_CLOSED + number, RuleAction::Unreachable)
            });
            rules.push(Rule {
                users,
                ..rule(BY_USER + number, lookup)
            });
            let fwmark = Some((mask.mark(exit.id), mask.bits()));
            // The refusal first: a marked packet must not slip through to `main` meanwhile.
            rules.push(Rule {
                fwmark,
                ..rule(FAIL_CLOSED + number, RuleAction::Unreachable)
            });
            rules.push(Rule {
                fwmark,
                ..rule(BY_MARK + number, lookup)
            });
        }
        rules.push(Rule {
            fwmark: Some((mask.refused(), mask.bits())),
            ..rule(REFUSED, RuleAction::Unreachable)
        });
        if let Some(best) = best {
            rules.push(Rule {
                iif: Some("lo".to_owned()),
                ..rule(OWN, RuleAction::Lookup(table(best)))
            });
        }
    }
    rules
}

/// Makes the kernel's routes and rules of ours those that are wanted; how many changes that took. What
/// is not ours is not looked at. The error is the first refusal that matters; the rest is done all the
/// same.
pub fn reconcile(kernel: &mut impl Kernel, wanted: &Routing) -> Result<usize, KernelError> {
    let there = read(kernel, &wanted.rules)?;
    follow(kernel, &there, wanted)
}

/// What the kernel has of us, in the tables that these rules name.
fn read(kernel: &mut impl Kernel, rules: &[Rule]) -> Result<Routing, KernelError> {
    let mut there = Routing::default();
    // Tables that nobody has ever used are not asked for: that would be 60 questions.
    let tables = rules.iter().filter_map(|rule| match rule.action {
        RuleAction::Lookup(table) if TABLES.contains(&table) => Some(table),
        _ => None,
    });
    let mut tables: Vec<u32> = tables.collect();
    tables.sort_unstable();
    tables.dedup();
    for table in tables {
        let routes = kernel.routes(Some(table), Some(PROTOCOL_BABEL))?;
        there.routes.extend(routes);
    }
    there.rules = kernel.rules()?;
    there.rules.retain(is_ours);
    Ok(there)
}

/// Takes the kernel from what it has of us to what is wanted; how many changes that took.
pub fn follow(
    kernel: &mut impl Kernel,
    there: &Routing,
    wanted: &Routing,
) -> Result<usize, KernelError> {
    let mut changes = Vec::new();
    let place = |route: &Route| (route.table, route.destination);
    let mut found: LiteMap<(u32, IpPrefix), Route> = LiteMap::new();
    for route in &there.routes {
        found.insert(place(route), *route);
    }
    for route in &wanted.routes {
        let there = found.remove(&place(route));
        match there {
            Some(there) if is_same(&there, route) => {}
            Some(_) => changes.push(RouteChange::Replace(*route)),
            None => changes.push(RouteChange::Add(*route)),
        }
    }
    changes.extend(
        found
            .into_iter()
            .map(|(_, route)| RouteChange::Delete(route)),
    );
    let mut done = 0;
    let mut failure = None;
    for (change, result) in changes.iter().zip(kernel.change_routes(&changes)) {
        let harmless = match change {
            RouteChange::Delete(_) => KernelErrorKind::NotFound,
            _ => KernelErrorKind::Exists,
        };
        match result {
            Err(error) if error.kind() != harmless => {
                failure.get_or_insert(error);
            }
            _ => done += 1,
        }
    }
    let mut missing: Vec<&Rule> = wanted.rules.iter().collect();
    let mut stale = Vec::new();
    for rule in &there.rules {
        match missing.iter().position(|wanted| *wanted == rule) {
            Some(place) => drop(missing.remove(place)),
            None => stale.push(RuleChange::Delete(rule.clone())),
        }
    }
    // What is new before what is old goes: no packet may fall between the two.
    let added = missing.into_iter().cloned().map(RuleChange::Add);
    let changes: Vec<RuleChange> = added.chain(stale).collect();
    for (change, result) in changes.iter().zip(kernel.change_rules(&changes)) {
        let harmless = match change {
            RuleChange::Add(_) => KernelErrorKind::Exists,
            RuleChange::Delete(_) => KernelErrorKind::NotFound,
        };
        match result {
            Err(error) if error.kind() != harmless => {
                failure.get_or_insert(error);
            }
            _ => done += 1,
        }
    }
    failure.map_or(Ok(done), Err)
}

/// Takes all of ours away; how many routes and rules those were.
pub fn remove_all(kernel: &mut impl Kernel) -> Result<usize, KernelError> {
    let mut routes = kernel.routes(None, Some(PROTOCOL_BABEL))?;
    routes.retain(|route| TABLES.contains(&route.table));
    let routes: Vec<RouteChange> = routes.into_iter().map(RouteChange::Delete).collect();
    let rules = kernel.rules()?.into_iter().filter(is_ours);
    let rules: Vec<RuleChange> = rules.map(RuleChange::Delete).collect();
    let done = kernel.change_rules(&rules).into_iter().flatten().count();
    Ok(done + kernel.change_routes(&routes).into_iter().flatten().count())
}

/// Whether a rule is one that we made, or would have to.
pub fn is_ours(rule: &Rule) -> bool {
    rule.protocol == PROTOCOL_BABEL
        && (PRIORITIES.contains(&rule.priority) || rule.priority == returns::PRIORITY)
}

/// Somebody else's where ours are: mwan3 has its own there.
pub fn is_in_our_way(rule: &Rule) -> bool {
    rule.protocol != PROTOCOL_BABEL && PRIORITIES.contains(&rule.priority)
}

fn is_same(one: &Route, other: &Route) -> bool {
    (
        one.gateway,
        one.interface,
        one.pref_src,
        one.kind,
        one.effective_metric(),
    ) == (
        other.gateway,
        other.interface,
        other.pref_src,
        other.kind,
        other.effective_metric(),
    )
}

#[cfg(test)]
mod tests;
