//! The simulator: a queue of events over a network of routers, and nothing that is not in the seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use core::net::{Ipv6Addr, SocketAddrV6};
use core::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::filter::Filters;
use grange_babel::limits::Limits;
use grange_babel::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use grange_babel::metric::Metric;
use grange_babel::output::{Destination, FibChange, Output};
use grange_babel::prefix::Prefix;
use grange_babel::router::{Datagram, Router, RouterConfig};
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;
use grange_babel::wire::PacketReader;

use crate::clock::{Clock, Micros};
use crate::fib::Verdict;
use crate::inspect::inspect;
use crate::link::{End, Link, Quality};
use crate::loops::LoopWatch;
use crate::network::Network;
use crate::node::{Arrival, Departure, Doom, Life, Node, Port, Traffic, addresses, home, home_v4};
use crate::random::Random;
use crate::topology::{Edge, Topology};
use crate::trace::Trace;

/// The Babel port.
const PORT: u16 = 6696;

/// How often a timer may fire without time going by.
const MOST_SPINS: u32 = 100;

/// What the socket buffer of a stopped daemon holds, in packets.
const SOCKET_BUFFER: usize = 300;

/// A test's look at each packet, from one node to another; true loses it.
pub(crate) type Gate = Box<dyn FnMut(usize, usize, &[u8]) -> bool>;

/// How a network is built.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) kind: LinkKind,
    /// Whether all links are one radio channel on which only linked nodes hear each other.
    pub(crate) radio: bool,
    pub(crate) quality: Quality,
    pub(crate) hello_interval: Duration,
    pub(crate) update_interval: Duration,
    pub(crate) limits: Limits,
    pub(crate) smoothing_half_life: Duration,
    /// Nodes start within this time.
    pub(crate) boot_spread: Duration,
    /// Whether each node originates its home prefixes.
    pub(crate) homes: bool,
    /// Whether prefixes nest.
    pub(crate) nested: bool,
    /// Whether every packet sent is taken apart and checked.
    pub(crate) inspect: bool,
    /// How long a node works on a packet, and how many wait meanwhile before more are lost.
    pub(crate) receiver: Option<(Duration, u64)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kind: LinkKind::Wired,
            radio: false,
            quality: Quality::CLEAN,
            hello_interval: Duration::from_secs(4),
            update_interval: Duration::from_secs(16),
            limits: Limits::default(),
            smoothing_half_life: Duration::ZERO,
            boot_spread: Duration::ZERO,
            homes: true,
            nested: false,
            inspect: true,
            receiver: None,
        }
    }
}

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
    queue: BinaryHeap<Reverse<Entry>>,
    sequence: u64,
}

/// What waits in the queue.
#[derive(Debug)]
pub(crate) enum Happening {
    Arrive(usize, Arrival),
    Timer(usize),
    Boot(usize),
    Wake(usize),
    /// A daemon that has said farewell ends, and comes back after a while.
    Depart(usize, Departure),
}

#[derive(Debug)]
struct Entry {
    at: (Micros, u64),
    what: Happening,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl Mesh {
    /// A network whose nodes boot as soon as time goes by.
    pub(crate) fn new(topology: &Topology, options: Options, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut net = Network {
            nested: options.nested,
            ..Network::default()
        };
        for node in 0..topology.nodes {
            let clock = Clock {
                offset: random.below(86_400_000_000),
                drift_ppm: random.below(100),
            };
            let router_id = fresh_router_id(&mut random, node);
            net.nodes.push(Node::new(router_id, clock));
        }
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
            queue: BinaryHeap::new(),
            sequence: 0,
        };
        mesh.wire(topology);
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
        let Some(Reverse(next)) = self.queue.peek() else {
            return false;
        };
        if next.at.0 > end {
            return false;
        }
        let Some(Reverse(entry)) = self.queue.pop() else {
            return false;
        };
        self.now = entry.at.0;
        self.events += 1;
        match entry.what {
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
        self.sequence += 1;
        let at = (at, self.sequence);
        self.queue.push(Reverse(Entry { at, what }));
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

    /// Puts a packet on a link in a node's name; `None` is multicast.
    pub(crate) fn transmit(
        &mut self,
        from: usize,
        port: usize,
        to: Option<Ipv6Addr>,
        payload: &[u8],
    ) {
        let port = &self.net.nodes[from].ports[port];
        let (source, number) = (port.addresses.link_local, port.link);
        self.trace.absorb(payload);
        self.loudly(from, number, to, source, payload);
        let payload: Rc<[u8]> = payload.into();
        let link = &self.net.links[number];
        let quality = link.quality;
        for end in link.ends.clone() {
            let addressed = to.is_none_or(|to| {
                to == self.net.nodes[end.node].ports[end.port]
                    .addresses
                    .link_local
            });
            if end.node == from || !addressed {
                continue;
            }
            let loss = self.net.links[number].loss(from, end.node);
            let gated = self
                .gate
                .as_mut()
                .is_some_and(|gate| gate(from, end.node, &payload));
            if gated || self.random.permille(loss) {
                continue;
            }
            let copies = 1 + u8::from(self.random.permille(quality.duplication));
            for _ in 0..copies {
                let delay = self.random.micros(quality.jitter) + as_micros(quality.delay);
                let arrival = Arrival {
                    port: end.port,
                    source,
                    payload: Rc::clone(&payload),
                };
                if let Some(at) = self.admit(end.node, self.now + delay) {
                    self.push(at, Happening::Arrive(end.node, arrival));
                }
            }
        }
    }

    fn wire(&mut self, topology: &Topology) {
        let (kind, quality) = (self.options.kind, self.options.quality);
        let link = |cost| Link {
            ends: Vec::new(),
            kind,
            cost,
            quality,
            up: true,
            silent: false,
            one_way: BTreeMap::new(),
            deaf: BTreeSet::new(),
        };
        if self.options.radio {
            let mut air = link(topology.edges[0].cost);
            for a in 0..topology.nodes {
                for b in 0..topology.nodes {
                    let near = |e: &Edge| [(a, b), (b, a)].contains(&(e.a, e.b));
                    if !topology.edges.iter().any(near) {
                        air.deaf.insert((a, b));
                    }
                }
            }
            self.net.links.push(air);
            (0..topology.nodes).for_each(|node| self.attach(node, 0));
            return;
        }
        for edge in &topology.edges {
            self.net.links.push(link(edge.cost));
            let number = self.net.links.len() - 1;
            self.attach(edge.a, number);
            self.attach(edge.b, number);
        }
    }

    fn attach(&mut self, node: usize, link: usize) {
        let port = self.net.nodes[node].ports.len();
        let (link_local, ipv4) = addresses(node, port, 0);
        let mut config = InterfaceConfig::new(&format!("eth{port}"), self.net.links[link].kind);
        config.cost = Some(self.net.links[link].cost);
        config.hello_interval = self.options.hello_interval;
        config.update_interval = self.options.update_interval;
        self.net.nodes[node].ports.push(Port {
            id: InterfaceId(u32::try_from(port).unwrap_or(0) + 1),
            link,
            config,
            addresses: LinkAddresses {
                link_local,
                ipv4: Some(ipv4),
                mtu: 1500,
            },
            told: false,
            flapped: false,
        });
        self.net.links[link].ends.push(End { node, port });
    }

    /// When a packet that gets to a node then is read by it; `None` when its buffer overflows.
    fn admit(&mut self, node: usize, at: Micros) -> Option<Micros> {
        let Some((service, capacity)) = self.options.receiver else {
            return Some(at);
        };
        let (node, service) = (&mut self.net.nodes[node], as_micros(service).max(1));
        if node.busy_until.saturating_sub(at) / service >= capacity {
            return None;
        }
        node.busy_until = node.busy_until.max(at) + service;
        Some(node.busy_until)
    }

    fn arrive(&mut self, node: usize, arrival: Arrival) {
        let receiver = &mut self.net.nodes[node];
        if receiver.life == Life::Asleep {
            if receiver.backlog.len() < SOCKET_BUFFER {
                receiver.backlog.push_back(arrival);
            }
            return;
        }
        let port = &receiver.ports[arrival.port];
        if !self.net.links[port.link].up {
            return;
        }
        let interface = port.id;
        self.trace.absorb_number(self.now);
        self.drive(node, |router, now| {
            let source = SocketAddrV6::new(arrival.source, PORT, 0, interface.0);
            let datagram = Datagram {
                interface,
                source,
                payload: &arrival.payload,
            };
            router.handle_packet(datagram, now);
        });
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

    fn wake(&mut self, node: usize) {
        if self.net.nodes[node].life != Life::Asleep {
            return;
        }
        self.net.nodes[node].life = Life::Running;
        self.note(Some(node), "wakes".to_owned());
        self.tell_carriers(node);
        self.tell_wishes(node);
        // A daemon that was stopped finds timers and packets at once; either may come first.
        let packets_first = self.random.permille(500);
        if !packets_first {
            self.drive(node, Router::handle_timeout);
        }
        while let Some(arrival) = self.net.nodes[node].backlog.pop_front() {
            self.arrive(node, arrival);
        }
        self.drive(node, Router::handle_timeout);
    }

    fn depart(&mut self, number: usize, departure: Departure) {
        let node = &self.net.nodes[number];
        if !matches!(node.life, Life::Running | Life::Asleep) || node.leaving != Some(departure) {
            return;
        }
        let (left, timer) = (node.fib.len(), node.timer);
        if node.life == Life::Running && (left > 0 || timer.is_some()) {
            let what = format!("node {number} left with {left} routes and the timer {timer:?}");
            self.demand(Err(what));
        }
        self.perish(number, departure.downtime);
        self.net.nodes[number].life = Life::Off;
    }

    fn boot(&mut self, number: usize) {
        let node = &self.net.nodes[number];
        if !matches!(node.life, Life::Off | Life::Crashed) {
            return;
        }
        let saved = node.saved.clone();
        let router_id = match &saved {
            Some(saved) => saved.router_id,
            None => fresh_router_id(&mut self.random, number),
        };
        let seqno = Seqno(low_bits(self.random.bits()));
        let config = RouterConfig {
            router_id,
            seqno: saved.as_ref().map_or(seqno, |saved| saved.seqno),
            filters: Filters::default(),
            limits: self.options.limits,
            smoothing_half_life: self.options.smoothing_half_life,
            seed: self.random.bits(),
        };
        let text = format!("boots as {router_id} at seqno {}", config.seqno);
        self.note(Some(number), text);
        let now = self.local(number);
        let node = &mut self.net.nodes[number];
        (node.life, node.router_id, node.timer) = (Life::Running, router_id, None);
        (node.leaving, node.booted_at) = (None, self.now);
        node.router = Some(Router::new(config, now));
        let adopted: Vec<(Prefix, Verdict)> = node.fib.iter().collect();
        for (prefix, verdict) in adopted {
            let hop = match verdict {
                Verdict::Via(hop) => Some(hop),
                Verdict::Unreachable => None,
            };
            self.drive(number, |router, now| {
                router.handle_adopted(prefix, hop, now)
            });
        }
        for port in &mut self.net.nodes[number].ports {
            port.told = false;
        }
        self.tell_carriers(number);
        let origins: Vec<_> = self.net.nodes[number].origins.clone().into_iter().collect();
        for (prefix, metric) in origins {
            self.drive(number, |router, now| {
                let _ = router.handle_originate(prefix, metric, now);
            });
        }
    }

    /// Tells a node that a port has a carrier, or that it changed.
    pub(crate) fn raise(&mut self, number: usize, port: usize) {
        let random = Seqno(low_bits(self.random.bits()));
        let node = &self.net.nodes[number];
        let Port {
            id,
            config,
            addresses,
            ..
        } = node.ports[port].clone();
        let hello = node
            .saved
            .as_ref()
            .and_then(|saved| saved.hello.iter().find(|(name, _)| *name == config.name))
            .map_or(random, |(_, base)| *base);
        self.net.nodes[number].ports[port].told = true;
        self.drive(number, |router, now| {
            let _ = router.handle_interface_up(id, config, addresses, hello, now);
        });
    }

    /// Tells a node of every carrier that came or went since it was told.
    pub(crate) fn tell_carriers(&mut self, number: usize) {
        for port in 0..self.net.nodes[number].ports.len() {
            let node = &self.net.nodes[number];
            let Port { id, link, .. } = node.ports[port];
            let up = self.net.links[link].up;
            if node.life != Life::Running {
                self.net.nodes[number].ports[port].flapped |= !up;
                continue;
            }
            let state = &mut self.net.nodes[number].ports[port];
            if state.told && (!up || state.flapped) {
                state.told = false;
                self.drive(number, |router, now| router.handle_interface_down(id, now));
            }
            let state = &mut self.net.nodes[number].ports[port];
            state.flapped = false;
            if up && !state.told {
                self.raise(number, port);
            }
        }
    }

    /// Tells a node of everything that was asked of it while it could not listen.
    fn tell_wishes(&mut self, number: usize) {
        for port in 0..self.net.nodes[number].ports.len() {
            if self.net.nodes[number].ports[port].told {
                self.raise(number, port);
            }
        }
        let node = &self.net.nodes[number];
        let known: Vec<Prefix> = node
            .router
            .iter()
            .flat_map(|router| router.origins().map(|origin| origin.prefix))
            .collect();
        let wanted = node.origins.clone();
        for prefix in known {
            if !wanted.contains_key(&prefix) {
                self.drive(number, |router, now| router.handle_withdraw(prefix, now));
            }
        }
        for (prefix, metric) in wanted {
            self.drive(number, |router, now| {
                let _ = router.handle_originate(prefix, metric, now);
            });
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

    /// Kills a daemon; the kernel keeps its routes and the run dir its state.
    pub(crate) fn perish(&mut self, number: usize, downtime: Micros) {
        self.excuse_unkept(number);
        let node = &mut self.net.nodes[number];
        (node.router, node.timer, node.life) = (None, None, Life::Crashed);
        node.backlog.clear();
        self.note(Some(number), format!("crashes for {downtime} us"));
        self.push(self.now + downtime, Happening::Boot(number));
    }

    /// What survives of feasibility distances is what the kernel holds. A prefix that it no longer
    /// holds is harmless unless a neighbour has missed its retraction.
    fn excuse_unkept(&mut self, number: usize) {
        let now = self.local(number);
        let node = &self.net.nodes[number];
        let Some(router) = &node.router else { return };
        let unkept: BTreeSet<Prefix> = router
            .sources(now)
            .map(|source| source.prefix)
            .filter(|prefix| node.fib.exact(prefix).is_none() && !node.origins.contains_key(prefix))
            .collect();
        let own: Vec<Ipv6Addr> = node.ports.iter().map(|p| p.addresses.link_local).collect();
        for prefix in unkept {
            let believed = self.net.nodes.iter().enumerate().any(|(other, node)| {
                let now = self.local(other);
                node.life == Life::Asleep
                    || node.router.iter().any(|router| {
                        let mut routes = router.routes(now);
                        routes.any(|route| route.prefix == prefix && own.contains(&route.neighbour))
                    })
            });
            if believed {
                self.watch.excuse(prefix);
            }
        }
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

    fn loudly(
        &self,
        from: usize,
        link: usize,
        to: Option<Ipv6Addr>,
        source: Ipv6Addr,
        payload: &[u8],
    ) {
        if self.trace.loud {
            let to = to.map_or_else(|| "all".to_owned(), |to| to.to_string());
            eprintln!("{:10} [{from}] link {link} to {to}:", self.now);
            for tlv in PacketReader::new(payload, source.into())
                .into_iter()
                .flatten()
            {
                eprintln!("             {tlv:?}");
            }
        }
    }

    /// What a node has sent since the last call.
    pub(crate) fn take_traffic(&mut self, node: usize) -> Traffic {
        core::mem::take(&mut self.net.nodes[node].traffic)
    }
}

fn fresh_router_id(random: &mut Random, node: usize) -> RouterId {
    let mut octets = random.bits().to_be_bytes();
    // The node's number makes traces readable; the rest makes it unique.
    octets[0] = 2;
    octets[7] = u8::try_from(node & 0xFF).unwrap_or(0);
    RouterId::new(octets)
}

fn low_bits(bits: u64) -> u16 {
    u16::try_from(bits & 0xFFFF).unwrap_or(0)
}

fn as_micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}
