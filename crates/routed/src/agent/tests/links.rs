//! Interfaces come, change and go.

use std::net::IpAddr;
use std::time::Duration;

use grange_babel::router::Datagram;
use grange_linux::{
    Address, KernelError, KernelErrorKind, KernelEvent, Link, Neighbour, NeighbourState, Station,
};

use super::bench::{Bench, MESH, PEERS, address, config, kernel, link};
use crate::config::Logical;
use crate::report;

fn why_down(bench: &Bench) -> Option<String> {
    let agent = &bench.agent;
    let rows = report::interfaces(agent.core(), agent.interfaces(), agent.config());
    rows.into_iter()
        .find(|row| row.name == "mesh0")
        .and_then(|row| row.why_down)
}

#[test]
fn two_routers_meet_and_the_neighbours_prefix_gets_into_the_kernel() {
    let mut bench = Bench::met(kernel(), "");
    assert_eq!(
        bench.routes(),
        ["10.42.0.9/32 via 10.0.0.9 src 10.42.0.2 table 42 metric 2042"]
    );
    assert_eq!(bench.peer_routes(), ["10.42.0.2/32 0"]);
    assert!(bench.saved.as_ref().unwrap().contains("mesh0"));
}

#[test]
fn babel_waits_for_duplicate_address_detection_and_then_starts_at_once() {
    let mut early = kernel();
    early.addresses[2] = Address {
        tentative: true,
        ..address(MESH, "fe80::2/64")
    };
    let mut bench = Bench::new(early, "");
    bench.pass(Duration::from_secs(2));
    assert_eq!((bench.sent, bench.joined.len()), (0, 0));
    assert_eq!(
        why_down(&bench).unwrap(),
        "its link-local address is still being checked for a duplicate"
    );
    bench.agent.kernel().addresses[2].tentative = false;
    bench.event(KernelEvent::AddressAdded(address(MESH, "fe80::2/64")));
    assert_eq!(bench.joined, [MESH]);
    assert_eq!(why_down(&bench), None);
}

#[test]
fn an_interface_appears_and_vanishes_at_run_time() {
    let mut bare = kernel();
    bare.remove_link(MESH);
    let mut bench = Bench::new(bare, "");
    assert!(bench.joined.is_empty());
    bench.agent.kernel().links.push(link(MESH, "mesh0"));
    bench
        .agent
        .kernel()
        .addresses
        .push(address(MESH, "fe80::2/64"));
    bench
        .agent
        .kernel()
        .addresses
        .push(address(MESH, "10.0.0.2/24"));
    bench.event(KernelEvent::LinkChanged(link(MESH, "mesh0")));
    bench.event(KernelEvent::AddressAdded(address(MESH, "fe80::2/64")));
    assert_eq!(bench.joined, [MESH]);
    bench.originate("10.42.0.9/32");
    bench.wait_for("a route", |bench| bench.has_route("10.42.0.9/32 via"));

    bench.agent.kernel().remove_link(MESH);
    bench.event(KernelEvent::LinkRemoved(MESH));
    assert!(bench.joined.is_empty());
    assert!(!bench.has_route("10.42.0.9/32 via"));
    assert_eq!(bench.agent.interfaces().up_count(), 0);
}

#[test]
fn a_lost_carrier_takes_the_routes_away_at_once() {
    let mut bench = Bench::met(kernel(), "");
    bench.event(KernelEvent::LinkChanged(Link {
        running: false,
        ..link(MESH, "mesh0")
    }));
    assert!(!bench.has_route("10.42.0.9/32 via"));
    assert_eq!(why_down(&bench).unwrap(), "it has no carrier");
}

#[test]
fn a_new_mtu_reaches_the_core_without_a_lost_neighbour() {
    let mut bench = Bench::met(kernel(), "");
    bench.agent.kernel().links[1].mtu = 1400;
    bench.event(KernelEvent::LinkChanged(Link {
        mtu: 1400,
        ..link(MESH, "mesh0")
    }));
    let mtu = bench.agent.core().interfaces().next().unwrap().link.mtu;
    assert_eq!(mtu, 1400);
    assert_eq!(bench.agent.core().neighbours(bench.now).count(), 1);
    assert_eq!(bench.changes(), []);
}

#[test]
fn routes_that_a_short_interruption_flushed_silently_are_put_back() {
    let mut bench = Bench::met(kernel(), "");
    bench.agent.kernel().set_link_up(MESH, false);
    bench.agent.kernel().set_link_up(MESH, true);
    assert_eq!(bench.routes(), Vec::<String>::new());
    // The kernel tells only that the link is as it was.
    bench.event(KernelEvent::LinkChanged(link(MESH, "mesh0")));
    bench.pass(Duration::from_millis(50));
    assert!(bench.has_route("10.42.0.9/32 via 10.0.0.9"));
    assert_eq!(bench.agent.fib().counters().repaired, 1);
}

#[test]
fn an_interface_that_leaves_and_returns_goes_on_from_its_saved_hello_number() {
    let mut bench = Bench::met(kernel(), "");
    bench.pass(Duration::from_secs(30));
    let before = bench.agent.core().interfaces().next().unwrap().hello_seqno;
    bench.event(KernelEvent::LinkChanged(Link {
        up: false,
        ..link(MESH, "mesh0")
    }));
    bench.event(KernelEvent::LinkChanged(link(MESH, "mesh0")));
    let after = bench.agent.core().interfaces().next().unwrap().hello_seqno;
    // More than 16 apart, the neighbour would start its history afresh (RFC 8966 appendix A.1).
    assert!(after.distance_from(before).abs() <= 16, "{before} {after}");
}

#[test]
fn the_kernels_failed_neighbour_is_suspected_only_on_mesh_interfaces() {
    let mut bench = Bench::met(kernel(), "");
    let failed = |index, address: &str| KernelEvent::NeighbourFailed {
        index,
        address: address.parse().unwrap(),
    };
    bench.event(failed(3, "fe80::9"));
    bench.event(failed(MESH, "10.0.0.77"));
    assert_eq!(bench.agent.counters().suspects, 0);
    bench.event(failed(MESH, "fe80::9"));
    bench.event(failed(MESH, "10.0.0.9"));
    assert_eq!(bench.agent.counters().suspects, 2);
}

#[test]
fn rubbish_from_the_net_changes_nothing() {
    let mut bench = Bench::met(kernel(), "");
    let source = std::net::SocketAddrV6::new("fe80::bad".parse().unwrap(), 6696, 0, MESH);
    for length in 0..100_u8 {
        let payload: Vec<u8> = (0..length)
            .map(|octet| octet.wrapping_mul(37) ^ length)
            .collect();
        let interface = grange_babel::link::InterfaceId(u32::from(length % 4));
        bench.agent.handle_packet(
            Datagram {
                interface,
                source,
                destination: grange_babel::router::BABEL_GROUP,
                payload: &payload,
            },
            bench.now,
        );
    }
    bench.settle();
    assert_eq!(bench.changes(), []);
}

#[test]
fn a_reload_reaches_interfaces_and_filters_without_touching_a_route() {
    let mut bench = Bench::met(kernel(), "");
    let more = "config interface\n\toption ifname 'other*'\nconfig filter\n\toption type in\n\toption ip 10.99.0.0/16\n\toption action deny\n";
    bench.agent.handle_config(config(more), bench.now).unwrap();
    bench.settle();
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.changes(), []);
    assert_eq!(bench.agent.core().neighbours(bench.now).count(), 1);
    bench.originate("10.99.1.0/24");
    bench.pass(Duration::from_secs(5));
    assert!(!bench.has_route("10.99.1.0/24"));
    bench.agent.handle_config(config(""), bench.now).unwrap();
    bench.settle();
    bench.wait_for("the prefix that is allowed again", |bench| {
        bench.has_route("10.99.1.0/24 via")
    });
}

#[test]
fn an_interface_taken_out_of_the_configuration_goes_down_and_its_rules_with_it() {
    let mut bench = Bench::met(kernel(), "");
    assert_eq!(bench.transit_rules(), ["4000 42", "4002 end"]);
    bench
        .agent
        .handle_config(crate::config::Config::default(), bench.now)
        .unwrap();
    bench.settle();
    assert!(bench.joined.is_empty());
    assert_eq!(bench.transit_rules(), Vec::<String>::new());
    assert!(!bench.has_route("10.42.0.9/32 via"));
}

#[test]
fn babel_moves_when_netifd_gives_the_interface_another_device() {
    const OTHER: u32 = 9;
    let village = "config interface\n\toption ifname 'village'\n";
    let mut two = kernel();
    two.links.push(link(OTHER, "wlan9"));
    two.addresses.push(address(OTHER, "fe80::9/64"));
    let mut bench = Bench::new(two, village);
    assert_eq!(bench.joined, [MESH]);
    let named =
        |device: Option<&str>| Logical::new([("village".to_owned(), device.map(str::to_owned))]);
    let now = bench.now;
    bench.agent.handle_logical(named(Some("wlan9")), now);
    bench.settle();
    assert_eq!(bench.joined, [MESH, OTHER]);
    // A configuration that is read again has nothing to say about it.
    bench.agent.handle_config(config(village), now).unwrap();
    bench.settle();
    assert_eq!(bench.joined, [MESH, OTHER]);
    bench.agent.handle_logical(named(None), now);
    bench.settle();
    assert_eq!(bench.joined, [MESH]);
    let agent = &bench.agent;
    let rows = report::interfaces(agent.core(), agent.interfaces(), agent.config());
    let shown = rows.iter().find(|row| row.name == "village").unwrap();
    assert_eq!(shown.why_down.as_deref(), Some("netifd has it down"));
}

#[test]
fn a_link_that_goes_quiet_under_traffic_has_its_neighbour_asked_before_its_hello_is_late() {
    let mut bench = Bench::met(kernel(), "");
    let mut counts = (0, 0);
    let mut pass = |bench: &mut Bench, came: u32, left: u32, looks: u32| {
        for _ in 0..looks {
            counts = (counts.0 + came, counts.1 + left);
            bench
                .agent
                .kernel()
                .packets
                .insert("mesh0".to_owned(), counts);
            bench.pass(Duration::from_millis(150));
        }
    };
    // As long as it comes back nobody is asked.
    pass(&mut bench, 10, 10, 20);
    pass(&mut bench, 5, 10, 20);
    assert_eq!(bench.agent.counters().suspects, 0);
    assert!(!bench.routes().is_empty());
    bench.connected = false;
    pass(&mut bench, 0, 10, 5);
    assert_eq!(bench.agent.counters().suspects, 1);
    // 0.75 s after the last answer.
    let routes = bench.routes();
    assert!(
        routes.iter().all(|route| route.contains("unreachable")),
        "{routes:?}"
    );
}

#[test]
fn a_radios_rate_of_a_station_is_what_its_link_costs_until_there_is_none_or_it_is_not_wanted() {
    let mut radio = kernel();
    for link in radio.links.iter_mut().filter(|link| link.index == MESH) {
        link.wireless = true;
    }
    let ether_address = [2, 0, 0, 0, 0, 9];
    radio.neighbours.push(Neighbour {
        index: MESH,
        address: IpAddr::V6(PEERS),
        state: NeighbourState::Stale,
        ether_address: Some(ether_address),
    });
    let mut bench = Bench::met(radio, "");
    let rxcost = |bench: &mut Bench| {
        bench.pass(Duration::from_secs(30));
        let mut neighbours = bench.agent.core().neighbours(bench.now);
        neighbours.next().unwrap().rxcost.value()
    };
    // Nothing is known of any station: Hellos alone tell what the link costs.
    assert_eq!(rxcost(&mut bench), 256);
    let station = Station {
        ether_address,
        expected_kbps: None,
        transmit_kbps: Some(13_000),
        signal_dbm: Some(-80),
        inactive: None,
    };
    bench.agent.kernel().stations.insert(MESH, vec![station]);
    let slow = rxcost(&mut bench);
    assert!((700..720).contains(&slow), "{slow}");
    assert!(!bench.routes().is_empty());
    // A question that is not answered is asked again, and the cost comes back with the answer.
    for nth in 0..3 {
        let error = KernelError::new(KernelErrorKind::Timeout);
        bench.agent.kernel().fail_nth(nth, error);
    }
    assert_eq!(rxcost(&mut bench), slow);
    let mut off = config("");
    off.interfaces[0].station_rate = false;
    bench.agent.handle_config(off, bench.now).unwrap();
    assert_eq!(rxcost(&mut bench), 256);
    let mut fixed = config("");
    fixed.interfaces[0].cost = Some(300);
    bench.agent.handle_config(fixed, bench.now).unwrap();
    assert_eq!(rxcost(&mut bench), 300);
    bench.agent.handle_config(config(""), bench.now).unwrap();
    assert_eq!(rxcost(&mut bench), slow);
    bench.agent.kernel().stations.clear();
    assert_eq!(rxcost(&mut bench), 256);
}
