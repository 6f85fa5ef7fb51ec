//! What happens to a router's name, and to numbers that do not fit.

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
