//! Tunnels by WireGuard: on a kernel that has it (`scripts/qemu-tests` boots one).

use super::*;

/// Of each router a private key and the public one that goes with it.
const KEYS: [[&str; 2]; 3] = [
    [
        "wLGWsdZvuvGX8WoZlCKq6C5yIDGZiCfOxK7FPDqZHmI=",
        "WcLMRnFMOSpXJye5rAKCQOfiw7hKin+LSqMBxuE1YWo=",
    ],
    [
        "CAtbCC0/bWB5C28aaXpvhvk49E7nx7bOtQ489DSgv1E=",
        "rW7nfIugUccxYF3yF+Y0jD0RDzXBOyzt36Z+4oGJKm0=",
    ],
    [
        "ELZoEq6BZOE8RHq6UtBvxNyz4jGiGHqEtZiomgvgZ1c=",
        "ds52wBg6oRnGTUQAPDb8CF2kA79+6raEDriKHtqEGFM=",
    ],
];

/// The configuration with everybody's public key in place of the pairs' keys; gives the router its own, but for
/// those who make one themselves.
fn with_keys(place: Option<usize>, config: &str) -> String {
    let (mut out, mut router) = (String::new(), None);
    for line in config.lines() {
        let value = line.split('\'').nth(1).unwrap_or_default();
        if line.contains("option state_dir")
            && let Some(place) = place
        {
            let file = std::path::Path::new(value).join("wireguard.key");
            std::fs::write(file, format!("{}\n", KEYS[place][0])).unwrap();
        }
        if line.contains("option router") {
            router = (0..3).find(|place| {
                let address = RouterAddresses::new(*place).mesh_v6();
                value == address.to_string()
            });
        }
        match router {
            Some(place) if line.contains("option key") => {
                let key = KEYS[place][1];
                out.extend(["\toption public_key '", key, "'\n"]);
            }
            _ => out.extend([line, "\n"]),
        }
    }
    out
}

fn village(test: &str, topology: &str) -> Village {
    let names = ["one", "two", "home"];
    Village::up_with(test, topology, |router, config| {
        with_keys(names.iter().position(|name| *name == router), &config)
    })
}

/// The row of a member or gateway in the reply to `neighbours`.
fn neighbour(village: &Village, router: &str, name: &str) -> Value {
    let rows = village.call(router, "neighbours", &json!({}));
    let rows = rows.as_array().unwrap().clone();
    let row = rows.iter().find(|row| row["name"] == name);
    row.unwrap_or_else(|| panic!("no {name} in {rows:?}"))
        .clone()
}

#[test]
#[ignore = "needs a kernel with WireGuard: scripts/qemu-tests"]
fn a_home_without_a_line_goes_out_through_wireguard_and_moves_when_that_line_dies() {
    let village = village("wg", TWO);
    village.serve();
    village.wait_used("home", &["via_one", "via_two"]);
    let links = village.mesh.run("home", "ip -d link show");
    assert!(
        links.contains("wireguard") && !links.contains("vxlan"),
        "{links}"
    );
    // The exchange is heard inside the tunnels, and outside of them there is none.
    village.mesh.script(
        "home",
        "nft -f - <<'END'\ntable inet watch { chain in { type filter hook prerouting priority -310; \
         iifname \"mesh-*\" udp dport 6697 counter comment \"plain\"; }; }\nEND",
    );
    for (router, name) in [
        ("home", "via_one"),
        ("home", "via_two"),
        ("one", "home"),
        ("two", "home"),
    ] {
        village.mesh.wait(&format!("{router} hears {name}"), || {
            let row = neighbour(&village, router, name);
            row["answers"] == true && row["wireguard"] == true
        });
    }
    assert!(village.upload("laptop-home", 2_000_000));
    let counted = |gateway: &str, isp: &str| village.bytes(gateway, "home", isp);
    let (one, two) = (counted("one", "isp1"), counted("two", "isp2"));
    assert!((2_000_000..2_400_000).contains(&(one + two)), "{one} {two}");
    let (used, other, provider) = if one > two {
        ("one", "two", "isp1")
    } else {
        ("two", "one", "isp2")
    };
    let bill = village.call(used, "bill", &json!({}));
    let rows = bill["tunnels"].as_array().unwrap().clone();
    let row = rows.iter().find(|row| row["member"] == "home").unwrap();
    assert_eq!(row["authenticated"], true, "{bill}");
    // The home takes an address of the gateway's own home: the key does not speak for it.
    let place = if used == "one" { 1 } else { 2 };
    let before = village.bytes(used, used, provider);
    let take = format!(
        "ip addr add 10.42.{place}.77/32 dev eth0; ping -n -c 3 -i 0.3 -W 1 -I 10.42.{place}.77 {INTERNET_V4}; true"
    );
    village.mesh.script("laptop-home", &take);
    assert_eq!(village.bytes(used, used, provider), before);
    // The line dies without a word.
    silence(&village, provider);
    village.wait_used("home", &[&format!("via_{other}")]);
    assert!(village.upload("laptop-home", 500_000));
    assert_eq!(village.mesh.nft_packets("home", "plain"), 0);
}

#[test]
#[ignore = "needs a kernel with WireGuard: scripts/qemu-tests"]
fn a_full_size_upload_gets_through_wireguard_with_all_icmp_dropped() {
    let village = village("wgicmp", TWO);
    village.serve();
    drop_icmp(
        &village,
        &[
            "one",
            "two",
            "home",
            "laptop-home",
            "isp1",
            "isp2",
            "internet",
        ],
    );
    village.wait_used("home", &["via_one", "via_two"]);
    assert!(village.upload("laptop-home", 2_000_000));
}

#[test]
#[ignore = "needs a kernel with WireGuard: scripts/qemu-tests"]
fn a_router_without_a_key_makes_one_and_a_tunnel_changes_its_kind_by_a_reload() {
    // The routers begin with the keys of pairs.
    let village = Village::up("wgkind", TWO);
    village.serve();
    village.wait_used("home", &["via_one", "via_two"]);
    let key = village.call("home", "public-key", &json!({}));
    let key = key.as_str().unwrap().trim().to_owned();
    assert_eq!(key.len(), 44, "{key}");
    assert_eq!(
        village.call("home", "public-key", &json!({})),
        json!(key),
        "the same each time"
    );
    let links = village.mesh.run("home", "ip -d link show");
    assert!(!links.contains("wireguard"), "{links}");
    for (place, router) in ["one", "two", "home"].into_iter().enumerate() {
        let path = balancer::config_file(&village.mesh.files(router));
        let config = std::fs::read_to_string(&path).unwrap();
        let own = (router != "home").then_some(place);
        let config = with_keys(own, &config).replace(KEYS[2][1], &key);
        std::fs::write(&path, config).unwrap();
        village.call(router, "reload", &json!({}));
    }
    village.wait_used("home", &["via_one", "via_two"]);
    for name in ["via_one", "via_two"] {
        village.mesh.wait("the gateway is heard inside", || {
            neighbour(&village, "home", name)["answers"] == true
        });
    }
    let links = village.mesh.run("home", "ip -d link show");
    assert!(
        links.contains("wireguard") && !links.contains("vxlan"),
        "{links}"
    );
    assert!(village.upload("laptop-home", 100_000));
    let status = village.call("home", "status", &json!({}));
    assert_eq!(status["public_key"], json!(key));
    // `leave` takes the devices with it.
    village.call("home", "leave", &json!({}));
    let links = village.mesh.run("home", "ip -d link show");
    assert!(!links.contains("wireguard"), "{links}");
}
