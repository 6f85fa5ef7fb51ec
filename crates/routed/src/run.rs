//! The daemon: sockets, signals and timers around the agent, in one thread.

mod sockets;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_daemon::command_line::Options;
use grange_daemon::config_file::{self, Configuration as _};
use grange_daemon::control::{ClientId, Server};
use grange_daemon::control_error::ControlError;
use grange_daemon::logging;
use grange_daemon::reply::routed as reply;
use grange_daemon::run_dir::RunDir;
use grange_daemon::start;
use grange_linux::{
    EventLoop, Interest, KernelEvent, Monitor, Ready, RtNetlink, Signal, Signals, Token,
    monotonic_micros,
};
use grange_ubus::netifd::{Interface, Netifd};

use crate::agent::{Agent, Effect};
use crate::config::{Config, Logical};
use crate::control::{Answer, Request, handle};
use crate::local::Local;
use crate::program::PROGRAM;
use crate::random::Random;
use crate::report::count;
use crate::run::sockets::Mesh;
use crate::state::{NAME, State};

const MESH: Token = Token(0);
const MONITOR: Token = Token(1);
const SIGNALS: Token = Token(2);
const UBUS: Token = Token(3);
const CONTROL: usize = 4;
const LOCAL: usize = CONTROL + Server::TOKENS;
/// How long neighbours have to acknowledge our retractions before we go.
const LEAVING: Duration = Duration::from_secs(1);

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
    agent: Agent<RtNetlink>,
    mesh: Mesh,
    monitor: Monitor,
    netifd: Netifd,
    signals: Signals,
    server: Server,
    local: Local,
    run_dir: RunDir,
    watching: bool,
    leaving: Option<Farewell>,
}

/// Who is to be told once we have left, and when that is at the latest.
struct Farewell {
    clients: Vec<ClientId>,
    deadline: Instant,
    wait: Duration,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    End,
}

impl<'a> Daemon<'a> {
    fn start(options: &'a Options, mut config: Config) -> Result<Self, Box<dyn std::error::Error>> {
        let run_dir = RunDir::open(&options.run_dir, PROGRAM.name)?;
        let signals = Signals::new(&[Signal::Terminate, Signal::Interrupt, Signal::Hangup])?;
        // The monitor comes before the first look at the tables, so that nothing falls between.
        let monitor = Monitor::new()?;
        let mesh = Mesh::bind()?;
        let mut event_loop = EventLoop::new()?;
        // Before the others are in the loop, which would not tell of them twice.
        let mut netifd = Netifd::new(&options.ubus_socket, UBUS);
        config.logical = logical(netifd.first_word(&mut event_loop).unwrap_or_default());
        event_loop.register(&mesh, MESH, Interest::Read)?;
        event_loop.register(&monitor, MONITOR, Interest::Read)?;
        event_loop.register(&signals, SIGNALS, Interest::Read)?;
        let server = Server::bind(&run_dir, &mut event_loop, CONTROL, reply::EVENT_KINDS)?;
        let state = saved_state(&run_dir);
        let agent = Agent::start(
            RtNetlink::new()?,
            config,
            state,
            Random::from_kernel()?,
            now(),
        )?;
        log::info!(
            "router-id {}, {} of {} interfaces up",
            agent.core().router_id(),
            agent.interfaces().up_count(),
            agent.interfaces().rows(agent.config()).len()
        );
        Ok(Self {
            options,
            event_loop,
            agent,
            mesh,
            monitor,
            netifd,
            signals,
            server,
            local: Local::new(LOCAL, now()),
            run_dir,
            watching: false,
            leaving: None,
        })
    }

    fn serve(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        self.open_local();
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
                MESH => self.mesh.set_ready(),
                MONITOR => self.hear_kernel(),
                UBUS => self.netifd.handle_ready(&mut self.event_loop),
                SIGNALS => {
                    if self.hear_signals()? == Flow::End {
                        return Ok(Flow::End);
                    }
                }
                token if self.server.owns(token) => {
                    self.server.handle_ready(&mut self.event_loop, *event);
                }
                _ => self
                    .local
                    .handle_ready(&mut self.event_loop, *event, &self.agent, now()),
            }
            self.carry_out();
        }
        self.receive();
        self.hear_netifd();
        self.answer_calls();
        let time = now();
        if self.agent.poll_timeout().is_some_and(|at| at <= time) {
            self.agent.handle_timeout(time);
        }
        self.carry_out();
        self.local.handle_timeout(&self.agent, now());
        Ok(self.go_if_time())
    }

    fn timeout(&self) -> Option<Duration> {
        if self.mesh.is_ready() {
            return Some(Duration::ZERO);
        }
        let farewell = self.leaving.as_ref().map(|farewell| farewell.deadline);
        let next = [
            self.agent.poll_timeout(),
            self.local.poll_timeout(),
            farewell,
        ]
        .into_iter()
        .flatten()
        .min();
        let next = next.map(|next| now().until(next));
        next.into_iter().chain(self.netifd.due_in()).min()
    }

    fn receive(&mut self) {
        while let Some(datagram) = self.mesh.receive(self.agent.journal(), now()) {
            self.agent.handle_packet(datagram, now());
            while let Some(effect) = self.agent.poll_effect() {
                self.perform(effect);
            }
        }
    }

    fn hear_kernel(&mut self) {
        let mut events = Vec::new();
        if let Err(error) = self.monitor.read(&mut events) {
            let text = format_args!("cannot hear the kernel: {error}");
            self.agent.journal().trouble(now(), "monitor", text);
            events.push(KernelEvent::Overrun);
        }
        self.agent.handle_kernel_events(&events, now());
    }

    fn hear_netifd(&mut self) {
        self.netifd.handle_timeout(&mut self.event_loop);
        if let Some(interfaces) = self.netifd.poll_interfaces(&mut self.event_loop) {
            self.agent.handle_logical(logical(interfaces), now());
        }
    }

    fn hear_signals(&mut self) -> io::Result<Flow> {
        while let Some(signal) = self.signals.read()? {
            match signal {
                Signal::Terminate | Signal::Interrupt => {
                    log::info!("stopping; routes and rules stay in the kernel");
                    let state = self.agent.final_state();
                    self.run_dir.write_state(NAME, state.as_bytes())?;
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

    fn answer_calls(&mut self) {
        while let Some(call) = self.server.poll_call(&mut self.event_loop) {
            let traffic = self.mesh.traffic();
            match handle(&mut self.agent, &traffic, &call.method, &call.params, now()) {
                Request::Answered(outcome) => self.server.reply(call.client, outcome),
                Request::Reload => {
                    let outcome = self.reload().map(|warnings| Answer::Reloaded { warnings });
                    self.server.reply(call.client, outcome);
                }
                Request::Leave { wait } => self.leave(Some(call.client), wait),
            }
            self.carry_out();
        }
        let watching = self.server.subscribers() > 0 || self.local.is_monitored();
        if watching != self.watching {
            self.watching = watching;
            self.agent.handle_watch(watching);
        }
    }

    /// Takes the configuration as it is in the file now, or keeps the old one; what is odd about it.
    fn reload(&mut self) -> Result<Vec<String>, ControlError> {
        let outcome = config_file::load::<Config>(&self.options.config);
        let applied = outcome.and_then(|(config, warnings)| {
            let (enabled, level) = (config.general.enabled, config.level(self.options));
            self.agent
                .handle_config(config, now())
                .map_err(|error| error.to_string())?;
            logging::set_level(level);
            Ok((enabled, warnings))
        });
        match applied {
            Ok((enabled, warnings)) => {
                log::info!("the configuration was read again");
                self.agent.set_config_error(None);
                self.open_local();
                if !enabled {
                    self.leave(None, Duration::ZERO);
                }
                Ok(warnings)
            }
            Err(error) => {
                log::error!("{error}; the configuration stays as it was");
                self.agent.set_config_error(Some(error.clone()));
                Err(ControlError::refused(error))
            }
        }
    }

    /// Opens babeld's local protocol where the configuration says, and closes it elsewhere.
    fn open_local(&mut self) {
        let general = &self.agent.config().general;
        for problem in self.local.configure(&mut self.event_loop, general) {
            log::error!("{problem}; readers of babeld's local protocol are not served there");
        }
    }

    fn leave(&mut self, client: Option<ClientId>, wait: Duration) {
        let time = now();
        self.agent.handle_leave(time);
        let farewell = self.leaving.get_or_insert_with(|| Farewell {
            clients: Vec::new(),
            deadline: time + LEAVING,
            wait: Duration::ZERO,
        });
        farewell.clients.extend(client);
        farewell.wait = farewell.wait.max(wait);
    }

    /// Ends the loop once neighbours have acknowledged, or have had their time.
    fn go_if_time(&mut self) -> Flow {
        let time = now();
        let core_is_done = self.agent.core().poll_timeout().is_none();
        let Some(farewell) = self
            .leaving
            .take_if(|farewell| core_is_done || farewell.deadline <= time)
        else {
            return Flow::On;
        };
        let left = self.agent.finish_leaving(time);
        self.carry_out();
        let left = reply::Left {
            retracted: count(left.retracted),
            removed: count(left.removed),
        };
        for client in farewell.clients {
            self.server.reply(client, Ok(Answer::Left(left)));
        }
        // Replies are written while the next call is looked for; there is nobody to answer it.
        while self.server.poll_call(&mut self.event_loop).is_some() {}
        log::info!(
            "left: {} prefixes retracted, {} routes removed",
            left.retracted,
            left.removed
        );
        self.wait_for_end(farewell.wait);
        Flow::End
    }

    /// Stays until a signal comes, doing nothing: whoever starts again what ends has time to be told not to.
    fn wait_for_end(&mut self, longest: Duration) {
        let deadline = now() + longest;
        let mut ready = Vec::new();
        while now() < deadline {
            // An error here ends the process a little earlier, which is what it is about.
            match self.signals.read() {
                Ok(None) => {}
                Ok(Some(Signal::Terminate | Signal::Interrupt)) | Err(_) => return,
                Ok(Some(_)) => continue,
            }
            let left = now().until(deadline).min(Duration::from_millis(200));
            if self.event_loop.wait(Some(left), &mut ready).is_err() {
                return;
            }
        }
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.agent.poll_effect() {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        let (agent, mesh) = (&mut self.agent, &mut self.mesh);
        match effect {
            Effect::Join(index) => mesh.join(index, agent.journal(), now()),
            Effect::Leave(index) => mesh.leave(index),
            Effect::Send {
                interface,
                source,
                destination,
                payload,
            } => {
                let journal = agent.journal();
                mesh.send(interface, source, destination, &payload, journal, now());
            }
            Effect::Save(text) => {
                // Being silent would be worse than restarting with an old number after a crash.
                if let Err(error) = self.run_dir.write_state(NAME, text.as_bytes()) {
                    mesh.note_save_failed();
                    let text = format_args!("cannot write the state: {error}");
                    agent.journal().trouble(now(), "state", text);
                }
            }
            Effect::Publish(news) => {
                self.server.publish(news.kind(), &news);
                self.local.note_change();
            }
        }
    }
}

/// What netifd's interfaces are called, and their devices while they are up.
fn logical(interfaces: Vec<Interface>) -> Logical {
    Logical::new(interfaces.into_iter().map(|interface| {
        let device = interface.l3_device.filter(|_| interface.up);
        (interface.name, device)
    }))
}

fn now() -> Instant {
    Instant::from_micros(monotonic_micros())
}

fn saved_state(run_dir: &RunDir) -> State {
    match run_dir.read_state(NAME) {
        Ok(bytes) => State::parse(&bytes.unwrap_or_default()),
        Err(error) => {
            log::warn!("cannot read the saved state, starting afresh: {error}");
            State::default()
        }
    }
}
