//! IPv4 over IPv6 next hops (RFC 9229) and timestamps (RFC 9616), with babeld and BIRD.

mod harness;

use std::time::Duration;

use grange_lab::topology::graph::Daemon;
use grange_lab::{daemons, dialogue};
use harness::{Mesh, config_of};

/// Whether the answer to a ping comes from a router that lets the packet go no further.
fn expires_at(mesh: &Mesh, node: &str, target: &str, hops: u8, router: &str) -> bool {
    let (_, text) = mesh.try_run(node, &format!("ping -n -c 1 -W 1 -t {hops} {target}"));
    text.contains(&format!("From {router} ")) && text.contains("Time to live exceeded")
}

#[test]
fn ipv4_crosses_a_street_without_ipv4_addresses_and_icmp_names_the_routers() {
    let street = "router a; router b daemon babeld; router c; router d daemon babeld; \
                  link a b no-ipv4; link b c no-ipv4; link c d no-ipv4";
    let mesh = Mesh::up("v4viav6", street);
    for (node, others) in [("a", [2, 3, 4]), ("c", [1, 2, 4]), ("d", [1, 2, 3])] {
        for other in others {
            mesh.wait_has(node, &[&format!("10.42.0.{other}/32")]);
        }
    }
    let via = mesh.run("a", "ip route show table 42 10.42.0.4");
    assert!(via.contains("via inet6 fe80::"), "{via}");
    assert!(via.contains("src 10.42.0.1"), "{via}");
    mesh.wait_reaches("a", "10.42.0.4");
    mesh.wait_reaches("d", "10.42.0.1");
    // RFC 9229 section 3: they have no IPv4 address on the way, and say who they are all the same.
    for (hops, router) in [(1, "10.42.0.2"), (2, "10.42.0.3")] {
        mesh.wait(&format!("hop {hops} is {router}"), || {
            expires_at(&mesh, "a", "10.42.0.4", hops, router)
        });
    }
    // A restart finds its routes again.
    mesh.end("c", nix::sys::signal::Signal::SIGKILL);
    mesh.start_again("c", Daemon::Routed);
    mesh.wait_confirmed("c");
    mesh.wait_reaches("a", "10.42.0.4");
    // What is taken back is gone.
    mesh.change("d", "ip address del 10.42.0.4/32 dev lo");
    mesh.wait_lost("a", &["10.42.0.4/32"]);
}

#[test]
fn a_neighbour_that_does_not_know_ipv6_next_hops_keeps_its_ipv6_routes() {
    // BIRD 2.0.12 skips what it does not know; the link's other routes are not affected.
    let street = "router a; router b daemon bird; link a b no-ipv4";
    let mesh = Mesh::up("v4viav6-bird", street);
    mesh.wait_has("b", &["fd42:6772:616e::1/128"]);
    mesh.wait_has("a", &["fd42:6772:616e::2/128"]);
    mesh.wait_reaches("b", "fd42:6772:616e::1");
    assert!(!mesh.has("b", "10.42.0.1/32"));
}

#[test]
fn a_mesh_that_refuses_ipv6_next_hops_has_no_ipv4_without_addresses() {
    let mesh = Mesh::wires("v4viav6-off", "router a; router b; link a b no-ipv4", true);
    for router in ["a", "b"] {
        let config = mesh.our_config(router).replace(
            "option type \'wired\'",
            "option type \'wired\'\n\toption v4_via_v6 \'0\'",
        );
        assert!(config.contains("v4_via_v6"), "{config}");
        mesh.start(router, Daemon::Routed, &config);
    }
    mesh.wait_has("b", &["fd42:6772:616e::1/128"]);
    assert!(!mesh.has("b", "10.42.0.1/32"));
    // And has it when that changes, without a restart.
    for router in ["a", "b"] {
        mesh.reconfigure(router, &mesh.our_config(router));
    }
    mesh.wait_has("b", &["10.42.0.1/32"]);
    mesh.wait_has("a", &["10.42.0.2/32"]);
}

#[test]
fn round_trip_times_are_measured_with_babeld_both_ways() {
    let street = "router a; router b daemon babeld; link a b";
    let mesh = Mesh::wires("rtt", street, true);
    let ours = mesh.our_config("a").replace("\'wired\'", "\'tunnel\'");
    mesh.start("a", Daemon::Routed, &ours);
    let files = mesh.files("b");
    let theirs = config_of(mesh.lab.topology(), "b", Daemon::Babeld, &files);
    mesh.start(
        "b",
        Daemon::Babeld,
        &theirs.replace("type wired", "type tunnel"),
    );
    mesh.wait("we measure babeld", || {
        let neighbours = mesh.ask("a", "neighbours");
        neighbours[0]["rtt_us"]
            .as_u64()
            .is_some_and(|rtt| rtt < 1_000_000)
    });
    mesh.wait("babeld measures us", || {
        let dump = babeld_dump(&mesh, "b");
        dump.lines().any(|line| {
            let mut words = line.split(' ').skip_while(|word| *word != "rtt");
            let rtt = words.nth(1).and_then(|rtt| rtt.parse::<f64>().ok());
            line.starts_with("add neighbour") && rtt.is_some_and(|rtt| rtt < 1000.0)
        })
    });
}

/// What babeld says of itself on its socket.
fn babeld_dump(mesh: &Mesh, router: &str) -> String {
    let socket = daemons::socket(Daemon::Babeld, &mesh.files(router));
    dialogue::babeld_dump(&socket, Duration::from_secs(5)).unwrap_or_default()
}
