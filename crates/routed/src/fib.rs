//! The kernel's forwarding table: what the core wants against what the kernel was seen to have.
//!
//! Three rules keep other people's routes safe. A route is replaced in place only where our own was
//! read back or acknowledged under the same key; else it is added, which the kernel refuses when
//! somebody has that key. A deletion names protocol, metric, kind and next hop. And only routes of
//! our protocol in our tables are ever looked at.

mod pool;
mod target;

use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::link::{InterfaceId, NextHop};
use grange_babel::output::{FibChange, Install};
use grange_babel::prefix::Prefix;
use grange_babel::prefix_map::PrefixMap;
use grange_linux::route::PROTOCOL_BABEL;
use grange_linux::{Kernel, KernelError, KernelErrorKind, Route, RouteChange, RouteKind};

pub use self::target::{Hop, Place, Sources, prefix_of};

use crate::fib::pool::{Id, Pool};
use crate::fib::target::Target;

/// The first pause before a change that failed is tried again.
const FIRST_RETRY: Duration = Duration::from_millis(100);
/// The longest pause.
const LAST_RETRY: Duration = Duration::from_secs(10);
/// How many changes go to the kernel at a time.
const BATCH: usize = 256;
/// How many failures of one batch are described; the rest are counted.
const MOST_FAILURES: usize = 3;

/// The forwarding table.
#[derive(Debug)]
pub struct Fib {
    place: Place,
    tables: Vec<u32>,
    sources: Sources,
    entries: PrefixMap<Entry>,
    /// What entries want.
    wanted: Pool<Wanted>,
    /// What entries have in the kernel.
    targets: Pool<Target>,
    /// Prefixes whose entries may differ from the kernel.
    dirty: PrefixMap<()>,
    /// Prefixes whose change the kernel refused; they wait for the retry.
    failed: PrefixMap<()>,
    /// Routes of ours in the kernel that no entry stands for.
    strays: Vec<(Prefix, Target)>,
    retry: Option<(Instant, Duration)>,
    counters: FibCounters,
}

/// What was done to the kernel's tables; each only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FibCounters {
    /// Routes added.
    pub added: u64,
    /// Routes replaced in place.
    pub replaced: u64,
    /// Routes removed.
    pub removed: u64,
    /// Changes that the kernel refused.
    pub failed: u64,
    /// Routes that had gone from the kernel behind our back and were put back.
    pub repaired: u64,
}

/// A prefix that an earlier run left in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The destination.
    pub prefix: Prefix,
    /// Where packets go; `None` for an unreachable route.
    pub next_hop: Option<NextHop>,
}

/// A change that the kernel refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FibFailure {
    /// The destination.
    pub prefix: Prefix,
    /// What was tried: `add`, `replace` or `remove`.
    pub verb: &'static str,
    /// What the kernel said.
    pub error: KernelError,
}

/// How a batch of changes went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FibReport {
    /// The first few failures.
    pub failures: Vec<FibFailure>,
    /// How many there were in all.
    pub failed: usize,
    /// The kernel has no source-specific routes: it was built without `IPV6_SUBTREES`.
    pub no_source_specific: bool,
}

/// By number, because there are as many as routes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry {
    wanted: Option<Id<Wanted>>,
    /// Our route in the kernel, as far as we know.
    present: Option<Id<Target>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    hop: Hop,
    install: Install,
}

/// A change on its way to the kernel.
struct Step {
    prefix: Prefix,
    change: RouteChange,
    after: After,
}

/// What an entry has in the kernel once a step is made.
#[derive(Clone, Copy)]
enum After {
    /// This route.
    Present(Target),
    /// This route, and still the one from another place, which must go.
    Moved { new: Target, old: Target },
    /// None.
    Gone,
    /// What it had before: the step was about another route.
    Same,
}

impl Fib {
    /// An empty table at that place; `tables` are all that routes may go to.
    pub fn new(place: Place, tables: Vec<u32>) -> Self {
        Self {
            place,
            tables,
            sources: Sources::default(),
            entries: PrefixMap::default(),
            wanted: Pool::default(),
            targets: Pool::default(),
            dirty: PrefixMap::default(),
            failed: PrefixMap::default(),
            strays: Vec::new(),
            retry: None,
            counters: FibCounters::default(),
        }
    }

    /// A route that is not ours and has our metric in our table, if there is one: the kernel keys
    /// routes by prefix and metric, so one of us would take the other's place.
    ///
    /// Where the metric is the kernel's default, everybody has it: a route of somebody else's then
    /// stands where it is, and ours to the same prefix waits for its place.
    pub fn foreign_twin(&self, kernel: &mut impl Kernel) -> Result<Option<Route>, KernelError> {
        if self.place.is_shared() {
            return Ok(None);
        }
        let metric = self.place.metric;
        let twins = kernel.map_routes(Some(self.place.table), None, |route| {
            let is_twin = route.protocol != PROTOCOL_BABEL
                && route.kind != RouteKind::Multicast
                && route.effective_metric() == metric;
            is_twin.then_some(*route)
        })?;
        Ok(twins.first().copied())
    }

    /// Finds what an earlier run left in the kernel. Until the core says otherwise it stays as it is.
    pub fn adopt(&mut self, kernel: &mut impl Kernel) -> Result<Vec<Adopted>, KernelError> {
        let mut adopted = Vec::new();
        for (prefix, id) in self.own_routes(kernel)? {
            let Some(target) = self.targets.find(id) else {
                continue;
            };
            if self.entries.get(prefix).is_some() {
                self.strays.push((prefix, target));
                continue;
            }
            // The metric is asked of the configuration again, the rest stays until the core speaks.
            let table = Some(target.place.table).filter(|table| *table != self.place.table);
            let install = Install {
                table,
                pref_src: target.pref_src,
            };
            let wanted = Wanted {
                hop: target.hop,
                install,
            };
            *self.entries.get_or_default(prefix) = Entry {
                wanted: Some(self.wanted.id(wanted)),
                present: Some(id),
            };
            self.dirty.get_or_default(prefix);
            adopted.push(Adopted {
                prefix,
                next_hop: target.hop.next_hop(),
            });
        }
        Ok(adopted)
    }

    /// Notes what the core wants; [`Fib::apply`] does it.
    pub fn set(&mut self, change: &FibChange) {
        let (prefix, wanted) = match *change {
            FibChange::Set {
                prefix,
                next_hop,
                install,
                ..
            } => {
                let hop = Hop::Via {
                    interface: next_hop.interface.0,
                    gateway: next_hop.address,
                };
                (prefix, Some(Wanted { hop, install }))
            }
            FibChange::Unreachable { prefix } => {
                let before = self.entries.get(prefix).and_then(|entry| entry.wanted);
                let before = before.and_then(|id| self.wanted.find(id));
                let table = before.and_then(|wanted| wanted.install.table);
                let install = Install {
                    table,
                    pref_src: None,
                };
                (
                    prefix,
                    Some(Wanted {
                        hop: Hop::Unreachable,
                        install,
                    }),
                )
            }
            FibChange::Remove { prefix } => (prefix, None),
        };
        if self.wanted.wants_sweep() {
            let used = self.entries.iter().filter_map(|(_, entry)| entry.wanted);
            self.wanted.sweep(used);
        }
        let wanted = wanted.map(|wanted| self.wanted.id(wanted));
        self.entries.get_or_default(prefix).wanted = wanted;
        self.dirty.get_or_default(prefix);
    }

    /// Takes new preferred source addresses; the routes follow with [`Fib::apply`].
    pub fn set_sources(&mut self, sources: Sources) {
        if self.sources != sources {
            self.sources = sources;
            self.dirty_all();
        }
    }

    /// Moves to another table or metric; the routes follow with [`Fib::apply`].
    pub fn set_place(&mut self, place: Place, tables: Vec<u32>) {
        // What is in a table that is no longer ours goes by what the entries remember.
        self.tables = tables;
        if self.place != place {
            self.place = place;
            self.dirty_all();
        }
    }

    /// Makes the kernel's tables what they should be, as far as is known of them.
    pub fn apply(&mut self, kernel: &mut impl Kernel, now: Instant) -> FibReport {
        let mut report = FibReport::default();
        while !self.dirty.is_empty() || !self.strays.is_empty() {
            let mut steps = Vec::new();
            while steps.len() < BATCH
                && let Some((prefix, ())) = self.dirty.pop_first()
            {
                self.failed.remove(prefix);
                steps.extend(self.step_for(prefix));
            }
            let strays = self.strays.len().min(BATCH);
            for (prefix, target) in self.strays.drain(..strays) {
                let change = RouteChange::Delete(target.route(prefix));
                steps.push(Step {
                    prefix,
                    change,
                    after: After::Same,
                });
            }
            if !steps.is_empty() {
                let changes: Vec<RouteChange> = steps.iter().map(|step| step.change).collect();
                let results = kernel.change_routes(&changes);
                self.settle(&steps, results, &mut report);
            }
            // A second round takes away what the first has moved elsewhere.
        }
        if self.targets.wants_sweep() {
            let used = self.entries.iter().filter_map(|(_, entry)| entry.present);
            self.targets.sweep(used);
        }
        self.schedule_retry(now);
        report
    }

    /// Reads back what the kernel has, and mends what differs.
    pub fn reconcile(
        &mut self,
        kernel: &mut impl Kernel,
        now: Instant,
    ) -> Result<FibReport, KernelError> {
        let mut seen = self.own_routes(kernel)?;
        // Stable: of several the kernel's first comes first.
        seen.sort_by_key(|(prefix, _)| *prefix);
        let mut seen = seen.chunk_by(|(one, _), (two, _)| one == two).peekable();
        self.strays.clear();
        let stray = |targets: &Pool<Target>, found: &[(Prefix, Id<Target>)], best| {
            let rest = found.iter().filter(|(_, id)| Some(*id) != best);
            let strays = rest.filter_map(|(prefix, id)| Some((*prefix, targets.find(*id)?)));
            strays.collect::<Vec<_>>()
        };
        for (prefix, entry) in self.entries.iter_mut() {
            // Both are in order.
            let is_in = |found: &[(Prefix, Id<Target>)], prefix| {
                found.first().is_some_and(|(first, _)| *first <= prefix)
            };
            let mut found: &[_] = &[];
            while let Some(chunk) = seen.next_if(|chunk| is_in(chunk, prefix)) {
                if chunk.first().is_some_and(|(first, _)| *first == prefix) {
                    found = chunk;
                } else {
                    self.strays.extend(stray(&self.targets, chunk, None));
                }
            }
            let wanted = entry
                .wanted
                .and_then(|id| self.wanted.find(id))
                .map(|wanted| target_of(self.place, &self.sources, prefix, wanted))
                .map(|target| self.targets.id(target));
            let best = found
                .iter()
                .find(|(_, id)| Some(*id) == wanted)
                .or_else(|| found.first())
                .map(|(_, id)| *id);
            self.strays.extend(stray(&self.targets, found, best));
            if entry.present.is_some() && best.is_none() && wanted.is_some() {
                self.counters.repaired += 1;
            }
            entry.present = best;
            if best != wanted || wanted.is_none() {
                self.dirty.get_or_default(prefix);
            }
        }
        for chunk in seen {
            self.strays.extend(stray(&self.targets, chunk, None));
        }
        Ok(self.apply(kernel, now))
    }

    /// Takes every route of ours out of the kernel; says how many there were.
    pub fn remove_all(&mut self, kernel: &mut impl Kernel, now: Instant) -> usize {
        let mut present = 0;
        for (prefix, entry) in self.entries.iter_mut() {
            entry.wanted = None;
            present += usize::from(entry.present.is_some());
            self.dirty.get_or_default(prefix);
        }
        self.apply(kernel, now);
        present
    }

    /// Whether the loss of this route, which the kernel tells of, is news to us.
    pub fn is_missed(&self, route: &Route) -> bool {
        route.protocol == PROTOCOL_BABEL
            && Target::of_route(route).is_some_and(|(prefix, target)| {
                let present = self.entries.get(prefix).and_then(|entry| entry.present);
                present.and_then(|id| self.targets.find(id)) == Some(target)
            })
    }

    /// Whether somebody else's route, which the kernel tells of, stands where ours would.
    pub fn is_rival(&self, route: &Route) -> bool {
        let metric = Prefix::new(route.destination.address, route.destination.plen)
            .map(|prefix| self.place.metric_of(prefix));
        route.protocol != PROTOCOL_BABEL
            && metric == Ok(route.effective_metric())
            && self.tables.contains(&route.table)
    }

    /// When to try again what failed, with [`Fib::reconcile`].
    pub fn next_retry(&self) -> Option<Instant> {
        self.retry.map(|(at, _)| at)
    }

    /// How many routes that lead somewhere are in the kernel.
    pub fn installed_count(&self) -> usize {
        let present = self.entries.iter().filter_map(|(_, entry)| entry.present);
        let targets = present.filter_map(|id| self.targets.find(id));
        targets
            .filter(|target| target.hop != Hop::Unreachable)
            .count()
    }

    /// How many routes the kernel does not take.
    pub fn failed_count(&self) -> usize {
        self.failed.len()
    }

    /// What was done.
    pub fn counters(&self) -> &FibCounters {
        &self.counters
    }

    fn dirty_all(&mut self) {
        for (prefix, _) in self.entries.iter() {
            self.dirty.get_or_default(prefix);
        }
    }

    fn own_routes(
        &mut self,
        kernel: &mut impl Kernel,
    ) -> Result<Vec<(Prefix, Id<Target>)>, KernelError> {
        let mut tables = self.tables.clone();
        let present = self.entries.iter().filter_map(|(_, entry)| entry.present);
        for target in present.filter_map(|id| self.targets.find(id)) {
            if !tables.contains(&target.place.table) {
                tables.push(target.place.table);
            }
        }
        let mut own = Vec::new();
        for table in tables {
            let found = kernel.map_routes(Some(table), Some(PROTOCOL_BABEL), |route| {
                if route.protocol != PROTOCOL_BABEL {
                    return None;
                }
                let (prefix, target) = Target::of_route(route)?;
                Some((prefix, self.targets.id(target)))
            })?;
            own.extend(found);
        }
        Ok(own)
    }

    fn step_for(&mut self, prefix: Prefix) -> Option<Step> {
        let entry = self.entries.get(prefix)?;
        let wanted = entry
            .wanted
            .and_then(|id| self.wanted.find(id))
            .map(|wanted| target_of(self.place, &self.sources, prefix, wanted));
        let present = entry.present.and_then(|id| self.targets.find(id));
        let (change, after) = match (present, wanted) {
            (None, None) => {
                self.entries.remove(prefix);
                return None;
            }
            (Some(old), Some(new)) if old == new => return None,
            (None, Some(new)) => (RouteChange::Add(new.route(prefix)), After::Present(new)),
            (Some(old), None) => (RouteChange::Delete(old.route(prefix)), After::Gone),
            (Some(old), Some(new)) if old.place == new.place => {
                (RouteChange::Replace(new.route(prefix)), After::Present(new))
            }
            // The new one stands before the old one goes, so packets never see a gap.
            (Some(old), Some(new)) => (
                RouteChange::Add(new.route(prefix)),
                After::Moved { new, old },
            ),
        };
        Some(Step {
            prefix,
            change,
            after,
        })
    }

    fn settle(
        &mut self,
        steps: &[Step],
        results: Vec<Result<(), KernelError>>,
        report: &mut FibReport,
    ) {
        // Fewer answers than questions: what became of the rest is unknown.
        let unanswered = || Err(KernelError::new(KernelErrorKind::Timeout));
        let results = results
            .into_iter()
            .chain(std::iter::repeat_with(unanswered));
        for (step, result) in steps.iter().zip(results) {
            let (verb, counter) = match step.change {
                RouteChange::Add(_) => ("add", &mut self.counters.added),
                RouteChange::Replace(_) => ("replace", &mut self.counters.replaced),
                RouteChange::Delete(_) => ("remove", &mut self.counters.removed),
            };
            match result {
                Ok(()) => {
                    *counter += 1;
                    self.made(step);
                }
                Err(error) if verb == "remove" && is_gone(error.kind()) => self.made(step),
                Err(error) => {
                    let is_specific = step.prefix.source().is_some();
                    report.no_source_specific |= is_specific && error.is_invalid();
                    self.counters.failed += 1;
                    self.failed.get_or_default(step.prefix);
                    report.failed += 1;
                    if report.failures.len() < MOST_FAILURES {
                        report.failures.push(FibFailure {
                            prefix: step.prefix,
                            verb,
                            error,
                        });
                    }
                }
            }
        }
    }

    fn made(&mut self, step: &Step) {
        let Some(entry) = self.entries.get_mut(step.prefix) else {
            return;
        };
        entry.present = match step.after {
            After::Present(target) => Some(self.targets.id(target)),
            After::Moved { new, old } => {
                self.strays.push((step.prefix, old));
                Some(self.targets.id(new))
            }
            After::Gone => None,
            After::Same => return,
        };
        if *entry == Entry::default() {
            self.entries.remove(step.prefix);
        }
    }

    fn schedule_retry(&mut self, now: Instant) {
        self.retry = match self.retry {
            _ if self.failed.is_empty() => None,
            // A batch that comes before its time does not make the pause longer.
            Some((at, pause)) if now < at => Some((at, pause)),
            Some((_, pause)) => Some((pause * 2).min(LAST_RETRY)).map(|pause| (now + pause, pause)),
            None => Some((now + FIRST_RETRY, FIRST_RETRY)),
        };
    }
}

impl Hop {
    /// The core's words for it.
    fn next_hop(self) -> Option<NextHop> {
        match self {
            Self::Via { interface, gateway } => Some(NextHop {
                interface: InterfaceId(interface),
                address: gateway,
            }),
            Self::Unreachable => None,
        }
    }
}

/// Where a route belongs and what it looks like there.
fn target_of(place: Place, sources: &Sources, prefix: Prefix, wanted: Wanted) -> Target {
    let table = wanted.install.table.unwrap_or(place.table);
    // A refusal has no source.
    let pref_src = match wanted.hop {
        Hop::Unreachable => None,
        Hop::Via { .. } => wanted.install.pref_src.or_else(|| sources.of(prefix)),
    };
    let metric = place.metric_of(prefix);
    Target {
        place: Place { table, metric },
        hop: wanted.hop,
        pref_src,
    }
}

fn is_gone(kind: KernelErrorKind) -> bool {
    matches!(kind, KernelErrorKind::NotFound | KernelErrorKind::NoDevice)
}

#[cfg(test)]
mod tests;
