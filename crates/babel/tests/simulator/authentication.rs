//! Keys: who has them is heard, whoever has not is not (RFC 8967).

use std::cell::RefCell;
use std::rc::Rc;

use core::net::Ipv6Addr;
use core::time::Duration;

use grange_babel::limits::Counters;
use grange_babel::link::LinkKind;
use grange_babel::mac::{Algorithm, Key, KeySet, KeyUse};
use grange_babel::router::BABEL_GROUP;
use grange_babel::wire::{Interval, PacketWriter, Tlv};

use crate::clock::{MILLISECOND, Micros, SECOND};
use crate::link::Quality;
use crate::mesh::Mesh;
use crate::node::{Arrival, home};
use crate::options::Options;
use crate::queue::Happening;
use crate::topology::Topology;

fn key(name: &str, usage: KeyUse) -> Key {
    let algorithm = if name == "old" {
        Algorithm::HmacSha256
    } else {
        Algorithm::Blake2s128
    };
    Key::new(name, usage, algorithm, name.as_bytes()).unwrap()
}

fn keys(keys: &[(&str, KeyUse)]) -> KeySet {
    KeySet {
        keys: keys.iter().map(|(name, usage)| key(name, *usage)).collect(),
        permissive: false,
    }
}

fn with_keys() -> Options {
    Options {
        mac: keys(&[("old", KeyUse::Both)]),
        ..Options::default()
    }
}

fn counters(mesh: &Mesh, node: usize) -> Counters {
    *mesh.net.nodes[node].router.as_ref().unwrap().counters()
}

/// A datagram as it was sent: to which node, and what.
type Taken = Rc<RefCell<Vec<(usize, Ipv6Addr, Ipv6Addr, Rc<[u8]>)>>>;

fn replay(mesh: &mut Mesh, to: usize, source: Ipv6Addr, destination: Ipv6Addr, payload: &Rc<[u8]>) {
    let arrival = Arrival {
        port: 0,
        source,
        destination,
        cuts: mesh.net.links[mesh.net.nodes[to].ports[0].link].cuts,
        payload: Rc::clone(payload),
    };
    let now = mesh.now;
    mesh.push(now, Happening::Arrive(to, arrival));
}

/// Whether for that long every packet would arrive, at every instant.
fn loses_nothing(mesh: &mut Mesh, time: Micros) {
    mesh.changed = true;
    let lost = mesh.until(time, |mesh| !mesh.is_routed());
    let what = format!("a packet is lost after {lost:?} us");
    assert!(lost.is_none(), "{}", mesh.trace.report(mesh.now, &what));
}

/// How many neighbours all nodes have.
fn neighbours(mesh: &Mesh) -> usize {
    let nodes = 0..mesh.net.nodes.len();
    let heard = nodes.map(|node| {
        let now = mesh.local(node);
        let router = mesh.net.nodes[node].router.as_ref().unwrap();
        let usable = |status: &grange_babel::status::NeighbourStatus| !status.cost.is_infinite();
        router.neighbours(now).filter(usable).count()
    });
    heard.sum()
}

#[test]
fn networks_with_keys_find_themselves_within_two_seconds() {
    for topology in [Topology::line(5), Topology::ring(6), Topology::grid(4, 4)] {
        for seed in 0..5 {
            let mut mesh = Mesh::new(&topology, with_keys(), seed);
            let took = mesh.until(10 * SECOND, Mesh::is_whole);
            assert!(took.is_some_and(|took| took < 2 * SECOND), "{took:?}");
            mesh.run_for(60 * SECOND);
            mesh.check_settled();
        }
    }
}

#[test]
fn a_radio_channel_that_loses_repeats_and_reorders_packets_works_with_keys() {
    let options = Options {
        kind: LinkKind::Wireless,
        radio: true,
        quality: Quality {
            loss: 100,
            duplication: 50,
            delay: Duration::from_millis(1),
            jitter: Duration::from_millis(20),
        },
        ..with_keys()
    };
    let mut mesh = Mesh::new(&Topology::grid(3, 3), options, 3);
    mesh.run_for(120 * SECOND);
    mesh.mend();
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
    let replayed: u64 = (0..9).map(|node| counters(&mesh, node).mac_replayed).sum();
    assert!(replayed > 0, "packets were repeated and overtaken");
}

#[test]
fn a_router_without_the_key_is_not_heard_and_hears_nobody_of_use() {
    for other in [
        KeySet::default(),
        KeySet {
            keys: vec![Key::new("old", KeyUse::Both, Algorithm::HmacSha256, b"guess").unwrap()],
            permissive: false,
        },
    ] {
        let mut mesh = Mesh::new(&Topology::line(3), with_keys(), 1);
        mesh.rekey(2, &other);
        mesh.run_for(60 * SECOND);
        for (node, origin) in [(0, 2), (1, 2)] {
            assert!(!mesh.net.reaches(node, &home(origin)));
        }
        assert!(mesh.net.reaches(0, &home(1)) && mesh.net.reaches(1, &home(0)));
        assert_eq!(
            mesh.net.nodes[1]
                .router
                .as_ref()
                .unwrap()
                .neighbours(mesh.local(1))
                .count(),
            1
        );
        let seen = counters(&mesh, 1);
        let refused = if other.keys.is_empty() {
            seen.mac_missing
        } else {
            seen.mac_wrong
        };
        assert!(refused > 5 && seen.mac_permitted == 0, "{seen:?}");
    }
}

#[test]
fn a_neighbour_that_restarts_with_keys_loses_no_packet() {
    for seed in 0..10 {
        for topology in [Topology::line(4), Topology::ring(5)] {
            let mut mesh = Mesh::new(&topology, with_keys(), seed);
            mesh.run_for(60 * SECOND + seed * 777 * MILLISECOND);
            mesh.crash(1, 20 * MILLISECOND);
            loses_nothing(&mut mesh, 90 * SECOND);
            mesh.check_settled();
        }
    }
}

#[test]
fn three_reloads_roll_a_key_over_and_no_neighbour_is_lost() {
    let mut mesh = Mesh::new(&Topology::ring(5), with_keys(), 4);
    mesh.run_for(60 * SECOND);
    let heard = neighbours(&mesh);
    assert_eq!(heard, 10);
    let steps = [
        keys(&[("old", KeyUse::Both), ("new", KeyUse::Accept)]),
        keys(&[("old", KeyUse::Accept), ("new", KeyUse::Both)]),
        keys(&[("new", KeyUse::Both)]),
    ];
    for step in steps {
        // One after the other, and some time passes.
        for node in [3, 0, 4, 1, 2] {
            mesh.rekey(node, &step);
            loses_nothing(&mut mesh, 7 * SECOND);
            assert_eq!(neighbours(&mesh), heard);
        }
    }
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
    for node in 0..5 {
        let seen = counters(&mesh, node);
        assert_eq!((seen.mac_missing, seen.mac_wrong), (0, 0), "{node}");
        let router = mesh.net.nodes[node].router.as_ref().unwrap();
        for neighbour in router.neighbours(mesh.local(node)) {
            assert_eq!(neighbour.signed_with, Some(vec!["new".to_owned()]));
        }
    }
}

#[test]
fn keys_are_rolled_out_permissively_and_no_neighbour_is_lost() {
    let mut mesh = Mesh::new(&Topology::ring(5), Options::default(), 4);
    mesh.run_for(60 * SECOND);
    let heard = neighbours(&mesh);
    let strict = keys(&[("new", KeyUse::Both)]);
    let permissive = KeySet {
        permissive: true,
        ..strict.clone()
    };
    for (step, counted) in [(permissive, true), (strict, false)] {
        for node in [3, 0, 4, 1, 2] {
            mesh.rekey(node, &step);
            loses_nothing(&mut mesh, 7 * SECOND);
            assert_eq!(neighbours(&mesh), heard);
            let router = mesh.net.nodes[node].router.as_ref().unwrap();
            let signers = router.neighbours(mesh.local(node));
            let signers =
                signers.filter(|it| it.signed_with.as_ref().is_some_and(|by| !by.is_empty()));
            // The first one of the ring to have keys sees that nobody else has.
            assert!(!counted || node != 3 || signers.count() == 0);
        }
    }
    assert!(counters(&mesh, 3).mac_permitted > 0);
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
}

#[test]
fn packets_that_are_replayed_forged_or_turned_back_change_nothing() {
    let taken: Taken = Rc::default();
    let mut mesh = Mesh::new(&Topology::line(2), with_keys(), 9);
    let (log, addresses) = (
        Rc::clone(&taken),
        [0, 1].map(|node| mesh.net.nodes[node].ports[0].addresses.link_local),
    );
    mesh.gate = Some(Box::new(move |from, to, payload| {
        log.borrow_mut()
            .push((to, addresses[from], BABEL_GROUP, payload.into()));
        log.borrow_mut()
            .push((to, addresses[from], addresses[to], payload.into()));
        false
    }));
    mesh.run_for(20 * SECOND);
    // Retracted: what was announced before must not come back.
    mesh.withdraw(0, home(0));
    mesh.run_for(20 * SECOND);
    let before: Vec<Counters> = (0..2).map(|node| counters(&mesh, node)).collect();
    let old = taken.borrow().clone();
    for (to, source, destination, payload) in &old {
        replay(&mut mesh, *to, *source, *destination, payload);
        // Turned back, and sent on in another's name.
        replay(&mut mesh, 1 - *to, *destination, *source, payload);
        replay(
            &mut mesh,
            *to,
            Ipv6Addr::new(0xfe80, 0, 0, 0, 9, 9, 9, 9),
            *destination,
            payload,
        );
        mesh.run_for(MILLISECOND);
        assert!(
            mesh.is_retracted(&home(0)),
            "{}",
            mesh.trace.report(mesh.now, "a replay helped")
        );
    }
    // Forged: without a MAC, and with one that somebody made up.
    let mut writer = PacketWriter::new(1400, addresses[0]);
    writer
        .push(&Tlv::WithdrawAll {
            interval: Interval::from_centis(100),
        })
        .unwrap();
    let bare = writer.finish();
    let signed = [&bare[..], &[16, 32], &[7; 32]].concat();
    for payload in [bare, signed] {
        replay(&mut mesh, 1, addresses[0], BABEL_GROUP, &payload.into());
    }
    mesh.run_for(SECOND);
    assert!(!mesh.net.reaches(1, &home(0)) && mesh.net.reaches(0, &home(1)));
    for (node, before) in before.iter().enumerate() {
        let seen = counters(&mesh, node);
        assert!(seen.mac_replayed > before.mac_replayed, "{node}: {seen:?}");
        assert!(seen.mac_wrong > before.mac_wrong, "{node}: {seen:?}");
        // What is replayed of the index in use causes no challenge; challenges are bounded anyway.
        assert!(
            seen.challenges_sent <= 2 && seen.challenges_answered <= 2,
            "{seen:?}"
        );
        assert_eq!(
            mesh.net.nodes[node]
                .router
                .as_ref()
                .unwrap()
                .neighbours(mesh.local(node))
                .count(),
            1
        );
    }
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
}

#[test]
fn replays_from_before_a_restart_cause_few_challenges_and_do_no_harm() {
    let taken: Taken = Rc::default();
    let mut mesh = Mesh::new(&Topology::line(2), with_keys(), 9);
    let log = Rc::clone(&taken);
    let addresses = [0, 1].map(|node| mesh.net.nodes[node].ports[0].addresses.link_local);
    mesh.gate = Some(Box::new(move |from, to, payload| {
        log.borrow_mut()
            .push((to, addresses[from], BABEL_GROUP, payload.into()));
        log.borrow_mut()
            .push((to, addresses[from], addresses[to], payload.into()));
        false
    }));
    mesh.run_for(20 * SECOND);
    mesh.crash(0, 10 * MILLISECOND);
    mesh.run_for(20 * SECOND);
    let old: Vec<_> = taken
        .borrow()
        .iter()
        .filter(|it| it.0 == 1)
        .cloned()
        .collect();
    let before = counters(&mesh, 1);
    // A flood of ten seconds, a packet each millisecond.
    for (to, source, destination, payload) in old.iter().cycle().take(10_000) {
        replay(&mut mesh, *to, *source, *destination, payload);
        mesh.run_for(MILLISECOND);
        assert!(mesh.is_routed());
    }
    let seen = counters(&mesh, 1);
    let challenges = seen.challenges_sent - before.challenges_sent;
    // RFC 8967 §4.3.1.1: one Challenge Request every 300 ms
    assert!((1..=34).contains(&challenges), "{challenges} challenges");
    let answers = seen.challenges_answered - before.challenges_answered;
    assert!(answers <= 34, "{answers} answers");
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
}
