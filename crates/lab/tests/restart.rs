//! The router in the middle crashes, restarts and is upgraded under traffic.

mod harness;

use grange_lab::cuts::Cut;
use grange_lab::topology::graph::Daemon;
use harness::Mesh;
use harness::stream::{Outcome, Stream};
use nix::sys::signal::Signal;

/// Both families, both ways.
fn streams(mesh: &Mesh, near: (&str, u8), far: (&str, u8)) -> Vec<Stream> {
    let [near, far] = [near, far].map(|(node, number)| {
        let v4 = format!("10.42.0.{number}");
        let v6 = format!("fd42:6772:616e::{number}");
        (node, v4, v6)
    });
    let pairs = [
        (&near.1, &far.1, near.0, far.0),
        (&far.1, &near.1, far.0, near.0),
        (&near.2, &far.2, near.0, far.0),
        (&far.2, &near.2, far.0, near.0),
    ];
    pairs
        .iter()
        .map(|(source, sink, from, to)| Stream::start(mesh, (from, source), (to, sink)))
        .collect()
}

fn wait_flow(mesh: &Mesh, streams: &[Stream]) {
    for stream in streams {
        stream.wait_flows(mesh);
    }
}

/// Ends the stream and the daemon of the router `r2` again and again; not one packet is lost.
fn restart_under_traffic(test: &str, topology: &str) {
    let mesh = Mesh::up(test, topology);
    for (node, number) in [("r1", 3), ("r3", 1)] {
        let v6 = format!("fd42:6772:616e::{number}/128");
        mesh.wait_has(node, &[&format!("10.42.0.{number}/32"), &v6]);
    }
    mesh.wait_reaches("r1", "10.42.0.3");
    mesh.wait_reaches("r3", "fd42:6772:616e::1");
    let streams = streams(&mesh, ("r1", 1), ("r3", 3));
    wait_flow(&mesh, &streams);
    // At once, as after a crash or an upgrade: a router whose Hello is due while it is away for more than
    // about a second cannot be told from a link that has gone silent, and neighbours give it up.
    for signal in [
        Signal::SIGKILL,
        Signal::SIGTERM,
        Signal::SIGKILL,
        Signal::SIGTERM,
        Signal::SIGKILL,
    ] {
        mesh.end("r2", signal);
        mesh.start_again("r2", Daemon::Routed);
        mesh.wait("r2 has both neighbours", || mesh.has_neighbours("r2", 2));
        mesh.wait_confirmed("r2");
        wait_flow(&mesh, &streams);
    }
    // For some Hellos more: neighbours act late on what the last restart has made them think.
    let enough = streams[0].received() + 800;
    mesh.wait("800 more packets", || streams[0].received() >= enough);
    let outcomes: Vec<Outcome> = streams.into_iter().map(Stream::stop).collect();
    for outcome in &outcomes {
        assert!(outcome.sent > 100, "{outcomes:?}");
        assert!(outcome.lost.is_empty(), "{outcomes:?}");
    }
    for node in ["r1", "r2", "r3"] {
        assert_eq!(
            mesh.expired_packets(node),
            0,
            "packets went in circles at {node}"
        );
    }
}

#[test]
fn no_packet_is_lost_when_a_router_between_ours_is_killed_and_started_again() {
    restart_under_traffic("restart", "line 3");
}

#[test]
fn no_packet_is_lost_when_a_router_between_babeld_and_bird_is_killed_and_started_again() {
    let between =
        "router r1 daemon babeld; router r2; router r3 daemon bird; link r1 r2; link r2 r3";
    restart_under_traffic("restart-peers", between);
}

#[test]
fn a_router_that_comes_back_to_a_changed_ring_is_routed_around_and_sends_nothing_in_circles() {
    let mesh = Mesh::up("restart-ring", "ring 4");
    for (node, number) in [("r1", 3), ("r3", 1), ("r2", 4)] {
        let v6 = format!("fd42:6772:616e::{number}/128");
        mesh.wait_has(node, &[&format!("10.42.0.{number}/32"), &v6]);
    }
    let streams = streams(&mesh, ("r1", 1), ("r3", 3));
    wait_flow(&mesh, &streams);
    for (router, cut) in [
        ("r2", "r2-r3"),
        ("r4", "r3-r4"),
        ("r2", "r1-r2"),
        ("r4", "r1-r4"),
    ] {
        mesh.end(router, Signal::SIGKILL);
        // What its routes say is no longer true when it comes back.
        mesh.lab.cut(cut, Cut::Unplugged).unwrap();
        mesh.start_again(router, Daemon::Routed);
        mesh.wait_confirmed(router);
        wait_flow(&mesh, &streams);
        mesh.lab.heal(cut).unwrap();
        mesh.wait("the ring is whole", || mesh.has_neighbours(router, 2));
        wait_flow(&mesh, &streams);
    }
    // A neighbour that is not told waits until what it has learnt expires: 4,000 packets and more.
    for outcome in streams.into_iter().map(Stream::stop) {
        let (name, lost) = (&outcome.name, outcome.lost.len());
        assert!(lost < 2000, "{name}: {lost} of {} lost", outcome.sent);
    }
    for node in ["r1", "r2", "r3", "r4"] {
        assert_eq!(
            mesh.expired_packets(node),
            0,
            "packets went in circles at {node}"
        );
    }
}
