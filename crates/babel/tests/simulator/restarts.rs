//! Crashes, upgrades, reboots, departures and naps.

use core::time::Duration;

use grange_babel::link::LinkKind;
use grange_babel::metric::Metric;
use grange_babel::prefix::Prefix;

use crate::clock::{MILLISECOND, Micros, SECOND};
use crate::loops::LOOP_BOUND;
use crate::measure::figure;
use crate::mesh::Mesh;
use crate::node::{Life, home};
use crate::options::Options;
use crate::topology::Topology;

fn settled(topology: &Topology, seed: u64) -> Mesh {
    let mut mesh = Mesh::new(topology, Options::default(), seed);
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
    mesh
}

/// The first time within `limit` at which some packet would not arrive.
fn first_loss(mesh: &mut Mesh, limit: Micros) -> Option<Micros> {
    mesh.changed = true;
    mesh.until(limit, |mesh| !mesh.is_routed())
}

/// How long it takes until everything is routed again, within `limit`; after a minute more nothing else has happened.
fn recovery(mesh: &mut Mesh, limit: Micros) -> Micros {
    let took = mesh.until(limit, Mesh::is_routed);
    let what = "stale routes stay";
    assert!(took.is_some(), "{}", mesh.trace.report(mesh.now, what));
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
    took.unwrap_or(0)
}

#[test]
fn a_killed_daemon_that_starts_again_loses_no_packet() {
    for topology in [Topology::line(4), Topology::ring(5), Topology::grid(3, 3)] {
        for seed in 0..5 {
            // Longer, and neighbours may take it for dead: its Hello is late, and it answers no probe.
            for downtime in [0, 20 * MILLISECOND, 500 * MILLISECOND] {
                let mut mesh = settled(&topology, seed);
                mesh.run_for(seed * 777 * MILLISECOND);
                mesh.crash(1, downtime);
                let lost = first_loss(&mut mesh, 90 * SECOND);
                let what = format!("down for {downtime} us: a packet is lost after {lost:?} us");
                assert!(lost.is_none(), "{}", mesh.trace.report(mesh.now, &what));
                assert_eq!(mesh.net.nodes[1].life, Life::Running);
                mesh.check_settled();
            }
        }
    }
}

#[test]
fn a_daemon_killed_again_and_again_loses_no_packet() {
    let mut mesh = settled(&Topology::ring(5), 6);
    for round in 0..20 {
        mesh.crash(2, 10 * MILLISECOND);
        let lost = first_loss(&mut mesh, 200 * MILLISECOND * (round % 7 + 1));
        assert!(
            lost.is_none(),
            "{}",
            mesh.trace.report(mesh.now, "a packet is lost")
        );
    }
    mesh.run_for(60 * SECOND);
    mesh.check_settled();
}

#[test]
fn a_daemon_killed_soon_after_its_start_loses_no_packet() {
    for seed in 0..20 {
        let mut mesh = Mesh::new(&Topology::line(4), Options::default(), seed);
        mesh.run_for(SECOND + seed * 200 * MILLISECOND);
        assert!(mesh.is_whole());
        mesh.crash(1, 20 * MILLISECOND);
        let lost = first_loss(&mut mesh, 30 * SECOND);
        let what = format!("a packet is lost after {lost:?} us");
        assert!(lost.is_none(), "{}", mesh.trace.report(mesh.now, &what));
    }
}

#[test]
fn a_restarted_router_keeps_its_name_and_never_counts_back() {
    let mut mesh = settled(&Topology::line(3), 2);
    for _ in 0..5 {
        let router = mesh.net.nodes[1].router.as_ref().expect("runs");
        let (id, seqno) = (router.router_id(), router.seqno());
        mesh.crash(1, SECOND);
        mesh.run_for(30 * SECOND);
        let router = mesh.net.nodes[1].router.as_ref().expect("runs again");
        assert_eq!(router.router_id(), id);
        assert!(router.seqno().is_at_least(seqno));
    }
}

#[test]
fn a_route_that_changed_while_the_daemon_was_dead_is_found_out() {
    // While 2 is dead its next hop loses the way; the other way round is still there.
    let topology = Topology::ring(6);
    let mut worst = 0;
    for seed in 0..10 {
        let mut mesh = settled(&topology, seed);
        mesh.crash(2, 5 * SECOND);
        mesh.run_for(SECOND);
        mesh.cut(topology.edge(0, 1));
        mesh.run_for(4 * SECOND);
        // Its next hop has nothing to say, so nothing bounds what it may have announced before: it
        // takes that back, and turns to the other way once everybody has acknowledged.
        worst = worst.max(recovery(&mut mesh, 75 * SECOND));
    }
    figure(
        "a next hop lost while the daemon was dead, worst of 10",
        worst,
    );
    assert!(worst < 5 * SECOND, "{worst} us");
}

#[test]
fn daemons_killed_together_while_a_link_goes_and_comes_back_find_every_way_soon() {
    let mut worst = 0;
    for topology in [Topology::ring(6), Topology::grid(3, 3)] {
        let nodes = topology.nodes;
        for seed in 0..20 {
            let mut mesh = settled(&topology, seed);
            let number = usize::try_from(seed).unwrap();
            let (one, two) = (number % nodes, (number + 1 + number / nodes) % nodes);
            let link = (number * 5 + 1) % mesh.net.links.len();
            mesh.crash(one, 4 * SECOND);
            mesh.run_for(SECOND);
            mesh.cut(link);
            mesh.crash(two, 2 * SECOND);
            mesh.run_for(4 * SECOND);
            // Some are killed again with a route that is unreachable.
            mesh.crash(one, SECOND);
            mesh.run_for(SECOND);
            mesh.heal(link);
            mesh.run_for(SECOND);
            worst = worst.max(recovery(&mut mesh, 90 * SECOND));
        }
    }
    figure("after daemons were killed together, worst of 40", worst);
    assert!(worst < 5 * SECOND, "{worst} us");
}

#[test]
fn a_neighbour_whose_address_changes_as_the_daemon_dies_is_not_waited_for() {
    let mut worst = 0;
    for topology in [Topology::ring(6), Topology::grid(3, 3), Topology::line(4)] {
        for seed in 0..20 {
            let mut mesh = settled(&topology, seed);
            let number = usize::try_from(seed).unwrap();
            let dead = number % topology.nodes;
            let port = number % mesh.net.nodes[dead].ports.len();
            let link = mesh.net.nodes[dead].ports[port].link;
            let other = (0..2).map(|end| mesh.net.links[link].ends[end]);
            let other = other.into_iter().find(|end| end.node != dead).unwrap();
            // Before it dies, or after.
            let before = (seed / 3) % 2 == 0;
            if before {
                mesh.renumber(other.node, other.port, 1);
                mesh.run_for(seed * 500 * MILLISECOND);
            }
            mesh.crash(dead, 2 * SECOND);
            mesh.run_for(SECOND);
            if !before {
                mesh.renumber(other.node, other.port, 1);
            }
            // Another link is lost and comes back, so that ways must be found anew.
            let lost = (link + 1 + number) % mesh.net.links.len();
            mesh.cut(lost);
            mesh.run_for(3 * SECOND);
            mesh.heal(lost);
            mesh.run_for(SECOND);
            worst = worst.max(recovery(&mut mesh, 90 * SECOND));
        }
    }
    figure(
        "a neighbour renumbered as a daemon died, worst of 60",
        worst,
    );
    assert!(worst < 5 * SECOND, "{worst} us");
}

#[test]
fn an_adopted_route_whose_origin_is_gone_does_not_stay() {
    let topology = Topology::line(4);
    let mut mesh = settled(&topology, 3);
    mesh.crash(1, 5 * SECOND);
    mesh.withdraw(3, home(3));
    mesh.run_for(5 * SECOND);
    let took = mesh.until(300 * SECOND, |mesh| mesh.is_forgotten(&home(3)));
    figure(
        "an adopted route without an origin",
        took.unwrap_or(300 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 120 * SECOND), "{took:?}");
}

#[test]
fn a_daemon_killed_between_any_two_outputs_comes_back_without_a_loop() {
    let topology = Topology::ring(4);
    for seed in 0..8 {
        for outputs in 0..12 {
            let mut mesh = settled(&topology, seed);
            mesh.crash_between_outputs(2, outputs, 300 * MILLISECOND);
            mesh.cut(topology.edge(0, 1));
            mesh.run_for(2 * SECOND);
            mesh.heal(topology.edge(0, 1));
            mesh.run_for(90 * SECOND);
            mesh.check_settled();
        }
    }
}

#[test]
fn a_neighbour_that_restarts_does_not_lose_its_link() {
    // The step back of its Hello seqno is small: neighbours take it for what it is.
    let mut mesh = settled(&Topology::line(2), 5);
    mesh.crash(1, 500 * MILLISECOND);
    for _ in 0..200 {
        mesh.run_for(100 * MILLISECOND);
        let now = mesh.local(0);
        let router = mesh.net.nodes[0].router.as_ref().expect("runs");
        let neighbour = router.neighbours(now).next().expect("is known");
        assert!(!neighbour.cost.is_infinite(), "{neighbour:?}");
    }
}

#[test]
fn a_rebooted_router_is_back_quickly_and_loops_are_bounded() {
    let mut longest = 0;
    let mut slowest = 0;
    for topology in [Topology::ring(4), Topology::grid(3, 3), Topology::line(4)] {
        for seed in 0..10 {
            let mut mesh = settled(&topology, seed);
            mesh.reboot(1, 3 * SECOND);
            mesh.run_for(3 * SECOND);
            let took = mesh.until(60 * SECOND, Mesh::is_whole);
            let took = took.unwrap_or_else(|| panic!("{}", mesh.trace.report(mesh.now, "lost")));
            slowest = slowest.max(took);
            mesh.run_for(90 * SECOND);
            mesh.check_settled();
            longest = longest.max(mesh.watch.longest);
        }
    }
    figure("a reboot until everything is routed, worst of 30", slowest);
    figure("the longest loop after a reboot", longest);
    assert!(slowest < 2 * SECOND, "{slowest} us");
    assert!(longest <= LOOP_BOUND);
}

#[test]
fn a_router_that_leaves_takes_its_routes_along_at_once() {
    let topology = Topology::ring(5);
    for seed in 0..10 {
        let mut mesh = settled(&topology, seed);
        mesh.leave(2, 60 * SECOND);
        mesh.run_for(SECOND);
        // The others have found the way round, and nobody routes to it.
        let took = mesh.until(10 * MILLISECOND, Mesh::is_routed);
        assert!(
            took.is_some(),
            "{}",
            mesh.trace.report(mesh.now, "not routed")
        );
        assert!(mesh.is_retracted(&home(2)));
        mesh.run_for(120 * SECOND);
        mesh.check_settled();
    }
}

#[test]
fn a_router_that_leaves_under_loss_is_missed_by_its_hellos() {
    let topology = Topology::ring(5);
    let mut mesh = settled(&topology, 3);
    for link in 0..5 {
        mesh.lose(link, 300);
    }
    mesh.leave(2, 300 * SECOND);
    let took = mesh.until(120 * SECOND, |mesh| mesh.is_retracted(&home(2)));
    figure(
        "a router that left under 30 % loss",
        took.unwrap_or(120 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 60 * SECOND), "{took:?}");
}

#[test]
fn a_daemon_that_was_stopped_for_minutes_goes_on_without_a_loop() {
    let topology = Topology::ring(5);
    for seed in 0..10 {
        for minutes in [1, 2, 5, 20] {
            let mut mesh = settled(&topology, seed);
            mesh.suspend(2, minutes * 60 * SECOND);
            mesh.run_for(2 * SECOND);
            mesh.cut(topology.edge(0, 1));
            mesh.run_for(minutes * 30 * SECOND);
            mesh.heal(topology.edge(0, 1));
            mesh.run_for(minutes * 30 * SECOND);
            let took = mesh.until(60 * SECOND, Mesh::is_routed);
            assert!(
                took.is_some(),
                "{}",
                mesh.trace.report(mesh.now, "not routed")
            );
            mesh.run_for(90 * SECOND);
            mesh.check_settled();
        }
    }
}

#[test]
fn two_gateways_that_die_together_leave_no_lasting_loop() {
    // RFC 8966 §2.7: both may switch to each other, until the first update gets through.
    let topology = Topology::line(4);
    let mut longest = 0;
    for seed in 0..30 {
        let mut mesh = Mesh::new(&topology, Options::default(), seed);
        mesh.originate(0, Prefix::DEFAULT_V6, Metric::ZERO);
        mesh.originate(3, Prefix::DEFAULT_V6, Metric::ZERO);
        mesh.run_for(60 * SECOND);
        mesh.withdraw(0, Prefix::DEFAULT_V6);
        mesh.withdraw(3, Prefix::DEFAULT_V6);
        let gone = |mesh: &Mesh| mesh.is_retracted(&Prefix::DEFAULT_V6);
        let took = mesh.until(60 * SECOND, gone);
        assert!(
            took.is_some(),
            "{}",
            mesh.trace.report(mesh.now, "not retracted")
        );
        mesh.run_for(SECOND);
        assert!(mesh.watch.is_quiet());
        longest = longest.max(mesh.watch.longest);
    }
    figure("the longest loop when two gateways die together", longest);
    assert!(longest < 2 * SECOND, "{longest} us");
}

#[test]
fn everybody_rebooting_at_once_is_survived() {
    let topology = Topology::grid(4, 4);
    let options = Options {
        boot_spread: Duration::from_secs(2),
        ..Options::default()
    };
    let mut mesh = Mesh::new(&topology, options, 12);
    mesh.run_for(60 * SECOND);
    for node in 0..16 {
        mesh.reboot(node, SECOND);
    }
    mesh.run_for(SECOND);
    let took = mesh.until(60 * SECOND, Mesh::is_routed);
    figure(
        "all of grid 4x4 after a power cut",
        took.unwrap_or(60 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 10 * SECOND), "{took:?}");
    mesh.run_for(90 * SECOND);
    mesh.check_settled();
}

/// Kills a router of a ring, cuts one of its links, starts it again; the longest time until everything is
/// routed again.
fn lost_link_of_a_dead_daemon(options: &Options) -> Micros {
    let topology = Topology::ring(4);
    let mut worst = 0;
    for seed in 0..10 {
        for (router, other) in [(1, 2), (3, 2), (1, 0), (3, 0)] {
            for downtime in [50 * MILLISECOND, 2 * SECOND] {
                let mut mesh = Mesh::new(&topology, options.clone(), seed);
                mesh.run_for(60 * SECOND);
                mesh.check_settled();
                mesh.crash(router, downtime);
                mesh.cut(topology.edge(router, other));
                mesh.run_for(downtime);
                let took = mesh.until(75 * SECOND, Mesh::is_routed);
                let what = "stale routes stay";
                let soon = took.is_some_and(|took| took < 2 * SECOND);
                assert!(soon, "{}", mesh.trace.report(mesh.now, what));
                worst = worst.max(took.unwrap_or(0));
                mesh.run_for(60 * SECOND);
                mesh.check_settled();
            }
        }
    }
    worst
}

#[test]
fn a_router_that_comes_back_without_one_of_its_links_is_routed_around_at_once() {
    for kind in [LinkKind::Wired, LinkKind::Wireless] {
        for flushing in [false, true] {
            let worst = lost_link_of_a_dead_daemon(&Options {
                kind,
                flushing,
                ..Options::default()
            });
            let name = format!("a link lost while its daemon was dead, {kind:?}, worst of 80");
            figure(&name, worst);
        }
    }
}
