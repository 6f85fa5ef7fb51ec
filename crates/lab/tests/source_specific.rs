//! Source-specific routes (RFC 9079), as netifd's `default from <delegated prefix>` gives cause for, through
//! babeld and into the kernels of all.

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

/// The lines of `ip route` for source-specific routes that a Babel daemon made.
fn specific(mesh: &Mesh, node: &str) -> Vec<String> {
    let routes = mesh.run(node, "ip -6 -o route show table all proto babel");
    let lines = routes.lines().filter(|line| line.contains(" from "));
    lines.map(str::to_owned).collect()
}

fn has(mesh: &Mesh, node: &str, source: &str) -> bool {
    let text = format!("default from {source} via");
    specific(mesh, node)
        .iter()
        .any(|line| line.starts_with(&text))
}

fn prefixes(reply: &Value) -> Vec<String> {
    let rows = reply.as_array().unwrap().iter();
    rows.map(|row| row["prefix"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_delegated_prefix_finds_its_uplink_through_babeld() {
    let text = "router a; router b daemon babeld; router c; link a b; link b c; laptop all";
    let mesh = Mesh::wires("source", text, true);
    for router in ["a", "c"] {
        let config = mesh.our_config(router) + FILTER;
        mesh.start(router, Daemon::Routed, &config);
    }
    let peer = config_of(mesh.lab.topology(), "b", Daemon::Babeld, &mesh.files("b"));
    let redistribute = "redistribute ip ::/0 eq 0 src-ip 2001:db8::/32 proto 4 allow\n";
    mesh.start("b", Daemon::Babeld, &(redistribute.to_owned() + &peer));
    mesh.wait_has("c", &["fd42:6772:616e::1/128"]);

    // The provider delegates a prefix; netifd routes what comes from it, and nothing else.
    let netifd = |verb: &str| {
        let command = format!("ip -6 route {verb} default from {PROVIDER} dev lan proto static");
        mesh.change("a", &command);
    };
    netifd("add");
    for node in ["b", "c"] {
        mesh.wait(&format!("{node} has the route"), || {
            has(&mesh, node, PROVIDER)
        });
    }
    let shown = format!("::/0 from {PROVIDER}");
    assert!(prefixes(&mesh.ask("c", "routes")).contains(&shown));
    assert!(prefixes(&mesh.ask("a", "xroutes")).contains(&shown));
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
    for node in ["b", "c"] {
        mesh.wait(&format!("{node} has lost the route"), || {
            !has(&mesh, node, PROVIDER)
        });
    }
    mesh.wait("nothing is left of it", || {
        ["a", "b", "c"]
            .iter()
            .all(|node| specific(&mesh, node).is_empty())
    });

    // babeld announces one too.
    let command = "ip -6 route add default from 2001:db8:b::/48 dev lan proto static";
    mesh.change("b", command);
    for node in ["a", "c"] {
        mesh.wait(&format!("{node} has babeld's route"), || {
            has(&mesh, node, "2001:db8:b::/48")
        });
    }
}
