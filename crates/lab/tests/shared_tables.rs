//! Tables that others use too: their routes survive whatever ours do.

mod harness;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use grange_lab::daemons;
use grange_lab::topology::graph::Daemon;
use harness::Mesh;
use harness::speaker::Speaker;
use harness::watch::Watch;

/// A router with a default route of its own in `main`, as netifd makes it (IPv4 metric 0, IPv6 1024),
/// and a neighbour's interface that a speaker can use.
const ALONE: &str = "router r1; router r2 daemon none; link r1 r2; uplink r1 unshared";
const FLAPS: u16 = 1000;

fn with_options(mesh: &Mesh, options: &str) -> String {
    let config = mesh.our_config("r1");
    config.replacen(
        "config routed 'main'\n",
        &format!("config routed 'main'\n{options}"),
        1,
    )
}

fn own_defaults(mesh: &Mesh) -> String {
    mesh.script(
        "r1",
        "ip -4 route show default proto static; ip -6 route show default proto static",
    )
}

fn defaults_survive_flaps(test: &str, options: &str, table: u32) {
    let mesh = Mesh::wires(test, ALONE, true);
    let before = own_defaults(&mesh);
    assert_eq!(before.lines().count(), 2, "{before}");
    assert!(before.contains("metric 1024"), "{before}");
    mesh.start("r1", Daemon::Routed, &with_options(&mesh, options));
    let router = mesh.link_local("r1", "mesh-r2");
    let mut speaker = Speaker::new(&mesh, "r2", "mesh-r1", router);
    // Two Hellos of three are a neighbour on a cable.
    (0..3).for_each(|_| speaker.greet());
    mesh.wait("the speaker is a neighbour", || {
        speaker.drain();
        mesh.has_neighbours("r1", 1)
    });
    let prefixes: [(IpAddr, u8); 4] = [
        (Ipv4Addr::UNSPECIFIED.into(), 0),
        (Ipv6Addr::UNSPECIFIED.into(), 0),
        (Ipv4Addr::new(10, 99, 0, 0).into(), 16),
        (Ipv6Addr::new(0xfd99, 0, 0, 0, 0, 0, 0, 0).into(), 48),
    ];
    let watch = Watch::start(&mesh, "r1");
    let changes = mesh.counter("r1", "route_changes");
    for flap in 0..FLAPS {
        speaker.announce(&prefixes, 2 * flap, 100);
        speaker.announce(&prefixes, 2 * flap + 1, u16::MAX);
        if flap % 20 == 19 {
            // No faster than they are taken in: every flap is to reach the kernel.
            let enough = changes + 8 * (u64::from(flap) + 1);
            mesh.wait(&format!("{} flaps", flap + 1), || {
                speaker.drain();
                mesh.counter("r1", "route_changes") >= enough
            });
            speaker.greet();
        }
    }
    speaker.announce(&prefixes, 2 * FLAPS, 100);
    for (address, plen) in prefixes {
        let prefix = format!("{address}/{plen}");
        mesh.wait_has("r1", &[&prefix]);
        assert_eq!(mesh.learnt("r1", &prefix)[0].table, table);
    }
    assert_eq!(own_defaults(&mesh), before);
    let said = watch.lines(&mesh);
    let babel = said
        .iter()
        .filter(|line| line.contains("default") && line.contains("proto babel"));
    let flapped = babel.count();
    assert!(
        flapped >= 4 * usize::from(FLAPS),
        "{flapped} changes of default routes"
    );
    for line in &said {
        let foreign = line.contains("proto static") || line.contains("proto kernel");
        assert!(!(foreign && line.contains("Deleted")), "{line}");
    }
    // And they are still the ones that are used.
    let used = mesh.run("r1", "ip route get 203.0.113.1");
    assert!(used.contains("dev wan"), "{used}");
    let used = mesh.run("r1", "ip route get 2001:db8:ffff::1");
    assert!(used.contains("dev wan"), "{used}");
}

#[test]
fn a_homes_own_default_survives_a_thousand_flaps_in_a_table_apart() {
    defaults_survive_flaps("flaps", "", 42);
}

#[test]
fn a_homes_own_default_survives_a_thousand_flaps_in_table_main() {
    defaults_survive_flaps("flaps-main", "\toption table 'main'\n", 254);
}

#[test]
fn a_metric_that_somebody_has_taken_is_refused_at_start() {
    let mesh = Mesh::wires("taken", ALONE, true);
    let before = own_defaults(&mesh);
    let config = with_options(&mesh, "\toption table 'main'\n\toption metric '1024'\n");
    let path = mesh.lab.folder().path().join("taken.conf");
    std::fs::write(&path, config).unwrap();
    let program = daemons::find(Daemon::Routed).unwrap();
    let command = format!(
        "timeout 60 {} --foreground --config {} --run-dir {}",
        program.display(),
        path.display(),
        mesh.lab.folder().path().join("taken-run").display()
    );
    let (success, said) = mesh.try_run("r1", &command);
    assert!(!success, "{said}");
    for word in ["1024", "main", "static", "default"] {
        assert!(said.contains(word), "{word} is not named: {said}");
    }
    assert_eq!(own_defaults(&mesh), before);
}
