//! A kernel in memory, for tests only.

use std::collections::BTreeMap;

use litemap::LiteMap;
use std::mem;

use crate::address::Address;
use crate::kernel::{Kernel, RouteChange, RuleChange};
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::link::Link;
use crate::neighbour::Neighbour;
use crate::route::{PROTOCOL_KERNEL, Route};
use crate::rule::{Family, Rule, RuleAction};
use crate::station::Station;

/// The tables `local`, `main` and `default`, which every kernel starts with.
const FIRST_RULES: [(Family, u32, u32); 5] = [
    (Family::V4, 0, 255),
    (Family::V4, 32_766, 254),
    (Family::V4, 32_767, 253),
    (Family::V6, 0, 255),
    (Family::V6, 32_766, 254),
];

/// One order or question the fake kernel was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// [`Kernel::links`].
    Links,
    /// [`Kernel::addresses`].
    Addresses,
    /// [`Kernel::routes`].
    Routes {
        /// Of which table.
        table: Option<u32>,
        /// Of which protocol.
        protocol: Option<u8>,
    },
    /// [`Kernel::rules`].
    Rules,
    /// [`Kernel::neighbours`].
    Neighbours,
    /// [`Kernel::stations`] of the interface of that index.
    Stations(u32),
    /// One change within [`Kernel::change_routes`].
    ChangeRoute(RouteChange),
    /// One change within [`Kernel::change_rules`].
    ChangeRule(RuleChange),
    /// [`Kernel::sysctl`].
    ReadSysctl(String),
    /// [`Kernel::set_sysctl`]: path and value.
    SetSysctl(String, String),
}

/// A kernel in memory, **for tests only**: it keeps tables with the real kernel's rules, records
/// what it was asked, and fails when told to.
///
/// Links, addresses and neighbours are plain fields for the test to set.
#[derive(Debug, Clone)]
pub struct RecordingKernel {
    /// The interfaces.
    pub links: Vec<Link>,
    /// Packets received and sent, by interface.
    pub packets: LiteMap<String, (u32, u32)>,
    /// The addresses.
    pub addresses: Vec<Address>,
    /// The neighbour cache.
    pub neighbours: Vec<Neighbour>,
    /// The stations of radios, by the index of the interface.
    pub stations: BTreeMap<u32, Vec<Station>>,
    /// `/proc/sys`; a path that is not here does not exist for reading.
    pub sysctls: BTreeMap<String, String>,
    routes: Vec<Route>,
    rules: Vec<Rule>,
    calls: Vec<Call>,
    failures: BTreeMap<usize, KernelError>,
    made: usize,
}

impl Default for RecordingKernel {
    fn default() -> Self {
        Self::new()
    }
}

impl RecordingKernel {
    /// A kernel without interfaces and with its three first rules per family.
    pub fn new() -> Self {
        let rules = FIRST_RULES.map(|(family, priority, table)| Rule {
            protocol: PROTOCOL_KERNEL,
            ..Rule::new(family, priority, RuleAction::Lookup(table))
        });
        Self {
            links: Vec::new(),
            packets: LiteMap::new(),
            addresses: Vec::new(),
            neighbours: Vec::new(),
            stations: BTreeMap::new(),
            sysctls: BTreeMap::new(),
            routes: Vec::new(),
            rules: rules.to_vec(),
            calls: Vec::new(),
            failures: BTreeMap::new(),
            made: 0,
        }
    }

    /// What was asked since the last time, in order.
    pub fn take_calls(&mut self) -> Vec<Call> {
        mem::take(&mut self.calls)
    }

    /// The `nth` call from now (0 is the next) fails with `error` and changes nothing. Every
    /// change of a batch counts as a call.
    pub fn fail_nth(&mut self, nth: usize, error: KernelError) {
        self.failures.insert(self.made.saturating_add(nth), error);
    }

    /// Every route that is there, in order of arrival.
    pub fn all_routes(&self) -> &[Route] {
        &self.routes
    }

    /// Every rule that is there, in order of arrival.
    pub fn all_rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Puts a route there as somebody else would, without a call being recorded; takes the place
    /// of the one with the same key.
    pub fn put_route(&mut self, route: Route) {
        self.remove_key(&route);
        self.routes.push(normal(route));
    }

    /// Takes an interface up or down as an administrator would. Down: its IPv4 routes vanish
    /// without a word, as do its IPv6 routes (of which the real kernel tells).
    pub fn set_link_up(&mut self, index: u32, up: bool) {
        for link in self.links.iter_mut().filter(|link| link.index == index) {
            link.up = up;
            link.running = up;
        }
        if !up {
            self.routes.retain(|route| route.interface != Some(index));
        }
    }

    /// Removes an interface with its addresses, neighbours and routes.
    pub fn remove_link(&mut self, index: u32) {
        self.set_link_up(index, false);
        self.links.retain(|link| link.index != index);
        self.addresses.retain(|address| address.index != index);
        self.neighbours.retain(|neighbour| neighbour.index != index);
    }

    fn record(&mut self, call: Call) -> Result<(), KernelError> {
        let number = self.made;
        self.made = self.made.saturating_add(1);
        self.calls.push(call);
        self.failures.remove(&number).map_or(Ok(()), Err)
    }

    fn remove_key(&mut self, route: &Route) -> bool {
        let before = self.routes.len();
        self.routes.retain(|other| !same_key(other, route));
        self.routes.len() != before
    }

    fn change_route(&mut self, change: RouteChange) -> Result<(), KernelError> {
        self.record(Call::ChangeRoute(change))?;
        match change {
            RouteChange::Add(route) => {
                self.check_next_hop(&route)?;
                if self.routes.iter().any(|other| same_key(other, &route)) {
                    return Err(KernelError::new(KernelErrorKind::Exists));
                }
                self.routes.push(normal(route));
            }
            RouteChange::Replace(route) => {
                self.check_next_hop(&route)?;
                self.put_route(route);
            }
            RouteChange::Delete(route) => {
                let found = self
                    .routes
                    .iter()
                    .position(|other| is_deleted_by(other, &route));
                let found = found.ok_or(KernelError::new(KernelErrorKind::NotFound))?;
                self.routes.remove(found);
            }
        }
        Ok(())
    }

    /// The real kernel takes no route over an interface that is down or absent. A fake without
    /// any interfaces does not care.
    fn check_next_hop(&self, route: &Route) -> Result<(), KernelError> {
        let Some(index) = route.interface else {
            return Ok(());
        };
        if !route.kind.is_forwarding() || self.links.is_empty() {
            return Ok(());
        }
        match self.links.iter().find(|link| link.index == index) {
            None => Err(KernelError::new(KernelErrorKind::NoDevice)),
            Some(link) if !link.up => Err(KernelError::new(KernelErrorKind::Unreachable)),
            Some(_) => Ok(()),
        }
    }

    fn change_rule(&mut self, change: &RuleChange) -> Result<(), KernelError> {
        self.record(Call::ChangeRule(change.clone()))?;
        match change {
            RuleChange::Add(rule) => {
                if self.rules.contains(rule) {
                    return Err(KernelError::new(KernelErrorKind::Exists));
                }
                self.rules.push(rule.clone());
            }
            RuleChange::Delete(rule) => {
                let found = self.rules.iter().position(|other| other == rule);
                let found = found.ok_or(KernelError::new(KernelErrorKind::NotFound))?;
                self.rules.remove(found);
            }
        }
        Ok(())
    }
}

impl Kernel for RecordingKernel {
    fn links(&mut self) -> Result<Vec<Link>, KernelError> {
        self.record(Call::Links)?;
        Ok(self.links.clone())
    }

    fn addresses(&mut self) -> Result<Vec<Address>, KernelError> {
        self.record(Call::Addresses)?;
        Ok(self.addresses.clone())
    }

    fn routes(
        &mut self,
        table: Option<u32>,
        protocol: Option<u8>,
    ) -> Result<Vec<Route>, KernelError> {
        self.record(Call::Routes { table, protocol })?;
        let wanted = |route: &&Route| {
            table.is_none_or(|table| table == route.table)
                && protocol.is_none_or(|protocol| protocol == route.protocol)
        };
        Ok(self.routes.iter().filter(wanted).copied().collect())
    }

    fn rules(&mut self) -> Result<Vec<Rule>, KernelError> {
        self.record(Call::Rules)?;
        let mut rules = self.rules.clone();
        rules.sort_by_key(|rule| (rule.family, rule.priority));
        Ok(rules)
    }

    fn neighbours(&mut self) -> Result<Vec<Neighbour>, KernelError> {
        self.record(Call::Neighbours)?;
        Ok(self.neighbours.clone())
    }

    fn stations(&mut self, index: u32) -> Result<Vec<Station>, KernelError> {
        self.record(Call::Stations(index))?;
        Ok(self.stations.get(&index).cloned().unwrap_or_default())
    }

    fn packets(&mut self) -> LiteMap<String, (u32, u32)> {
        self.packets.clone()
    }

    fn change_routes(&mut self, changes: &[RouteChange]) -> Vec<Result<(), KernelError>> {
        changes
            .iter()
            .map(|change| self.change_route(*change))
            .collect()
    }

    fn change_rules(&mut self, changes: &[RuleChange]) -> Vec<Result<(), KernelError>> {
        changes
            .iter()
            .map(|change| self.change_rule(change))
            .collect()
    }

    fn sysctl(&mut self, path: &str) -> Result<String, KernelError> {
        self.record(Call::ReadSysctl(path.to_owned()))?;
        let value = self.sysctls.get(path).cloned();
        value.ok_or_else(|| KernelError::new(KernelErrorKind::NotFound).with_detail(path))
    }

    fn set_sysctl(&mut self, path: &str, value: &str) -> Result<(), KernelError> {
        self.record(Call::SetSysctl(path.to_owned(), value.to_owned()))?;
        self.sysctls.insert(path.to_owned(), value.to_owned());
        Ok(())
    }
}

/// As the kernel stores it: see [`Route::effective_metric`].
fn normal(route: Route) -> Route {
    Route {
        metric: route.effective_metric(),
        ..route
    }
}

/// The key that `NLM_F_REPLACE` and `NLM_F_EXCL` go by. The protocol is *not* part of it.
fn same_key(one: &Route, other: &Route) -> bool {
    (
        one.table,
        one.destination,
        one.source,
        one.tos,
        one.effective_metric(),
    ) == (
        other.table,
        other.destination,
        other.source,
        other.tos,
        other.effective_metric(),
    )
}

/// A delete names the key, the protocol, and the next hop where the order has one.
fn is_deleted_by(route: &Route, order: &Route) -> bool {
    same_key(route, order)
        && route.protocol == order.protocol
        && route.kind == order.kind
        && (order.gateway.is_none() || route.gateway == order.gateway)
        && (order.interface.is_none() || route.interface == order.interface)
}

#[cfg(test)]
mod tests;
