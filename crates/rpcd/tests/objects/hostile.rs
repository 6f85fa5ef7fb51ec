//! Names of strangers, from the daemon's socket to the reply on the bus.

use grange_daemon::printable::escaped;
use serde_json::{Value, json};

use crate::daemons::{FAR, graph, neighbour};
use crate::router::Router;

/// HTML, marks that turn the text around, JSON, terminal escapes, and 10 kB.
fn hostile() -> Vec<String> {
    let names = [
        "<img src=x onerror=alert(1)>",
        "\u{202e}gnp.exe\u{200b}",
        "\",\"role\":\"self\"}]}\u{0}",
        "\x1b]0;owned\x07\x1b[2J\n\r",
        "\u{feff}\u{e0041}\u{2028}",
    ];
    names
        .iter()
        .map(ToString::to_string)
        .chain(["й".repeat(10_000)])
        .collect()
}

fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn hostile_names_arrive_harmless_and_in_bounds() {
    let router = Router::start();
    let mut caller = router.caller();
    caller.ask_until(("grange", "status"), &json!({}), |reply| {
        reply["neighbours_total"] == 1
    });
    let daemon = router.routed.as_ref().unwrap();
    for name in hostile() {
        let mut graph = graph();
        graph["nodes"][2]["label"] = json!(name);
        let rows: Vec<Value> = (0..500)
            .map(|number| {
                let mut row = neighbour();
                row["address"] = json!(format!("fe80::{number:x}"));
                let part: String = name.chars().take(1000).collect();
                row["interface"] = json!(part);
                row
            })
            .collect();
        daemon.set("netjson", graph);
        daemon.set("neighbours", json!(rows));
        let label = |reply: &Value| {
            reply["nodes"][2]["label"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let clean: String = escaped(&name).chars().take(256).collect();
        let reply = caller.ask_until(("grange.mesh", "topology"), &json!({}), |reply| {
            label(reply) == clean
        });
        let router_reply = caller.ask("grange.mesh", "router", json!({"id": FAR}));
        assert_eq!(router_reply["name"], clean);
        let status = caller.ask_until(("grange", "status"), &json!({}), |reply| {
            reply["neighbours_total"] == 500
        });
        let neighbours = caller.ask("grange.mesh", "neighbours", json!({}));
        assert_eq!(neighbours["total"], 500);
        for reply in [reply, router_reply, status, neighbours] {
            let mut found = Vec::new();
            texts(&reply, &mut found);
            for text in found {
                assert_eq!(escaped(text), text);
                assert!(
                    text.chars().count() <= 600,
                    "{} characters",
                    text.chars().count()
                );
            }
        }
    }
}
