//! Neighbours' traffic by an exit of the owner's choice, while his home goes direct.

use super::*;

/// The second line of gate stands for the tunnel of a VPN: what is behind a device does not matter here.
const EXIT: &str = "router gate mid far; link gate mid; link mid far; uplink gate name dsl unshared; \
     uplink gate name vpn; laptop all";

#[test]
fn neighbours_leave_by_the_exit_of_the_owners_choice_or_not_at_all_and_his_home_never_does() {
    let village = Village::up_with("exit", EXIT, |router, config| {
        if router != "gate" {
            return config;
        }
        let vpn = "config uplink 'vpn'\n";
        assert!(config.contains(vpn), "{config}");
        config.replacen(vpn, &format!("{vpn}\toption home '0'\n"), 1)
    });
    village.serve();
    village.wait_used("gate", &["dsl"]);
    village.wait_used("far", &["via_gate"]);
    let devices: Vec<String> = ["dsl", "vpn"]
        .map(|name| {
            let row = village.uplink("gate", name);
            row["device"].as_str().unwrap().to_owned()
        })
        .into();
    village.mesh.script(
        "gate",
        &format!(
            "nft -f - <<'END'\ntable inet watch {{ chain out {{ type filter hook forward priority 300; \
             iifname \"grange-share\" oifname \"{0}\" counter comment \"strays\"; \
             iifname \"lan\" oifname \"{1}\" counter comment \"home\"; \
             iifname \"grange-share\" oifname \"{1}\" counter comment \"neighbours\"; }}; }}\nEND",
            devices[0], devices[1]
        ),
    );
    assert!(village.upload("laptop-far", 300_000));
    assert!(village.upload("laptop-gate", 300_000));
    assert!(village.mesh.nft_packets("gate", "neighbours") > 0);
    assert!(village.bytes("gate", "far", "vpn") >= 300_000);
    assert_eq!(village.mesh.nft_packets("gate", "home"), 0);
    // The exit dies without a word under a connection, then its device goes too.
    let mut stream = village.connect("laptop-far").unwrap();
    stream.write_all(&[7; 1000]).unwrap();
    silence(&village, "vpn");
    let _ = stream.write_all(&[7; 1000]);
    village.wait_used("far", &[]);
    assert!(!village.upload("laptop-far", 10), "there is no other way");
    village
        .mesh
        .run("gate", &format!("ip link set {} down", devices[1]));
    let _ = stream.write_all(&[7; 1000]);
    assert!(!village.upload("laptop-far", 10));
    assert!(
        village.upload("laptop-gate", 300_000),
        "the home goes on by its own line"
    );
    assert_eq!(village.mesh.nft_packets("gate", "strays"), 0);
    assert_eq!(village.mesh.nft_packets("gate", "home"), 0);
    assert_eq!(village.used("gate"), json!(["dsl"]));
}

#[test]
fn the_home_stays_without_internet_rather_than_take_the_exit_of_its_neighbours() {
    let village = Village::up_with("exithome", EXIT, |_, config| {
        config.replacen(
            "config uplink 'vpn'\n",
            "config uplink 'vpn'\n\toption home '0'\n",
            1,
        )
    });
    village.serve();
    village.wait_used("gate", &["dsl"]);
    village.wait_used("far", &["via_gate"]);
    silence(&village, "dsl");
    village.wait_used("gate", &[]);
    assert!(!village.upload("laptop-gate", 10));
    assert!(village.upload("laptop-far", 100_000));
}
