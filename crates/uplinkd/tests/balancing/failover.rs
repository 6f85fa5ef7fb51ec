//! When uplinks die and come back.

use std::fs;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

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
fn while_all_are_dead_the_router_and_its_names_answer_and_state_and_log_say_why() {
    let mut town = Town::new(2, 1);
    town.dnsmasq(
        0,
        "--address=/village.home/192.168.1.1 --listen-address=192.168.1.1",
    );
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    town.silence(1, true);
    town.ip("link set wan2 down");
    town.wait_used(&[]);
    let resolver = || UdpSocket::bind("0.0.0.0:0").unwrap();
    let socket = town.at_laptop(1, resolver);
    let patience = Some(Duration::from_secs(10));
    socket.set_read_timeout(patience).unwrap();
    // RFC 1035 §4.1: who is village.home, type A.
    let question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07village\x04home\0\0\x01\0\x01";
    socket.send_to(question, "192.168.1.1:53").unwrap();
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer).unwrap();
    assert_eq!(answer[length - 4..length], [192, 168, 1, 1]);
    let (silent, unplugged) = (town.uplink("wan1"), town.uplink("wan2"));
    assert_eq!(
        (&silent["state"], &unplugged["state"]),
        (&"down".into(), &"down".into())
    );
    assert!(
        silent["why"].as_str().unwrap().contains("probes lost"),
        "{silent}"
    );
    assert!(
        unplugged["why"].as_str().unwrap() != silent["why"].as_str().unwrap(),
        "{unplugged}"
    );
    let log = town.log();
    for line in [
        "wan1 down (IPv4): ",
        "wan2 down (IPv4): ",
        "no uplink lives for IPv4",
    ] {
        assert_eq!(log.matches(line).count(), 1, "{line} once:\n{log}");
    }
}

#[test]
fn what_mwan3_has_left_is_reported_at_start_with_what_to_do() {
    let mut town = Town::new(1, 1);
    town.nft("table ip mangle { chain mwan3_hook { meta mark set 0x100; }; }");
    town.ip("rule add pref 2001 fwmark 0x100/0x3f00 lookup 1");
    let config = town.config(&[1], "");
    town.start_with(&config, &["wan1"]);
    let warnings = town.call("status")["warnings"].to_string();
    for text in [
        "table ip mangle has chains of mwan3",
        "ip rule del pref 2001",
    ] {
        assert!(warnings.contains(text), "{text}: {warnings}");
        assert!(town.log().contains(text), "{text}:\n{}", town.log());
    }
    town.end(nix::sys::signal::Signal::SIGTERM);
    town.nft("delete table ip mangle");
    town.ip("rule del pref 2001");
    town.start();
    let warnings = town.call("status")["warnings"].to_string();
    assert!(!warnings.contains("mwan3"), "{warnings}");
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

#[test]
fn connections_of_a_dead_uplink_are_forgotten_only_when_new_ones_leave_by_another() {
    let mut town = Town::new(2, 2);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    let flows = town.connect_all();
    let doomed = flows.iter().position(|flow| flow.isp == "isp2").unwrap() + 1;
    let events = town.path("events");
    town.run(&format!(
        "timeout 60 conntrack -E -e NEW,DESTROY -p tcp > {} 2>/dev/null < /dev/null &",
        events.display()
    ));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                town.gets_out(doomed, Duration::from_millis(10));
            }
        });
        thread::sleep(Duration::from_millis(300));
        town.silence(2, true);
        town.wait_used(&["wan1"]);
        town.wait("the dead uplink's connections are forgotten", |_| {
            fs::read_to_string(&events).is_ok_and(|text| text.contains("[DESTROY]"))
        });
        thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
    });
    let text = fs::read_to_string(&events).unwrap();
    let of_the_dead = |line: &&str| line.contains("mark=512");
    let before = text.lines().take_while(|line| !line.contains("[DESTROY]"));
    assert!(before.filter(of_the_dead).count() > 10, "{text}");
    let after = text.lines().skip_while(|line| !line.contains("[DESTROY]"));
    let late: Vec<&str> = after
        .filter(of_the_dead)
        .filter(|line| line.contains("[NEW]"))
        .collect();
    assert!(late.is_empty(), "begun over the dead uplink: {late:#?}");
    assert!(
        text.lines()
            .any(|line| line.contains("[NEW]") && line.contains("mark=256"))
    );
}

#[test]
fn datagrams_of_one_socket_move_when_their_uplink_dies() {
    let mut town = Town::new(2, 1);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    let servers = [1, 2].map(|isp| {
        let server = town.in_isp(isp, || UdpSocket::bind("203.0.113.1:7000").unwrap());
        server.set_nonblocking(true).unwrap();
        server
    });
    let socket = town.at_laptop(1, || UdpSocket::bind("0.0.0.0:7000").unwrap());
    let heard_by = || {
        socket.send_to(b"hello", "203.0.113.1:7000").unwrap();
        thread::sleep(Duration::from_millis(20));
        let heard = |server: &UdpSocket| server.recv(&mut [0; 16]).is_ok();
        servers.iter().position(heard).map(|place| place + 1)
    };
    town.wait("it is heard", |_| heard_by().is_some());
    let first = heard_by().unwrap();
    town.silence(first, true);
    let other = 3 - first;
    town.wait_used(&[if other == 1 { "wan1" } else { "wan2" }]);
    town.wait("the other provider hears it", |_| heard_by() == Some(other));
}

#[test]
fn a_device_that_comes_late_harms_nobody_and_is_used_when_it_is_there() {
    let mut town = Town::new(3, 2);
    town.run("ip link set wan3 down; ip link set wan3 name late");
    let config = town.config(&[1, 1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    assert!(town.connect(1).is_some());
    town.run(
        "ip link set late name wan3; ip link set wan3 up; ip route replace default via 10.0.3.1 dev wan3 metric 3",
    );
    town.wait_used(&["wan1", "wan2", "wan3"]);
}
