//! What `explain` says is what then happens.

use std::fs;

use serde_json::{Value, json};

use crate::town::Town;

const RULES: &str = "config rule 'pin'\n\tlist src '192.168.1.101'\n\toption proto 'tcp'\n\
     \tlist dest_port '7000-8000'\n\toption uplink 'wan2'\n\
     config rule 'elsewhere'\n\tlist dest '198.51.100.0/24'\n\toption uplink 'wan1'\n";

const VIDEO: &str = "config rule 'video'\n\toption dest_set 'video'\n\toption uplink 'wan2'\n";

fn explain(town: &Town, params: &Value) -> Value {
    town.call_with("explain", params)
}

#[test]
fn an_explanation_is_what_then_happens() {
    let mut town = Town::new(2, 2);
    let config = town.config(&[1, 1], RULES);
    let config = config.replace(
        "config uplinkd\n",
        "config uplinkd\n\tlist bypass '203.0.113.128/25'\n",
    );
    town.start_with(&config, &["wan1", "wan2"]);
    let at = |n: usize| json!({"address": format!("192.168.1.{}", 100 + n), "to": "203.0.113.1", "protocol": "tcp", "port": 7777});

    // A rule decides.
    assert_eq!(town.connect(1).unwrap().isp, "isp2");
    let said = explain(&town, &at(1));
    assert_eq!(said["rule"], "pin");
    assert_eq!(
        (&said["uplink"], &said["sure"]),
        (&json!("wan2"), &json!(true)),
        "{said}"
    );
    // What was not asked for cannot be known.
    let said = explain(&town, &json!({"address": "192.168.1.101"}));
    assert_eq!(
        (&said["uplink"], &said["sure"]),
        (&Value::Null, &json!(false)),
        "{said}"
    );
    let why = said["why"].to_string();
    assert!(
        why.contains("rule pin (uplink wan2) may apply: it depends on the protocol and the port"),
        "{why}"
    );

    // The device gets the next uplink, and then keeps it.
    let said = explain(&town, &at(2));
    assert_eq!(
        (&said["rule"], &said["sure"]),
        (&Value::Null, &json!(false)),
        "{said}"
    );
    assert_eq!(said["candidates"].as_array().unwrap().len(), 2, "{said}");
    let isp = town.connect(2).unwrap().isp;
    town.call("status");
    let said = explain(&town, &at(2));
    let own = isp.replace("isp", "wan");
    assert_eq!(
        (&said["uplink"], &said["sure"]),
        (&json!(own), &json!(true)),
        "{said}"
    );
    let text = town.cli("explain 192.168.1.102 to=203.0.113.1 protocol=tcp port=7777");
    assert!(
        text.starts_with(&format!("192.168.1.102 (ipv4): {own}\n- no rule matches")),
        "{text}"
    );

    let said = explain(
        &town,
        &json!({"address": "192.168.1.102", "to": "203.0.113.200"}),
    );
    assert!(
        said["uplink"].is_null() && said["why"].to_string().contains("bypass"),
        "{said}"
    );
    // Behind an uplink nobody is balanced.
    let said = explain(&town, &json!({"address": "10.0.1.1", "to": "203.0.113.1"}));
    assert!(said["candidates"].as_array().unwrap().is_empty(), "{said}");
    assert!(said["why"].to_string().contains("behind wan1"), "{said}");

    // The rule's uplink is dead.
    town.silence(2, true);
    town.wait_used(&["wan1"]);
    let said = explain(&town, &at(1));
    assert_eq!(
        (&said["rule"], &said["uplink"]),
        (&json!("pin"), &Value::Null),
        "{said}"
    );
    assert!(said["why"].to_string().contains("refused"), "{said}");
    assert!(town.connect(1).is_none());
    assert_eq!(town.connect(2).unwrap().isp, "isp1");
    assert_eq!(explain(&town, &at(2))["uplink"], "wan1");
}

#[test]
fn an_explanation_says_what_it_cannot_know_and_starts_no_process() {
    let mut town = Town::new(2, 1);
    let config = town.config(&[1, 0], VIDEO);
    town.start_with(&config, &["wan1"]);
    let question =
        json!({"address": "192.168.1.101", "to": "203.0.113.1", "protocol": "udp", "port": 53});
    // Page faults of children that were waited for (proc_pid_stat(5), fields 11 and 13).
    let children = |town: &Town| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", town.pid())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = fields.split(' ').collect();
        [fields[8], fields[10]].map(|field| field.parse::<u64>().unwrap())
    };
    let before = children(&town);
    for _ in 0..20 {
        let said = explain(&town, &question);
        assert_eq!(
            (&said["uplink"], &said["sure"]),
            (&Value::Null, &json!(false)),
            "{said}"
        );
        assert!(
            said["why"].to_string().contains("what set video holds"),
            "{said}"
        );
        assert_eq!(
            said["candidates"],
            json!([{"uplink": "wan1", "permille": 1000}])
        );
    }
    assert_eq!(children(&town), before, "page faults of children");
    town.call("status");
    assert_ne!(children(&town), before, "an nft would be seen");
}
