//! Our routers at both ends of a street, babeld and BIRD between them.

mod harness;

use grange_lab::cuts::Cut;
use harness::{Mesh, TABLE};

const CHAIN: &str = "router a; router b daemon babeld; router c daemon bird; router d; \
                     link a b; link b c; link c d; laptop all";

/// Homes and mesh addresses of routers 1 to 4.
fn prefixes(router: u8) -> [String; 4] {
    [
        format!("10.42.{router}.0/24"),
        format!("10.42.0.{router}/32"),
        format!("fd42:6772:616e:{router}::/64"),
        format!("fd42:6772:616e::{router}/128"),
    ]
}

fn wait_has(mesh: &Mesh, node: &str, routers: &[u8]) {
    for &router in routers {
        mesh.wait_has(node, &prefixes(router).each_ref().map(String::as_str));
    }
}

fn wait_lost(mesh: &Mesh, node: &str, routers: &[u8]) {
    for &router in routers {
        mesh.wait_lost(node, &prefixes(router).each_ref().map(String::as_str));
    }
}

#[test]
fn both_ends_of_a_mixed_street_learn_lose_and_relearn_each_other() {
    let mesh = Mesh::up("chain", CHAIN);
    wait_has(&mesh, "a", &[2, 3, 4]);
    wait_has(&mesh, "d", &[1, 2, 3]);
    wait_has(&mesh, "b", &[1, 4]);
    wait_has(&mesh, "c", &[1, 4]);
    for end in ["a", "d"] {
        for route in mesh.lab.routes(end).unwrap() {
            assert_eq!(route.is_babel(), route.table == TABLE, "{end}: {route:?}");
        }
    }
    // From home to home, through the kernels of all four.
    mesh.wait_reaches("laptop-a", "10.42.4.100");
    mesh.wait_reaches("laptop-d", "fd42:6772:616e:1::100");
    mesh.wait_reaches("laptop-a", "fd42:6772:616e:3::100");
    mesh.wait_reaches("laptop-d", "10.42.2.100");
    mesh.wait_reaches("a", "10.42.0.4");

    // A home that goes is gone at the other end, and nothing else is.
    mesh.change("d", "ip address del 10.42.4.1/24 dev lan");
    mesh.change("d", "ip address del fd42:6772:616e:4::1/64 dev lan");
    mesh.wait_lost("a", &["10.42.4.0/24", "fd42:6772:616e:4::/64"]);
    assert!(mesh.has("a", "10.42.0.4/32") && mesh.has("a", "fd42:6772:616e::4/128"));
    mesh.change("a", "ip address del 10.42.1.1/24 dev lan");
    mesh.change("a", "ip address del fd42:6772:616e:1::1/64 dev lan");
    mesh.wait_lost("d", &["10.42.1.0/24", "fd42:6772:616e:1::/64"]);
    assert!(mesh.has("d", "10.42.0.1/32") && mesh.has("d", "fd42:6772:616e::1/128"));
    for (router, number) in [("a", 1), ("d", 4)] {
        mesh.change(
            router,
            &format!("ip address add 10.42.{number}.1/24 dev lan"),
        );
        let v6 = format!("ip address add fd42:6772:616e:{number}::1/64 dev lan");
        mesh.change(router, &v6);
    }
    wait_has(&mesh, "a", &[2, 3, 4]);
    wait_has(&mesh, "d", &[1, 2, 3]);

    mesh.lab.cut("b-c", Cut::Unplugged).unwrap();
    wait_lost(&mesh, "a", &[3, 4]);
    wait_lost(&mesh, "d", &[1, 2]);
    assert!(mesh.has("a", "10.42.2.0/24") && mesh.has("d", "10.42.3.0/24"));
    assert!(!mesh.answers("laptop-a", "10.42.4.100"));
    mesh.lab.heal("b-c").unwrap();
    wait_has(&mesh, "a", &[2, 3, 4]);
    wait_has(&mesh, "d", &[1, 2, 3]);
    mesh.wait_reaches("laptop-a", "10.42.4.100");
    mesh.wait_reaches("laptop-d", "fd42:6772:616e:1::100");
}

#[test]
fn a_mixed_ring_carries_traffic_the_other_way_round() {
    let ring = "router a; router b daemon babeld; router c; router d daemon bird; \
                link a b; link b c; link c d; link d a";
    let mesh = Mesh::up("mixed-ring", ring);
    for (node, number) in [("a", 3), ("c", 1), ("b", 4), ("d", 2)] {
        let v4 = format!("10.42.0.{number}");
        let v6 = format!("fd42:6772:616e::{number}");
        mesh.wait_has(node, &[&format!("{v4}/32"), &format!("{v6}/128")]);
        mesh.wait_reaches(node, &v4);
        mesh.wait_reaches(node, &v6);
    }
    for (cut, other) in [("b-c", "mesh-d"), ("c-d", "mesh-b")] {
        mesh.lab.cut(cut, Cut::Unplugged).unwrap();
        for prefix in ["10.42.0.3/32", "fd42:6772:616e::3/128"] {
            mesh.wait(&format!("a goes by {other}"), || {
                mesh.leads("a", prefix, other)
            });
        }
        mesh.wait_reaches("a", "10.42.0.3");
        mesh.wait_reaches("a", "fd42:6772:616e::3");
        mesh.wait_reaches("c", "10.42.0.1");
        mesh.lab.heal(cut).unwrap();
        // The ring has to be whole before it is cut elsewhere.
        mesh.wait("c uses both its links", || {
            mesh.leads("c", "10.42.0.2/32", "mesh-b") && mesh.leads("c", "10.42.0.4/32", "mesh-d")
        });
    }
}
