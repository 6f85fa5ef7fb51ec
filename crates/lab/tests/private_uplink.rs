//! An uplink that is not shared carries no packet of a neighbour.

mod harness;

use grange_lab::addresses::{INTERNET_V4, INTERNET_V6};
use grange_lab::node_config;
use grange_lab::topology::graph::Daemon;
use harness::{Mesh, config_path, found};
use nix::sys::signal::Signal;

/// Everything that comes from the mesh and leaves by `wan`, by family and in whatever way.
const WATCH: &str = "table inet watch { chain out { type filter hook forward priority 10; \
     iifname \"mesh-*\" oifname \"wan\" meta nfproto ipv4 counter comment \"v4\"; \
     iifname \"mesh-*\" oifname \"wan\" meta nfproto ipv6 counter comment \"v6\"; }; }";

/// How many pings of ten are answered, and what was said.
fn ten_pings(mesh: &Mesh, node: &str, address: &str) -> String {
    mesh.try_run(node, &format!("ping -n -c 10 -i 0.1 -W 1 {address}"))
        .1
}

fn forwarded(mesh: &Mesh, router: &str) -> [u64; 2] {
    ["v4", "v6"].map(|family| mesh.nft_packets(router, family))
}

#[test]
fn a_neighbour_never_leaves_by_an_uplink_that_is_not_shared() {
    // B in the middle has an uplink for itself, C one for everybody.
    let text = "router a; router b; router c; link a b; link b c; laptop a; \
                uplink b unshared; uplink c";
    let mesh = Mesh::up("private", text);
    let internet = [INTERNET_V4.to_string(), INTERNET_V6.to_string()];
    for router in ["b", "c"] {
        mesh.script(router, &format!("nft -f - <<'END'\n{WATCH}\nEND"));
    }
    mesh.wait_has("a", &["0.0.0.0/0", "::/0"]);
    for node in ["a", "laptop-a"] {
        for address in &internet {
            mesh.wait_reaches(node, address);
            let said = ten_pings(&mesh, node, address);
            assert!(said.contains(" 0% packet loss"), "{node}: {said}");
        }
    }
    let [v4, v6] = forwarded(&mesh, "c");
    assert!(v4 >= 22 && v6 >= 22, "C's uplink has carried {v4} and {v6}");
    assert_eq!(forwarded(&mesh, "b"), [0, 0]);
    // B itself uses what it pays for.
    let route = mesh.run("b", &format!("ip route get {INTERNET_V4}"));
    assert!(route.contains("dev wan"), "{route}");

    // C's line goes down: B refuses A's packets and says so.
    mesh.change("c", "ip -4 route del default");
    mesh.change("c", "ip -6 route del default");
    mesh.wait_lost("a", &["0.0.0.0/0", "::/0"]);
    mesh.wait_lost("b", &["0.0.0.0/0", "::/0"]);
    for address in &internet {
        // A knows that there is no way; a packet that is sent to B all the same is refused there.
        assert!(!mesh.answers("a", address) && !mesh.answers("laptop-a", address));
    }
    let b = mesh.link_local("b", "mesh-a");
    mesh.change(
        "a",
        "ip route add 203.0.113.1/32 via 10.42.0.2 dev mesh-b onlink",
    );
    mesh.change(
        "a",
        &format!("ip route add {INTERNET_V6}/128 via {b} dev mesh-b"),
    );
    for address in &internet {
        for node in ["a", "laptop-a"] {
            let said = ten_pings(&mesh, node, address);
            assert!(said.contains("100% packet loss"), "{node}: {said}");
            let refused = [
                "Host Unreachable",
                "Net Unreachable",
                "No route",
                "unreachable",
            ];
            assert!(
                refused.iter().any(|word| said.contains(word)),
                "{node} is not told: {said}"
            );
        }
    }
    assert_eq!(forwarded(&mesh, "b"), [0, 0]);
    mesh.change("a", "ip route del 203.0.113.1/32");
    mesh.change("a", &format!("ip route del {INTERNET_V6}/128"));

    // B shares after all.
    let shared = found(&text.replace(" unshared", "")).topology;
    let config = node_config::routed(&shared, 1).unwrap();
    std::fs::write(config_path(Daemon::Routed, &mesh.files("b")), config).unwrap();
    mesh.signal("b", Signal::SIGHUP);
    mesh.wait_has("a", &["0.0.0.0/0", "::/0"]);
    for address in &internet {
        mesh.wait_reaches("laptop-a", address);
    }
    let [v4, v6] = forwarded(&mesh, "b");
    assert!(v4 >= 1 && v6 >= 1, "B's uplink has carried {v4} and {v6}");

    // And no more, once it stops.
    std::fs::write(
        config_path(Daemon::Routed, &mesh.files("b")),
        mesh.our_config("b"),
    )
    .unwrap();
    mesh.signal("b", Signal::SIGHUP);
    mesh.wait_lost("a", &["0.0.0.0/0", "::/0"]);
    let before = forwarded(&mesh, "b");
    for address in &internet {
        assert!(!mesh.answers("laptop-a", address));
    }
    assert_eq!(forwarded(&mesh, "b"), before);
}
