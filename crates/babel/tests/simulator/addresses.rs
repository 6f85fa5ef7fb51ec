//! Links whose addresses, size or cost change under the protocol.

use std::cell::RefCell;
use std::rc::Rc;

use core::net::IpAddr;

use grange_babel::metric::Metric;

use crate::clock::SECOND;
use crate::fib::Verdict;
use crate::measure::figure;
use crate::mesh::Mesh;
use crate::node::{home, home_v4, numbered};
use crate::options::Options;
use crate::topology::Topology;

#[test]
fn new_addresses_on_a_link_are_followed_at_once() {
    for seed in 0..10 {
        let mut mesh = Mesh::new(&Topology::line(3), Options::default(), seed);
        mesh.run_for(45 * SECOND);
        mesh.renumber(1, 0, 1);
        let took = mesh.until(60 * SECOND, Mesh::is_routed);
        let what = "not routed over the new addresses";
        assert!(took.is_some(), "{}", mesh.trace.report(mesh.now, what));
        assert!(took.is_some_and(|took| took < 2 * SECOND), "{took:?}");
        // Traffic to the new addresses only, and no ghost of the old neighbour for ever.
        mesh.run_for(180 * SECOND);
        mesh.check_settled();
        let now = mesh.local(0);
        let router = mesh.net.nodes[0].router.as_ref().expect("runs");
        assert_eq!(router.neighbours(now).count(), 1);
    }
}

#[test]
fn a_new_ipv4_address_is_the_next_hop_at_once() {
    let mut mesh = Mesh::new(&Topology::line(2), Options::default(), 31);
    mesh.run_for(45 * SECOND);
    let mut addresses = mesh.net.nodes[1].ports[0].addresses;
    addresses.ipv4 = Some("100.127.0.9".parse().expect("an address"));
    mesh.net.nodes[1].ports[0].addresses = addresses;
    mesh.raise(1, 0);
    let via = |mesh: &Mesh| match mesh.net.nodes[0].fib.exact(&home_v4(1)) {
        Some(Verdict::Via(hop)) => Some(hop.address),
        _ => None,
    };
    let wanted = addresses.ipv4.map(IpAddr::V4);
    mesh.changed = true;
    let took = mesh.until(30 * SECOND, |mesh| via(mesh) == wanted);
    figure("a new IPv4 next hop", took.unwrap_or(30 * SECOND));
    assert!(took.is_some_and(|took| took < 2 * SECOND), "{took:?}");
}

#[test]
fn without_an_ipv4_address_and_ipv6_next_hops_no_ipv4_route_is_announced() {
    let mut mesh = Mesh::new(&Topology::line(3), Options::default(), 32);
    mesh.net.nodes[1].ports[0].addresses.ipv4 = None;
    mesh.net.nodes[1].ports[0].config.v4_via_v6 = false;
    mesh.run_for(45 * SECOND);
    assert_eq!(mesh.net.nodes[0].fib.exact(&home_v4(1)), None);
    assert!(mesh.net.reaches(0, &home(1)) && mesh.net.reaches(0, &home(2)));
    assert!(mesh.net.reaches(1, &home_v4(0)) && mesh.net.reaches(1, &home_v4(2)));
}

#[test]
fn a_smaller_mtu_makes_smaller_packets_at_once() {
    let mut mesh = Mesh::new(&Topology::line(2), Options::default(), 33);
    for n in 0..300 {
        mesh.originate(0, numbered(0xFD55, n), Metric::ZERO);
    }
    mesh.run_for(45 * SECOND);
    let largest = Rc::new(RefCell::new(0));
    let seen = Rc::clone(&largest);
    mesh.gate = Some(Box::new(move |from, _, payload| {
        if from == 0 {
            let mut seen = seen.borrow_mut();
            *seen = payload.len().max(*seen);
        }
        false
    }));
    mesh.run_for(30 * SECOND);
    assert!(
        *largest.borrow() > 1000,
        "updates fill the packets of a 1500 octet link"
    );
    mesh.resize(0, 0, 700);
    *largest.borrow_mut() = 0;
    mesh.run_for(45 * SECOND);
    let largest = *largest.borrow();
    assert!((500..=652).contains(&largest), "{largest}");
    assert!(mesh.is_routed());
}

#[test]
fn a_larger_mtu_is_used() {
    let mut mesh = Mesh::new(&Topology::line(2), Options::default(), 34);
    for n in 0..600 {
        mesh.originate(0, numbered(0xFD55, n), Metric::ZERO);
    }
    mesh.run_for(45 * SECOND);
    mesh.resize(0, 0, 9000);
    let largest = Rc::new(RefCell::new(0));
    let seen = Rc::clone(&largest);
    mesh.gate = Some(Box::new(move |from, _, payload| {
        if from == 0 {
            let mut seen = seen.borrow_mut();
            *seen = payload.len().max(*seen);
        }
        false
    }));
    mesh.run_for(45 * SECOND);
    assert!(*largest.borrow() > 1452, "{}", largest.borrow());
}

#[test]
fn a_link_that_becomes_dear_is_left_and_taken_again() {
    let topology = Topology::ring(4);
    let mut mesh = Mesh::new(&topology, Options::default(), 35);
    mesh.run_for(60 * SECOND);
    for cost in [2000, 96, 400, 50] {
        mesh.reprice(topology.edge(0, 1), cost);
        mesh.run_for(90 * SECOND);
        mesh.check_settled();
    }
}

#[test]
fn an_outside_estimate_replaces_the_cost_until_it_is_withdrawn() {
    let topology = Topology::ring(4);
    let mut mesh = Mesh::new(&topology, Options::default(), 36);
    mesh.run_for(60 * SECOND);
    let interface = mesh.net.nodes[1].ports[0].id;
    let neighbour = mesh.net.nodes[0].ports[0].addresses.link_local;
    assert_eq!(mesh.net.path(0, &home(1)), [0, 1]);
    // What it costs 1 to receive is what 0 pays to send there (RFC 8966 appendix A.2.1).
    for (estimate, path) in [(Some(3000), vec![0, 3, 2, 1]), (None, vec![0, 1])] {
        mesh.drive(1, |router, now| {
            router.handle_cost_estimate(interface, neighbour, estimate, now);
        });
        mesh.run_for(60 * SECOND);
        assert_eq!(mesh.net.path(0, &home(1)), path);
    }
}
