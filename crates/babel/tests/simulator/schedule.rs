//! Random networks and random troubles, in a form that can be shrunk.

use core::time::Duration;

use grange_babel::limits::Limits;
use grange_babel::link::LinkKind;
use grange_babel::metric::Metric;
use grange_babel::prefix::Prefix;
use grange_babel::router::Router;
use grange_babel::seqno::Seqno;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::clock::{MILLISECOND, Micros, SECOND};
use crate::link::Quality;
use crate::mesh::Mesh;
use crate::node::{home, home_v4};
use crate::options::Options;
use crate::topology::Topology;

/// Something that happens. Numbers of nodes and links are taken modulo what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Cut(u8),
    Heal(u8),
    Silence(u8),
    Loss(u8, u16),
    OneWay(u8, bool, u16),
    Partition(u16),
    Mend,
    Reprice(u8, u16),
    Crash(u8, Micros),
    CrashBetween(u8, u8, Micros),
    Suspend(u8, Micros),
    Withdraw(u8),
    Originate(u8, u16),
    /// Like `Withdraw` and `Originate`, for a default route.
    WithdrawDefault(u8),
    OriginateDefault(u8, u16),
    Reboot(u8, Micros),
    Leave(u8, Micros),
}

/// A network and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    parents: Vec<u8>,
    extra: Vec<(u8, u8)>,
    costs: Vec<u16>,
    quality: Quality,
    manner: Manner,
    troubles: Vec<(Micros, Trouble)>,
}

/// How the routers of a case are configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Manner {
    quick: bool,
    smooth: bool,
    unicast: bool,
    split_horizon: Option<bool>,
}

/// What a case may contain besides links that fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flavour {
    /// Nodes may lose their state.
    pub(crate) amnesia: bool,
    /// There are default routes, and packets follow the longest match.
    pub(crate) nested: bool,
    /// Several nodes may originate a default route.
    pub(crate) rivals: bool,
    /// All links are one radio channel.
    pub(crate) radio: bool,
    /// The tables are too small for the network.
    pub(crate) cramped: bool,
}

/// Cases of a flavour: 4 to 12 nodes, up to 25 troubles.
pub(crate) fn cases(flavour: Flavour) -> impl Strategy<Value = Case> {
    let network = (
        any::<u64>(),
        vec(any::<u8>(), 3..12),
        vec(any::<(u8, u8)>(), 0..8),
        vec(prop_oneof![Just(96_u16), 1..400_u16], 1..6),
        (qualities(), manners()),
    );
    let troubles = vec((pauses(), troubles(flavour)), 0..25);
    (network, troubles).prop_map(
        |((seed, parents, extra, costs, (quality, manner)), troubles)| Case {
            seed,
            parents,
            extra,
            costs,
            quality,
            manner,
            troubles,
        },
    )
}

fn manners() -> impl Strategy<Value = Manner> {
    let split_horizon = prop_oneof![3 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let rarely = || prop_oneof![3 => Just(false), 1 => Just(true)];
    (rarely(), any::<bool>(), rarely(), split_horizon).prop_map(
        |(quick, smooth, unicast, split_horizon)| Manner {
            quick,
            smooth,
            unicast,
            split_horizon,
        },
    )
}

fn qualities() -> impl Strategy<Value = Quality> {
    (
        prop_oneof![Just(0_u16), 0..300_u16],
        prop_oneof![Just(0_u16), 0..200_u16],
        0..20_u64,
        0..50_u64,
    )
        .prop_map(|(loss, duplication, delay, jitter)| Quality {
            loss,
            duplication,
            delay: Duration::from_micros(delay * 500 + 100),
            jitter: Duration::from_millis(jitter),
        })
}

fn pauses() -> impl Strategy<Value = Micros> {
    prop_oneof![Just(0), 0..100 * MILLISECOND, 0..3 * SECOND, 0..30 * SECOND]
}

fn troubles(flavour: Flavour) -> impl Strategy<Value = Trouble> {
    let downtime = || prop_oneof![Just(0), 0..SECOND, 0..20 * SECOND, 0..300 * SECOND];
    let usual = prop_oneof![
        4 => any::<u8>().prop_map(Trouble::Cut),
        3 => any::<u8>().prop_map(Trouble::Heal),
        2 => any::<u8>().prop_map(Trouble::Silence),
        2 => (any::<u8>(), 0..300_u16).prop_map(|(l, p)| Trouble::Loss(l, p)),
        1 => (any::<u8>(), any::<bool>(), 0..=1000_u16)
            .prop_map(|(l, flip, p)| Trouble::OneWay(l, flip, p)),
        1 => any::<u16>().prop_map(Trouble::Partition),
        1 => Just(Trouble::Mend),
        2 => (any::<u8>(), 1..2000_u16).prop_map(|(l, c)| Trouble::Reprice(l, c)),
        3 => (any::<u8>(), downtime()).prop_map(|(n, d)| Trouble::Crash(n, d)),
        3 => (any::<u8>(), 0..8_u8, downtime())
            .prop_map(|(n, o, d)| Trouble::CrashBetween(n, o, d)),
        1 => (any::<u8>(), downtime()).prop_map(|(n, d)| Trouble::Suspend(n, d)),
        2 => any::<u8>().prop_map(Trouble::Withdraw),
        2 => (any::<u8>(), 0..2000_u16).prop_map(|(n, m)| Trouble::Originate(n, m)),
    ];
    let default = prop_oneof![
        any::<u8>().prop_map(Trouble::WithdrawDefault),
        (any::<u8>(), 0..2000_u16).prop_map(|(n, m)| Trouble::OriginateDefault(n, m)),
    ];
    let forgetful = prop_oneof![
        (any::<u8>(), downtime()).prop_map(|(n, d)| Trouble::Reboot(n, d)),
        (any::<u8>(), downtime()).prop_map(|(n, d)| Trouble::Leave(n, d)),
    ];
    let weight = |on: bool| u32::from(on) * 6;
    proptest::strategy::Union::new_weighted(
        [
            (24, usual.boxed()),
            (weight(flavour.nested), default.boxed()),
            (weight(flavour.amnesia), forgetful.boxed()),
        ]
        .into_iter()
        .filter(|(weight, _)| *weight > 0)
        .collect(),
    )
}

/// Tables for about half of what such a network has to say.
const CRAMPED: Limits = Limits {
    interfaces: 6,
    neighbours: 3,
    routes: 14,
    sources: 10,
    origins: 2,
    requests: 3,
};

impl Case {
    /// Runs the case; panics with a trace when anything is not as it must be.
    pub(crate) fn run(&self, flavour: Flavour) -> Mesh {
        let costs: &[u16] = if flavour.radio { &[256] } else { &self.costs };
        let manner = self.manner;
        let topology = Topology::connected(&self.parents, &self.extra, costs);
        let options = Options {
            kind: if flavour.radio {
                LinkKind::Wireless
            } else {
                LinkKind::Wired
            },
            radio: flavour.radio,
            quality: self.quality,
            nested: flavour.nested,
            limits: if flavour.cramped {
                CRAMPED
            } else {
                Limits::default()
            },
            hello_interval: Duration::from_secs(if manner.quick { 1 } else { 4 }),
            smoothing_half_life: Duration::from_secs(if manner.smooth { 4 } else { 0 }),
            unicast: manner.unicast,
            // Where not everybody hears everybody, split horizon would cut the network.
            split_horizon: manner.split_horizon.filter(|_| !flavour.radio),
            boot_spread: Duration::from_secs(2),
            ..Options::default()
        };
        let mut mesh = Mesh::new(&topology, options, self.seed);
        if flavour.nested {
            for prefix in [Prefix::DEFAULT_V4, Prefix::DEFAULT_V6] {
                mesh.originate(0, prefix, Metric::ZERO);
            }
        }
        mesh.run_for(10 * SECOND);
        for (pause, trouble) in &self.troubles {
            mesh.run_for(*pause);
            apply(&mut mesh, *trouble, flavour);
            mesh.check_tables();
        }
        settle(&mut mesh, flavour);
        mesh
    }
}

/// What must be true in the end of every story.
fn settle(mesh: &mut Mesh, flavour: Flavour) {
    mesh.mend();
    // The faults that end now may be noticed by Hellos only; ETX looks back over sixteen of them.
    mesh.run_for(180 * SECOND);
    if flavour.cramped {
        mesh.check_tables();
    } else {
        mesh.check_settled();
    }
    for node in 0..mesh.net.nodes.len() {
        mesh.take_traffic(node);
    }
    let before = seqnos(mesh);
    mesh.run_for(60 * SECOND);
    if !flavour.cramped {
        mesh.check_settled();
        if before != seqnos(mesh) {
            mesh.demand(Err(
                "somebody asks for newer seqnos for no reason".to_owned()
            ));
        }
    }
    for node in 0..mesh.net.nodes.len() {
        let traffic = mesh.take_traffic(node);
        let router = mesh.net.nodes[node].router.iter();
        let peers = router.flat_map(|router| router.neighbours(mesh.local(node)));
        // Multicast and unicast Hellos each second are 140 a minute and neighbour.
        if traffic.packets > 200 * (1 + peers.count() as u64) {
            mesh.demand(Err(format!("node {node} is not quiet: {traffic:?}")));
        }
    }
    for (prefix, nodes) in mesh.origins() {
        for node in nodes {
            mesh.withdraw(node, prefix);
        }
    }
    let everything_gone = |mesh: &Mesh| mesh.net.nodes.iter().all(|node| node.fib.routes() == 0);
    if mesh.until(20 * SECOND, everything_gone).is_none() {
        let left = mesh.leftovers();
        mesh.demand(Err(format!("is still routed: {left}")));
    }
    let everything_clean = |mesh: &Mesh| mesh.net.nodes.iter().all(|node| node.fib.len() == 0);
    if mesh.until(120 * SECOND, everything_clean).is_none() {
        let left = mesh.leftovers();
        mesh.demand(Err(format!("stays: {left}")));
    }
    if !mesh.watch.is_quiet() {
        mesh.demand(Err("a loop is left".to_owned()));
    }
}

fn seqnos(mesh: &Mesh) -> Vec<Seqno> {
    let routers = mesh.net.nodes.iter().flat_map(|node| &node.router);
    routers.map(Router::seqno).collect()
}

fn apply(mesh: &mut Mesh, trouble: Trouble, flavour: Flavour) {
    let links = mesh.net.links.len();
    let nodes = mesh.net.nodes.len();
    let link = |l: u8| usize::from(l) % links;
    let node = |n: u8| usize::from(n) % nodes;
    let gateway = |n: u8| if flavour.rivals { node(n) } else { 0 };
    match trouble {
        Trouble::Cut(l) => mesh.cut(link(l)),
        Trouble::Heal(l) => mesh.heal(link(l)),
        Trouble::Silence(l) => mesh.silence(link(l), true),
        Trouble::Loss(l, loss) => mesh.lose(link(l), loss),
        Trouble::OneWay(l, flip, loss) => {
            let ends = &mesh.net.links[link(l)].ends;
            let (a, b) = (ends[0].node, ends[ends.len() - 1].node);
            let (from, to) = if flip { (b, a) } else { (a, b) };
            mesh.lose_one_way(link(l), from, to, loss);
        }
        Trouble::Partition(mask) => {
            let half: Vec<usize> = (0..nodes).filter(|n| mask >> n & 1 == 1).collect();
            mesh.partition(&half);
        }
        Trouble::Mend => mesh.mend(),
        Trouble::Reprice(l, cost) => {
            if !flavour.radio {
                mesh.reprice(link(l), cost);
            }
        }
        Trouble::Crash(n, downtime) => mesh.crash(node(n), downtime),
        Trouble::CrashBetween(n, outputs, downtime) => {
            mesh.crash_between_outputs(node(n), outputs, downtime);
        }
        Trouble::Suspend(n, time) => mesh.suspend(node(n), time),
        Trouble::Withdraw(n) => {
            mesh.withdraw(node(n), home(node(n)));
            mesh.withdraw(node(n), home_v4(node(n)));
        }
        Trouble::Originate(n, metric) => {
            mesh.originate(node(n), home(node(n)), Metric::new(metric));
            mesh.originate(node(n), home_v4(node(n)), Metric::new(metric / 2));
        }
        Trouble::WithdrawDefault(n) => mesh.withdraw(gateway(n), Prefix::DEFAULT_V6),
        Trouble::OriginateDefault(n, metric) => {
            mesh.originate(gateway(n), Prefix::DEFAULT_V6, Metric::new(metric));
        }
        Trouble::Reboot(n, downtime) => mesh.reboot(node(n), downtime),
        Trouble::Leave(n, downtime) => mesh.leave(node(n), downtime),
    }
}
