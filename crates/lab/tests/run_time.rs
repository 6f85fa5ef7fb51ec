//! What changes while a router runs: interfaces, its configuration, thousands of routes at once, and packets
//! of somebody who means harm.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

mod harness;

use std::fmt::Write;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use grange_lab::netlink::KernelRoute;
use grange_lab::topology::graph::Daemon;
use harness::Mesh;
use harness::speaker::{Speaker, packet, router_id, update};
use nix::sys::signal::Signal;

const PAIR: &str = "router a; router b; link a b";

/// Announces static routes within fd99::/16 too.
const STATIC: &str = "\nconfig filter\n\toption type 'redistribute'\n\toption proto 'static'\n\toption ip 'fd99::/16'\n";

fn start(mesh: &Mesh, routers: &[&str], more: &str) {
    for router in routers {
        mesh.start(
            router,
            Daemon::Routed,
            &format!("{}{more}", mesh.our_config(router)),
        );
    }
}

/// An interface for routes that lead nowhere.
fn add_stub(mesh: &Mesh, router: &str) {
    for line in [
        "ip link add stub type veth peer name stub-end",
        "ip link set stub up",
        "ip link set stub-end up",
    ] {
        mesh.run(router, line);
    }
}

fn memory_kilobytes(mesh: &Mesh, router: &str) -> u64 {
    let pid = mesh
        .lab
        .daemon(router)
        .unwrap()
        .expect("the daemon runs")
        .pid();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Babel routes to static prefixes that lead somewhere.
fn statics(mesh: &Mesh, router: &str) -> usize {
    let routes = mesh.lab.routes(router).unwrap();
    let wanted = |route: &&KernelRoute| {
        route.is_babel() && route.reachable && route.destination.to_string().starts_with("fd99:")
    };
    routes.iter().filter(wanted).count()
}

#[test]
fn an_interface_that_a_pattern_fits_is_used_from_when_it_comes_until_it_goes() {
    let mesh = Mesh::wires("patterns", PAIR, true);
    let pattern = "\nconfig interface 'any'\n\tlist ifname 'mesh-*'\n\toption type 'wired'\n";
    start(&mesh, &["a", "b"], pattern);
    mesh.wait("they are neighbours", || {
        mesh.has_neighbours("a", 1) && mesh.has_neighbours("b", 1)
    });
    let namespace = mesh.lab.namespace("b").unwrap().name().to_owned();
    mesh.change(
        "a",
        &format!("ip link add mesh-new type veth peer name mesh-new netns {namespace}"),
    );
    for router in ["a", "b"] {
        mesh.change(router, "ip link set mesh-new up");
    }
    mesh.wait("the new link is in use", || {
        mesh.has_neighbours("a", 2) && mesh.has_neighbours("b", 2)
    });
    // Under a name that nothing fits it is left alone; under the old one it is used again.
    mesh.change("b", "ip link set mesh-new down");
    mesh.change("b", "ip link set mesh-new name other");
    mesh.change("b", "ip link set other up");
    mesh.wait("one link is left", || {
        mesh.has_neighbours("a", 1) && mesh.has_neighbours("b", 1)
    });
    mesh.change("b", "ip link set other down");
    mesh.change("b", "ip link set other name mesh-again");
    mesh.change("b", "ip link set mesh-again up");
    mesh.wait("it is in use again", || {
        mesh.has_neighbours("a", 2) && mesh.has_neighbours("b", 2)
    });
    mesh.change("a", "ip link del mesh-new");
    mesh.wait("it is gone", || {
        mesh.has_neighbours("a", 1) && mesh.has_neighbours("b", 1)
    });
    assert!(mesh.has("a", "10.42.0.2/32") && mesh.has("b", "10.42.0.1/32"));
}

#[test]
fn a_reload_takes_the_difference_and_a_wrong_file_changes_nothing() {
    let mesh = Mesh::up("reload", PAIR);
    mesh.wait_has("a", &["10.42.0.2/32", "fd42:6772:616e::2/128"]);
    let config = mesh.our_config("a");
    let routes = mesh.lab.routes("a").unwrap();

    mesh.reconfigure(
        "a",
        &format!("{config}\nconfig interface\n\toption ifname 'x'\n\toption cost 'dear'\n"),
    );
    mesh.wait("the refusal is known", || {
        mesh.ask("a", "status")["warnings"]
            .to_string()
            .contains("cost")
    });
    assert_eq!(mesh.lab.routes("a").unwrap(), routes);
    assert!(mesh.has_neighbours("a", 1));

    let metric = config.replacen(
        "config routed 'main'\n",
        "config routed 'main'\n\toption metric '3000'\n",
        1,
    );
    assert_ne!(metric, config);
    mesh.reconfigure("a", &metric);
    mesh.wait("the routes have moved", || {
        let all = mesh.learnt("a", "10.42.0.2/32");
        all.len() == 1 && all[0].metric == 3000
    });
    let filtered = format!(
        "{config}\nconfig filter\n\toption type 'in'\n\toption ip '10.42.0.2/32'\n\toption action 'deny'\n"
    );
    mesh.reconfigure("a", &filtered);
    mesh.wait_lost("a", &["10.42.0.2/32"]);
    assert!(mesh.has("a", "fd42:6772:616e::2/128"));
    let ignored =
        format!("config interface 'no'\n\toption ifname 'mesh-b'\n\toption ignore '1'\n\n{config}");
    mesh.reconfigure("a", &ignored);
    mesh.wait("Babel has left the interface", || {
        mesh.has_neighbours("a", 0)
    });
    mesh.wait_lost("a", &["fd42:6772:616e::2/128"]);
    mesh.reconfigure("a", &config);
    mesh.wait_has("a", &["10.42.0.2/32", "fd42:6772:616e::2/128"]);
}

#[test]
fn forged_replayed_and_flooding_packets_change_no_route_and_take_no_memory() {
    let mesh = Mesh::wires(
        "hostile",
        "router a; router b; router evil daemon none; link a b; link evil a",
        true,
    );
    start(&mesh, &["a", "b"], "");
    mesh.wait_has("a", &["10.42.0.2/32", "fd42:6772:616e::2/128"]);
    let router = mesh.link_local("a", "mesh-evil");
    let routes = mesh.lab.routes("a").unwrap();
    let before = memory_kilobytes(&mesh, "a");
    let target: IpAddr = Ipv4Addr::new(10, 42, 0, 2).into();
    let mut forged = router_id(9);
    forged.extend(harness::speaker::next_hop());
    forged.extend(update(target, 32, 60_000, 0));

    let stranger = Speaker::bound(&mesh, "evil", "mesh-a", router, 0);
    stranger.send(&forged);
    mesh.wait("the wrong port is counted", || {
        mesh.counter("a", "bad_port") > 0
    });
    let speaker = Speaker::new(&mesh, "evil", "mesh-a", router);
    // Nobody has heard a Hello of it, nor does it say that it hears anybody.
    speaker.send(&forged);
    speaker.send_raw(b"\x2a\x02\xff\xff short");
    speaker.send_raw(b"");
    speaker.send_raw(&packet(&[8, 200, 1, 2, 3]));
    mesh.wait("rubbish is counted", || {
        mesh.counter("a", "bad_packets") > 0 && mesh.counter("a", "bad_tlvs") > 0
    });
    for round in 0..200_u16 {
        let [high, low] = round.to_be_bytes();
        let mut tlvs = vec![4, 6, 0, 0, high, low, 0x01, 0x90];
        tlvs.extend(&forged);
        for host in 0..40 {
            tlvs.extend(update(
                Ipv4Addr::new(198, 18, low, host).into(),
                32,
                round,
                0,
            ));
        }
        speaker.send(&tlvs);
        speaker.send(&tlvs);
    }
    mesh.wait("all of it is taken in", || {
        speaker.drain();
        mesh.counter("a", "packets_received") > 400
    });
    assert_eq!(mesh.lab.routes("a").unwrap(), routes);
    assert!(mesh.has_neighbours("a", 1));
    let grown = memory_kilobytes(&mesh, "a").saturating_sub(before);
    assert!(grown < 8192, "8,000 forged prefixes took {grown} kB");
}

#[test]
fn one_of_four_prefixes_of_mixed_lengths_is_gone_at_babeld_and_at_bird_when_it_goes_here() {
    let mesh = Mesh::wires(
        "mixed-lengths",
        "router a; router b daemon babeld; router c daemon bird; link a b; link a c",
        true,
    );
    add_stub(&mesh, "a");
    let prefixes = [
        "fd99::1/128",
        "fd99:0:0:2::/64",
        "fd99:0:0:300::/56",
        "fd99:0:4::/48",
    ];
    for prefix in prefixes {
        mesh.run("a", &format!("ip route add {prefix} dev stub proto static"));
    }
    start(&mesh, &["a"], STATIC);
    for (router, daemon) in [("b", Daemon::Babeld), ("c", Daemon::Bird)] {
        let config = harness::config_of(mesh.lab.topology(), router, daemon, &mesh.files(router));
        mesh.start(router, daemon, &config);
        mesh.wait_has(router, &prefixes);
    }
    for gone in [1, 3, 0, 2] {
        mesh.change(
            "a",
            &format!("ip route del {} dev stub proto static", prefixes[gone]),
        );
        for router in ["b", "c"] {
            mesh.wait_lost(router, &[prefixes[gone]]);
        }
        if gone == 1 {
            for router in ["b", "c"] {
                assert!(
                    [0, 2, 3]
                        .iter()
                        .all(|&kept| mesh.has(router, prefixes[kept])),
                    "{router}"
                );
            }
        }
    }
}

#[test]
fn news_of_five_thousand_routes_that_the_kernel_lost_are_made_up_for() {
    let mesh = Mesh::wires("overrun", PAIR, true);
    add_stub(&mesh, "a");
    start(&mesh, &["a", "b"], STATIC);
    mesh.wait("they are neighbours", || {
        mesh.has_neighbours("a", 1) && mesh.has_neighbours("b", 1)
    });
    let batch = |verb: &str| {
        let mut lines = String::new();
        for number in 0..5000 {
            writeln!(
                lines,
                "route {verb} fd99::{number:x}/128 dev stub proto static"
            )
            .unwrap();
        }
        let path = mesh.lab.folder().path().join("routes.batch");
        fs::write(&path, lines).unwrap();
        mesh.change("a", &format!("ip -batch {}", path.display()));
    };
    // While the daemon cannot read, more is said than its socket holds.
    mesh.signal("a", Signal::SIGSTOP);
    for _ in 0..4 {
        batch("add");
        batch("del");
    }
    batch("add");
    mesh.signal("a", Signal::SIGCONT);
    mesh.wait("the neighbour has all", || statics(&mesh, "b") == 5000);
    let metrics = mesh.ask("a", "metrics").to_string();
    let overruns = metrics
        .split("grange_routed_netlink_overruns_total ")
        .nth(1);
    assert!(
        overruns.is_some_and(|rest| !rest.starts_with('0')),
        "nothing was lost: {metrics}"
    );
    batch("del");
    mesh.wait("the neighbour has none", || statics(&mesh, "b") == 0);
}
