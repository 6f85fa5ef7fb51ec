//! The daemon: bus, sockets, signals and timers around the service, in one thread.

mod callers;
mod control;
mod pings;

use std::io;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use grange_daemon::command_line::Options;
use grange_daemon::config_file::{self, Configuration as _};
use grange_daemon::control::Server;
use grange_daemon::logging;
use grange_daemon::run_dir::{RunDir, socket_path};
use grange_daemon::start;
use grange_linux::{EventLoop, Interest, Ready, Signal, Signals, Token, monotonic_micros, traffic};
use grange_ubus::{Bus, Client, Event};

use crate::config::Config;
use crate::daemon_link::{DaemonLink, DaemonSocket};
use crate::facts::Source;
use crate::history::History;
use crate::moment::Moment;
use crate::objects;
use crate::program::PROGRAM;
use crate::run::callers::Callers;
use crate::run::pings::Pings;
use crate::service::{Output, Service};

const SIGNALS: Token = Token(0);
const BUS: Token = Token(1);
const DAEMONS: usize = 2;
const PINGS: usize = DAEMONS + Source::ALL.len();
const CONTROL: usize = PINGS + Pings::TOKENS;
/// The name of the state in the run directory.
const HISTORY: &str = "history";

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
    config: Config,
    event_loop: EventLoop,
    signals: Signals,
    bus: Bus,
    daemons: [DaemonSocket; 2],
    server: Server,
    run_dir: RunDir,
    service: Service,
    callers: Callers,
    pings: Pings,
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
        let mut event_loop = EventLoop::new()?;
        event_loop.register(&signals, SIGNALS, Interest::Read)?;
        let server = Server::bind(&run_dir, &mut event_loop, CONTROL, &[])?;
        let time = now();
        let history = match run_dir.read_state(HISTORY) {
            Ok(octets) => History::restored(&octets.unwrap_or_default(), time.since_boot),
            Err(error) => {
                log::warn!("cannot read the history, starting afresh: {error}");
                History::default()
            }
        };
        let daemons = Source::ALL.map(|source| {
            let kinds: &[&str] = match source {
                Source::Routed => &["interface", "neighbour"],
                Source::Uplinkd => &["uplink"],
            };
            let link = DaemonLink::new(source.name(), kinds);
            let path = socket_path(&options.run_dir, source.name());
            DaemonSocket::new(link, path, Token(DAEMONS + source.index()))
        });
        let mut bus = Bus::new(Client::new(), &options.ubus_socket, BUS);
        let mut callers = Callers::default();
        for object in objects::of(&config) {
            callers.publish(&mut bus, *object, time.since_boot);
        }
        let mut service = Service::new(history, time.since_boot);
        service.handle_history_option(config.history);
        Ok(Self {
            options,
            config,
            event_loop,
            signals,
            bus,
            daemons,
            server,
            run_dir,
            service,
            callers,
            pings: Pings::new(PINGS),
        })
    }

    fn serve(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        let mut ready = Vec::new();
        self.handle_timeouts();
        self.carry_out();
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
            let time = now();
            match event.token {
                SIGNALS => {
                    if self.hear_signals()? == Flow::End {
                        return Ok(Flow::End);
                    }
                }
                BUS => self.bus.handle_ready(&mut self.event_loop, time.since_boot),
                Token(place) if (DAEMONS..PINGS).contains(&place) => {
                    if let Some(daemon) = self.daemons.get_mut(place - DAEMONS) {
                        daemon.handle_ready(&mut self.event_loop, time.since_boot);
                    }
                }
                token if self.pings.owns(token) => {
                    for (job, sequence) in self.pings.handle_ready(token) {
                        self.service.handle_pong(job, sequence, now());
                    }
                }
                _ => self.server.handle_ready(&mut self.event_loop, *event),
            }
        }
        self.handle_timeouts();
        self.carry_out();
        Ok(Flow::On)
    }

    fn timeout(&self) -> Option<Duration> {
        let daemons = self.daemons.iter().filter_map(DaemonSocket::poll_timeout);
        let ours = self.service.poll_timeout().into_iter();
        let next = daemons.chain(ours).chain(self.bus.poll_timeout()).min()?;
        Some(next.saturating_sub(now().since_boot))
    }

    fn handle_timeouts(&mut self) {
        let time = now();
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= time.since_boot);
        if is_due(self.bus.poll_timeout()) {
            self.bus
                .handle_timeout(&mut self.event_loop, time.since_boot);
        }
        for daemon in &mut self.daemons {
            if is_due(daemon.poll_timeout()) {
                daemon.handle_timeout(&mut self.event_loop, time.since_boot);
            }
        }
        if is_due(self.service.poll_timeout()) {
            self.service.handle_timeout(time);
        }
    }

    /// Passes on what each has for the others, until nobody has anything.
    fn carry_out(&mut self) {
        loop {
            let mut is_quiet = true;
            while let Some(event) = self.bus.poll_event() {
                is_quiet = false;
                self.hear_bus(event);
            }
            for source in Source::ALL {
                while let Some(event) = self.daemon(source).poll_event() {
                    is_quiet = false;
                    self.service.handle_link(source, event, now());
                }
            }
            while let Some(call) = self.server.poll_call(&mut self.event_loop) {
                is_quiet = false;
                self.answer_control(&call);
            }
            while let Some(output) = self.service.poll_output() {
                is_quiet = false;
                self.put_out(output);
            }
            if is_quiet {
                break;
            }
        }
        let time = now().since_boot;
        self.bus.flush(&mut self.event_loop, time);
        for daemon in &mut self.daemons {
            daemon.flush(&mut self.event_loop, time);
        }
    }

    fn hear_bus(&mut self, event: Event) {
        match event {
            Event::Request(request) => {
                let heard = self.callers.handle_request(request);
                if let Some((asker, object, method, arguments)) = heard {
                    self.service
                        .handle_call(asker, object, method, arguments, now());
                }
            }
            Event::Ready => log::info!("the objects are on the bus"),
            Event::Disconnected => log::warn!("ubusd has gone; waiting for it"),
            Event::Refused { object, status } => {
                let path = self.callers.path(object).unwrap_or("an object");
                log::warn!(
                    "ubusd refuses {path} ({status}): is another program there, or an ACL missing?"
                );
            }
            _ => {}
        }
    }

    fn put_out(&mut self, output: Output) {
        match output {
            Output::Ask {
                source,
                tag,
                method,
                params,
                deadline,
            } => self
                .daemon(source)
                .client()
                .ask(tag, method, &params, deadline),
            Output::Answer { asker, outcome } => {
                self.callers
                    .answer(&mut self.bus, &mut self.server, asker, &outcome);
            }
            // Without the file there are no rates, and the pages say so.
            Output::ReadCounters => {
                let text = std::fs::read_to_string(traffic::FILE).unwrap_or_default();
                self.service.handle_counters(&text, now());
            }
            Output::Ping {
                job,
                address,
                interface,
                sequence,
            } => {
                let sent =
                    self.pings
                        .send(&mut self.event_loop, job, address, &interface, sequence);
                if let Err(error) = sent {
                    self.service
                        .handle_ping_failed(job, &error.to_string(), now());
                }
            }
            Output::PingsEnd(job) => self.pings.end(&mut self.event_loop, job),
            Output::Save(octets) => {
                if let Err(error) = self.run_dir.write_state(HISTORY, &octets) {
                    log::warn!("cannot write the history down: {error}");
                }
            }
        }
    }

    fn hear_signals(&mut self) -> io::Result<Flow> {
        while let Some(signal) = self.signals.read()? {
            match signal {
                Signal::Terminate | Signal::Interrupt => {
                    log::info!("stopping");
                    self.service.save();
                    self.carry_out();
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

    /// Takes the configuration as it is in the file now, or keeps the old one; what is odd about it.
    fn reload(&mut self) -> Result<Vec<String>, String> {
        let (config, warnings) = config_file::load::<Config>(&self.options.config)?;
        logging::set_level(config.level(self.options));
        self.service.handle_history_option(config.history);
        if (config.babeld, config.mwan3, config.enabled)
            != (self.config.babeld, self.config.mwan3, self.config.enabled)
        {
            log::warn!("enabled, babeld and mwan3 take effect at the next start");
        }
        self.config = config;
        log::info!("the configuration was read again");
        Ok(warnings)
    }

    fn daemon(&mut self, source: Source) -> &mut DaemonSocket {
        let [routed, uplinkd] = &mut self.daemons;
        match source {
            Source::Routed => routed,
            Source::Uplinkd => uplinkd,
        }
    }
}

fn now() -> Moment {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH);
    Moment {
        since_boot: Duration::from_micros(monotonic_micros()),
        wall_s: wall.map_or(0, |wall| wall.as_secs()),
    }
}
