//! IPv4 over IPv6 next hops (RFC 9229) and the delay of links (RFC 9616).

use core::net::IpAddr;
use core::time::Duration;

use grange_babel::link::RttConfig;
use grange_babel::status::NeighbourStatus;

use crate::clock::SECOND;
use crate::fib::Verdict;
use crate::measure::figure;
use crate::mesh::Mesh;
use crate::network::{Edges, Sink};
use crate::node::{home, home_v4};
use crate::options::Options;
use crate::topology::Topology;

/// A network where the ends of links have no IPv4 address, or one of two.
fn without_ipv4(topology: &Topology, seed: u64, is_bare: impl Fn(usize, usize) -> bool) -> Mesh {
    let mut mesh = Mesh::new(topology, Options::default(), seed);
    for (number, node) in mesh.net.nodes.iter_mut().enumerate() {
        for (index, port) in node.ports.iter_mut().enumerate() {
            if is_bare(number, index) {
                port.addresses.ipv4 = None;
            }
        }
    }
    mesh
}

#[test]
fn ipv4_crosses_links_that_have_no_ipv4_address() {
    for topology in [Topology::line(4), Topology::ring(5), Topology::grid(4, 4)] {
        for (seed, mix) in [(0, 1), (1, 2), (2, 3)] {
            let bare = |node: usize, port: usize| (node + port).is_multiple_of(mix);
            let mut mesh = without_ipv4(&topology, seed, bare);
            let took = mesh.until(30 * SECOND, Mesh::is_whole);
            let what = "IPv4 does not get through";
            assert!(took.is_some(), "{}", mesh.trace.report(mesh.now, what));
            mesh.run_for(60 * SECOND);
            mesh.check_settled();
            mesh.crash(1, SECOND / 10);
            mesh.run_for(90 * SECOND);
            mesh.check_settled();
        }
    }
}

#[test]
fn an_interface_with_an_ipv4_address_announces_it() {
    // Node 0 has one, node 1 has none.
    let mut mesh = without_ipv4(&Topology::line(2), 1, |node, _| node == 1);
    mesh.run_for(20 * SECOND);
    let hop = |node: usize, origin: usize| match mesh.net.nodes[node].fib.exact(&home_v4(origin)) {
        Some(Verdict::Via(hop)) => hop.address,
        other => panic!("{other:?}"),
    };
    assert!(hop(1, 0).is_ipv4());
    let link_local = mesh.net.nodes[1].ports[0].addresses.link_local;
    assert_eq!(hop(0, 1), IpAddr::V6(link_local));
}

#[test]
fn an_address_that_comes_and_goes_changes_the_next_hop_and_loses_nothing() {
    let mut mesh = without_ipv4(&Topology::line(3), 5, |_, _| true);
    mesh.run_for(20 * SECOND);
    let bare = mesh.net.nodes[1].ports[0].addresses;
    for ipv4 in [Some([192, 0, 2, 1].into()), None] {
        mesh.net.nodes[1].ports[0].addresses.ipv4 = ipv4;
        mesh.raise(1, 0);
        mesh.run_for(SECOND);
        mesh.check_settled();
        let found = mesh.net.nodes[0].fib.exact(&home_v4(2));
        let Some(Verdict::Via(hop)) = found else {
            panic!("{found:?}");
        };
        let expected = ipv4.map_or(IpAddr::V6(bare.link_local), IpAddr::V4);
        assert_eq!(hop.address, expected);
    }
}

#[test]
fn a_link_that_refuses_ipv6_next_hops_carries_no_ipv4_without_an_address() {
    let mut mesh = without_ipv4(&Topology::line(2), 1, |node, _| node == 1);
    mesh.net.nodes[0].ports[0].config.v4_via_v6 = false;
    mesh.run_for(20 * SECOND);
    assert_eq!(mesh.net.nodes[0].fib.exact(&home_v4(1)), None);
    assert!(mesh.net.nodes[0].fib.exact(&home(1)).is_some());
    // The other way there is an address.
    assert!(mesh.net.nodes[1].fib.exact(&home_v4(0)).is_some());
}

/// Two ways of two links from node 3 to node 0, over 1 and over 2, all of them tunnels.
fn tunnels(seed: u64) -> Mesh {
    let topology = Topology::of("tunnels", &[(0, 1, 96), (0, 2, 96), (1, 3, 96), (2, 3, 96)]);
    let options = Options {
        smoothing_half_life: Duration::from_secs(4),
        ..Options::default()
    };
    let mut mesh = Mesh::new(&topology, options, seed);
    let ports = mesh.net.nodes.iter_mut().flat_map(|node| &mut node.ports);
    for port in ports {
        port.config.rtt = Some(RttConfig {
            max_penalty: RttConfig::TUNNEL_PENALTY,
            ..RttConfig::DEFAULT
        });
    }
    mesh
}

fn over(mesh: &Mesh) -> usize {
    let path = mesh.net.path(3, &home(0));
    path[1]
}

#[test]
fn the_way_of_least_delay_is_taken_and_left_when_it_becomes_slow() {
    let mut slowest = 0;
    for seed in 0..10 {
        let mut mesh = tunnels(seed);
        // Links 0-1 and 0-2, 1-3 and 2-3.
        mesh.net.links[2].quality.delay = Duration::from_millis(50);
        mesh.net.links[2].quality.jitter = Duration::from_millis(20);
        mesh.run_for(120 * SECOND);
        assert_eq!(over(&mesh), 2, "seed {seed}");
        // The penalty moves with each sample; the route must not.
        let before = route_changes(&mesh);
        mesh.run_for(600 * SECOND);
        assert_eq!(route_changes(&mesh), before, "seed {seed}");
        let (one, other) = (mesh.net.links[3].quality, mesh.net.links[2].quality);
        (mesh.net.links[2].quality, mesh.net.links[3].quality) = (one, other);
        mesh.changed = true;
        let start = mesh.now;
        while over(&mesh) == 2 && mesh.now < start + 300 * SECOND {
            mesh.run_for(SECOND);
        }
        assert_eq!(over(&mesh), 1, "seed {seed}");
        slowest = slowest.max(mesh.now - start);
        assert!(matches!(
            mesh.net.follow(3, &home(0), Edges::Working),
            Sink::Origin(0)
        ));
    }
    figure("a tunnel that becomes slow is left, worst of 10", slowest);
}

#[test]
fn a_neighbour_without_timestamps_costs_nothing_more() {
    let mut mesh = tunnels(1);
    mesh.net.links[2].quality.delay = Duration::from_millis(100);
    mesh.net.nodes[1].ports[1].config.rtt = None;
    mesh.run_for(60 * SECOND);
    let row = row_of_one(&mesh);
    assert_eq!((row.rtt, row.rtt_penalty, row.cost.value()), (None, 0, 96));
}

#[test]
fn a_round_trip_is_measured_as_it_is() {
    let mut mesh = tunnels(2);
    mesh.net.links[2].quality.delay = Duration::from_millis(30);
    mesh.net.links[2].quality.jitter = Duration::ZERO;
    mesh.run_for(600 * SECOND);
    let row = row_of_one(&mesh);
    let micros = row.rtt.expect("is measured").as_micros();
    // Clocks drift by up to 100 ppm, and a Hello waits for up to 4 s.
    assert!((59_000..62_000).contains(&micros), "{micros} us");
    assert!((42..=46).contains(&row.rtt_penalty), "{}", row.rtt_penalty);
}

/// What node 3 knows of node 1.
fn row_of_one(mesh: &Mesh) -> NeighbourStatus {
    let address = mesh.net.nodes[1].ports[1].addresses.link_local;
    let router = mesh.net.nodes[3].router.as_ref().expect("runs");
    let mut rows = router.neighbours(mesh.local(3));
    rows.find(|row| row.address == address).expect("is heard")
}

fn route_changes(mesh: &Mesh) -> u64 {
    let router = mesh.net.nodes[3].router.as_ref().expect("runs");
    router.counters().route_changes
}
