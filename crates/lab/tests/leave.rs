//! A router that leaves the mesh takes back what it did, and nothing else.

mod harness;

use std::time::Duration;

use grange_lab::topology::graph::Daemon;
use harness::Mesh;
use nix::sys::signal::Signal;
use serde_json::json;

/// What must be the same before the daemon starts and after it has left.
fn state(mesh: &Mesh, router: &str) -> String {
    let switches = "cd /proc/sys/net; grep . ipv4/ip_forward \
        ipv4/conf/*/rp_filter ipv4/conf/*/send_redirects ipv4/conf/*/accept_redirects \
        ipv6/conf/*/forwarding ipv6/conf/*/accept_redirects";
    let rules = "ip -4 rule; ip -6 rule";
    let routes = "ip -4 route show table all; ip -6 route show table all";
    mesh.script(router, &format!("{switches}; {rules}; {routes}"))
}

#[test]
fn a_router_that_leaves_is_forgotten_at_once_and_leaves_its_kernel_as_it_was() {
    let mesh = Mesh::wires("leave", "line 3", true);
    // Somebody else's things, where ours are going to be.
    for change in [
        "ip route add 192.0.2.0/24 dev mesh-r1 proto static table 42 metric 7",
        "ip route add unreachable 10.42.0.0/16 proto static table 42 metric 9000",
        "ip -6 route add 2001:db8:77::/48 dev mesh-r1 proto static table 42",
        "ip rule add priority 900 from 192.0.2.1 lookup main protocol static",
        "ip rule add priority 4000 iif mesh-r1 fwmark 7 lookup 77",
        "ip -6 rule add priority 32770 iif mesh-r3 lookup 77 protocol 99",
        "sysctl -q -w net.ipv4.conf.mesh-r1.rp_filter=2",
        "sysctl -q -w net.ipv4.conf.all.send_redirects=1",
        "sysctl -q -w net.ipv6.conf.mesh-r3.accept_redirects=1",
        "sysctl -q -w net.ipv6.conf.all.forwarding=0",
    ] {
        mesh.change("r2", change);
    }
    let before = state(&mesh, "r2");
    for router in ["r1", "r2", "r3"] {
        mesh.start(router, Daemon::Routed, &mesh.our_config(router));
    }
    let [beyond, itself] = [
        ["10.42.0.3/32", "fd42:6772:616e::3/128"],
        ["10.42.0.2/32", "fd42:6772:616e::2/128"],
    ];
    mesh.wait_has("r1", &beyond);
    mesh.wait_has("r1", &itself);
    mesh.wait_has("r2", &["10.42.0.1/32", "10.42.0.3/32"]);
    mesh.wait_reaches("r1", "10.42.0.3");
    mesh.wait_reaches("r1", "fd42:6772:616e::3");
    assert_ne!(state(&mesh, "r2"), before);

    let process = mesh.lab.daemon("r2").unwrap().expect("the daemon runs");
    let left = mesh.ask("r2", "leave");
    assert_eq!(left["retracted"], 2, "{left}");
    assert_eq!(left["removed"], 4, "{left}");
    assert!(process.wait_end(harness::DEADLINE));
    for router in ["r1", "r3"] {
        mesh.wait_lost(router, &["10.42.0.2/32", "fd42:6772:616e::2/128"]);
    }
    mesh.wait_lost("r1", &beyond);
    // They were told: it was not the silence that they acted on.
    let events = mesh.events("r1");
    let lost =
        |event: &&String| event.contains("10.42.0.2/32") && event.contains("\"metric\":null");
    let told = events.iter().position(|event| lost(&event));
    let silent = events
        .iter()
        .position(|event| event.contains("\"neighbour\"") && event.contains("removed"));
    assert!(told.is_some(), "{events:#?}");
    assert!(silent.is_none() || silent > told, "{events:#?}");
    assert_eq!(state(&mesh, "r2"), before);
}

#[test]
fn a_router_that_has_left_waits_for_its_supervisor_to_end_it() {
    let mesh = Mesh::wires("leave-wait", "line 2", true);
    for router in ["r1", "r2"] {
        mesh.start(router, Daemon::Routed, &mesh.our_config(router));
    }
    mesh.wait_has("r1", &["10.42.0.2/32"]);
    let process = mesh.lab.daemon("r2").unwrap().expect("the daemon runs");
    let left = mesh.call("r2", "leave", &json!({"wait": 60})).unwrap();
    assert_eq!(left["retracted"], 2, "{left}");
    mesh.wait_lost("r1", &["10.42.0.2/32"]);
    // It holds its lock, so that nobody else can start, but takes no part any more.
    assert!(!process.wait_end(Duration::from_secs(2)));
    process.signal(Signal::SIGTERM).unwrap();
    assert!(process.wait_end(harness::DEADLINE));
    assert!(
        !mesh
            .script("r2", "ip route show table all")
            .contains("babel")
    );
}
