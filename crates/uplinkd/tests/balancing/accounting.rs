//! Members' bytes, over crashes, reloads and flushed rulesets; and the bill.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::town::{FIREWALL, Town};

const MEMBERS: &str = "config member 'east'\n\tlist prefix '192.168.1.101'\n\
     config member 'west'\n\tlist prefix '192.168.1.102/32'\n";

/// A member's bytes of the running month, all uplinks.
fn used(town: &Town, member: &str, way: &str) -> u64 {
    let rows = town.call("usage");
    let rows = rows.as_array().unwrap();
    let own = rows.iter().filter(|row| row["member"] == member);
    own.map(|row| row[way].as_u64().unwrap()).sum()
}

fn costs(config: &str) -> String {
    let mut text = config.to_owned();
    for (name, cost) in [("wan1", "30.00"), ("wan2", "10.01")] {
        let device = format!("option device '{name}'");
        let more = format!("{device}\n\toption cost '{cost}'\n\toption owner 'east'");
        text = text.replace(&device, &more);
    }
    text
}

#[test]
fn every_byte_is_counted_once_for_the_member_it_belongs_to() {
    let mut town = Town::new(2, 2);
    let config = costs(&town.config(&[1, 1], MEMBERS));
    town.start_with(&config, &["wan1", "wan2"]);
    let mut flow = town.connect(1).unwrap();
    flow.upload(1_000_000);
    let first = used(&town, "east", "bytes_up");
    // A megabyte with headers, and a little for what had to be said.
    assert!((1_000_000..1_100_000).contains(&first), "{first}");
    assert!(used(&town, "east", "bytes_down") > 0);
    assert_eq!(used(&town, "west", "bytes_up"), 0, "nobody else is billed");

    // A reload and another policy change no counter.
    town.configure(&costs(&town.config(&[3, 1], MEMBERS)));
    town.call("reload");
    let reloaded = used(&town, "east", "bytes_up");
    assert!((first..first + 10_000).contains(&reloaded), "{reloaded}");

    // The kernel counts on while the daemon is dead.
    town.end(Signal::SIGKILL);
    flow.upload(1_000_000);
    town.start();
    town.wait_used(&["wan1", "wan2"]);
    let second = used(&town, "east", "bytes_up");
    let expected = first + 1_000_000..first + 1_100_000;
    assert!(expected.contains(&second), "{first}, then {second}");

    // Somebody flushes the ruleset: what was counted stays, and counting goes on.
    town.nft(&format!("flush ruleset\n{FIREWALL}"));
    town.wait("the table is put back", |town| {
        town.run("nft list tables").contains("grange_account")
    });
    flow.upload(1_000_000);
    let third = used(&town, "east", "bytes_up");
    let expected = second + 900_000..second + 1_100_000;
    assert!(expected.contains(&third), "{second}, then {third}");

    // Leaving writes it down, and a later start goes on from there.
    town.call_with("leave", &json!({"wait": 30}));
    town.end(Signal::SIGTERM);
    assert!(!town.run("nft list tables").contains("grange_account"));
    town.start();
    town.wait_used(&["wan1", "wan2"]);
    let last = used(&town, "east", "bytes_up");
    assert!(
        (third..third + 10_000).contains(&last),
        "{third}, then {last}"
    );

    // West uses nothing and pays half of the fixed half; east has paid it all.
    let bill = town.call("bill");
    let rows = bill["members"].as_array().unwrap();
    let sum = |name: &str| {
        rows.iter()
            .map(|row| row[name].as_i64().unwrap())
            .sum::<i64>()
    };
    assert_eq!(
        (sum("share_cents"), sum("balance_cents")),
        (4001, 0),
        "{bill}"
    );
    let transfers = bill["transfers"].as_array().unwrap();
    assert_eq!(transfers.len(), 1, "{bill}");
    let (from, to) = (&transfers[0]["from"], &transfers[0]["to"]);
    assert_eq!((from, to), (&Value::from("west"), &Value::from("east")));
    let text = town.cli("bill");
    assert!(
        text.contains("west gives ") && text.contains("may forbid"),
        "{text}"
    );
    let text = town.cli("bill format=csv");
    assert!(text.starts_with("month,member,"), "{text}");
}

#[test]
fn what_members_are_counted_agrees_with_the_device() {
    let mut town = Town::new(1, 2);
    let config = town.config(&[1], MEMBERS).replace(
        "option device 'wan1'",
        "option device 'wan1'\n\toption cost '20.00'\n\toption owner 'west'",
    );
    town.start_with(&config, &["wan1"]);
    town.call("usage");
    for laptop in [1, 2] {
        town.connect(laptop).unwrap().upload(3_000_000);
    }
    let bill = town.call("bill");
    let row = &bill["uplinks"][0];
    let counted = row["bytes_counted"].as_u64().unwrap();
    let carried = row["bytes_carried"].as_u64().unwrap();
    assert!(counted > 6_000_000 && carried >= counted, "{row}");
    let unaccounted = (carried - counted) * 1000 / carried;
    assert!(
        unaccounted <= 20,
        "{unaccounted} thousandths are nobody's: {row}"
    );
}

#[test]
fn an_uplink_stops_at_its_monthly_cap_over_a_restart_until_the_cap_is_raised() {
    let mut town = Town::new(2, 1);
    let capped = |cap: &str| {
        let device = "option device 'wan1'";
        let more = format!("{device}\n\toption cap '{cap}'\n\toption billing_day '31'");
        town.config(&[1, 0], "").replace(device, &more)
    };
    let (small, large) = (capped("3M"), capped("300M"));
    town.start_with(&small, &["wan1"]);
    let mut flow = town.connect(1).unwrap();
    assert_eq!(flow.isp, "isp1");
    flow.upload(1_000_000);
    town.call("usage");
    let row = town.uplink("wan1");
    assert_eq!(
        (&row["state"], &row["cap_bytes"]),
        (&json!("up"), &json!(3_000_000))
    );
    let used = row["used_bytes"].as_u64().unwrap();
    assert!((1_000_000..1_200_000).contains(&used), "{used}");
    assert!(
        town.cli("uplinks").contains("of 3.0 MB used"),
        "{}",
        town.cli("uplinks")
    );
    flow.upload(2_000_000);
    town.wait("the cap is reached", |town| {
        town.call("usage");
        town.uplink("wan1")["state"] == "capped"
    });
    town.wait_used(&["wan2"]);
    assert!(flow.is_reset(), "connections cost money");
    assert_eq!(town.connect(1).unwrap().isp, "isp2");
    town.silence(2, true);
    town.wait_used(&[]);
    town.silence(2, false);
    town.wait_used(&["wan2"]);

    town.end(Signal::SIGKILL);
    town.start();
    town.wait_used(&["wan2"]);
    assert_eq!(town.uplink("wan1")["state"], "capped");
    town.configure(&large);
    town.call("reload");
    town.call("usage");
    town.wait_used(&["wan1"]);
}

#[test]
fn a_reboot_loses_nothing_that_was_written_and_what_is_kept_tells_of_nobodys_doings() {
    let mut town = Town::new(1, 1);
    town.start_with(&town.config(&[1], MEMBERS), &["wan1"]);
    town.connect(1).unwrap().upload(1_000_000);
    let before = used(&town, "east", "bytes_up");
    assert!(before >= 1_000_000, "{before}");
    // Flash is written when an hour is over, or the daemon ends; not for each look at the counters.
    let lasting = town.path("etc/uplink-ledger");
    assert!(!lasting.exists());
    town.end(Signal::SIGTERM);
    let file = std::fs::read_to_string(&lasting).unwrap();
    let run = town.run(&format!("cat {}/*", town.path("run").display()));
    for text in [&file, &run] {
        assert!(!text.contains("203.0.113"), "a destination: {text}");
        assert!(!text.contains("7777"), "a port: {text}");
    }
    for line in file.lines().skip(1) {
        let words: Vec<&str> = line.split(' ').collect();
        let [day, member, uplink, up, down] = words.as_slice() else {
            panic!("{line}");
        };
        assert_eq!((day.len(), *uplink), (10, "wan1"), "a day's sum: {line}");
        assert!(["east", "west", "*"].contains(member), "{line}");
        assert!(
            up.parse::<u64>().is_ok() && down.parse::<u64>().is_ok(),
            "{line}"
        );
    }

    // What a reboot leaves: the file, and nothing in the kernel or the run directory.
    town.run(&format!("rm -r {}", town.path("run").display()));
    town.nft(&format!("flush ruleset\n{FIREWALL}"));
    town.start();
    town.wait_used(&["wan1"]);
    let after = used(&town, "east", "bytes_up");
    assert!(
        (before..before + 10_000).contains(&after),
        "{before}, then {after}"
    );
    town.connect(1).unwrap().upload(500_000);
    let more = used(&town, "east", "bytes_up");
    assert!(
        (after + 500_000..after + 600_000).contains(&more),
        "{after}, then {more}"
    );
}

#[test]
fn what_comes_in_by_an_uplink_is_nobodys_upload_whatever_source_it_bears() {
    let mut town = Town::new(2, 1);
    town.start_with(&town.config(&[1, 1], MEMBERS), &["wan1", "wan2"]);
    town.at_isp(
        1,
        "ip addr add 192.168.1.101/32 dev lo; ip route add 10.0.2.0/24 via 10.0.1.2",
    );
    // The firewall lets it through: it is masqueraded, so that its answers come back here.
    let seen = town.in_isp(2, || std::net::UdpSocket::bind("10.0.2.1:7000").unwrap());
    seen.set_read_timeout(Some(crate::town::DEADLINE)).unwrap();
    let forger = town.in_isp(1, || {
        std::net::UdpSocket::bind("192.168.1.101:7000").unwrap()
    });
    forger.send_to(&[0; 1000], "10.0.2.1:7000").unwrap();
    assert_eq!(
        seen.recv(&mut [0; 1500]).unwrap(),
        1000,
        "it went through the router"
    );
    assert_eq!(used(&town, "east", "bytes_up"), 0);
}

#[test]
fn where_the_firewall_offloads_flows_status_and_bill_say_that_counts_are_wrong() {
    let mut town = Town::new(1, 1);
    let device = "option device 'wan1'";
    let cost = format!("{device}\n\toption cost '20.00'\n\toption owner 'west'");
    let config = town.config(&[1], MEMBERS).replace(device, &cost);
    town.start_with(&config, &["wan1"]);
    let warns = |town: &Town| {
        ["status", "bill"].map(|method| {
            town.cli(method)
                .contains("warning: the firewall offloads flows")
        })
    };
    assert_eq!(warns(&town), [false, false]);
    // fw4's file lies beside ours.
    let firewall = "config defaults\n\toption flow_offloading '1'\n";
    std::fs::write(town.path("firewall"), firewall).unwrap();
    assert_eq!(warns(&town), [true, true]);
}
