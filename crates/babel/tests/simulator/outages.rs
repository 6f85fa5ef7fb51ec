//! How long packets are lost when something breaks.

use core::time::Duration;

use grange_babel::link::LinkKind;

use crate::clock::{Micros, SECOND};
use crate::measure::figure;
use crate::mesh::Mesh;
use crate::network::{Edges, Sink};
use crate::node::home;
use crate::options::Options;
use crate::topology::Topology;

/// How many seeds each case is tried with.
const SEEDS: u64 = 20;

struct Outage {
    worst: Micros,
    median: Micros,
}

/// Breaks a settled network and waits until `node` reaches the home of `origin` again.
fn outage(
    topology: &Topology,
    options: &Options,
    (node, origin): (usize, usize),
    break_it: impl Fn(&mut Mesh),
) -> Outage {
    let mut took: Vec<Micros> = (0..SEEDS)
        .map(|seed| {
            let mut mesh = Mesh::new(topology, options.clone(), seed);
            // Not always in the same phase of the Hello intervals.
            mesh.run_for(60 * SECOND + seed * 377_000);
            assert!(
                mesh.is_routed(),
                "{}",
                mesh.trace.report(mesh.now, "not routed")
            );
            break_it(&mut mesh);
            mesh.changed = true;
            let took = mesh.until(120 * SECOND, |mesh| mesh.net.reaches(node, &home(origin)));
            took.unwrap_or_else(|| panic!("{}", mesh.trace.report(mesh.now, "never recovers")))
        })
        .collect();
    took.sort_unstable();
    Outage {
        worst: took[took.len() - 1],
        median: took[took.len() / 2],
    }
}

fn report(name: &str, outage: &Outage) {
    figure(&format!("{name}, median of {SEEDS}"), outage.median);
    figure(&format!("{name}, worst of {SEEDS}"), outage.worst);
}

/// Node 3 has two ways to node 0 of different cost, and the longer one is feasible.
fn diamond() -> Topology {
    Topology::of(
        "diamond",
        &[(0, 1, 96), (0, 2, 96), (1, 3, 96), (2, 3, 128)],
    )
}

/// The triangle of RFC 8966 section 2.5: S is 0, A is 1, B is 2.
fn triangle() -> Topology {
    Topology::of("triangle", &[(0, 1, 96), (0, 2, 192), (1, 2, 96)])
}

fn both_kinds() -> [Options; 2] {
    [LinkKind::Wired, LinkKind::Wireless].map(|kind| Options {
        kind,
        ..Options::default()
    })
}

#[test]
fn a_feasible_alternative_takes_over_at_once_when_the_carrier_goes() {
    let topology = diamond();
    let link = topology.edge(1, 3);
    for options in both_kinds() {
        let outage = outage(&topology, &options, (3, 0), |mesh| mesh.cut(link));
        report(&format!("link down, feasible, {:?}", options.kind), &outage);
        assert_eq!(outage.worst, 0, "nobody has to be asked");
    }
}

#[test]
fn a_starved_node_in_a_ring_is_served_within_a_second() {
    let topology = Topology::ring(4);
    for options in both_kinds() {
        let outage = outage(&topology, &options, (1, 0), |mesh| {
            mesh.cut(topology.edge(0, 1));
        });
        report(
            &format!("link down, starved, ring 4, {:?}", options.kind),
            &outage,
        );
        assert!(outage.worst < SECOND, "{} us", outage.worst);
    }
}

#[test]
fn the_starved_triangle_of_the_rfc_is_served_within_a_second() {
    let topology = triangle();
    let outage = outage(&topology, &Options::default(), (1, 0), |mesh| {
        mesh.cut(topology.edge(0, 1));
    });
    report("link down, starved, triangle", &outage);
    assert!(outage.worst < SECOND, "{} us", outage.worst);
}

#[test]
fn a_starved_node_is_served_even_if_a_third_of_the_packets_is_lost() {
    // On a radio: a cable with that much loss is as good as cut (RFC 8966 appendix A.2.1).
    let topology = Topology::ring(4);
    let [_, wireless] = both_kinds();
    let outage = outage(&topology, &wireless, (1, 0), |mesh| {
        for link in 0..4 {
            mesh.lose(link, 300);
        }
        mesh.cut(topology.edge(0, 1));
    });
    report("link down, starved, ring 4, 30 % loss", &outage);
    assert!(outage.median < 2 * SECOND, "{} us", outage.median);
    // An unlucky request is lost again and again, but it is repeated for more than a minute.
    assert!(outage.worst < 60 * SECOND, "{} us", outage.worst);
}

/// Both kinds of link with Hellos every 4 s and every 2 s, and what silent loss may cost there.
fn hellos() -> impl Iterator<Item = (Options, Micros)> {
    both_kinds().into_iter().flat_map(|options| {
        [(4, 5 * SECOND), (2, 3 * SECOND)].map(|(seconds, limit)| {
            let options = Options {
                hello_interval: Duration::from_secs(seconds),
                ..options.clone()
            };
            (options, limit)
        })
    })
}

fn silent_loss(name: &str, topology: &Topology, node: usize, link: usize) {
    for (options, limit) in hellos() {
        let outage = outage(topology, &options, (node, 0), |mesh| {
            mesh.silence(link, true);
        });
        let (kind, hello) = (options.kind, options.hello_interval);
        report(
            &format!("silent loss, {name}, {kind:?}, Hello {hello:?}"),
            &outage,
        );
        assert!(outage.worst < limit, "{} us", outage.worst);
    }
}

#[test]
fn silent_loss_with_a_feasible_alternative_is_noticed_soon() {
    let topology = diamond();
    silent_loss("feasible", &topology, 3, topology.edge(1, 3));
}

#[test]
fn silent_loss_with_starvation_is_noticed_soon() {
    let topology = Topology::ring(4);
    silent_loss("starved", &topology, 1, topology.edge(0, 1));
}

#[test]
fn a_link_that_works_one_way_only_is_not_used() {
    let topology = diamond();
    let link = topology.edge(1, 3);
    for (from, to) in [(1, 3), (3, 1)] {
        let outage = outage(&topology, &Options::default(), (3, 0), |mesh| {
            mesh.lose_one_way(link, from, to, 1000);
            // What goes the other way still arrives: the link must be left, not just not work.
        });
        report(&format!("loss from {from} to {to} only"), &outage);
        assert!(outage.worst < 15 * SECOND, "{} us", outage.worst);
    }
}

#[test]
fn a_kernel_that_finds_a_neighbour_dead_saves_the_wait_for_hellos() {
    let topology = diamond();
    let mut mesh = Mesh::new(&topology, Options::default(), 4);
    mesh.run_for(60 * SECOND);
    mesh.silence(topology.edge(1, 3), true);
    let port = &mesh.net.nodes[3].ports[0];
    let (interface, neighbour) = (port.id, mesh.net.nodes[1].ports[1].addresses.link_local);
    mesh.drive(3, |router, now| {
        router.handle_neighbour_suspect(interface, neighbour, now);
    });
    let took = mesh.until(30 * SECOND, |mesh| mesh.net.reaches(3, &home(0)));
    figure(
        "silent loss, reported by the kernel",
        took.unwrap_or(30 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 2 * SECOND), "{took:?}");
}

#[test]
fn a_suspected_neighbour_that_answers_is_kept() {
    let topology = diamond();
    let mut mesh = Mesh::new(&topology, Options::default(), 4);
    mesh.run_for(60 * SECOND);
    let interface = mesh.net.nodes[3].ports[0].id;
    let neighbour = mesh.net.nodes[1].ports[1].addresses.link_local;
    let before = mesh.net.nodes[3].fib.exact(&home(0));
    mesh.drive(3, |router, now| {
        router.handle_neighbour_suspect(interface, neighbour, now);
    });
    mesh.run_for(30 * SECOND);
    assert_eq!(mesh.net.nodes[3].fib.exact(&home(0)), before);
    assert!(matches!(
        mesh.net.follow(3, &home(0), Edges::Working),
        Sink::Origin(0)
    ));
}

#[test]
fn the_two_halves_of_a_partition_meet_again() {
    let mut mesh = Mesh::new(&Topology::grid(4, 3), Options::default(), 8);
    mesh.run_for(60 * SECOND);
    mesh.partition(&[0, 1, 4, 5, 8, 9]);
    mesh.run_for(120 * SECOND);
    assert!(!mesh.net.reaches(0, &home(11)) && mesh.net.reaches(0, &home(9)));
    mesh.mend();
    let took = mesh.until(60 * SECOND, Mesh::is_routed);
    figure(
        "a healed partition of grid 4x3",
        took.unwrap_or(60 * SECOND),
    );
    assert!(took.is_some(), "{}", mesh.trace.report(mesh.now, "apart"));
    mesh.run_for(90 * SECOND);
    mesh.check_settled();
}
