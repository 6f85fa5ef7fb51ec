//! The agent: the protocol core on one side, the kernel's tables on the other, and what passes between
//! them. It has no socket and no clock; what it wants sent or saved comes out as [`Effect`]s.

use std::collections::VecDeque;
use std::net::IpAddr;

use grange_babel::clock::Instant;
use grange_babel::limits::Limits;
use grange_babel::link::InterfaceId;
use grange_babel::metric::Metric;
use grange_babel::output::{Destination, Output};
use grange_babel::prefix::Prefix;
use grange_babel::router::{Datagram, Router, RouterConfig};
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;
use grange_linux::{Family, IpPrefix, Kernel, KernelError, KernelEvent, Rule};

use crate::config::{Config, protocol_name, table_name};
use crate::fib::{Fib, FibReport, Place};
use crate::gateway::{Lease, Leases, default_prefix};
use crate::interfaces::{InterfaceChange, Interfaces};
use crate::journal::Journal;
use crate::news::News;
use crate::random::Random;
use crate::redistribute::{OriginChange, Redistribution, sources};
use crate::resync::{Resync, Tables};
use crate::rules::{self, RulesReport, Sharing};
use crate::state::State;
use crate::sysctls;

/// The agent.
#[derive(Debug)]
pub struct Agent<K> {
    kernel: K,
    config: Config,
    core: Router,
    interfaces: Interfaces,
    redistribution: Redistribution,
    leases: Leases,
    fib: Fib,
    /// The rules as last made, `None` when they must be looked at again.
    rules: Option<Vec<Rule>>,
    /// Forwarding and the mesh interfaces that kernel settings were last made for.
    sysctls: Option<(bool, Vec<(u32, String)>)>,
    sharing: Sharing,
    resync: Resync,
    state: State,
    random: Random,
    journal: Journal,
    counters: AgentCounters,
    effects: VecDeque<Effect>,
    started: Instant,
    config_error: Option<String>,
    leaving: Option<Leaving>,
}

/// Something to do outside, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Hear Babel's multicast group on the interface of that index.
    Join(u32),
    /// Stop hearing it.
    Leave(u32),
    /// Send a packet.
    Send {
        /// The index of the interface to send on.
        interface: u32,
        /// To whom.
        destination: Destination,
        /// The UDP payload.
        payload: Vec<u8>,
    },
    /// Write the state before anything that follows is sent.
    Save(String),
    /// Tell the subscribers.
    Publish(News),
}

/// What happened between core and kernel; each only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentCounters {
    /// Announcements of the kernel's that were lost.
    pub overruns: u64,
    /// Times the kernel's tables were read again.
    pub resyncs: u64,
    /// Questions that the kernel did not answer.
    pub kernel_errors: u64,
    /// Rules that were gone or wrong and were put right.
    pub rules_repaired: u64,
    /// Neighbours that the kernel could not reach.
    pub suspects: u64,
}

/// Why the agent does not start or does not take a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The kernel does not answer.
    #[error("the kernel does not answer: {0}")]
    Kernel(#[from] KernelError),
    /// Somebody else has routes with our metric in our table.
    #[error(
        "table {table} has a route to {} of protocol {protocol} with metric {metric}: choose another \
         `option metric`, one of us would replace the other's routes",
        prefix(destination)
    )]
    MetricTaken {
        /// The table.
        table: String,
        /// The metric.
        metric: u32,
        /// The route's destination.
        destination: IpPrefix,
        /// The route's protocol.
        protocol: String,
    },
}

/// What leaving has taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Prefixes of our own.
    pub retracted: usize,
    /// Routes in the kernel.
    pub removed: usize,
}

impl<K: Kernel> Agent<K> {
    /// Takes up what an earlier run left, and starts. `now` must never run backwards.
    pub fn start(
        mut kernel: K,
        config: Config,
        saved: State,
        mut random: Random,
        now: Instant,
    ) -> Result<Self, StartError> {
        let mut fib = Fib::new(place(&config), config.tables());
        refuse_twin(&fib, place(&config), &mut kernel)?;
        let router_id = router_id(&config, &saved, &mut random);
        let core = Router::new(
            RouterConfig {
                router_id,
                seqno: saved.seqno.unwrap_or_else(|| Seqno(random.next_u16())),
                filters: config.filters.clone(),
                limits: Limits::default(),
                smoothing_half_life: config.general.smoothing_half_life,
                seed: random.next(),
            },
            now,
        );
        let adopted = fib.adopt(&mut kernel)?;
        let mut agent = Self {
            kernel,
            config,
            core,
            interfaces: Interfaces::default(),
            redistribution: Redistribution::default(),
            leases: Leases::default(),
            fib,
            rules: None,
            sysctls: None,
            sharing: Sharing::default(),
            resync: Resync::default(),
            state: saved,
            random,
            journal: Journal::new(now),
            counters: AgentCounters::default(),
            effects: VecDeque::new(),
            started: now,
            config_error: None,
            leaving: None,
        };
        if !adopted.is_empty() {
            let count = adopted.len();
            agent.journal.decision(
                now,
                format_args!("took over {count} routes that were in the kernel"),
            );
        }
        for route in adopted {
            agent.core.handle_adopted(route.prefix, route.next_hop, now);
        }
        agent.read_tables(
            Tables {
                fib: false,
                ..Tables::ALL
            },
            now,
        );
        agent.follow(now);
        agent.drain(now);
        Ok(agent)
    }

    /// A packet came in on the Babel port.
    pub fn handle_packet(&mut self, datagram: Datagram<'_>, now: Instant) {
        self.core.handle_packet(datagram, now);
        self.drain(now);
    }

    /// The kernel announced something.
    pub fn handle_kernel_events(&mut self, events: &[KernelEvent], now: Instant) {
        for event in events {
            self.handle_kernel_event(event, now);
        }
        self.drain(now);
    }

    /// Time has passed; call it when [`Agent::poll_timeout`] says, or at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(tables) = self.resync.take(now) {
            self.read_tables(tables, now);
            self.follow(now);
        }
        for family in self.leases.expire(now) {
            let prefix = default_prefix(family);
            self.journal.decision(
                now,
                format_args!("the lease on announcing {prefix} has run out"),
            );
            self.follow(now);
        }
        if self.fib.next_retry().is_some_and(|at| at <= now) {
            self.read_fib(now);
        }
        if self.core.poll_timeout().is_some_and(|at| at <= now) {
            self.core.handle_timeout(now);
        }
        self.drain(now);
    }

    /// Takes another configuration; on an error the old one goes on.
    pub fn handle_config(&mut self, config: Config, now: Instant) -> Result<(), StartError> {
        let new_place = place(&config);
        if new_place != place(&self.config) {
            let fib = Fib::new(new_place, config.tables());
            refuse_twin(&fib, new_place, &mut self.kernel)?;
        }
        let old = std::mem::replace(&mut self.config, config);
        let new = &self.config;
        if new
            .general
            .router_id
            .is_some_and(|id| id != self.core.router_id())
        {
            self.journal.decision(
                now,
                format_args!("the new router-id is taken at the next start"),
            );
        }
        if new.general.smoothing_half_life != old.general.smoothing_half_life {
            let text = "the new smoothing half-life is taken at the next start";
            self.journal.decision(now, format_args!("{text}"));
        }
        self.fib.set_place(new_place, new.tables());
        if new.filters != old.filters {
            self.core.handle_filters(new.filters.clone(), now);
        }
        if new.general.import_tables != old.general.import_tables {
            self.read_tables(Tables::IMPORTS, now);
        }
        self.follow(now);
        self.drain(now);
        Ok(())
    }

    /// Takes out, renews or changes a lease on announcing a default route.
    pub fn handle_lease(&mut self, family: Family, lease: Lease, now: Instant) {
        let known = self.leases.lease(family).is_some();
        self.leases.set(family, lease);
        if !known {
            let prefix = default_prefix(family);
            self.journal.decision(
                now,
                format_args!("somebody took a lease on announcing {prefix}"),
            );
        }
        self.follow(now);
        self.drain(now);
    }

    /// Gives a lease back.
    pub fn handle_lease_cleared(&mut self, family: Family, now: Instant) {
        if self.leases.clear(family) {
            let prefix = default_prefix(family);
            self.journal.decision(
                now,
                format_args!("the lease on announcing {prefix} was given back"),
            );
        }
        self.follow(now);
        self.drain(now);
    }

    /// Whether anybody is subscribed to events.
    pub fn handle_watch(&mut self, on: bool) {
        self.core.handle_watch(on);
    }

    /// Retracts everything and takes our routes out of the kernel. Go on serving packets for a moment, so
    /// that neighbours can acknowledge, and then call [`Agent::finish_leaving`].
    pub fn handle_leave(&mut self, now: Instant) {
        if self.leaving.is_some() {
            return;
        }
        self.journal
            .decision(now, format_args!("leaving the mesh: it was asked for"));
        let (retracted, removed) = (
            self.redistribution.origins().len(),
            self.fib.installed_count(),
        );
        self.leaving = Some(Leaving { retracted, removed });
        self.core.handle_leave(now);
        self.drain(now);
    }

    /// Takes the last traces of ours out of the kernel; what was taken back since
    /// [`Agent::handle_leave`].
    pub fn finish_leaving(&mut self, now: Instant) -> Leaving {
        self.fib.remove_all(&mut self.kernel, now);
        // The rules that hold neighbours' packets back go last.
        sysctls::restore(&mut self.kernel, &mut self.state.sysctls);
        if let Err(error) = rules::reconcile(&mut self.kernel, &[]) {
            self.kernel_failed("rules", &error, now);
        }
        self.note_exact_numbers();
        self.save();
        self.leaving.unwrap_or_default()
    }

    /// The state to write at a stop that leaves the kernel as it is.
    pub fn final_state(&mut self) -> String {
        self.note_exact_numbers();
        self.state.to_text()
    }

    /// The next thing to do outside; drain to `None` after every `handle_*`.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Agent::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.core.poll_timeout(),
            self.resync.due(),
            self.leases.next_expiry(),
            self.fib.next_retry(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The protocol core.
    pub fn core(&self) -> &Router {
        &self.core
    }

    /// The configuration that holds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Notes why the configuration file is not the one that holds, for whoever asks.
    pub fn set_config_error(&mut self, error: Option<String>) {
        self.config_error = error;
    }

    /// Why the configuration file is not the one that holds.
    pub fn config_error(&self) -> Option<&str> {
        self.config_error.as_deref()
    }

    /// The interfaces.
    pub fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// What we announce.
    pub fn redistribution(&self) -> &Redistribution {
        &self.redistribution
    }

    /// The leases.
    pub fn leases(&self) -> &Leases {
        &self.leases
    }

    /// The kernel's routes of ours.
    pub fn fib(&self) -> &Fib {
        &self.fib
    }

    /// What happened between core and kernel.
    pub fn counters(&self) -> &AgentCounters {
        &self.counters
    }

    /// The log.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// How many log messages were left out.
    pub fn suppressed_messages(&self) -> u64 {
        self.journal.suppressed()
    }

    /// When the agent was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The kernel, for tests to look at and to change.
    pub fn kernel(&mut self) -> &mut K {
        &mut self.kernel
    }

    fn handle_kernel_event(&mut self, event: &KernelEvent, now: Instant) {
        match event {
            KernelEvent::LinkChanged(link) => {
                self.interfaces.set_link(link.clone());
                self.links_changed(now);
            }
            KernelEvent::LinkRemoved(index) => {
                self.interfaces.remove_link(*index);
                self.links_changed(now);
            }
            KernelEvent::AddressAdded(address) => {
                self.interfaces.set_address(*address);
                self.links_changed(now);
            }
            KernelEvent::AddressRemoved(address) => {
                self.interfaces.remove_address(address);
                self.links_changed(now);
            }
            KernelEvent::RouteAdded(route) => {
                if self.redistribution.is_relevant(&self.config, route) {
                    self.resync.request(Tables::IMPORTS, now);
                }
                if self.fib.is_rival(route) {
                    self.resync.request(Tables::FIB, now);
                }
            }
            KernelEvent::RouteRemoved(route) => {
                if self.redistribution.is_relevant(&self.config, route) {
                    self.resync.request(Tables::IMPORTS, now);
                }
                if self.fib.is_missed(route) {
                    self.resync.request(Tables::FIB, now);
                }
            }
            KernelEvent::RuleAdded(rule) | KernelEvent::RuleRemoved(rule) => {
                let is_wanted = self
                    .rules
                    .as_ref()
                    .is_some_and(|wanted| wanted.contains(rule));
                let is_right = is_wanted == matches!(event, KernelEvent::RuleAdded(_));
                if rules::is_ours(rule) && !is_right {
                    self.resync.request(Tables::RULES, now);
                }
            }
            KernelEvent::NeighbourFailed { index, address } => {
                self.handle_neighbour_failed(*index, *address, now);
            }
            KernelEvent::Overrun => {
                self.counters.overruns += 1;
                self.resync.request(Tables::ALL, now);
            }
        }
    }

    /// An interface came, went or changed: the core hears of it at once; what the kernel took away
    /// with it is looked at soon.
    fn links_changed(&mut self, now: Instant) {
        self.resync.request(Tables::LINKS, now);
        self.follow_interfaces(now);
    }

    fn handle_neighbour_failed(&mut self, index: u32, address: IpAddr, now: Instant) {
        if self.interfaces.up(index).is_none() {
            return;
        }
        let interface = InterfaceId(index);
        let suspect = match address {
            IpAddr::V6(v6) if v6.is_unicast_link_local() => Some(v6),
            // An IPv4 next hop is known by the routes that lead over it.
            _ => {
                let mut routes = self.core.routes(now);
                let over = routes.find(|route| {
                    route.next_hop.interface == interface && route.next_hop.address == address
                });
                over.map(|route| route.neighbour)
            }
        };
        if let Some(neighbour) = suspect {
            self.counters.suspects += 1;
            self.core
                .handle_neighbour_suspect(interface, neighbour, now);
        }
    }

    /// Reads the kernel's tables. What cannot be read stays as it was and is read again later.
    fn read_tables(&mut self, tables: Tables, now: Instant) {
        self.counters.resyncs += 1;
        let mut rows = 0;
        if tables.links {
            let links = self
                .kernel
                .links()
                .and_then(|links| Ok((links, self.kernel.addresses()?)));
            match links {
                Ok((links, addresses)) => {
                    rows += links.len() + addresses.len();
                    self.interfaces.replace(links, addresses);
                }
                Err(error) => self.reading_failed(Tables::LINKS, &error, now),
            }
        }
        if tables.imports {
            match self.read_imports() {
                Ok(count) => rows += count,
                Err(error) => self.reading_failed(Tables::IMPORTS, &error, now),
            }
        }
        if tables.rules {
            self.rules = None;
        }
        if tables.fib {
            rows += self.fib.installed_count();
            self.read_fib(now);
        }
        self.resync.done(rows, now);
    }

    fn read_imports(&mut self) -> Result<usize, KernelError> {
        let mut routes = Vec::new();
        for table in &self.config.general.import_tables {
            routes.extend(self.kernel.routes(Some(*table), None)?);
        }
        let count = routes.len();
        self.redistribution.set_routes(routes);
        Ok(count)
    }

    fn read_fib(&mut self, now: Instant) {
        match self.fib.reconcile(&mut self.kernel, now) {
            Ok(report) => self.log_failures(&report, now),
            Err(error) => self.reading_failed(Tables::FIB, &error, now),
        }
    }

    /// Brings the core, the preferred sources and the rules in line with what the kernel has.
    fn follow(&mut self, now: Instant) {
        self.follow_interfaces(now);
        if self.leaving.is_some() {
            return;
        }
        self.follow_origins(now);
        self.follow_sources(now);
        self.follow_rules(now);
    }

    fn follow_interfaces(&mut self, now: Instant) {
        if self.leaving.is_some() {
            return;
        }
        for change in self.interfaces.update(&self.config) {
            match change {
                InterfaceChange::Down { index, name, why } => {
                    self.journal
                        .decision(now, format_args!("Babel stops on {name}: {why}"));
                    self.core.handle_interface_down(InterfaceId(index), now);
                    self.effects.push_back(Effect::Leave(index));
                }
                InterfaceChange::Up { index, up, again } => {
                    // Rules and settings come before the first packet.
                    self.follow_rules(now);
                    let name = &up.config.name;
                    let hello = match self.state.hello.get(name) {
                        Some(seqno) => *seqno,
                        None => Seqno(self.random.next_u16()),
                    };
                    let verb = if again {
                        "goes on with new settings"
                    } else {
                        "starts"
                    };
                    let (local, mtu) = (up.link.link_local, up.link.mtu);
                    let v4 = up
                        .link
                        .ipv4
                        .map_or_else(|| "no IPv4".to_owned(), |v4| v4.to_string());
                    self.journal.decision(
                        now,
                        format_args!(
                            "Babel {verb} on {name}: {local}, {v4}, MTU {mtu}, {:?}",
                            up.config.kind
                        ),
                    );
                    let id = InterfaceId(index);
                    self.effects.push_back(Effect::Join(index));
                    if let Err(error) = self
                        .core
                        .handle_interface_up(id, up.config, up.link, hello, now)
                    {
                        self.interfaces.refused(index);
                        self.journal
                            .trouble(now, "interface refused", format_args!("{error}"));
                    }
                }
            }
        }
    }

    fn follow_origins(&mut self, now: Instant) {
        for change in self
            .redistribution
            .update(&self.config, &self.interfaces, &self.leases)
        {
            match change {
                OriginChange::Withdraw(prefix) => {
                    self.journal.decision(now, format_args!("no longer announcing {prefix}: nothing that the filters allow stands for it"));
                    self.core.handle_withdraw(prefix, now);
                }
                OriginChange::Originate(prefix, origin) => {
                    let metric = Metric::new(origin.metric);
                    match self.core.handle_originate(prefix, metric, now) {
                        Ok(()) => {
                            let text = format_args!(
                                "announcing {prefix} with metric {metric}: {}",
                                origin.from
                            );
                            self.journal.decision(now, text);
                        }
                        Err(error) => {
                            self.redistribution.refused(prefix);
                            self.journal
                                .trouble(now, "origin refused", format_args!("{error}"));
                        }
                    }
                }
            }
        }
        let announces = |prefix| self.redistribution.origins().contains_key(&prefix);
        self.sharing = Sharing {
            v4: announces(Prefix::DEFAULT_V4),
            v6: announces(Prefix::DEFAULT_V6),
        };
    }

    fn follow_sources(&mut self, now: Instant) {
        let configured = self.config.general.mesh_addresses;
        let found = sources(configured, &self.interfaces, self.redistribution.origins());
        let is_lost = configured.v4.is_some_and(|v4| found.v4 != Some(v4))
            || configured.v6.is_some_and(|v6| found.v6 != Some(v6));
        if is_lost {
            let text =
                "an address of `option mesh_address` is on no interface: routes go without it";
            self.journal
                .trouble(now, "mesh address", format_args!("{text}"));
        }
        self.fib.set_sources(found);
    }

    fn follow_rules(&mut self, now: Instant) {
        let names = self.interfaces.mesh_names(&self.config);
        let wanted = rules::wanted(self.config.general.table, &names, self.sharing);
        if self.rules.as_ref() != Some(&wanted) {
            let is_repair = self.rules.take().is_none() && self.started < now;
            match rules::reconcile(&mut self.kernel, &wanted) {
                Ok(report) => self.rules_made(wanted, report, is_repair, now),
                Err(error) => self.reading_failed(Tables::RULES, &error, now),
            }
        }
        self.follow_sysctls(now);
    }

    fn rules_made(
        &mut self,
        wanted: Vec<Rule>,
        report: RulesReport,
        is_repair: bool,
        now: Instant,
    ) {
        let (added, removed) = (report.added, report.removed);
        if added + removed > 0 {
            let why = if is_repair {
                "they were not as we left them"
            } else {
                "the mesh interfaces ask for it"
            };
            self.journal.decision(
                now,
                format_args!("policy rules: {added} added, {removed} removed: {why}"),
            );
        }
        if is_repair {
            self.counters.rules_repaired += u64::try_from(added + removed).unwrap_or(0);
        }
        match report.failure {
            None => self.rules = Some(wanted),
            Some(error) => self.reading_failed(Tables::RULES, &error, now),
        }
    }

    /// Sets what the kernel must do on the mesh interfaces there are; a device that was made anew has
    /// its settings anew.
    fn follow_sysctls(&mut self, now: Instant) {
        let names = self.interfaces.mesh_names(&self.config);
        let present = names
            .into_iter()
            .filter_map(|name| Some((self.interfaces.index_of(&name)?, name)));
        let wanted = (self.config.general.forwarding, present.collect::<Vec<_>>());
        if self.sysctls.as_ref() == Some(&wanted) {
            return;
        }
        let names: Vec<String> = wanted.1.iter().map(|(_, name)| name.clone()).collect();
        let settings = sysctls::wanted(wanted.0, &names);
        let noted = self.state.sysctls.len();
        for (path, error) in sysctls::apply(&mut self.kernel, &settings, &mut self.state.sysctls) {
            self.journal
                .trouble(now, "sysctl", format_args!("cannot set {path}: {error}"));
        }
        self.sysctls = Some(wanted);
        if self.state.sysctls.len() != noted {
            self.save();
        }
    }

    /// Carries out what the core wants. Changes of the forwarding table go to the kernel in one batch,
    /// before the packets that tell of them leave.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Transmit {
                    interface,
                    destination,
                    payload,
                } => {
                    self.effects.push_back(Effect::Send {
                        interface: interface.0,
                        destination,
                        payload,
                    });
                }
                Output::Fib(change) => self.fib.set(&change),
                Output::Save(saved) => {
                    self.state.take(&saved);
                    self.save();
                }
                Output::Event(event) => {
                    let news = News::new(&event, &self.interfaces);
                    self.effects.push_back(Effect::Publish(news));
                }
            }
        }
        let report = self.fib.apply(&mut self.kernel, now);
        self.log_failures(&report, now);
    }

    fn save(&mut self) {
        self.effects.push_back(Effect::Save(self.state.to_text()));
    }

    /// Notes the numbers in use, in place of those reserved for a crash.
    fn note_exact_numbers(&mut self) {
        self.state.router_id = Some(self.core.router_id());
        self.state.seqno = Some(self.core.seqno());
        for interface in self.core.interfaces() {
            self.state
                .hello
                .insert(interface.config.name.clone(), interface.hello_seqno);
        }
    }

    fn log_failures(&mut self, report: &FibReport, now: Instant) {
        let Some(first) = report.failures.first() else {
            return;
        };
        let (prefix, verb, error, all) = (first.prefix, first.verb, &first.error, report.failed);
        let text = format_args!(
            "the kernel refuses to {verb} the route to {prefix}: {error} ({all} in all); trying again"
        );
        self.journal.trouble(now, "route refused", text);
    }

    fn reading_failed(&mut self, tables: Tables, error: &KernelError, now: Instant) {
        self.resync.retry(tables, now);
        self.kernel_failed("tables", error, now);
    }

    fn kernel_failed(&mut self, what: &'static str, error: &KernelError, now: Instant) {
        self.counters.kernel_errors += 1;
        self.journal.trouble(
            now,
            what,
            format_args!("the kernel refuses a question about {what}: {error}"),
        );
    }
}

fn place(config: &Config) -> Place {
    Place {
        table: config.general.table,
        metric: config.general.metric,
    }
}

fn router_id(config: &Config, saved: &State, random: &mut Random) -> RouterId {
    config
        .general
        .router_id
        .or(saved.router_id)
        .unwrap_or_else(|| random.router_id())
}

fn refuse_twin(fib: &Fib, place: Place, kernel: &mut impl Kernel) -> Result<(), StartError> {
    match fib.foreign_twin(kernel)? {
        None => Ok(()),
        Some(route) => Err(StartError::MetricTaken {
            table: table_name(place.table),
            metric: place.metric,
            destination: route.destination,
            protocol: protocol_name(route.protocol),
        }),
    }
}

fn prefix(destination: &IpPrefix) -> String {
    if destination.is_default() {
        "default".to_owned()
    } else {
        destination.to_string()
    }
}

#[cfg(test)]
mod tests;
