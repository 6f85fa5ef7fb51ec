//! The daemon: sockets, signals and timers around the agent, in one thread.

mod accounting;
mod apply;
mod calls;
mod hotplug;
mod kernel;
mod neighbours;
mod prefixes;
mod shapers;

use std::io;
use std::net::UdpSocket;
use std::process::ExitCode;
use std::time::Duration;

use grange_daemon::command_line::Options;
use grange_daemon::control::Server;
use grange_daemon::reply::uplinkd as reply;
use grange_daemon::run_dir::RunDir;
use grange_daemon::start;
use grange_daemon::throttle::Throttle;
use grange_linux::traffic;
use grange_linux::{
    Conntrack, EventLoop, Interest, Monitor, NftMonitor, Ready, RtNetlink, Signal, Signals, Token,
    WireguardKey, monotonic_micros,
};
use grange_ubus::netifd::Netifd;
use grange_uplink::clock::Instant;
use grange_uplink::exchange::Balance;
use litemap::LiteMap;
use log::Level;

use crate::agent::{Agent, Effect};
use crate::config::Config;
use crate::counts::Counts;
use crate::lan_prefixes::LanPrefixes;
use crate::lease::Lease;
use crate::ledger_file::Ledger;
use crate::logical::Logical;
use crate::nft;
use crate::peers::Peers;
use crate::probing::Probing;
use crate::program::PROGRAM;
use crate::routing::Routing;
use crate::saved::{NAME, Saved};
use crate::seed;
use crate::shaping::Shaping;

const MONITOR: Token = Token(0);
const SIGNALS: Token = Token(1);
const NFT: Token = Token(2);
const UBUS: Token = Token(3);
const EXCHANGE: Token = Token(4);
const INNER_EXCHANGE: Token = Token(5);
const CONTROL: usize = 6;
const PROBES: usize = CONTROL + Server::TOKENS;
/// Events come in swarms: this long after the first the tables are read once for all of them.
const SETTLING: Duration = Duration::from_millis(20);
/// How often the devices in the table are read, to be put back should somebody remove it.
const DEVICES_STEP: Duration = Duration::from_mins(5);
/// How soon a ruleset that was refused is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Runs the daemon until it is told to stop.
pub fn run(options: &Options) -> ExitCode {
    start::run(&PROGRAM, options, |config| {
        Daemon::start(options, config)?.serve()
    })
}

/// Says on stderr what is wrong with the configuration.
pub fn check_config(options: &Options) -> ExitCode {
    start::check_config::<Config>(&PROGRAM, options)
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
    /// How the members stand by the ledger, as of the last count.
    balances: LiteMap<String, Balance>,
    /// When the members' counters are read again.
    next_count: Instant,
    /// When the lasting ledger is written again.
    next_write: Instant,
    /// The hash of the counting table's text, as the kernel has taken it.
    accounted: Option<u64>,
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
    lan_prefixes: LanPrefixes,
    shaping: Shaping,
    peers: Peers,
    /// The socket of the gateway exchange, on the mesh address.
    exchange: Option<UdpSocket>,
    /// The same inside WireGuard tunnels.
    inner_exchange: Option<UdpSocket>,
    /// This router's public key for WireGuard, once the kernel has said it.
    public_key: Option<WireguardKey>,
    lease: Lease,
    /// Whether there is a tunnel, or was.
    has_tunnels: bool,
    /// When tunnels that could not be made are tried again.
    remake: Option<Instant>,
    /// When the hours at which is shared are looked at again.
    next_hours: Instant,
    hotplug: hotplug::Hotplug,
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
            lan_prefixes: prefixes::load(&run_dir),
            shaping: Shaping::default(),
            balances: LiteMap::new(),
            next_count: time,
            next_write: time + accounting::WRITE_STEP,
            accounted: None,
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
            inner_exchange: None,
            public_key: None,
            lease: Lease::new(&options.run_dir, time),
            has_tunnels: false,
            remake: None,
            next_hours: time,
            hotplug: hotplug::Hotplug::default(),
        };
        daemon.warn_of_others();
        daemon.read_devices();
        daemon.make_account_table();
        daemon.follow_hours();
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
                EXCHANGE | INNER_EXCHANGE => self.hear_peers(),
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
        self.call_scripts();
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
            self.poll_hours(),
            self.hotplug.poll_timeout(),
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
        if is_due(self.poll_hours()) {
            self.follow_hours();
        }
        if is_due(self.retry) {
            self.retry = None;
            self.agent.handle_refused();
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

    fn read_devices(&mut self) {
        self.next_devices = now() + DEVICES_STEP;
        match nft::list_devices() {
            Ok(devices) => self.agent.handle_devices(devices),
            Err(error) => self.trouble("devices", format_args!("{error}")),
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
