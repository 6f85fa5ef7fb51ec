//! Four of our routers in a ring: whatever link goes, traffic goes the other way round.

mod harness;

use grange_lab::cuts::Cut;
use harness::Mesh;
use harness::stream::Stream;

const LINKS: [(&str, [&str; 2]); 4] = [
    ("r1-r2", ["r1", "r2"]),
    ("r2-r3", ["r2", "r3"]),
    ("r3-r4", ["r3", "r4"]),
    ("r1-r4", ["r1", "r4"]),
];

/// Cuts every link in turn and waits until packets flow again, then heals it.
fn cut_in_turn(test: &str, how: Cut) {
    let mesh = Mesh::up(test, "ring 4");
    for (node, number) in [("r1", 3), ("r3", 1), ("r2", 4), ("r4", 2)] {
        let v6 = format!("fd42:6772:616e::{number}/128");
        mesh.wait_has(node, &[&format!("10.42.0.{number}/32"), &v6]);
    }
    let pairs = [
        (("r1", "10.42.0.1"), ("r3", "10.42.0.3")),
        (("r3", "fd42:6772:616e::3"), ("r1", "fd42:6772:616e::1")),
        (("r2", "fd42:6772:616e::2"), ("r4", "fd42:6772:616e::4")),
        (("r4", "10.42.0.4"), ("r2", "10.42.0.2")),
    ];
    let streams = pairs.map(|(from, to)| Stream::start(&mesh, from, to));
    let flow = || streams.iter().for_each(|stream| stream.wait_flows(&mesh));
    flow();
    for (cable, ends) in LINKS {
        mesh.lab
            .cut(cable, how)
            .unwrap_or_else(|error| panic!("{error}"));
        mesh.wait(&format!("both ends know that {cable} is cut"), || {
            ends.iter().all(|router| mesh.has_neighbours(router, 1))
        });
        flow();
        mesh.lab
            .heal(cable)
            .unwrap_or_else(|error| panic!("{error}"));
        mesh.wait(&format!("{cable} is in use again"), || {
            ends.iter().all(|router| mesh.has_neighbours(router, 2))
        });
        flow();
    }
    for stream in streams {
        let outcome = stream.stop();
        assert!(outcome.lost.len() < outcome.sent, "{}", outcome.name);
    }
    for node in ["r1", "r2", "r3", "r4"] {
        assert_eq!(
            mesh.expired_packets(node),
            0,
            "packets went in circles at {node}"
        );
    }
}

#[test]
fn packets_flow_again_after_each_link_of_a_ring_is_cut() {
    cut_in_turn("ring", Cut::Unplugged);
}

#[test]
fn packets_flow_again_after_each_link_of_a_ring_goes_silent() {
    cut_in_turn("ring-silent", Cut::Silent);
}
