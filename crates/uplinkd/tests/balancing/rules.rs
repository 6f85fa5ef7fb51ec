//! Rules: who uses what, and what happens when that is dead.

use crate::town::Town;

#[test]
fn a_rule_pins_its_connections_and_refuses_them_when_its_uplink_is_dead() {
    let mut town = Town::new(2, 2);
    let rules = "config rule 'a_rule_with_a_name_longer_than_fifteen_characters'\n\
         \tlist src '192.168.1.101'\n\toption proto 'tcp'\n\tlist dest_port '7000-8000'\n\
         \toption uplink 'wan2'\n\
         config policy 'spare'\n\tlist uplink 'wan1'\n\toption last_resort 'balance'\n\
         config rule 'other'\n\tlist src '192.168.1.102'\n\toption policy 'spare'\n";
    let config = town.config(&[1, 1], rules);
    town.start_with(&config, &["wan1", "wan2"]);
    for _ in 0..5 {
        assert_eq!(town.connect(1).unwrap().isp, "isp2");
        assert_eq!(town.connect(2).unwrap().isp, "isp1");
    }
    let rows = town.call("rules");
    assert_eq!(
        rows[0]["matches"],
        "tcp from 192.168.1.101/32 to port 7000-8000"
    );
    assert_eq!(rows[0]["lives"], true);

    town.silence(2, true);
    town.wait_used(&["wan1"]);
    assert!(
        town.connect(1).is_none(),
        "it does not leave by another way"
    );
    assert_eq!(town.connect(2).unwrap().isp, "isp1");
    assert_eq!(town.call("rules")[0]["lives"], false);
    town.silence(2, false);
    town.wait_used(&["wan1", "wan2"]);
    assert_eq!(town.connect(1).unwrap().isp, "isp2");

    town.silence(1, true);
    town.wait_used(&["wan2"]);
    assert_eq!(town.connect(2).unwrap().isp, "isp2", "balanced instead");
}

#[test]
fn answers_leave_by_the_uplink_the_question_came_in_by() {
    let mut town = Town::new(2, 0);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    for isp in [1, 2] {
        // Table main would answer both by wan1.
        town.at_isp(
            isp,
            &format!("ping -n -c 1 -W 2 -I 203.0.113.1 10.0.{isp}.2"),
        );
    }
    // The router's own connections use an uplink that lives.
    town.silence(1, true);
    town.wait_used(&["wan2"]);
    town.run("ping -n -c 1 -W 2 203.0.113.1");
}

#[test]
fn a_command_of_exec_leaves_by_its_uplink_or_not_at_all() {
    let mut town = Town::new(2, 0);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    let ask = "exec 3<>/dev/tcp/203.0.113.1/7777 && echo hello >&3 && head -n 1 <&3";
    for n in [1, 2] {
        let command = format!("id -u; bash -c '{ask}'");
        let said = town.exec(&format!("wan{n}"), &command);
        assert_eq!(said, format!("6400{n}\nisp{n}\n"));
    }
    town.ip("route del default via 10.0.2.1 dev wan2 metric 2");
    town.wait_used(&["wan1"]);
    let said = town.exec("wan2", &format!("bash -c '{ask}' || echo refused"));
    assert!(said.contains("refused") && !said.contains("isp"), "{said}");
    let said = town.exec("nobody", "true");
    assert!(
        said.contains("there is no uplink nobody, only wan1, wan2"),
        "{said}"
    );
}

#[test]
fn named_sets_are_filled_by_others_and_kept_over_a_change_of_policy() {
    let mut town = Town::new(2, 2);
    let rules = "config rule 'video'\n\toption dest_set 'video'\n\toption uplink 'wan2'\n\
         config rule 'old'\n\toption src_set 'old'\n\toption dscp '0'\n\toption uplink 'wan1'\n";
    let config = town.config(&[1, 0], rules);
    town.start_with(&config, &["wan1"]);
    assert_eq!(town.connect(1).unwrap().isp, "isp1");
    // As dnsmasq does by `nftset=/example.org/4#inet#grange_uplink#s4_video`.
    town.nft("add element inet grange_uplink s4_video { 203.0.113.0/28 }");
    assert_eq!(town.connect(1).unwrap().isp, "isp2");
    town.call("reload");
    assert_eq!(town.connect(1).unwrap().isp, "isp2");
    assert_eq!(town.call("rules")[0]["matches"], "to set video");
    town.nft("delete element inet grange_uplink s4_video { 203.0.113.0/28 }");
    town.nft("add element inet grange_uplink s4_old { 192.168.1.102 }");
    assert_eq!(town.connect(2).unwrap().isp, "isp1");
}
