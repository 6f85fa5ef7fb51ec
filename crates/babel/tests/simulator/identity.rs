//! What happens to a router's name, and to numbers that do not fit.

use grange_babel::output::SavedSeqnos;
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;

use crate::clock::{MILLISECOND, SECOND};
use crate::mesh::Mesh;
use crate::node::home;
use crate::options::Options;
use crate::topology::Topology;

#[test]
fn a_path_whose_metric_does_not_fit_16_bits_is_no_path_and_never_wraps() {
    let topology = Topology::of("dear", &[(0, 1, 40_000), (1, 2, 40_000)]);
    let mut mesh = Mesh::new(&topology, Options::default(), 1);
    // 40,000 + 25,534 is the largest metric there is, one more is infinity.
    for (cost, fits) in [
        (40_000, false),
        (25_534, true),
        (25_535, false),
        (65_534, false),
        (1, true),
    ] {
        mesh.reprice(topology.edge(1, 2), cost);
        mesh.run_for(60 * SECOND);
        for (node, origin, expected) in [
            (0, 1, true),
            (1, 0, true),
            (1, 2, true),
            (0, 2, fits),
            (2, 0, fits),
        ] {
            let reached = mesh.net.reaches(node, &home(origin));
            assert_eq!(reached, expected, "cost {cost}: from {node} to {origin}");
        }
    }
}

#[test]
fn a_router_that_comes_back_under_another_router_id_is_followed() {
    for topology in [Topology::line(3), Topology::ring(5)] {
        let mut mesh = Mesh::new(&topology, Options::default(), 8);
        mesh.run_for(60 * SECOND);
        let before = mesh.net.nodes[1].router_id;
        mesh.reboot(1, 100 * MILLISECOND);
        mesh.run_for(60 * SECOND);
        mesh.check_settled();
        let now = mesh.net.nodes[1].router_id;
        assert_ne!(now, before);
        for node in [0, 2] {
            let router = mesh.net.nodes[node].router.as_ref().unwrap();
            let mut routes = router.routes(mesh.local(node));
            let named = |id| {
                move |it: &grange_babel::status::RouteStatus| {
                    it.selected && it.prefix == home(1) && it.router_id == id
                }
            };
            assert!(
                routes.any(|it| named(now)(&it)),
                "{node} does not know the new name"
            );
            let mut routes = router.routes(mesh.local(node));
            assert!(
                !routes.any(|it| it.router_id == before),
                "{node} keeps the old name"
            );
        }
    }
}

#[test]
fn two_routers_with_one_router_id_notice_and_part_wherever_they_are() {
    for (topology, twins) in [
        (Topology::line(2), [0, 1]),
        (Topology::line(5), [0, 4]),
        (Topology::ring(6), [1, 3]),
        (Topology::grid(4, 4), [0, 15]),
    ] {
        let mut mesh = Mesh::new(&topology, Options::default(), 3);
        for (twin, seqno) in twins.into_iter().zip([7, 40_000]) {
            mesh.net.nodes[twin].saved = Some(SavedSeqnos {
                router_id: RouterId::new([0, 1, 2, 3, 4, 5, 6, 7]),
                seqno: Seqno(seqno),
                hello: Vec::new(),
                neighbours: Vec::new(),
            });
        }
        mesh.run_for(60 * SECOND);
        let parted = |mesh: &Mesh| {
            let [one, other] = twins;
            mesh.net.reaches(one, &home(other)) && mesh.net.reaches(other, &home(one))
        };
        assert!(!parted(&mesh), "they are not the same router");
        mesh.run_for(240 * SECOND);
        assert!(parted(&mesh), "{}", topology.name);
        mesh.check_settled();
        for (number, node) in mesh.net.nodes.iter().enumerate() {
            assert!(
                node.former.len() <= usize::from(twins.contains(&number)),
                "{number} gave up {:?}",
                node.former
            );
        }
    }
}

#[test]
fn a_router_that_is_given_another_router_id_while_it_runs_loses_no_packet() {
    let topology = Topology::ring(6);
    let mut mesh = Mesh::new(&topology, Options::default(), 5);
    mesh.run_for(60 * SECOND);
    let fresh = RouterId::new([0, 9, 9, 9, 9, 9, 9, 9]);
    mesh.net.nodes[2].router_id = fresh;
    mesh.drive(2, |router, now| router.handle_router_id(fresh, now));
    for _ in 0..300 {
        mesh.run_for(100 * MILLISECOND);
        for node in (0..6).filter(|node| *node != 2) {
            assert!(mesh.net.reaches(node, &home(2)), "{node} has lost 2");
            assert!(mesh.net.reaches(2, &home(node)), "2 has lost {node}");
        }
    }
    mesh.check_settled();
    let saved = mesh.net.nodes[2]
        .saved
        .as_ref()
        .map(|saved| saved.router_id);
    assert_eq!(saved, Some(fresh), "a crash would bring the old one back");
}
