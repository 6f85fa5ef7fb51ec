//! A link that a switch in its middle drops everything on, as radios and switches do: the interfaces at its
//! ends stay up and count no more than what does arrive.

mod harness;

use grange_lab::cuts::Cut;
use grange_lab::topology::graph::Daemon;
use harness::Mesh;
use harness::stream::Stream;

/// Hellos so rare that no deadline of a test lets one be missed: what is found, traffic has told.
fn with_rare_hellos(config: &str) -> String {
    let kind = "\toption type 'wired'\n";
    let all = config.replace(kind, &format!("{kind}\toption hello_interval '190s'\n"));
    assert_ne!(all, config, "the lab writes `{kind}` no more");
    all
}

fn up(test: &str, topology: &str, routers: &[&str]) -> Mesh {
    let mesh = Mesh::wires(test, topology, true);
    for router in routers {
        let config = with_rare_hellos(&mesh.our_config(router));
        mesh.start(router, Daemon::Routed, &config);
    }
    mesh
}

/// How often a router has asked a neighbour whether it lives because traffic went quiet.
fn suspects(mesh: &Mesh, router: &str) -> u64 {
    let metrics = mesh.ask(router, "metrics");
    let text = metrics
        .as_str()
        .or_else(|| metrics["text"].as_str())
        .unwrap_or_else(|| panic!("{metrics}"));
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("grange_routed_neighbour_suspects_total "));
    line.and_then(|number| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("{text}"))
}

const V6: [&str; 2] = ["fd42:6772:616e::2", "fd42:6772:616e::3"];

#[test]
fn traffic_tells_that_a_link_is_silent_long_before_any_hello_is_late() {
    let ring = "router r1 r2 r3 r4; link r1 r2 switched; link r2 r3 switched; \
                link r3 r4 switched; link r4 r1 switched";
    let mesh = up("quiet", ring, &["r1", "r2", "r3", "r4"]);
    let prefixes = V6.map(|address| format!("{address}/128"));
    mesh.wait("r2 and r3 use the link between them", || {
        mesh.leads("r2", &prefixes[1], "mesh-r3") && mesh.leads("r3", &prefixes[0], "mesh-r2")
    });
    let there = Stream::start(&mesh, ("r2", V6[0]), ("r3", V6[1]));
    let back = Stream::start(&mesh, ("r3", V6[1]), ("r2", V6[0]));
    let flow = || [&there, &back].map(|stream| stream.wait_flows(&mesh));
    // Long enough to be known as steady.
    for _ in 0..5 {
        flow();
    }
    assert_eq!((suspects(&mesh, "r2"), suspects(&mesh, "r3")), (0, 0));
    mesh.lab.cut("r2-r3", Cut::Silent).unwrap();
    mesh.wait("r2 and r3 go the other way round", || {
        mesh.leads("r2", &prefixes[1], "mesh-r1") && mesh.leads("r3", &prefixes[0], "mesh-r4")
    });
    flow();
    assert!(suspects(&mesh, "r2") > 0 && suspects(&mesh, "r3") > 0);
    mesh.lab.heal("r2-r3").unwrap();
    drop((there.stop(), back.stop()));
}

#[test]
fn traffic_that_goes_one_way_or_ends_and_a_link_at_rest_are_no_reason_to_leave_a_link() {
    let mesh = up("oneway", "router r2 r3; link r2 r3 switched", &["r2", "r3"]);
    // Positions give the addresses: these two are the first and the second router here.
    let addresses = ["fd42:6772:616e::1", "fd42:6772:616e::2"];
    let prefixes = addresses.map(|address| format!("{address}/128"));
    mesh.wait_has("r2", &[&prefixes[1]]);
    mesh.wait_has("r3", &[&prefixes[0]]);
    let before = ["r2", "r3"].map(|router| mesh.events(router).len());
    let enough = |stream: &Stream, packets: usize| {
        mesh.wait(&format!("{packets} packets have arrived"), || {
            stream.received() >= packets
        });
    };
    for _ in 0..3 {
        let one_way = Stream::start(&mesh, ("r2", addresses[0]), ("r3", addresses[1]));
        enough(&one_way, 300);
        let both = Stream::start(&mesh, ("r3", addresses[1]), ("r2", addresses[0]));
        enough(&both, 200);
        drop(both.stop());
        enough(&one_way, 900);
        let outcome = one_way.stop();
        assert_eq!(outcome.lost.len(), 0, "{outcome:?}");
    }
    // The end of a stream was asked about, and answered: nothing else happened.
    mesh.wait("r2 has asked", || suspects(&mesh, "r2") > 0);
    mesh.wait("r3 has asked", || suspects(&mesh, "r3") > 0);
    for (router, before) in ["r2", "r3"].into_iter().zip(before) {
        let events = mesh.events(router).split_off(before);
        let lost = events.iter().find(|line| {
            line.contains("\"cost\":null")
                || line.contains("\"change\":\"removed\"")
                || line.contains("\"reachable\":false")
        });
        assert_eq!(lost, None, "{events:#?}");
        assert!(mesh.has_neighbours(router, 1));
    }
}
