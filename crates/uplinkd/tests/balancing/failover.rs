//! When uplinks die and come back.

use std::time::Instant;

use crate::town::Town;

#[test]
fn a_silent_failure_moves_its_devices_and_leaves_the_connections_of_the_others_alone() {
    let mut town = Town::new(3, 8);
    let config = town.config(&[1, 1, 1], "");
    town.start_with(&config, &["wan1", "wan2", "wan3"]);
    let mut flows = town.connect_all();
    let on = |flows: &[crate::town::Flow], isp: &str| {
        flows.iter().filter(|flow| flow.isp == isp).count()
    };
    for isp in ["isp1", "isp2", "isp3"] {
        let count = on(&flows, isp);
        assert!((2..=3).contains(&count), "{count} of 8 devices on {isp}");
    }
    let doomed = on(&flows, "isp2");

    town.silence(2, true);
    let start = Instant::now();
    town.wait_used(&["wan1", "wan3"]);
    eprintln!("noticed after {:.2?}", start.elapsed());
    town.wait("the log tells why and who moved", |town| {
        town.log().contains(&format!(
            "wan2 down (IPv4): 3 of 3 probes lost to 3 of 3 targets, carrier up; moved {doomed} of 8 devices"
        ))
    });
    for flow in &mut flows {
        if flow.isp == "isp2" {
            assert!(
                flow.is_reset(),
                "a dead connection is ended, so that the program tries anew"
            );
        } else {
            assert!(flow.lives(), "a connection over {} was disturbed", flow.isp);
        }
    }
    for (laptop, old) in (1..).zip(&flows) {
        let new = town
            .connect(laptop)
            .expect("a new connection gets out at once");
        if old.isp == "isp2" {
            assert_ne!(new.isp, "isp2");
        } else {
            assert_eq!(new.isp, old.isp, "a device of a healthy uplink was moved");
        }
    }

    // It comes back: nobody is moved, nothing is broken.
    let before: Vec<String> = (1..=8)
        .map(|laptop| town.connect(laptop).unwrap().isp)
        .collect();
    town.silence(2, false);
    town.wait_used(&["wan1", "wan2", "wan3"]);
    let after: Vec<String> = (1..=8)
        .map(|laptop| town.connect(laptop).unwrap().isp)
        .collect();
    assert_eq!(before, after);
}

#[test]
fn a_lost_carrier_and_a_lost_address_count_at_once() {
    let mut town = Town::new(2, 2);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    town.at_isp(1, "ip link set cable down");
    town.wait_used(&["wan2"]);
    assert_eq!(town.uplink("wan1")["why"], "no carrier");
    for laptop in [1, 2] {
        assert_eq!(town.connect(laptop).unwrap().isp, "isp2");
    }
    town.at_isp(1, "ip link set cable up");
    town.wait_used(&["wan1", "wan2"]);
    town.ip("route del default via 10.0.1.1 dev wan1 metric 1");
    town.wait_used(&["wan2"]);
    assert_eq!(
        town.uplink("wan1")["why"],
        "carrier and address, no gateway"
    );
    town.ip("route add default via 10.0.1.1 dev wan1 metric 1");
    town.wait_used(&["wan1", "wan2"]);
    // A provider gives another address: the uplink goes on under it.
    town.run("ip addr del 10.0.1.2/24 dev wan1; ip addr add 10.0.1.9/24 dev wan1; ip route replace default via 10.0.1.1 dev wan1 metric 1");
    town.wait("the new address is known", |town| {
        town.uplink("wan1")["address"] == "10.0.1.9"
    });
    town.wait_used(&["wan1", "wan2"]);
    let rules = town.ip("rule");
    assert!(
        rules.contains("from 10.0.1.9 lookup 1001") && !rules.contains("10.0.1.2"),
        "{rules}"
    );
}

#[test]
fn when_all_are_dead_nothing_is_torn_down_and_the_first_to_answer_serves() {
    let mut town = Town::new(2, 2);
    let config = town.config(&[1, 1], "").replace("hold '3'", "hold '300'");
    town.start_with(&config, &["wan1", "wan2"]);
    let mut flows = town.connect_all();
    town.silence(1, true);
    town.silence(2, true);
    town.wait_used(&[]);
    assert!(
        town.log().contains("no uplink lives for IPv4"),
        "{}",
        town.log()
    );
    town.silence(1, false);
    town.silence(2, false);
    // Long before the hold of five minutes is over.
    town.wait("one serves again", |town| {
        let status = town.call("status");
        status["ipv4"]["makeshift"] == true
            && status["ipv4"]["uplinks"] == serde_json::json!(["wan1", "wan2"])
    });
    for laptop in [1, 2] {
        assert!(town.connect(laptop).is_some());
    }
    let living = flows
        .iter_mut()
        .filter_map(|flow| flow.lives().then_some(()))
        .count();
    assert!(living >= 1, "the last uplink's connections were kept");
}

#[test]
fn a_spare_of_a_higher_tier_serves_only_while_the_others_are_dead() {
    let mut town = Town::new(2, 2);
    let config = town.config(&[1, 1], "").replace(
        "option device 'wan2'",
        "option device 'wan2'\n\toption tier '2'\n\toption fail_back 'hard'",
    );
    town.start_with(&config, &["wan1"]);
    assert_eq!(town.connect(1).unwrap().isp, "isp1");
    town.silence(1, true);
    town.wait_used(&["wan2"]);
    let mut flow = town.connect(1).unwrap();
    assert_eq!(flow.isp, "isp2");
    town.silence(1, false);
    town.wait_used(&["wan1"]);
    assert!(flow.is_reset(), "a hard fail-back sends connections home");
    assert_eq!(town.connect(1).unwrap().isp, "isp1");
}

#[test]
fn a_drained_uplink_keeps_its_connections_and_gets_no_new_ones() {
    let mut town = Town::new(2, 4);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    let mut flows = town.connect_all();
    town.call_with("drain", &serde_json::json!({"uplink": "wan1"}));
    town.wait_used(&["wan2"]);
    assert!(flows.iter_mut().all(crate::town::Flow::lives));
    for laptop in 1..=4 {
        assert_eq!(town.connect(laptop).unwrap().isp, "isp2");
    }
    // A drained uplink stays so over a restart.
    town.end(nix::sys::signal::Signal::SIGTERM);
    town.start();
    town.wait_used(&["wan2"]);
    assert_eq!(town.uplink("wan1")["state"], "drained");
    town.call_with("undrain", &serde_json::json!({"uplink": "wan1"}));
    town.wait_used(&["wan1", "wan2"]);
}
