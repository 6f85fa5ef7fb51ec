//! The lab itself in real network namespaces (so as root). Where it does not matter what the
//! routers run, they run babeld; else `cargo build -p grange-routed` comes first.
//!
//! Each test has a lab of its own, named after this process, so that several can run at once.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use grange_lab::cuts::Cut;
use grange_lab::lab::Lab;
use grange_lab::namespace::Namespace;
use grange_lab::netlink::KernelRoute;
use grange_lab::options::Options;
use grange_lab::topology::catalogue::{self, Found};
use grange_lab::topology::graph::Daemon;
use grange_lab::topology::name::{LabName, NodeName};

/// Far longer than anything here takes on an idle machine.
const SOON: Duration = Duration::from_secs(90);

fn found(text: &str) -> Found {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    catalogue::find(&words).unwrap_or_else(|error| panic!("{error}"))
}

fn options(test: &str) -> Options {
    let name = format!("t{}-{test}", std::process::id());
    let name = name
        .parse()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    Options {
        daemon: Daemon::Babeld,
        fast: true,
        ..Options::new(name)
    }
}

fn up(text: &str, test: &str) -> Lab {
    Lab::up(&found(text), &options(test), &mut ()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn namespaces_of(lab: &LabName) -> BTreeSet<String> {
    let prefix = format!("grange-{lab}-");
    let entries = fs::read_dir("/run/netns").into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(&prefix)).collect()
}

fn default_leaves_by(interface: &str) -> impl FnMut(&[KernelRoute]) -> bool {
    move |routes| {
        routes.iter().any(|route| {
            route.destination.is_default()
                && route.destination.is_v4()
                && route.reachable
                && route.interface.as_deref() == Some(interface)
        })
    }
}

fn ping(lab: &Lab, node: &str, address: &str) {
    lab.wait_until(&format!("{node} reaches {address}"), SOON, || {
        let argv = ["ping", "-n", "-c", "1", "-W", "1", address];
        lab.exec(node, &argv)
            .is_ok_and(|output| output.status.success())
    })
    .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn four_streets_share_two_uplinks_and_survive_a_cut() {
    let ours = Options {
        daemon: Daemon::Routed,
        ..options("four")
    };
    let lab = Lab::up(&found("neighbourhood"), &ours, &mut ()).unwrap();
    // East's own way out is the cheaper one by way of Park and Main.
    lab.wait_for(
        "east",
        "default by way of park",
        SOON,
        default_leaves_by("mesh-park"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    for node in ["east", "laptop-east", "laptop-broad"] {
        ping(&lab, node, "203.0.113.1");
        ping(&lab, node, "2001:db8:ffff::1");
    }
    ping(&lab, "laptop-east", "10.42.2.100");

    lab.cut("park-main", Cut::Unplugged).unwrap();
    lab.wait_for(
        "east",
        "default by way of broad",
        SOON,
        default_leaves_by("mesh-broad"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    lab.wait_for(
        "park",
        "default by way of east",
        SOON,
        default_leaves_by("mesh-east"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    ping(&lab, "laptop-park", "203.0.113.1");

    assert_eq!(lab.heal_all().unwrap(), ["main-park"]);
    lab.wait_for(
        "park",
        "default by way of main",
        SOON,
        default_leaves_by("mesh-main"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    ping(&lab, "laptop-park", "2001:db8:ffff::1");

    let views = lab.views();
    let park = views.iter().find(|view| view.router == "park").unwrap();
    let neighbours: Vec<&str> = park
        .neighbours
        .as_ref()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(neighbours, ["east", "main"]);
    assert!(
        park.running && park.routes_v4 >= 7 && park.routes_v6 >= 7,
        "{park:?}"
    );
}

#[test]
fn taking_a_lab_down_leaves_neither_namespaces_nor_processes_nor_files() {
    let lab = up("ring 3; uplink r1; laptop r2", "down");
    let (name, folder) = (lab.name().clone(), lab.folder().path().to_owned());
    assert_eq!(namespaces_of(&name).len(), 6);
    let mut processes: Vec<_> = ["r1", "r2", "r3"]
        .map(|router| lab.daemon(router).unwrap().unwrap())
        .to_vec();
    // What somebody else has started inside goes too.
    let mut guest = std::process::Command::new("ip")
        .args([
            "netns",
            "exec",
            lab.namespace("laptop-r2").unwrap().name(),
            "sleep",
            "1000",
        ])
        .spawn()
        .unwrap();
    let inside = || lab.namespace("laptop-r2").unwrap().processes();
    lab.wait_until("sleep is inside", SOON, || inside().contains(&guest.id()))
        .unwrap();
    processes.push(grange_lab::process::ProcessId::of(guest.id()).unwrap());
    assert!(processes.iter().all(|process| process.is_running()));

    lab.down().unwrap();
    assert_eq!(namespaces_of(&name), BTreeSet::new());
    assert!(processes.iter().all(|process| !process.is_running()));
    assert!(!folder.exists());
    guest.wait().unwrap();
}

#[test]
fn a_start_that_fails_half_way_leaves_nothing_either() {
    let options = options("half");
    let mut steps = Vec::new();
    let cancelled = std::sync::atomic::AtomicBool::new(false);
    let mut progress = (
        |step: &str| {
            steps.push(step.to_owned());
            if steps.len() == 3 {
                cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        },
        &cancelled,
    );
    let error = Lab::up(&found("grid 2x3"), &options, &mut progress)
        .map(drop)
        .unwrap_err();
    assert_eq!(error.to_string(), "stopped before the lab was up");
    assert_eq!(
        steps,
        ["6 network namespaces", "7 cables", "addresses and routes"]
    );
    assert_eq!(namespaces_of(&options.name), BTreeSet::new());
    assert!(
        !grange_lab::folder::Folder::of(&options.name)
            .path()
            .exists()
    );
}

#[test]
fn neither_a_lab_in_use_nor_a_foreign_namespace_is_clobbered() {
    let bare = Options {
        daemon: Daemon::Nothing,
        ..options("twice")
    };
    let lab = Lab::up(&found("line 2"), &bare, &mut ()).unwrap();
    let error = Lab::up(&found("line 3"), &bare, &mut ())
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("is up already"), "{error}");
    assert_eq!(namespaces_of(lab.name()).len(), 2);
    lab.down().unwrap();

    let foreign = bare.name.namespace(&NodeName::new("r2", 2).unwrap());
    Namespace::create(&foreign).unwrap();
    let error = Lab::up(&found("line 3"), &bare, &mut ())
        .map(drop)
        .unwrap_err();
    let left = namespaces_of(&bare.name);
    Namespace::remove(&foreign).unwrap();
    assert_eq!(
        error.to_string(),
        format!("there is already a network namespace called {foreign}")
    );
    assert_eq!(left, BTreeSet::from([foreign]));
}

#[test]
fn a_detached_lab_is_opened_by_name_and_outlives_its_maker() {
    let detached = Options {
        detached: true,
        ..options("far")
    };
    drop(Lab::up(&found("line 2"), &detached, &mut ()).unwrap());
    let lab = Lab::open(&detached.name).unwrap();
    assert_eq!(lab.topology().routers.len(), 2);
    let before = lab.daemon("r2").unwrap().unwrap();
    lab.stop_daemon("r2", true).unwrap();
    assert!(!before.is_running() && lab.daemon("r2").unwrap().is_none());
    lab.start_daemon("r2").unwrap();
    assert_ne!(lab.daemon("r2").unwrap().unwrap(), before);
    lab.down().unwrap();
    assert_eq!(namespaces_of(&detached.name), BTreeSet::new());
    let error = Lab::open(&detached.name).map(drop).unwrap_err();
    assert!(error.to_string().starts_with("no lab called"), "{error}");
}

#[test]
fn a_silent_cut_keeps_the_interface_up_and_lets_nothing_through() {
    let bare = Options {
        daemon: Daemon::Nothing,
        ..options("silent")
    };
    let lab = Lab::up(&found("line 2"), &bare, &mut ()).unwrap();
    let run = |node: &str, command: &str| {
        let argv: Vec<&str> = command.split(' ').collect();
        let output = lab.exec(node, &argv).unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (_, address) = run("r2", "ip -o -6 address show dev mesh-r1 scope link");
    let address = address
        .split(['/', ' '])
        .find(|word| word.starts_with("fe80::"))
        .unwrap();
    let hears = || run("r1", &format!("ping -n -c 1 -W 1 {address}%mesh-r2")).0;
    lab.wait_until("r1 hears r2", SOON, hears).unwrap();

    lab.cut("r1-r2", Cut::Silent).unwrap();
    assert_eq!(run("r1", "cat /sys/class/net/mesh-r2/operstate").1, "up\n");
    assert!(!hears() && !hears());

    lab.heal("r2-r1").unwrap();
    lab.wait_until("r1 hears r2 again", SOON, hears).unwrap();
    assert_eq!(lab.heal_all().unwrap(), Vec::<String>::new());
}

#[test]
fn a_link_loses_about_the_share_that_the_topology_says() {
    let bare = Options {
        daemon: Daemon::Nothing,
        ..options("loss")
    };
    let lossy = found("line 2; router r3; link r2 r3 loss 50% rate 1mbit");
    let lab = Lab::up(&lossy, &bare, &mut ()).unwrap();
    let shaped = lab
        .exec("r3", &["tc", "qdisc", "show", "dev", "mesh-r2"])
        .unwrap();
    let shaped = String::from_utf8_lossy(&shaped.stdout).into_owned();
    assert!(
        shaped.contains("tbf") && shaped.contains("rate 1Mbit"),
        "{shaped}"
    );
    // 200 packets to everybody: that fewer than 50 or more than 150 of them arrive has a chance
    // of 1 in 10^12.
    let command = [
        "ping",
        "-n",
        "-q",
        "-c",
        "200",
        "-i",
        "0.002",
        "-W",
        "1",
        "ff02::1%mesh-r2",
    ];
    lab.wait_until("r3 has a link-local address", SOON, || {
        lab.exec("r3", &command).unwrap().status.success()
    })
    .unwrap();
    let counter = || {
        let rules = lab.exec("r2", &["nft", "-j", "list", "ruleset"]).unwrap();
        let rules: serde_json::Value = serde_json::from_slice(&rules.stdout).unwrap();
        let items = rules["nftables"].as_array().unwrap().clone();
        let mut counters = items.iter().flat_map(|item| {
            item["rule"]["expr"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|e| e["counter"]["packets"].as_u64())
        });
        counters.find_map(|packets| packets).unwrap()
    };
    let before = counter();
    lab.exec("r3", &command).unwrap();
    let dropped = counter() - before;
    assert!(
        (50..150).contains(&dropped),
        "{dropped} of 200 packets dropped"
    );
}
