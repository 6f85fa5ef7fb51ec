use super::*;
use crate::config;

fn id(number: u8) -> UplinkId {
    UplinkId::new(number).unwrap()
}

fn plan<'a>(lan: &'a [String], rules: &'a [RuleSection]) -> Plan<'a> {
    let mut buckets = Buckets::new();
    buckets.assign(&[(id(1), 1)]);
    let families = Family::BOTH.into_iter().map(|family| FamilyPlan {
        members: None,
        family,
        holders: vec![id(1)],
        sources: Vec::new(),
        buckets: buckets.clone(),
        rules: rules
            .iter()
            .filter(|rule| rule.is_for(family))
            .map(|rule| RulePlan {
                rule,
                target: Target::Balanced(Box::new(buckets.clone())),
            })
            .collect(),
    });
    Plan {
        mask: Mask::default(),
        seed: 0x5eed,
        balance: Balance::Device,
        sticky_timeout: Duration::from_hours(2),
        lan,
        bypass: &[],
        uplinks: vec![(id(1), "wan1", [true, true])],
        families: families.collect(),
        translations: Vec::new(),
        emptied: vec![(Family::V4, id(1))],
        devices: Vec::new(),
    }
}

#[test]
fn marks_are_set_bit_by_bit() {
    let lan = ["br-lan".to_owned()];
    let text = text(&plan(&lan, &[]));
    assert!(
        text.contains("meta mark set meta mark & 0xffffc0ff | 0x100"),
        "{text}"
    );
    assert!(
        text.contains("ct mark set ct mark & 0xffffc0ff | 0x100"),
        "{text}"
    );
    assert!(!text.contains("mark set 0x"), "{text}");
}

#[test]
fn sets_are_declared_and_never_replaced() {
    let lan = ["br-lan".to_owned()];
    let text = text(&plan(&lan, &[]));
    assert!(!text.contains("delete"), "{text}");
    let flushed: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("flush set"))
        .collect();
    assert_eq!(flushed, ["flush set inet grange_uplink d4_1"]);
}

#[test]
fn a_rule_becomes_one_line_for_each_family() {
    let text_of = "config uplink 'wan1'\n\toption device 'wan1'\n\
         config rule 'r'\n\tlist dest '192.0.2.0/24'\n\toption proto 'tcpudp'\n\tlist dest_port '80'\n\
         \tlist dest_port '5000-5010'\n\toption dscp '46'\n\toption uplink 'wan1'\n";
    let config = config::read(text_of.as_bytes()).config.unwrap();
    let lan = ["br-lan".to_owned(), "guest".to_owned()];
    let text = text(&plan(&lan, &config.rules));
    let line = "  iifname { \"br-lan\", \"guest\" } ip daddr { 192.0.2.0/24 } ip dscp 0x2e \
                meta l4proto { tcp, udp } th dport { 80, 5000-5010 } goto rule4_0";
    assert!(text.lines().any(|found| found == line), "{text}");
    assert!(!text.contains("rule6_0"), "{text}");
    assert!(
        text.contains("jhash ip saddr . ip daddr mod 256 seed 0x5eed vmap { 0-255 : goto use_1 }")
    );
}

#[test]
fn devices_are_found_in_what_nft_lists() {
    let listing = "table inet grange_uplink {\n\tset d4_1 {\n\t\ttype ether_addr\n\t\tsize 65535\n\
         \t\tflags dynamic,timeout\n\t\telements = { 5a:70:82:83:4d:5f timeout 2h expires 1h59m29s940ms,\n\
         \t\t\t     96:a3:23:bc:ea:54 timeout 2h expires 1h59m29s948ms }\n\t}\n\n\
         \tset d6_60 {\n\t\telements = { 02:00:00:00:00:01 timeout 2h expires 1s }\n\t}\n\
         \tset other {\n\t\telements = { 02:00:00:00:00:02 }\n\t}\n\tchain pre {\n\t\taccept\n\t}\n}\n";
    let held = devices(listing);
    let shown: Vec<(Family, u8, &str)> = held
        .iter()
        .map(|held| (held.family, held.id.number(), held.address.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (Family::V4, 1, "5a:70:82:83:4d:5f"),
            (Family::V4, 1, "96:a3:23:bc:ea:54"),
            (Family::V6, 60, "02:00:00:00:00:01"),
        ]
    );
    assert_eq!(devices("nonsense { } set d4_ {"), []);
}
