//! Floods: ten thousand honest routes, two hundred thousand hostile ones.

use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use grange_babel::limits::Limits;
use grange_babel::metric::{Cost, Metric};
use grange_babel::prefix::Prefix;
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;
use grange_babel::wire::{Interval, PacketWriter, PushError, Tlv, Update};

use crate::clock::{MILLISECOND, Micros, SECOND};
use crate::measure::figure;
use crate::mesh::Mesh;
use crate::node::{home, numbered};
use crate::options::Options;
use crate::topology::Topology;

/// A daemon that reads a packet every 50 us and has the kernel's usual 212 kB of socket buffer.
const RECEIVER: Option<(Duration, u64)> = Some((Duration::from_micros(50), 350));

#[test]
fn ten_thousand_routes_cross_a_chain_and_leave_again() {
    const ROUTES: usize = 10_000;
    let options = Options {
        homes: false,
        inspect: false,
        receiver: RECEIVER,
        ..Options::default()
    };
    let mut mesh = Mesh::new(&Topology::line(3), options, 41);
    mesh.run_for(20 * SECOND);
    for n in 0..ROUTES {
        mesh.originate(0, numbered(0xFD55, n), Metric::ZERO);
    }
    let full = |mesh: &Mesh| mesh.net.nodes[2].fib.routes() == ROUTES;
    let took = mesh.until_coarse(60 * SECOND, 10 * MILLISECOND, full);
    figure(
        "10,000 routes at the far end of a 3-chain",
        took.unwrap_or(60 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 3 * SECOND), "{took:?}");
    // They stay through several full updates.
    let broken = mesh.until_coarse(120 * SECOND, 100 * MILLISECOND, |mesh| !full(mesh));
    assert_eq!(broken, None, "routes flap");
    for n in 0..ROUTES {
        mesh.withdraw(0, numbered(0xFD55, n));
    }
    let empty = |mesh: &Mesh| mesh.net.nodes.iter().all(|node| node.fib.routes() == 0);
    let took = mesh.until_coarse(120 * SECOND, 10 * MILLISECOND, empty);
    figure("10,000 routes withdrawn", took.unwrap_or(120 * SECOND));
    assert!(took.is_some_and(|took| took < 5 * SECOND), "{took:?}");
    let empty = |mesh: &Mesh| mesh.net.nodes.iter().all(|node| node.fib.len() == 0);
    assert!(mesh.until_coarse(300 * SECOND, SECOND, empty).is_some());
}

#[test]
fn a_table_that_a_newcomer_needs_arrives_whole() {
    const ROUTES: usize = 10_000;
    let options = Options {
        homes: false,
        inspect: false,
        receiver: RECEIVER,
        ..Options::default()
    };
    let topology = Topology::line(3);
    let mut mesh = Mesh::new(&topology, options, 42);
    mesh.cut(topology.edge(1, 2));
    for n in 0..ROUTES {
        mesh.originate(0, numbered(0xFD55, n), Metric::ZERO);
    }
    mesh.run_for(40 * SECOND);
    mesh.heal(topology.edge(1, 2));
    let full = |mesh: &Mesh| mesh.net.nodes[2].fib.routes() == ROUTES;
    let took = mesh.until_coarse(60 * SECOND, 10 * MILLISECOND, full);
    figure(
        "10,000 routes for a new neighbour",
        took.unwrap_or(60 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 3 * SECOND), "{took:?}");
}

/// What a hostile node says: it is there, hears us well, and can reach everything.
struct Flood {
    link_local: Ipv6Addr,
    victim: Ipv6Addr,
    hello: Seqno,
    sent: usize,
}

impl Flood {
    fn greeting(&mut self) -> Vec<u8> {
        self.hello = self.hello.next();
        let mut packet = PacketWriter::new(1000, self.link_local);
        let interval = Interval::from_duration(Duration::from_secs(4));
        let hello = Tlv::Hello {
            unicast: false,
            seqno: self.hello,
            interval,
            timestamp: None,
        };
        let ihu = Tlv::Ihu {
            rxcost: Cost::new(1),
            interval: Interval::from_duration(Duration::from_secs(12)),
            address: Some(IpAddr::V6(self.victim)),
            timestamps: None,
        };
        packet.push(&hello).expect("fits");
        packet.push(&ihu).expect("fits");
        packet.finish()
    }

    /// A packet full of prefixes nobody has heard of.
    fn packet(&mut self) -> Vec<u8> {
        let mut packet = PacketWriter::new(1400, self.link_local);
        loop {
            let update = Tlv::Update(Update {
                prefix: numbered(0xFD66, self.sent),
                router_id: RouterId::new([6; 8]),
                seqno: Seqno(1),
                metric: Metric::new(1),
                interval: Interval::LONGEST,
                next_hop: IpAddr::V6(self.link_local),
            });
            match packet.push(&update) {
                Ok(()) => self.sent += 1,
                Err(PushError::Full) => return packet.finish(),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn flooded(limits: Limits, prefixes: usize, mut each: impl FnMut(&mut Mesh)) -> Mesh {
    let options = Options {
        limits,
        inspect: false,
        ..Options::default()
    };
    // The villain is 3; 0 and 2 live on either side of its victim.
    let topology = Topology::of("villain", &[(0, 1, 96), (1, 2, 96), (1, 3, 96)]);
    let mut mesh = Mesh::new(&topology, options, 43);
    mesh.puppet(3);
    mesh.net.nodes[3].origins.clear();
    mesh.run_for(30 * SECOND);
    let mut flood = Flood {
        link_local: mesh.net.nodes[3].ports[0].addresses.link_local,
        victim: mesh.net.nodes[1].ports[2].addresses.link_local,
        hello: Seqno(7),
        sent: 0,
    };
    let mut greeted: Micros = 0;
    while flood.sent < prefixes {
        if mesh.now >= greeted {
            let greeting = flood.greeting();
            mesh.transmit(3, 0, None, &greeting);
            greeted = mesh.now + 4 * SECOND;
        }
        for _ in 0..4 {
            let packet = flood.packet();
            mesh.transmit(3, 0, None, &packet);
        }
        mesh.run_for(10 * MILLISECOND);
        each(&mut mesh);
    }
    mesh
}

#[test]
fn two_hundred_thousand_prefixes_of_a_hostile_neighbour_are_bounded() {
    let limits = Limits {
        routes: 3000,
        sources: 3000,
        requests: 100,
        ..Limits::default()
    };
    let honest: [(usize, Prefix); 4] = [(0, home(2)), (2, home(0)), (1, home(0)), (0, home(1))];
    let mut looks = 0;
    let mut mesh = flooded(limits, 200_000, |mesh| {
        looks += 1;
        if looks % 10 == 0 {
            mesh.check_tables();
        }
        for (node, prefix) in &honest {
            assert!(mesh.net.reaches(*node, prefix), "{node} lost {prefix}");
        }
    });
    let counters = *mesh.net.nodes[1].router.as_ref().expect("runs").counters();
    let turned_away = counters.routes_refused + counters.routes_evicted + counters.sources_refused;
    assert!(turned_away > 100_000, "{counters:?}");
    // Room is made for a new honest route at the cost of the noisy neighbour.
    let fresh = numbered(0xFD77, 3);
    mesh.originate(0, fresh, Metric::ZERO);
    mesh.run_for(20 * SECOND);
    assert!(mesh.net.reaches(1, &fresh));
    // The villain falls silent, and everything of it goes.
    mesh.run_for(700 * SECOND);
    assert!(
        mesh.net.nodes[1].fib.len() < 20,
        "{}",
        mesh.net.nodes[1].fib.len()
    );
    for (node, prefix) in &honest {
        assert!(mesh.net.reaches(*node, prefix), "{node} lost {prefix}");
    }
}

#[test]
fn too_many_neighbours_on_a_channel_are_refused_and_counted() {
    let options = Options {
        limits: Limits {
            neighbours: 5,
            ..Limits::default()
        },
        kind: grange_babel::link::LinkKind::Wireless,
        radio: true,
        inspect: false,
        ..Options::default()
    };
    let mut edges = Vec::new();
    for a in 0..12 {
        edges.extend((0..a).map(|b| (a, b, 256)));
    }
    let mut mesh = Mesh::new(&Topology::of("crowd", &edges), options, 44);
    mesh.run_for(60 * SECOND);
    mesh.check_tables();
    for node in 0..12 {
        let now = mesh.local(node);
        let router = mesh.net.nodes[node].router.as_ref().expect("runs");
        assert_eq!(router.neighbours(now).count(), 5);
        assert!(router.counters().neighbours_refused > 0);
    }
}

#[test]
fn too_many_origins_and_interfaces_are_refused_and_counted() {
    let options = Options {
        limits: Limits {
            origins: 10,
            interfaces: 2,
            ..Limits::default()
        },
        homes: false,
        inspect: false,
        ..Options::default()
    };
    let star = Topology::of("star", &[(0, 1, 96), (0, 2, 96), (0, 3, 96)]);
    let mut mesh = Mesh::new(&star, options, 45);
    mesh.run_for(SECOND);
    for n in 0..30 {
        mesh.originate(0, numbered(0xFD55, n), Metric::ZERO);
    }
    mesh.run_for(30 * SECOND);
    let router = mesh.net.nodes[0].router.as_ref().expect("runs");
    assert_eq!(router.interfaces().count(), 2);
    assert_eq!(router.origins().count(), 10);
    assert_eq!(router.counters().origins_refused, 20);
    assert_eq!(mesh.net.nodes[1].fib.routes(), 10);
    assert_eq!(mesh.net.nodes[3].fib.routes(), 0);
}
