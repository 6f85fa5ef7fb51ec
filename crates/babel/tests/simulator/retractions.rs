//! Retractions: a dead route is forgotten by everybody, whatever is lost on the way.

use std::cell::RefCell;
use std::rc::Rc;

use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use grange_babel::metric::Metric;
use grange_babel::prefix::Prefix;
use grange_babel::wire::{PacketReader, Tlv};

use crate::clock::{MILLISECOND, Micros, SECOND};
use crate::fib::Verdict;
use crate::link::Quality;
use crate::measure::figure;
use crate::mesh::Mesh;
use crate::node::{home, numbered};
use crate::options::Options;
use crate::topology::Topology;

fn gateway(topology: &Topology, options: Options, seed: u64) -> Mesh {
    let mut mesh = Mesh::new(topology, options, seed);
    mesh.originate(0, Prefix::DEFAULT_V4, Metric::ZERO);
    mesh.originate(0, Prefix::DEFAULT_V6, Metric::ZERO);
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
    mesh
}

fn retracts(prefix: Prefix, payload: &[u8]) -> bool {
    let somebody = IpAddr::V6(Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1));
    PacketReader::new(payload, somebody)
        .into_iter()
        .flatten()
        .any(|tlv| {
            matches!(tlv, Ok(Tlv::Update(update)) if update.metric.is_infinite()
                && update.prefix == prefix)
        })
}

#[test]
fn a_withdrawn_default_is_gone_at_the_neighbour_in_a_blink() {
    let mut worst = 0;
    for seed in 0..20 {
        let mut mesh = gateway(&Topology::line(2), Options::default(), seed);
        mesh.withdraw(0, Prefix::DEFAULT_V4);
        let gone = |mesh: &Mesh| mesh.is_retracted(&Prefix::DEFAULT_V4);
        let took = mesh.until(120 * SECOND, gone).expect("retracted");
        worst = worst.max(took);
        // The other family's default stays.
        assert!(mesh.net.reaches(1, &Prefix::DEFAULT_V6));
    }
    figure("a withdrawn default at the neighbour, worst of 20", worst);
    assert!(worst < 300 * MILLISECOND, "{worst} us");
}

#[test]
fn a_withdrawn_prefix_is_gone_everywhere_in_a_grid() {
    let mut mesh = Mesh::new(&Topology::grid(5, 5), Options::default(), 3);
    mesh.run_for(60 * SECOND);
    mesh.withdraw(12, home(12));
    let took = mesh.until(60 * SECOND, |mesh| mesh.is_retracted(&home(12)));
    figure(
        "a withdrawn prefix in grid 5x5",
        took.unwrap_or(60 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 5 * SECOND), "{took:?}");
    let took = mesh.until(120 * SECOND, |mesh| mesh.is_forgotten(&home(12)));
    figure("its unreachable routes too", took.unwrap_or(120 * SECOND));
    assert!(took.is_some_and(|took| took < 30 * SECOND), "{took:?}");
}

#[test]
fn a_lost_retraction_is_made_up_for_long_before_the_route_expires() {
    for losses in [1, 2, 3] {
        let mut worst = 0;
        for seed in 0..10 {
            let mut mesh = gateway(&Topology::line(3), Options::default(), seed);
            let left = Rc::new(RefCell::new(losses));
            let gate = Rc::clone(&left);
            mesh.gate = Some(Box::new(move |from, _, payload| {
                let hit = from == 0 && *gate.borrow() > 0 && retracts(Prefix::DEFAULT_V4, payload);
                *gate.borrow_mut() -= i32::from(hit);
                hit
            }));
            mesh.withdraw(0, Prefix::DEFAULT_V4);
            let gone = |mesh: &Mesh| mesh.is_retracted(&Prefix::DEFAULT_V4);
            let took = mesh.until(120 * SECOND, gone).expect("retracted");
            assert_eq!(*left.borrow(), 0, "no retraction was lost");
            worst = worst.max(took);
        }
        figure(
            &format!("a retraction lost {losses} times, worst of 10"),
            worst,
        );
        assert!(worst < 3 * SECOND, "{worst} us");
    }
}

#[test]
fn retractions_get_through_a_third_of_loss() {
    let mut worst: Micros = 0;
    for seed in 0..10 {
        let mut mesh = gateway(&Topology::line(4), Options::default(), seed);
        for link in 0..3 {
            mesh.lose(link, 300);
        }
        mesh.withdraw(0, Prefix::DEFAULT_V6);
        let gone = |mesh: &Mesh| mesh.is_retracted(&Prefix::DEFAULT_V6);
        worst = worst.max(mesh.until(120 * SECOND, gone).expect("retracted"));
    }
    figure(
        "a retraction over 3 links that lose 30 %, worst of 10",
        worst,
    );
    assert!(worst < 10 * SECOND, "{worst} us");
}

#[test]
fn each_of_many_prefixes_of_different_lengths_is_retracted_alone() {
    let prefixes: Vec<Prefix> = [128, 64, 56, 48, 32, 0]
        .iter()
        .map(|&plen| Prefix::new("2001:db8:1:1::1".parse::<IpAddr>().unwrap(), plen).unwrap())
        .collect();
    let mut mesh = Mesh::new(&Topology::line(3), Options::default(), 9);
    for prefix in &prefixes {
        mesh.originate(0, *prefix, Metric::ZERO);
    }
    mesh.run_for(30 * SECOND);
    for (index, prefix) in prefixes.iter().enumerate() {
        mesh.withdraw(0, *prefix);
        let took = mesh.until(60 * SECOND, |mesh| mesh.is_retracted(prefix));
        assert!(took.is_some_and(|took| took < SECOND), "{prefix}: {took:?}");
        for kept in &prefixes[index + 1..] {
            assert!(mesh.net.reaches(2, kept), "{kept} went with {prefix}");
        }
    }
}

#[test]
fn an_unreachable_route_is_held_until_the_neighbours_have_acknowledged() {
    // 0 has the default and 2 a home inside it; packets for the home must never turn round.
    let options = Options {
        nested: true,
        ..Options::default()
    };
    let topology = Topology::line(4);
    let mut mesh = Mesh::new(&topology, options, 21);
    mesh.originate(0, Prefix::DEFAULT_V6, Metric::ZERO);
    mesh.run_for(60 * SECOND);
    // Node 1 hears nothing from 2 for a while, so it cannot acknowledge.
    mesh.lose_one_way(topology.edge(1, 2), 2, 1, 1000);
    mesh.cut(topology.edge(2, 3));
    assert_eq!(
        mesh.net.nodes[2].fib.exact(&home(3)),
        Some(Verdict::Unreachable)
    );
    mesh.run_for(SECOND);
    assert_eq!(
        mesh.net.nodes[2].fib.exact(&home(3)),
        Some(Verdict::Unreachable)
    );
    mesh.lose_one_way(topology.edge(1, 2), 2, 1, 0);
    let took = mesh.until(60 * SECOND, |mesh| {
        mesh.is_forgotten(&home(3)) || {
            let entry = mesh.net.nodes[2].fib.exact(&home(3));
            entry.is_none()
        }
    });
    figure(
        "an unreachable route after the way is free",
        took.unwrap_or(60 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 20 * SECOND), "{took:?}");
}

#[test]
fn an_unreachable_route_goes_as_soon_as_everybody_knows() {
    let topology = Topology::line(4);
    let mut mesh = Mesh::new(&topology, Options::default(), 22);
    mesh.run_for(60 * SECOND);
    mesh.withdraw(3, home(3));
    let took = mesh.until(120 * SECOND, |mesh| mesh.is_forgotten(&home(3)));
    figure(
        "an unreachable route in a clean chain",
        took.unwrap_or(120 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 5 * SECOND), "{took:?}");
}

#[test]
fn a_prefix_that_comes_back_is_routed_again_at_once() {
    let mut mesh = Mesh::new(&Topology::line(4), Options::default(), 23);
    mesh.run_for(60 * SECOND);
    for pause in [
        0,
        MILLISECOND,
        60 * MILLISECOND,
        SECOND,
        40 * SECOND,
        400 * SECOND,
    ] {
        mesh.withdraw(3, home(3));
        mesh.run_for(pause);
        mesh.originate(3, home(3), Metric::ZERO);
        let took = mesh.until(60 * SECOND, Mesh::is_routed);
        assert!(
            took.is_some_and(|took| took < 2 * SECOND),
            "after {pause} us: {took:?}"
        );
        mesh.run_for(60 * SECOND);
    }
}

#[test]
fn a_metric_that_grows_past_the_largest_becomes_a_retraction() {
    let topology = Topology::line(4);
    let mut mesh = Mesh::new(&topology, Options::default(), 24);
    mesh.run_for(30 * SECOND);
    let far = numbered(0xFD77, 1);
    // One link further than node 1 this no longer fits into sixteen bits.
    mesh.originate(0, far, Metric::new(65_535 - 97));
    mesh.run_for(30 * SECOND);
    assert!(mesh.net.reaches(1, &far));
    assert_eq!(mesh.net.nodes[2].fib.exact(&far), None);
    // It shrinks, and everybody has it; it grows, and those behind lose it.
    mesh.originate(0, far, Metric::ZERO);
    mesh.run_for(30 * SECOND);
    assert!(mesh.net.reaches(3, &far));
    mesh.originate(0, far, Metric::new(65_535 - 97));
    mesh.run_for(60 * SECOND);
    assert!(mesh.net.reaches(1, &far));
    assert!(!mesh.net.reaches(2, &far) && !mesh.net.reaches(3, &far));
}

#[test]
fn a_metric_change_is_followed_by_everybody_both_ways() {
    let topology = Topology::ring(5);
    let mut mesh = Mesh::new(&topology, Options::default(), 25);
    mesh.run_for(30 * SECOND);
    let shared = numbered(0xFD77, 2);
    mesh.originate(0, shared, Metric::new(100));
    mesh.originate(2, shared, Metric::new(5000));
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
    for metric in [9000, 10, 7000, 0] {
        mesh.originate(0, shared, Metric::new(metric));
        mesh.run_for(60 * SECOND);
        mesh.check_settled();
    }
}

#[test]
fn a_neighbour_that_answers_slowly_is_waited_for_and_not_shouted_at() {
    // A busy router on a weak processor: its acknowledgements are three seconds on their way.
    let slow = Options {
        quality: Quality {
            delay: Duration::from_millis(1500),
            ..Quality::CLEAN
        },
        ..Options::default()
    };
    let mut mesh = Mesh::new(&Topology::line(2), slow, 26);
    mesh.run_for(60 * SECOND);
    mesh.withdraw(0, home(0));
    let took = mesh.until(120 * SECOND, |mesh| mesh.is_forgotten(&home(0)));
    figure("an unreachable route of a slow link", took.unwrap_or(0));
    assert!(took.is_some_and(|took| took < 20 * SECOND), "{took:?}");
    // The wait is known by now.
    let copies = |mesh: &Mesh| {
        let router = mesh.net.nodes[0].router.as_ref().unwrap();
        router.counters().retransmissions
    };
    let before = copies(&mesh);
    mesh.originate(0, home(0), Metric::ZERO);
    mesh.run_for(30 * SECOND);
    assert!(mesh.net.reaches(1, &home(0)));
    assert_eq!(copies(&mesh), before);
}

#[test]
fn a_neighbour_taken_for_dead_for_a_moment_can_still_acknowledge() {
    let topology = Topology::line(3);
    for (before, pause) in [(true, 0), (false, 0), (false, 20 * MILLISECOND)] {
        let mut mesh = Mesh::new(&topology, Options::default(), 27);
        mesh.run_for(60 * SECOND);
        // A busy neighbour answers no question in time.
        let link = topology.edge(0, 1);
        mesh.lose_one_way(link, 1, 0, 1000);
        let (id, address) = {
            let nodes = &mesh.net.nodes;
            (nodes[0].ports[0].id, nodes[1].ports[0].addresses.link_local)
        };
        let suspect = |mesh: &mut Mesh| {
            mesh.drive(0, |router, now| {
                router.handle_neighbour_suspect(id, address, now);
            });
        };
        if before {
            suspect(&mut mesh);
            mesh.run_for(600 * MILLISECOND);
            let now = mesh.local(0);
            let router = mesh.net.nodes[0].router.as_ref().expect("runs");
            assert!(router.neighbours(now).all(|one| one.cost.is_infinite()));
        }
        mesh.withdraw(0, home(0));
        mesh.run_for(pause);
        suspect(&mut mesh);
        mesh.run_for(600 * MILLISECOND);
        mesh.lose_one_way(link, 1, 0, 0);
        let took = mesh.until(120 * SECOND, |mesh| mesh.is_forgotten(&home(0)));
        figure(
            "an unreachable route of a doubted neighbour",
            took.unwrap_or(0),
        );
        assert!(took.is_some_and(|took| took < 10 * SECOND), "{took:?}");
    }
}
