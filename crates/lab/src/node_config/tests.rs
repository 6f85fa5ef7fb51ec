use super::routed;
use crate::topology::catalogue;
use crate::topology::graph::Topology;

#[test]
fn the_gateway_of_the_four_streets_announces_itself_its_home_and_its_uplink() {
    let topology = catalogue::find(&[]).unwrap().topology;
    let expected = include_str!("golden/broad.uci");
    assert_eq!(routed(&topology, 0).unwrap(), expected);
}

#[test]
fn a_home_that_keeps_its_uplink_to_itself_announces_no_default_route() {
    let topology: Topology = "router a b; link a b cost 7; uplink a unshared"
        .parse()
        .unwrap();
    let text = routed(&topology, 0).unwrap();
    assert!(!text.contains("0.0.0.0/0"), "{text}");
    assert!(text.contains("\toption cost '7'\n"), "{text}");
}
