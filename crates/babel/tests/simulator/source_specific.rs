//! Source-specific routes (RFC 9079), also beside routers that cannot forward by them.

use grange_babel::metric::Metric;
use grange_babel::prefix::Prefix;
use grange_babel::router::Router;

use crate::clock::SECOND;
use crate::fib::Verdict;
use crate::mesh::Mesh;
use crate::node::home;
use crate::options::Options;
use crate::topology::Topology;

const PROVIDER: &str = "::/0 from 2001:db8:a::/48";

fn mesh(topology: &Topology, seed: u64) -> Mesh {
    let options = Options {
        nested: true,
        ..Options::default()
    };
    Mesh::new(topology, options, seed)
}

/// Takes the source-specific routes from a node's kernel, now and after each restart.
fn make_plain(mesh: &mut Mesh, node: usize) {
    mesh.net.nodes[node].source_specific = false;
    if mesh.net.nodes[node].router.is_some() {
        mesh.drive(node, Router::handle_no_source_specific);
    }
}

fn leads(mesh: &Mesh, node: usize, prefix: &Prefix) -> bool {
    matches!(
        mesh.net.nodes[node].fib.exact(prefix),
        Some(Verdict::Via(_))
    )
}

#[test]
fn packets_follow_the_destination_first_and_the_source_second() {
    let topology = Topology::line(5);
    let mut mesh = mesh(&topology, 9079);
    let specific: Prefix = PROVIDER.parse().unwrap();
    mesh.originate(0, specific, Metric::ZERO);
    mesh.originate(4, Prefix::DEFAULT_V6, Metric::ZERO);
    mesh.run_for(20 * SECOND);
    let path = |mesh: &Mesh, text: &str| {
        let packets: Prefix = text.parse().unwrap();
        mesh.net.path(2, &packets)
    };
    let theirs = "2001:db8:f::1/128 from 2001:db8:a::1/128";
    assert_eq!(path(&mesh, theirs).last(), Some(&0));
    assert_eq!(path(&mesh, "2001:db8:f::1/128").last(), Some(&4));
    // The home of node 3 lies the other way, and is more specific than any default.
    let at_home = home(3).with_source("2001:db8:a::1/128".parse().unwrap());
    assert_eq!(mesh.net.path(2, &at_home.unwrap()).last(), Some(&3));

    // One goes without the other.
    mesh.withdraw(0, specific);
    let took = mesh.until(60 * SECOND, |mesh| mesh.is_retracted(&specific));
    assert!(took.is_some_and(|took| took < SECOND), "{took:?}");
    mesh.run_for(60 * SECOND);
    assert!(mesh.is_forgotten(&specific));
    assert_eq!(path(&mesh, theirs).last(), Some(&4), "by the plain default");
    mesh.check_settled();
}

#[test]
fn a_router_without_source_specific_routes_passes_none_on() {
    let topology = Topology::line(4);
    let mut mesh = mesh(&topology, 4);
    make_plain(&mut mesh, 2);
    let specific: Prefix = PROVIDER.parse().unwrap();
    mesh.originate(0, specific, Metric::ZERO);
    mesh.run_for(60 * SECOND);
    let have: Vec<bool> = (0..4).map(|node| leads(&mesh, node, &specific)).collect();
    assert_eq!(have, [false, true, false, false]);
    // The kernel of one that had it loses it, and so does everybody behind.
    make_plain(&mut mesh, 1);
    mesh.run_for(20 * SECOND);
    assert!(mesh.is_retracted(&specific));
}

/// Every route change is followed to its sink as it happens: a loop ends the test at once.
#[test]
fn source_specific_and_plain_routers_together_make_no_loop() {
    for seed in 0..6 {
        let topology = Topology::grid(3, 3);
        let mut mesh = mesh(&topology, seed);
        let seed = usize::try_from(seed).unwrap();
        for plain in [(seed * 5 + 1) % 9, (seed * 2 + 4) % 9] {
            make_plain(&mut mesh, plain);
        }
        let specific: Prefix = PROVIDER.parse().unwrap();
        let longer: Prefix = "::/0 from 2001:db8:a:1::/64".parse().unwrap();
        mesh.originate(0, specific, Metric::ZERO);
        mesh.originate(8, longer, Metric::ZERO);
        mesh.originate(6, Prefix::DEFAULT_V6, Metric::ZERO);
        mesh.run_for(20 * SECOND);
        for round in 0..6 {
            let link = (seed * 7 + round * 5) % topology.edges.len();
            mesh.cut(link);
            mesh.run_for(3 * SECOND);
            match round {
                1 => mesh.withdraw(0, specific),
                2 => mesh.crash(4, SECOND),
                3 => mesh.originate(2, specific, Metric::ZERO),
                4 => mesh.reboot(3, SECOND),
                _ => {}
            }
            mesh.run_for(5 * SECOND);
            mesh.heal(link);
            mesh.run_for(5 * SECOND);
        }
        mesh.mend();
        mesh.run_for(60 * SECOND);
        mesh.check_tables();
        let plain = mesh.net.nodes.iter().filter(|node| !node.source_specific);
        for node in plain {
            assert!(node.fib.iter().all(|(prefix, _)| prefix.source().is_none()));
        }
    }
}
