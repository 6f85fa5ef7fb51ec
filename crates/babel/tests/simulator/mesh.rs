//! The simulator: events over a network of routers, and nothing that is not in the seed.

use grange_babel::clock::Instant;
use grange_babel::metric::Metric;
use grange_babel::output::{Destination, FibChange, Output};
use grange_babel::prefix::Prefix;
use grange_babel::router::Router;
use grange_babel::router_id::RouterId;

use crate::building::build;
use crate::clock::Micros;
use crate::inspect::inspect;
use crate::loops::LoopWatch;
use crate::network::Network;
use crate::node::{Doom, Life, Traffic, fresh_router_id, home, home_v4};
use crate::options::Options;
use crate::queue::{Happening, Queue};
use crate::random::Random;
use crate::topology::Topology;
use crate::trace::Trace;

/// How often a timer may fire without time going by.
const MOST_SPINS: u32 = 100;

/// A test's look at each packet, from one node to another; true loses it.
pub(crate) type Gate = Box<dyn FnMut(usize, usize, &[u8]) -> bool>;

/// The simulator.
pub(crate) struct Mesh {
    pub(crate) net: Network,
    pub(crate) now: Micros,
    pub(crate) watch: LoopWatch,
    pub(crate) trace: Trace,
    pub(crate) random: Random,
    pub(crate) options: Options,
    pub(crate) gate: Option<Gate>,
    /// Whether any forwarding table or link changed since somebody cleared it.
    pub(crate) changed: bool,
    /// How many events were carried out.
    pub(crate) events: u64,
    queue: Queue,
}

impl Mesh {
    /// A network whose nodes boot as soon as time goes by.
    pub(crate) fn new(topology: &Topology, options: Options, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let net = build(topology, &options, &mut random);
        let mut mesh = Self {
            net,
            now: 0,
            watch: LoopWatch::default(),
            trace: Trace::new(format!("{}, seed {seed}", topology.name)),
            random,
            options,
            gate: None,
            changed: true,
            events: 0,
            queue: Queue::default(),
        };
        for node in 0..topology.nodes {
            if mesh.options.homes {
                for prefix in [home(node), home_v4(node)] {
                    mesh.net.nodes[node].origins.insert(prefix, Metric::ZERO);
                    mesh.watch.originated(node, prefix);
                }
            }
            let at = mesh.random.micros(mesh.options.boot_spread);
            mesh.push(at, Happening::Boot(node));
        }
        mesh
    }

    /// Carries out every event up to that time.
    pub(crate) fn run_until(&mut self, end: Micros) {
        while self.step_before(end) {}
        self.now = self.now.max(end);
    }

    /// Lets that much time go by.
    pub(crate) fn run_for(&mut self, time: Micros) {
        self.run_until(self.now + time);
    }

    /// Carries out the next event unless it lies beyond that time.
    pub(crate) fn step_before(&mut self, end: Micros) -> bool {
        let Some((now, what)) = self.queue.pop_until(end) else {
            return false;
        };
        self.now = now;
        self.events += 1;
        match what {
            Happening::Arrive(node, arrival) => self.arrive(node, arrival),
            Happening::Timer(node) => self.fire(node),
            Happening::Boot(node) => self.boot(node),
            Happening::Wake(node) => self.wake(node),
            Happening::Depart(node, departure) => self.depart(node, departure),
        }
        if !self.watch.is_quiet() {
            let swept = self.watch.sweep(&self.net, self.now);
            self.demand(swept);
        }
        true
    }

    /// Queues an event.
    pub(crate) fn push(&mut self, at: Micros, what: Happening) {
        self.queue.push(at, what);
    }

    /// Hands a running router something to do, and carries out what it wants.
    pub(crate) fn drive(&mut self, node: usize, act: impl FnOnce(&mut Router, Instant)) {
        let now = self.local(node);
        if let Some(router) = &mut self.net.nodes[node].router {
            act(router, now);
            self.drain(node);
        }
    }

    /// What a node's clock shows.
    pub(crate) fn local(&self, node: usize) -> Instant {
        self.net.nodes[node].clock.local(self.now)
    }

    /// A note for the failure report, and part of the trace.
    pub(crate) fn note(&mut self, node: Option<usize>, text: String) {
        self.trace.absorb_number(self.now);
        self.trace.absorb(text.as_bytes());
        self.trace.note(self.now, node, text);
    }

    /// Fails the test with everything needed to understand it.
    pub(crate) fn demand(&self, result: Result<(), String>) {
        if let Err(what) = result {
            panic!("{}", self.trace.report(self.now, &what));
        }
    }

    /// Follows the route for a prefix from a node where something about it changed.
    pub(crate) fn check_loop(&mut self, node: usize, prefix: Prefix) {
        let checked = self.watch.check(&self.net, node, prefix, self.now);
        self.demand(checked);
    }

    /// What a node has sent since the last call.
    pub(crate) fn take_traffic(&mut self, node: usize) -> Traffic {
        core::mem::take(&mut self.net.nodes[node].traffic)
    }

    fn fire(&mut self, node: usize) {
        if self.net.nodes[node].timer != Some(self.now) {
            return;
        }
        let fired = &mut self.net.nodes[node];
        fired.timer = None;
        let again = fired.fired_at == Some(self.now);
        fired.spins = if again { fired.spins + 1 } else { 0 };
        fired.fired_at = Some(self.now);
        if fired.spins > MOST_SPINS {
            self.demand(Err(format!("the timer of node {node} spins")));
        }
        if self.net.nodes[node].life == Life::Running {
            self.drive(node, Router::handle_timeout);
        }
    }

    fn drain(&mut self, number: usize) {
        loop {
            let node = &mut self.net.nodes[number];
            let Some(output) = node.router.as_mut().and_then(Router::poll_output) else {
                break;
            };
            if let Some(doom) = node.doom {
                if doom.outputs == 0 {
                    node.doom = None;
                    self.perish(number, doom.downtime);
                    return;
                }
                let outputs = doom.outputs - 1;
                self.net.nodes[number].doom = Some(Doom { outputs, ..doom });
            }
            self.carry_out(number, output);
        }
        self.schedule(number);
    }

    fn carry_out(&mut self, number: usize, output: Output) {
        match output {
            Output::Transmit {
                interface,
                destination,
                payload,
            } => {
                let node = &self.net.nodes[number];
                let Some(port) = node.port(interface) else {
                    let what = format!("node {number} sends on interface {interface}");
                    return self.demand(Err(what));
                };
                if self.options.inspect
                    && let Some(router) = &node.router
                {
                    let now = self.local(number);
                    let checked = inspect(node, router, &node.ports[port], &payload, now);
                    self.demand(checked.map_err(|what| format!("node {number} {what}")));
                }
                let traffic = &mut self.net.nodes[number].traffic;
                traffic.packets += 1;
                traffic.bytes += payload.len() as u64 + 48;
                let to = match destination {
                    Destination::Multicast => None,
                    Destination::Unicast(address) => Some(address),
                };
                self.transmit(number, port, to, &payload);
            }
            Output::Fib(change) => self.change_fib(number, &change),
            Output::Save(saved) => self.net.nodes[number].save(saved),
            Output::Event(event) => {
                self.demand(Err(format!("nobody watches node {number}: {event:?}")));
            }
            Output::DuplicateRouterId(twin) => self.rename(number, twin.router_id),
        }
    }

    /// Another node has the same router-id: this one takes another, as an agent does whose router-id
    /// is not configured.
    fn rename(&mut self, number: usize, router_id: RouterId) {
        let mut nodes = self.net.nodes.iter().enumerate();
        let shared = nodes.any(|(n, node)| {
            n != number && (node.router_id == router_id || node.former.contains(&router_id))
        });
        if !shared {
            self.demand(Err(format!("node {number} alone is {router_id}")));
        }
        let fresh = fresh_router_id(&mut self.random, number);
        self.note(Some(number), format!("is {fresh} now"));
        let now = self.local(number);
        let node = &mut self.net.nodes[number];
        node.former
            .push(core::mem::replace(&mut node.router_id, fresh));
        if let Some(router) = &mut node.router {
            router.handle_router_id(fresh, now);
        }
    }

    fn change_fib(&mut self, number: usize, change: &FibChange) {
        let text = match change {
            FibChange::Set {
                prefix,
                next_hop,
                metric,
                ..
            } => match self.net.next(number, next_hop) {
                Some((node, _)) => format!("{prefix} via {node} metric {metric}"),
                None => format!("{prefix} via {next_hop:?} which nobody has"),
            },
            FibChange::Unreachable { prefix } => format!("{prefix} unreachable"),
            FibChange::Remove { prefix } => format!("{prefix} removed"),
        };
        self.note(Some(number), text);
        if self.net.nodes[number].fib.apply(change) {
            self.changed = true;
        }
        self.check_loop(number, change.prefix());
    }

    fn schedule(&mut self, number: usize) {
        let node = &mut self.net.nodes[number];
        if node.life != Life::Running {
            return;
        }
        let due = node.router.as_ref().and_then(Router::poll_timeout);
        let due = due.map(|local| node.clock.global(local).max(self.now));
        if let Some(at) = due
            && node.timer != due
        {
            node.timer = due;
            self.push(at, Happening::Timer(number));
        }
    }
}
