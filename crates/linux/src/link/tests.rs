use std::fs;
use std::path::{Path, PathBuf};

use super::{is_wireless, packets};

/// A folder that looks like `/sys/class/net`: each device with the names in it.
fn sysfs(test: &str, devices: &[(&str, &[&str])]) -> PathBuf {
    let root = std::env::temp_dir().join(format!("grange-linux-{}-{test}", std::process::id()));
    for (device, entries) in devices {
        for entry in *entries {
            fs::create_dir_all(root.join(device).join(entry)).expect("created");
        }
    }
    root
}

fn check(root: &Path, expected: &[(&str, bool)]) {
    for (name, wireless) in expected {
        assert_eq!(is_wireless(root, name), *wireless, "{name}");
    }
    fs::remove_dir_all(root).expect("removed");
}

#[test]
fn a_radio_and_all_that_is_stacked_on_it_is_wireless() {
    let root = sysfs(
        "stack",
        &[
            ("wlan0", &["phy80211", "queues"]),
            ("wlan0.7", &["lower_wlan0"]),
            ("br-mesh", &["lower_eth0", "lower_wlan0.7"]),
            ("eth0", &["queues"]),
            ("eth0.7", &["lower_eth0"]),
        ],
    );
    check(
        &root,
        &[
            ("wlan0", true),
            ("wlan0.7", true),
            ("br-mesh", true),
            ("eth0", false),
            ("eth0.7", false),
            ("absent", false),
        ],
    );
}

#[test]
fn a_circle_of_lower_devices_ends() {
    let root = sysfs(
        "circle",
        &[("a", &["lower_b", "lower_c"]), ("b", &["lower_a"])],
    );
    check(&root, &[("a", false), ("b", false)]);
}

#[test]
fn a_name_does_not_leave_the_folder() {
    let root = sysfs("escape", &[("a", &["x"]), ("net/b", &["phy80211"])]);
    check(
        &root,
        &[("net/b", false), ("..", false), (".", false), ("", false)],
    );
}

#[test]
fn the_kernels_packet_counts_are_read_by_interface() {
    let text = "Inter-|   Receive                            |  Transmit\n \
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n    \
         lo:  100      2    0    0    0     0          0         0      100       3    0    0    0     0       0          0\n\
         a:b: 7 4294967300 0 0 0 0 0 0 9 5 0 0 0 0 0 0\n  short: 1 2\n";
    let counts: Vec<_> = packets(text).into_iter().collect();
    assert_eq!(
        counts,
        [("a:b".to_owned(), (4, 5)), ("lo".to_owned(), (2, 3))]
    );
    assert!(packets("\u{fffd}:::\n: : :").is_empty());
    let own = fs::read_to_string(super::PROC_NET_DEV).expect("there is a procfs");
    assert!(packets(&own).contains_key("lo"));
}
