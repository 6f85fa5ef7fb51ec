use core::time::Duration;

use super::*;
use crate::clock::Instant;
use crate::seqno::Seqno;

fn heard(seqnos: &[u16]) -> HelloHistory {
    let mut history = HelloHistory::default();
    for seqno in seqnos {
        history.record(Seqno(*seqno), Duration::from_secs(4), Instant::default());
    }
    history
}

fn wired() -> InterfaceConfig {
    InterfaceConfig::new("eth0", LinkKind::Wired)
}

fn wireless() -> InterfaceConfig {
    InterfaceConfig::new("wlan0", LinkKind::Wireless)
}

#[test]
fn a_wired_link_is_up_with_two_hellos_of_the_last_three() {
    let none = HelloHistory::default();
    for (seqnos, cost) in [
        (&[][..], Cost::INFINITY),
        (&[0], Cost::INFINITY),
        (&[0, 1], Cost::new(96)),
        (&[0, 2], Cost::new(96)),
        (&[0, 3], Cost::INFINITY),
    ] {
        assert_eq!(
            rxcost(&wired(), &heard(seqnos), &none, None),
            cost,
            "{seqnos:?}"
        );
        assert_eq!(
            rxcost(&wired(), &none, &heard(seqnos), None),
            cost,
            "{seqnos:?}"
        );
    }
}

#[test]
fn a_wireless_link_costs_more_the_more_it_loses() {
    let none = HelloHistory::default();
    assert_eq!(
        rxcost(&wireless(), &heard(&[0]), &none, None),
        Cost::new(256)
    );
    assert_eq!(
        rxcost(&wireless(), &heard(&[0, 2]), &none, None),
        Cost::new(384)
    );
    assert_eq!(
        rxcost(&wireless(), &none, &heard(&[0, 1]), None),
        Cost::INFINITY,
        "unicast Hellos say nothing of a radio link"
    );
}

#[test]
fn both_directions_count_on_a_wireless_link() {
    let cost = link_cost(&wireless(), Cost::new(512), Cost::new(512));
    assert_eq!(cost, Cost::new(1024));
    assert_eq!(
        link_cost(&wireless(), Cost::new(256), Cost::new(96)),
        Cost::new(256)
    );
    assert_eq!(
        link_cost(&wired(), Cost::new(96), Cost::new(130)),
        Cost::new(130)
    );
}

#[test]
fn one_deaf_direction_makes_a_link_unusable() {
    for config in [wired(), wireless()] {
        assert!(link_cost(&config, Cost::INFINITY, Cost::new(96)).is_infinite());
        assert!(link_cost(&config, Cost::new(96), Cost::INFINITY).is_infinite());
    }
}

#[test]
fn an_outside_estimate_replaces_the_nominal_cost_of_a_live_link_only() {
    let none = HelloHistory::default();
    assert_eq!(
        rxcost(&wired(), &heard(&[0, 1]), &none, Some(500)),
        Cost::new(500)
    );
    assert_eq!(rxcost(&wired(), &none, &none, Some(500)), Cost::INFINITY);
}

#[test]
fn a_fixed_cost_holds_while_anything_is_heard() {
    let config = InterfaceConfig {
        fixed_cost: true,
        cost: Some(7),
        ..wireless()
    };
    let none = HelloHistory::default();
    assert_eq!(rxcost(&config, &heard(&[0, 5]), &none, None), Cost::new(7));
    assert_eq!(rxcost(&config, &none, &none, None), Cost::INFINITY);
}

#[test]
fn a_very_bad_link_is_not_taken_for_a_dead_one() {
    let cost = link_cost(&wireless(), Cost::new(60000), Cost::new(60000));
    assert_eq!(cost.value(), 0xFFFE);
}
