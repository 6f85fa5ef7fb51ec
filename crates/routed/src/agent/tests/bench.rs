//! An agent, a neighbour on its link, and time that only the test moves.

use std::net::{IpAddr, Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::filter::Filters;
use grange_babel::limits::Limits;
use grange_babel::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use grange_babel::metric::Metric;
use grange_babel::output::{Destination, Output};
use grange_babel::prefix::Prefix;
use grange_babel::router::{BABEL_GROUP, Datagram, Router, RouterConfig};
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;
use grange_linux::recording::Call;
use grange_linux::{
    Address, IpPrefix, KernelEvent, Link, RecordingKernel, Route, RouteChange, RouteKind, Rule,
    RuleAction,
};

use crate::agent::{Agent, Effect};
use crate::config::{Config, read};
use crate::random::Random;
use crate::state::State;

/// The interface of the mesh.
pub(super) const MESH: u32 = 2;
/// The interface of the uplink.
pub(super) const WAN: u32 = 3;
const OURS: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
/// The neighbour's address there.
pub(super) const PEERS: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 9);

/// What the tests' configurations have in common.
pub(super) const CONFIG: &str = "
config interface
	option ifname 'mesh*'
config filter
	option type redistribute
	option local 1
	option ip 10.42.0.0/16
config filter
	option type redistribute
	option ip 0.0.0.0/0
	option eq 0
	option action 'metric 10'
config filter
	option type redistribute
	option ip ::/0
	option eq 0
";

/// The agent under test and its neighbour.
pub(super) struct Bench {
    pub(super) agent: Agent<RecordingKernel>,
    pub(super) peer: Router,
    pub(super) now: Instant,
    /// What the agent has written last.
    pub(super) saved: Option<String>,
    /// The interfaces whose group the agent has joined.
    pub(super) joined: Vec<u32>,
    /// Whether packets get through.
    pub(super) connected: bool,
    /// Packets that the agent has sent.
    pub(super) sent: usize,
}

/// A configuration: the common part and more.
pub(super) fn config(more: &str) -> Config {
    let reading = read(format!("{CONFIG}{more}").as_bytes());
    assert_eq!(reading.problems, []);
    reading.config.unwrap()
}

/// A kernel with a mesh interface, an uplink and a mesh address on the loopback.
pub(super) fn kernel() -> RecordingKernel {
    let mut kernel = RecordingKernel::new();
    kernel.links = vec![link(1, "lo"), link(MESH, "mesh0"), link(WAN, "wan")];
    kernel.addresses = vec![
        address(1, "127.0.0.1/8"),
        address(1, "10.42.0.2/32"),
        address(MESH, "fe80::2/64"),
        address(MESH, "10.0.0.2/24"),
        address(WAN, "192.0.2.2/24"),
    ];
    for setting in [
        "net/ipv4/conf/all/forwarding",
        "net/ipv6/conf/all/forwarding",
        "net/ipv4/conf/all/rp_filter",
        "net/ipv4/conf/mesh0/rp_filter",
    ] {
        kernel.sysctls.insert(setting.to_owned(), "0".to_owned());
    }
    for setting in [
        "net/ipv4/conf/all/send_redirects",
        "net/ipv4/conf/mesh0/send_redirects",
        "net/ipv4/conf/mesh0/accept_redirects",
        "net/ipv6/conf/mesh0/accept_redirects",
    ] {
        kernel.sysctls.insert(setting.to_owned(), "1".to_owned());
    }
    kernel
}

pub(super) fn link(index: u32, name: &str) -> Link {
    Link {
        index,
        name: name.to_owned(),
        up: true,
        running: true,
        mtu: 1500,
        wireless: false,
        tunnel: false,
        loopback: name == "lo",
        ether_address: None,
    }
}

pub(super) fn address(index: u32, text: &str) -> Address {
    let (address, plen) = text.split_once('/').unwrap();
    Address {
        index,
        address: address.parse::<IpAddr>().unwrap(),
        plen: plen.parse().unwrap(),
        scope: 0,
        tentative: false,
        failed_dad: false,
    }
}

/// A route of netifd's over the uplink.
pub(super) fn uplink(prefix: &str) -> Route {
    Route {
        protocol: 4,
        gateway: Some(
            if prefix.contains(':') {
                "fe80::1"
            } else {
                "192.0.2.1"
            }
            .parse()
            .unwrap(),
        ),
        interface: Some(WAN),
        ..Route::new(ip_prefix(prefix))
    }
}

pub(super) fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

fn ip_prefix(text: &str) -> IpPrefix {
    IpPrefix {
        address: prefix(text).addr(),
        plen: prefix(text).plen(),
    }
}

impl Bench {
    /// Starts the agent with the common configuration and more, and its neighbour; the two have not
    /// met yet.
    pub(super) fn new(kernel: RecordingKernel, more: &str) -> Self {
        Self::with_state(kernel, more, State::default(), peer(1))
    }

    /// The same with a state from an earlier run, and a neighbour that may know us.
    pub(super) fn with_state(
        kernel: RecordingKernel,
        more: &str,
        state: State,
        peer: Router,
    ) -> Self {
        let now = Instant::from_micros(1_000_000);
        Self::at(now, kernel, more, state, peer)
    }

    /// The same at a later time.
    pub(super) fn at(
        now: Instant,
        kernel: RecordingKernel,
        more: &str,
        state: State,
        peer: Router,
    ) -> Self {
        let agent = Agent::start(kernel, config(more), state, Random::new(7), now).unwrap();
        let mut bench = Self {
            agent,
            peer,
            now,
            saved: None,
            joined: Vec::new(),
            connected: true,
            sent: 0,
        };
        bench.settle();
        bench
    }

    /// Starts, lets the two meet and waits until a prefix of the neighbour's is in the kernel.
    pub(super) fn met(kernel: RecordingKernel, more: &str) -> Self {
        let mut bench = Self::new(kernel, more);
        bench.originate("10.42.0.9/32");
        bench.wait_for("the neighbour's prefix", |bench| {
            bench.has_route("10.42.0.9/32 via 10.0.0.9")
        });
        bench.agent.kernel().take_calls();
        bench
    }

    /// The neighbour announces a prefix.
    pub(super) fn originate(&mut self, text: &str) {
        self.peer
            .handle_originate(prefix(text), Metric::ZERO, self.now)
            .unwrap();
        self.settle();
    }

    /// The neighbour retracts a prefix.
    pub(super) fn withdraw(&mut self, text: &str) {
        self.peer.handle_withdraw(prefix(text), self.now);
        self.settle();
    }

    /// The kernel announces something.
    pub(super) fn event(&mut self, event: KernelEvent) {
        self.agent.handle_kernel_events(&[event], self.now);
        self.settle();
    }

    /// Moves time on by this much.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.next_timeout().filter(|at| *at <= end) {
            self.advance_to(next);
        }
        self.now = end;
        self.settle();
    }

    /// Moves time on until something holds; a minute must be enough.
    pub(super) fn wait_for(&mut self, what: &str, holds: impl Fn(&mut Self) -> bool) {
        let end = self.now + Duration::from_mins(1);
        while !holds(self) {
            match self.next_timeout().filter(|at| *at <= end) {
                Some(next) => self.advance_to(next),
                None => panic!("waited in vain for {what}"),
            }
        }
    }

    /// Our routes in the kernel, sorted.
    pub(super) fn routes(&mut self) -> Vec<String> {
        let routes = self.agent.kernel().all_routes();
        let mut lines: Vec<String> = routes
            .iter()
            .filter(|route| route.protocol == 42)
            .map(line)
            .collect();
        lines.sort();
        lines
    }

    /// Whether the kernel has a route of ours that begins like this.
    pub(super) fn has_route(&mut self, start: &str) -> bool {
        self.routes().iter().any(|line| line.starts_with(start))
    }

    /// The changes of routes since the calls were last taken.
    pub(super) fn changes(&mut self) -> Vec<RouteChange> {
        let calls = self.agent.kernel().take_calls().into_iter();
        calls
            .filter_map(|call| match call {
                Call::ChangeRoute(change) => Some(change),
                _ => None,
            })
            .collect()
    }

    /// Our rules of IPv4 for packets from the mesh.
    pub(super) fn transit_rules(&mut self) -> Vec<String> {
        let rules = self.agent.kernel().all_rules().iter();
        let mut ours: Vec<&Rule> = rules
            .filter(|rule| rule.protocol == 42 && rule.iif.is_some())
            .filter(|rule| rule.family == grange_linux::Family::V4)
            .collect();
        ours.sort_by_key(|rule| (rule.priority, rule.iif.clone()));
        let action = |rule: &Rule| match rule.action {
            RuleAction::Lookup(table) => table.to_string(),
            _ => "end".to_owned(),
        };
        ours.iter()
            .map(|rule| format!("{} {}", rule.priority, action(rule)))
            .collect()
    }

    /// What the neighbour has learnt from us, selected routes only.
    pub(super) fn peer_routes(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .peer
            .routes(self.now)
            .filter(|route| route.selected && !route.metric.is_infinite())
            .map(|route| format!("{} {}", route.prefix, route.refmetric))
            .collect();
        lines.sort();
        lines
    }

    /// Carries out what both want, until neither wants more.
    pub(super) fn settle(&mut self) {
        for _ in 0..1000 {
            if !self.agent_effects() && !self.peer_outputs() {
                return;
            }
        }
        panic!("agent and neighbour talk without end");
    }

    fn next_timeout(&self) -> Option<Instant> {
        [self.agent.poll_timeout(), self.peer.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    fn advance_to(&mut self, at: Instant) {
        self.now = self.now.max(at);
        if self.agent.poll_timeout().is_some_and(|at| at <= self.now) {
            self.agent.handle_timeout(self.now);
        }
        if self.peer.poll_timeout().is_some_and(|at| at <= self.now) {
            self.peer.handle_timeout(self.now);
        }
        self.settle();
        let next = self.next_timeout();
        if next.is_some_and(|next| next <= at) {
            // Time must move even if somebody asks for the past again and again.
            self.now = self.now + Duration::from_micros(1);
        }
    }

    fn agent_effects(&mut self) -> bool {
        let mut any = false;
        while let Some(effect) = self.agent.poll_effect() {
            any = true;
            match effect {
                Effect::Join(index) => {
                    self.joined.retain(|known| *known != index);
                    self.joined.push(index);
                }
                Effect::Leave(index) => self.joined.retain(|known| *known != index),
                Effect::Send {
                    interface,
                    source,
                    destination,
                    payload,
                } => {
                    assert_eq!(
                        source, OURS,
                        "packets leave from the address they are signed for"
                    );
                    self.sent += 1;
                    assert!(
                        self.joined.contains(&interface),
                        "the group is joined before a packet is sent"
                    );
                    assert!(
                        self.saved.is_some(),
                        "the numbers are saved before a packet is sent"
                    );
                    let is_for_peer = destination != Destination::Unicast(OURS);
                    if interface == MESH && is_for_peer && self.connected {
                        let source = SocketAddrV6::new(OURS, 6696, 0, 1);
                        let datagram = Datagram {
                            interface: InterfaceId(1),
                            source,
                            destination: sent_to(destination),
                            payload: &payload,
                        };
                        self.peer.handle_packet(datagram, self.now);
                    }
                }
                Effect::Save(text) => self.saved = Some(text),
                Effect::Publish(_) => {}
            }
        }
        any
    }

    fn peer_outputs(&mut self) -> bool {
        let mut any = false;
        while let Some(output) = self.peer.poll_output() {
            any = true;
            let Output::Transmit {
                destination,
                payload,
                ..
            } = output
            else {
                continue;
            };
            if self.connected && self.joined.contains(&MESH) {
                let source = SocketAddrV6::new(PEERS, 6696, 0, MESH);
                let datagram = Datagram {
                    interface: InterfaceId(MESH),
                    source,
                    destination: sent_to(destination),
                    payload: &payload,
                };
                self.agent.handle_packet(datagram, self.now);
            }
        }
        any
    }
}

/// A neighbour with one link.
fn sent_to(destination: Destination) -> Ipv6Addr {
    match destination {
        Destination::Multicast => BABEL_GROUP,
        Destination::Unicast(address) => address,
    }
}

pub(super) fn peer(seed: u64) -> Router {
    let now = Instant::from_micros(1_000_000);
    let config = RouterConfig {
        router_id: RouterId::new([0, 0, 0, 0, 0, 0, 0, 9]),
        seqno: Seqno(100),
        filters: Filters::default(),
        limits: Limits::default(),
        smoothing_half_life: Duration::ZERO,
        seed,
        entropy: [9; 32],
    };
    let mut peer = Router::new(config, now);
    let link = LinkAddresses {
        link_local: PEERS,
        ipv4: Some("10.0.0.9".parse().unwrap()),
        mtu: 1500,
    };
    let config = InterfaceConfig::new("link", LinkKind::Wired);
    peer.handle_interface_up(InterfaceId(1), config, link, Seqno(5), now)
        .unwrap();
    peer
}

fn line(route: &Route) -> String {
    let via = match (route.kind, route.gateway) {
        (RouteKind::Unreachable, _) => "unreachable".to_owned(),
        (_, gateway) => gateway.map_or_else(String::new, |gateway| format!("via {gateway}")),
    };
    let source = route
        .pref_src
        .map_or_else(String::new, |source| format!(" src {source}"));
    format!(
        "{} {via}{source} table {} metric {}",
        route.destination, route.table, route.metric
    )
}
