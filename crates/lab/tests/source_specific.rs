//! Source-specific routes (RFC 9079), as netifd's `default from <delegated prefix>` gives cause for, between
//! our routers, babeld and BIRD, and into the kernels of all.

mod harness;

use grange_lab::topology::graph::Daemon;
use harness::{Mesh, config_of};
use serde_json::Value;

/// Announces what netifd makes of a delegated prefix.
const FILTER: &str = "
config filter
	option type redistribute
	option ip ::/0
	option eq 0
	option proto static
	option src_ge 1
	option action 'metric 0'
";
const PROVIDER: &str = "2001:db8:a::/48";
/// BIRD 2 has source-specific routes in channels of their own kind only.
const SADR: &str = r#"
router id 10.42.0.4;
log stderr all;
protocol device { scan time 2; }
ipv6 sadr table both;
protocol kernel { scan time 2; ipv6 sadr { table both; export where source = RTS_BABEL; }; }
protocol static { ipv6 sadr { table both; }; route ::/0 from 2001:db8:d::/48 blackhole; }
protocol babel {
  interface "mesh-c" { type wired; };
  ipv6 sadr { table both; import all; export all; };
}
"#;

/// The lines of `ip route` for source-specific routes over the mesh.
fn specific(mesh: &Mesh, node: &str) -> Vec<String> {
    let routes = mesh.run(node, "ip -6 -o route show table all");
    let over_mesh = |line: &&str| line.contains(" from ") && line.contains(" via fe80:");
    let lines = routes.lines().filter(over_mesh);
    lines.map(str::to_owned).collect()
}

fn has(mesh: &Mesh, node: &str, source: &str) -> bool {
    let text = format!("default from {source} via");
    specific(mesh, node)
        .iter()
        .any(|line| line.starts_with(&text))
}

/// Whether one of the rows of a reply is about this prefix.
fn names(reply: &Value, prefix: &str) -> bool {
    let mut rows = reply.as_array().into_iter().flatten();
    rows.any(|row| row["prefix"] == prefix)
}

#[test]
fn a_delegated_prefix_finds_its_uplink_through_babeld_and_bird() {
    let text = "router a; router b daemon babeld; router c; router d daemon bird; \
                link a b; link b c; link c d; laptop all";
    let mesh = Mesh::wires("source", text, true);
    for router in ["a", "c"] {
        let config = mesh.our_config(router) + FILTER;
        mesh.start(router, Daemon::Routed, &config);
    }
    let peer = config_of(mesh.lab.topology(), "b", Daemon::Babeld, &mesh.files("b"));
    let redistribute = "redistribute ip ::/0 eq 0 src-ip 2001:db8::/32 proto 4 allow\n";
    mesh.start("b", Daemon::Babeld, &(redistribute.to_owned() + &peer));
    mesh.start("d", Daemon::Bird, SADR);
    mesh.wait_has("c", &["fd42:6772:616e::1/128"]);

    // The provider delegates a prefix; netifd routes what comes from it, and nothing else.
    let netifd = |verb: &str| {
        let command = format!("ip -6 route {verb} default from {PROVIDER} dev lan proto static");
        mesh.change("a", &command);
    };
    netifd("add");
    for node in ["b", "c", "d"] {
        mesh.wait(&format!("{node} has the route"), || {
            has(&mesh, node, PROVIDER)
        });
    }
    let shown = format!("::/0 from {PROVIDER}");
    assert!(names(&mesh.ask("c", "routes"), &shown));
    assert!(names(&mesh.ask("a", "xroutes"), &shown));
    let by_source = |source: &str| {
        let command = format!("ip -6 route get 2001:db8:f::1 from {source} iif lan");
        mesh.try_run("c", &command).1
    };
    let theirs = by_source("2001:db8:a:1::1");
    assert!(theirs.contains("dev mesh-b"), "{theirs}");
    let others = by_source("2001:db8:b:1::1");
    assert!(!others.contains("dev mesh-b"), "{others}");

    // It is taken back, and nothing is left anywhere.
    netifd("del");
    for node in ["b", "c", "d"] {
        mesh.wait(&format!("{node} has lost the route"), || {
            !has(&mesh, node, PROVIDER)
        });
    }
    mesh.wait("nothing is left of it", || {
        let left = |node| {
            specific(&mesh, node)
                .iter()
                .any(|line| line.contains(PROVIDER))
        };
        !["a", "b", "c", "d"].into_iter().any(left)
    });

    // babeld announces one too, and BIRD its own all the time.
    let command = "ip -6 route add default from 2001:db8:b::/48 dev lan proto static";
    mesh.change("b", command);
    for (source, nodes) in [
        ("2001:db8:b::/48", ["a", "c", "d"]),
        ("2001:db8:d::/48", ["a", "b", "c"]),
    ] {
        for node in nodes {
            mesh.wait(&format!("{node} has the route from {source}"), || {
                has(&mesh, node, source)
            });
        }
    }
}
