//! The daemon: sockets, signals and timers around the agent, in one thread.

mod accounting;
mod apply;
mod file;
mod neighbours;

use std::io;
use std::net::{IpAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use grange_daemon::build_id::BUILD_ID;
use grange_daemon::client_mode::{FAILED, REFUSED};
use grange_daemon::command_line::Options;
use grange_daemon::control::Server;
use grange_daemon::control_error::ControlError;
use grange_daemon::json::Value;
use grange_daemon::logging;
use grange_daemon::reply::uplinkd as reply;
use grange_daemon::run_dir::RunDir;
use grange_daemon::throttle::Throttle;
use grange_linux::fatal::install_fatal_handler;
use grange_linux::traffic;
use grange_linux::{
    Conntrack, EventLoop, Interest, Kernel, KernelError, KernelEvent, Monitor, NftMonitor, Ready,
    RtNetlink, Signal, Signals, Token, monotonic_micros, sysctl,
};
use grange_ubus::netifd::Netifd;
use grange_uplink::clock::Instant;
use log::{Level, LevelFilter};

use crate::account;
use crate::agent::{Agent, Effect};
use crate::config::Config;
use crate::control::{Answer, Request, handle};
use crate::counts::Counts;
use crate::explain::{self, Place};
use crate::lease::Lease;
use crate::ledger_file::Ledger;
use crate::logical::Logical;
use crate::nft;
use crate::paths::Tables;
use crate::peers::Peers;
use crate::probing::Probing;
use crate::program::PROGRAM;
use crate::returns;
use crate::routing::{self, Routing};
use crate::ruleset;
use crate::saved::{NAME, Saved};
use crate::seed;
use crate::tunnel_address::SHARE_DEVICE;

const MONITOR: Token = Token(0);
const SIGNALS: Token = Token(1);
const NFT: Token = Token(2);
const UBUS: Token = Token(3);
const EXCHANGE: Token = Token(4);
const CONTROL: usize = 5;
const PROBES: usize = CONTROL + Server::TOKENS;
/// Events come in swarms: this long after the first the tables are read once for all of them.
const SETTLING: Duration = Duration::from_millis(20);
/// How often the devices in the table are read, to be put back should somebody remove it.
const DEVICES_STEP: Duration = Duration::from_mins(5);
/// How soon a ruleset that was refused is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// What the crash line calls a build that nobody named.
const UNNAMED: &str = "unnamed-build";

/// Runs the daemon until it is told to stop.
pub fn run(options: &Options) -> ExitCode {
    logging::init(PROGRAM.name, options.log_level.unwrap_or(LevelFilter::Info));
    install_fatal_handler(PROGRAM.name, PROGRAM.version, BUILD_ID.unwrap_or(UNNAMED));
    let Some(reading) = file::read(&options.config) else {
        return ExitCode::from(FAILED);
    };
    file::log_problems(&options.config, &reading.problems);
    let Some(config) = reading.config else {
        return ExitCode::from(REFUSED);
    };
    logging::set_level(file::level(options, &config));
    if !config.general.enabled {
        log::info!("option enabled is 0: there is nothing to do");
        return ExitCode::SUCCESS;
    }
    match Daemon::start(options, config).and_then(|mut daemon| daemon.serve()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(FAILED)
        }
    }
}

/// Says on stderr what is wrong with the configuration.
pub fn check_config(options: &Options) -> ExitCode {
    logging::init(PROGRAM.name, LevelFilter::Info);
    let Some(reading) = file::read(&options.config) else {
        return ExitCode::from(FAILED);
    };
    file::print_problems(&options.config, &reading.problems);
    if reading.config.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    }
}

struct Daemon<'a> {
    options: &'a Options,
    event_loop: EventLoop,
    /// The configuration as it is in the file, with netifd's names.
    configured: Config,
    netifd: Netifd,
    logical: Logical,
    agent: Agent,
    kernel: RtNetlink,
    conntrack: Conntrack,
    probing: Probing,
    monitor: Monitor,
    nft_monitor: NftMonitor,
    signals: Signals,
    server: Server,
    run_dir: RunDir,
    ledger: Ledger,
    /// When the members' counters are read again.
    next_count: Instant,
    /// When the lasting ledger is written again.
    next_write: Instant,
    counts: Counts,
    throttle: Throttle,
    warnings: Vec<String>,
    config_error: Option<String>,
    /// When the tables are read again.
    look: Option<Instant>,
    /// When the devices are read again.
    next_devices: Instant,
    /// When a ruleset that was refused is tried again.
    retry: Option<Instant>,
    /// The routes and rules that the kernel has of us.
    routed: Option<Routing>,
    peers: Peers,
    /// The socket of the gateway exchange, on the mesh address.
    exchange: Option<UdpSocket>,
    lease: Lease,
    /// Whether there is a tunnel, or was.
    has_tunnels: bool,
    /// When tunnels that could not be made are tried again.
    remake: Option<Instant>,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    End,
}

impl<'a> Daemon<'a> {
    fn start(options: &'a Options, config: Config) -> Result<Self, Box<dyn std::error::Error>> {
        let run_dir = RunDir::open(&options.run_dir, PROGRAM.name)?;
        let signals = Signals::new(&[Signal::Terminate, Signal::Interrupt, Signal::Hangup])?;
        // The monitors come before the first look, so that nothing falls between.
        let monitor = Monitor::new()?;
        let nft_monitor = NftMonitor::new()?;
        let mut event_loop = EventLoop::new()?;
        // Before the others are in the loop, which would not tell of them twice.
        let mut netifd = Netifd::new(&options.ubus_socket, UBUS);
        let mut logical = Logical::default();
        if let Some(interfaces) = netifd.first_word(&mut event_loop) {
            logical.handle_interfaces(interfaces);
        }
        event_loop.register(&monitor, MONITOR, Interest::Read)?;
        event_loop.register(&signals, SIGNALS, Interest::Read)?;
        event_loop.register(&nft_monitor, NFT, Interest::Read)?;
        let server = Server::bind(&run_dir, &mut event_loop, CONTROL, reply::EVENT_KINDS)?;
        let saved = match run_dir.read_state(NAME) {
            Ok(bytes) => Saved::parse(&bytes.unwrap_or_default()),
            Err(error) => {
                log::warn!("cannot read the saved state, starting afresh: {error}");
                Saved::default()
            }
        };
        let hash_seed = seed::lasting(&config.general.state_dir).or_else(|error| {
            let dir = config.general.state_dir.display();
            log::warn!(
                "cannot keep the hash's seed in {dir}: {error}; it lasts until the next start"
            );
            seed::random().map(|seed| u32::try_from(seed >> 32).unwrap_or(1))
        })?;
        let state_dir = config.general.state_dir.clone();
        let random = seed::random()?;
        let [high, low, ..] = random.to_be_bytes();
        let time = now();
        let mut daemon = Self {
            options,
            agent: Agent::new(logical.resolve(&config), saved, hash_seed, random, time),
            configured: config,
            netifd,
            logical,
            kernel: RtNetlink::new()?,
            conntrack: Conntrack::new()?,
            probing: Probing::new(PROBES, u16::from_be_bytes([high, low])),
            event_loop,
            monitor,
            nft_monitor,
            signals,
            server,
            ledger: accounting::load(&state_dir, &run_dir),
            next_count: time,
            next_write: time + accounting::WRITE_STEP,
            run_dir,
            counts: Counts::default(),
            throttle: Throttle::default(),
            warnings: Vec::new(),
            config_error: None,
            look: None,
            next_devices: time,
            retry: None,
            routed: None,
            peers: Peers::new(seed::secret()?),
            exchange: None,
            lease: Lease::new(&options.run_dir, time),
            has_tunnels: false,
            remake: None,
        };
        daemon.warn_of_others();
        daemon.read_devices();
        daemon.make_account_table();
        daemon.make_tunnels();
        daemon.look();
        log::info!("{} uplinks configured", daemon.agent.uplinks().len());
        Ok(daemon)
    }

    fn serve(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        self.carry_out();
        let mut ready = Vec::new();
        loop {
            self.event_loop.wait(self.timeout(), &mut ready)?;
            if self.turn(&ready)? == Flow::End {
                return Ok(());
            }
        }
    }

    /// One round: everybody who has something to say gets a bounded turn.
    fn turn(&mut self, ready: &[Ready]) -> Result<Flow, Box<dyn std::error::Error>> {
        for event in ready {
            match event.token {
                MONITOR => self.hear_kernel(),
                NFT => self.hear_nft(),
                UBUS => self.netifd.handle_ready(&mut self.event_loop),
                EXCHANGE => self.hear_peers(),
                SIGNALS => {
                    if self.hear_signals()? == Flow::End {
                        return Ok(Flow::End);
                    }
                }
                token if self.probing.owns(token) => {
                    self.probing.handle_ready(&mut self.event_loop, token);
                    self.hear_answers();
                }
                _ => self.server.handle_ready(&mut self.event_loop, *event),
            }
        }
        if self.answer_calls() == Flow::End {
            return Ok(Flow::End);
        }
        self.hear_netifd();
        self.handle_timeouts();
        self.carry_out();
        self.follow_neighbours();
        self.carry_out();
        Ok(Flow::On)
    }

    fn timeout(&self) -> Option<Duration> {
        let next = [
            self.agent.poll_timeout(),
            self.agent.poll_counters(),
            self.probing.poll_timeout(),
            self.look,
            self.retry,
            Some(self.next_devices),
            self.remake,
            self.peers.poll_timeout().filter(|_| self.has_tunnels),
            self.lease.poll_timeout(self.wanted_leases()),
            Some(self.next_count).filter(|_| self.is_counting()),
        ];
        let next = next.into_iter().flatten().min();
        let next = next.map(|next| now().until(next));
        next.into_iter().chain(self.netifd.due_in()).min()
    }

    fn handle_timeouts(&mut self) {
        let time = now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= time);
        if is_due(self.look) {
            self.look();
        }
        if is_due(self.probing.poll_timeout()) {
            self.probing.handle_timeout(&mut self.event_loop, time);
            self.hear_answers();
        }
        if is_due(self.agent.poll_timeout()) {
            self.agent.handle_timeout(time);
        }
        if is_due(self.agent.poll_counters()) {
            match std::fs::read_to_string(traffic::FILE) {
                Ok(text) => self.agent.handle_counters(&text, time),
                Err(error) => {
                    self.trouble(
                        "counters",
                        format_args!("cannot read the counters: {error}"),
                    );
                    self.agent.handle_counters("", time);
                }
            }
        }
        if is_due(Some(self.next_devices)) {
            self.read_devices();
        }
        if is_due(Some(self.next_count)) && self.is_counting() {
            self.count();
        }
        if is_due(self.retry) {
            self.retry = None;
            self.agent.handle_refused();
        }
    }

    fn hear_kernel(&mut self) {
        let mut events = Vec::new();
        if let Err(error) = self.monitor.read(&mut events) {
            self.trouble("monitor", format_args!("cannot hear the kernel: {error}"));
            events.push(KernelEvent::Overrun);
        }
        let matters = |event: &KernelEvent| match event {
            KernelEvent::LinkChanged(_)
            | KernelEvent::LinkRemoved(_)
            | KernelEvent::AddressAdded(_)
            | KernelEvent::AddressRemoved(_)
            | KernelEvent::Overrun => true,
            KernelEvent::RouteAdded(route) => route.destination.is_default() && route.table == 254,
            KernelEvent::RouteRemoved(route) => {
                let own = 254..=1060;
                (route.destination.is_default() && own.contains(&route.table))
                    || route.table == returns::TABLE
            }
            KernelEvent::RuleRemoved(rule) => routing::is_ours(rule),
            KernelEvent::RuleAdded(_) | KernelEvent::NeighbourFailed { .. } => false,
        };
        // A lost carrier cannot wait for the swarm.
        let urgent = |event: &KernelEvent| {
            matches!(event, KernelEvent::LinkChanged(link) if !link.is_usable())
                || matches!(event, KernelEvent::LinkRemoved(_))
        };
        if events.iter().any(urgent) {
            self.look();
        } else if events.iter().any(matters) {
            self.look.get_or_insert_with(|| now() + SETTLING);
        }
    }

    fn hear_netifd(&mut self) {
        self.netifd.handle_timeout(&mut self.event_loop);
        let Some(interfaces) = self.netifd.poll_interfaces(&mut self.event_loop) else {
            return;
        };
        self.logical.handle_interfaces(interfaces);
        let config = self.logical.resolve(&self.configured);
        if config != *self.agent.config() {
            self.agent.handle_config(config, now());
            self.make_account_table();
            self.make_tunnels();
            self.look();
        }
    }

    fn hear_nft(&mut self) {
        match self.nft_monitor.has_lost(ruleset::TABLE) {
            Ok(false) => {}
            Ok(true) => {
                self.counts.restored += 1;
                // Whoever flushed one table has flushed the other.
                self.make_account_table();
                self.make_tunnels();
                self.agent.handle_lost_table(now());
            }
            Err(error) => self.trouble("nft", format_args!("cannot hear nftables: {error}")),
        }
    }

    fn hear_answers(&mut self) {
        while let Some(answer) = self.probing.poll_answer() {
            self.agent.handle_answer(answer, now());
        }
    }

    fn hear_signals(&mut self) -> io::Result<Flow> {
        while let Some(signal) = self.signals.read()? {
            match signal {
                Signal::Terminate | Signal::Interrupt => {
                    log::info!("stopping; table, routes and rules stay in the kernel");
                    self.count();
                    self.write_ledger();
                    return Ok(Flow::End);
                }
                Signal::Hangup => {
                    // What is wrong has been logged.
                    let _ = self.reload();
                }
                Signal::User1 | Signal::User2 | Signal::Child => {}
            }
        }
        Ok(Flow::On)
    }

    fn answer_calls(&mut self) -> Flow {
        while let Some(call) = self.server.poll_call(&mut self.event_loop) {
            match call.method.as_str() {
                // Whoever asks each second does not want a process for it each time.
                "status" if call.params.get("devices").and_then(Value::as_bool) == Some(false) => {}
                "status" | "uplinks" | "metrics" => self.read_devices(),
                "usage" | "bill" => self.count(),
                _ => {}
            }
            let warnings: Vec<String> = self
                .warnings
                .iter()
                .chain(&self.config_error)
                .cloned()
                .collect();
            let request = handle(
                &mut self.agent,
                &self.counts,
                &self.ledger,
                &warnings,
                &call.method,
                &call.params,
                now(),
            );
            match request {
                Request::Answered(outcome) => self.server.reply(call.client, outcome),
                Request::Explain(question) => {
                    let place = self.place_of(question.address);
                    let reply = explain::explain(&self.agent, &question, &place);
                    self.server.reply(call.client, Ok(Answer::Explained(reply)));
                }
                Request::Reload => {
                    let outcome = self.reload().map(|warnings| Answer::Reloaded { warnings });
                    self.server.reply(call.client, outcome);
                }
                Request::Leave(wait) => {
                    let outcome = self.leave().map(Answer::Left);
                    let left = outcome.is_ok();
                    self.server.reply(call.client, outcome);
                    if left {
                        // Replies are written while the next call is looked for.
                        while self.server.poll_call(&mut self.event_loop).is_some() {}
                        self.wait_for_signal(wait);
                        return Flow::End;
                    }
                }
            }
            self.carry_out();
        }
        Flow::On
    }

    /// Where the kernel's neighbour cache has an address.
    fn place_of(&mut self, address: IpAddr) -> Place {
        let neighbours = self.kernel.neighbours().unwrap_or_default();
        let mut known = neighbours.iter().filter(|entry| entry.address == address);
        let Some(entry) = known.find(|entry| entry.ether_address.is_some()) else {
            return Place::default();
        };
        let links = self.kernel.links().unwrap_or_default();
        let link = links.into_iter().find(|link| link.index == entry.index);
        let octets = entry.ether_address.unwrap_or_default();
        Place {
            device: link.map(|link| link.name),
            ether: Some(octets.map(|octet| format!("{octet:02x}")).join(":")),
        }
    }

    /// Takes the configuration as it is in the file now, or keeps the old one; what is odd about it.
    fn reload(&mut self) -> Result<Vec<String>, ControlError> {
        match file::load(self.options) {
            Ok((config, warnings)) => {
                logging::set_level(file::level(self.options, &config));
                if !config.general.enabled {
                    log::info!(
                        "option enabled is 0: leaving the uplinks alone from the next start on"
                    );
                }
                self.agent
                    .handle_config(self.logical.resolve(&config), now());
                self.configured = config;
                self.config_error = None;
                self.make_account_table();
                self.make_tunnels();
                log::info!("the configuration was read again");
                self.look();
                self.carry_out();
                Ok(warnings)
            }
            Err(error) => {
                log::error!("{error}; the configuration stays as it was");
                self.config_error = Some(format!(
                    "the configuration file is not in use, the one before goes on: {error}"
                ));
                Err(ControlError::refused(error))
            }
        }
    }

    /// Does nothing more until a signal ends it, or the time is over.
    fn wait_for_signal(&mut self, wait: Duration) {
        let deadline = now() + wait;
        let mut ready = Vec::new();
        while now() < deadline {
            let told = self
                .signals
                .read()
                .is_ok_and(|signal| matches!(signal, Some(Signal::Terminate | Signal::Interrupt)));
            let left = now().until(deadline);
            if told || self.event_loop.wait(Some(left), &mut ready).is_err() {
                return;
            }
        }
    }

    fn leave(&mut self) -> Result<reply::Left, ControlError> {
        self.count();
        self.write_ledger();
        let removal = [ruleset::removal(), account::removal()].concat();
        nft::apply(&removal).map_err(|error| ControlError::failed(error.to_string()))?;
        self.remove_tunnels();
        let removed = routing::remove_all(&mut self.kernel)
            .map_err(|error| ControlError::failed(error.to_string()))?;
        // Nothing remains that numbers and counters would have to agree with.
        let _ = self.run_dir.remove_state(NAME);
        let _ = self.run_dir.remove_state(accounting::RECENT);
        log::info!("left: the table is gone, with {removed} routes and rules");
        Ok(reply::Left {
            removed: u32::try_from(removed).unwrap_or(u32::MAX),
        })
    }

    /// Reads the kernel's tables and follows them.
    fn look(&mut self) {
        self.look = None;
        match Tables::read(&mut self.kernel) {
            Ok(tables) => {
                self.agent.handle_tables(&tables, now());
                self.loosen_filters();
                self.reconcile();
            }
            Err(error) => {
                self.trouble(
                    "tables",
                    format_args!("cannot read the kernel's tables: {error}"),
                );
                self.look = Some(now() + AGAIN);
            }
        }
        self.carry_out();
    }

    /// Makes routes and rules right, whatever the kernel has.
    fn reconcile(&mut self) {
        let wanted = self.agent.wanted();
        let made = routing::reconcile(&mut self.kernel, &wanted);
        self.note_routing(wanted, made);
    }

    /// The same when nothing but our own wishes has changed since the last time: what the kernel has is known.
    fn follow(&mut self) {
        let wanted = self.agent.wanted();
        match &self.routed {
            Some(routed) if *routed == wanted => {}
            Some(routed) => {
                let made = routing::follow(&mut self.kernel, routed, &wanted);
                self.note_routing(wanted, made);
            }
            None => self.reconcile(),
        }
    }

    fn note_routing(&mut self, wanted: Routing, made: Result<usize, KernelError>) {
        self.routed = made.is_ok().then_some(wanted);
        if let Err(error) = made {
            self.trouble(
                "routes",
                format_args!("the kernel refuses routes or rules: {error}"),
            );
            self.look.get_or_insert_with(|| now() + AGAIN);
        }
    }

    /// A strict reverse path filter drops what comes back by another uplink than `main` would take.
    fn loosen_filters(&mut self) {
        let devices: Vec<String> = self
            .agent
            .uplinks()
            .iter()
            .map(|uplink| uplink.section.device.clone())
            .chain(self.has_tunnels.then(|| SHARE_DEVICE.to_owned()))
            .collect();
        for device in devices {
            let path = sysctl::ipv4_rp_filter(&device);
            let all = self.kernel.sysctl(&sysctl::ipv4_rp_filter("all"));
            let own = self.kernel.sysctl(&path);
            let (Ok(all), Ok(own)) = (all, own) else {
                continue;
            };
            if own != "2" && (all == "1" || own == "1") {
                match self.kernel.set_sysctl(&path, "2") {
                    Ok(()) => log::info!("the reverse path filter of {device} is loose now (2)"),
                    Err(error) => self.trouble("rp_filter", format_args!("{path}: {error}")),
                }
            }
        }
    }

    fn read_devices(&mut self) {
        self.next_devices = now() + DEVICES_STEP;
        match nft::list_devices() {
            Ok(devices) => self.agent.handle_devices(devices),
            Err(error) => self.trouble("devices", format_args!("{error}")),
        }
    }

    /// Rules of another balancer would go on setting marks.
    fn warn_of_others(&mut self) {
        for file in ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"] {
            let tables = std::fs::read_to_string(file).unwrap_or_default();
            if tables.lines().any(|table| table == "mangle") {
                let text = "legacy iptables has a mangle table loaded, perhaps left over from mwan3: if \
                            it sets marks, connections leave by the wrong uplink; see iptables-legacy \
                            -t mangle -S";
                log::warn!("{text}");
                self.warnings.push(text.to_owned());
                return;
            }
        }
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.agent.poll_effect(now()) {
            match effect {
                Effect::Ask(question) => {
                    self.counts.probes += 1;
                    if let Err(error) = self.probing.ask(&mut self.event_loop, *question, now()) {
                        self.counts.probe_errors += 1;
                        self.trouble("probe", format_args!("a probe cannot be sent: {error}"));
                    }
                    self.hear_answers();
                }
                Effect::Forget(id, family) => {
                    self.probing.forget(&mut self.event_loop, id, family);
                }
                Effect::Routes => self.follow(),
                Effect::Save(text) => {
                    if let Err(error) = self.run_dir.write_state(NAME, text.as_bytes()) {
                        self.trouble("state", format_args!("cannot write the state: {error}"));
                    }
                }
                Effect::Apply(change) => self.apply(&change),
            }
        }
    }

    fn trouble(&mut self, cause: &'static str, text: std::fmt::Arguments<'_>) {
        self.throttle
            .log(Level::Warn, cause, monotonic_micros(), text);
    }
}

fn now() -> Instant {
    Instant::from_micros(monotonic_micros())
}
