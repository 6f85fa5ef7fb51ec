use std::collections::BTreeSet;

use super::{CableKind, Plan, peer_of};
use crate::topology::catalogue;
use crate::topology::graph::Topology;

fn plan(text: &str) -> Plan {
    Plan::new(
        &text
            .parse::<Topology>()
            .unwrap_or_else(|error| panic!("{error}")),
    )
}

fn neighbourhood() -> Plan {
    Plan::new(&catalogue::find(&[]).unwrap().topology)
}

fn routes(plan: &Plan, node: &str, interface: &str) -> Vec<String> {
    let node = plan.node(node).unwrap();
    let interface = node
        .interfaces
        .iter()
        .find(|i| i.name == interface)
        .unwrap();
    interface
        .routes
        .iter()
        .map(|r| format!("{} via {}", r.destination, r.via))
        .collect()
}

#[test]
fn the_four_streets_have_a_namespace_for_everything_in_them() {
    let plan = neighbourhood();
    let names: Vec<&str> = plan.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "broad",
            "main",
            "park",
            "east",
            "laptop-broad",
            "laptop-main",
            "laptop-park",
            "laptop-east",
            "internet",
            "fibre",
            "dsl"
        ]
    );
    let interfaces: Vec<&str> = plan
        .node("broad")
        .unwrap()
        .interfaces
        .iter()
        .map(|i| i.name.as_str())
        .collect();
    assert_eq!(interfaces, ["mesh-main", "mesh-east", "lan", "wan"]);
    assert_eq!(
        routes(&plan, "broad", "wan"),
        ["0.0.0.0/0 via 198.51.100.1", "::/0 via 2001:db8::1"]
    );
    assert_eq!(
        routes(&plan, "internet", "dsl"),
        [
            "198.51.100.4/30 via 192.0.2.6",
            "2001:db8:1::/64 via 2001:db8:ff00:1::2",
            "2001:db8:1:ff00::/56 via 2001:db8:ff00:1::2"
        ]
    );
    assert_eq!(
        routes(&plan, "laptop-east", "eth0"),
        ["0.0.0.0/0 via 10.42.4.1", "::/0 via fd42:6772:616e:4::1"]
    );
}

#[test]
fn no_two_interfaces_share_an_address_except_a_routers_own_on_its_mesh_links() {
    for text in [
        "grid 5x10; laptop all; uplink r1c1; uplink r5c10",
        "ring 250; laptop all",
    ] {
        let plan = plan(text);
        let mut seen = BTreeSet::new();
        for node in &plan.nodes {
            let own: BTreeSet<_> = node
                .interfaces
                .iter()
                .flat_map(|interface| &interface.addresses)
                .chain(&node.loopback)
                .map(|cidr| cidr.address)
                .collect();
            for address in own {
                assert!(seen.insert(address), "{address} twice in {text}");
            }
        }
    }
}

#[test]
fn every_interface_is_the_end_of_one_cable_and_has_a_name_that_linux_takes() {
    let plan = plan("grid 3x4; laptop all; uplink r1c1; uplink r1c1 name second; uplink r3c4");
    let mut ends = BTreeSet::new();
    for cable in &plan.cables {
        for end in cable.ends {
            assert!(ends.insert((end.node, end.interface)));
        }
    }
    let count: usize = plan.nodes.iter().map(|node| node.interfaces.len()).sum();
    assert_eq!(ends.len(), count);
    for node in &plan.nodes {
        let names: BTreeSet<&str> = node.interfaces.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names.len(), node.interfaces.len(), "{}", node.name);
        assert!(
            names.iter().all(|name| (1..=15).contains(&name.len())),
            "{names:?}"
        );
    }
}

#[test]
fn a_second_uplink_is_wan2_with_a_worse_default() {
    let plan = plan("router a; uplink a; uplink a name second");
    let interfaces = &plan.node("a").unwrap().interfaces;
    assert_eq!(
        (interfaces[0].name.as_str(), interfaces[0].routes[0].metric),
        ("wan", 0)
    );
    assert_eq!(
        (interfaces[1].name.as_str(), interfaces[1].routes[0].metric),
        ("wan2", 10)
    );
}

#[test]
fn a_link_without_ipv4_has_only_link_local_addresses() {
    let plan = plan("router a b; link a b no-ipv4 loss 3% rate 1mbit");
    let cable = plan.cables_between("b", "a")[0];
    assert_eq!(cable.kind, CableKind::Mesh);
    for end in cable.ends {
        let interface = plan.interface(end);
        assert!(interface.addresses.is_empty());
        assert!(interface.loss.is_some() && interface.rate.is_some());
    }
    assert_eq!(peer_of(&plan.interface(cable.ends[0]).name), "b");
}
