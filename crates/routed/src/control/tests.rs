use std::time::Duration;

use grange_babel::clock::Instant;
use grange_daemon::reply::routed::{Family, Interface, NetworkGraph, Status, Xroute};
use grange_linux::{Address, Link, RecordingKernel, Route};
use serde_json::{Value, json};

use super::{Request, handle};
use crate::agent::Agent;
use crate::config::read;
use crate::program::PROGRAM;
use crate::random::Random;
use crate::state::State;
use crate::traffic::Traffic;

const NOW: Instant = Instant::from_micros(5_000_000);

const CONFIG: &str = "
config routed
	option require_lease 1
config interface
	option ifname 'mesh* later0'
config filter
	option type redistribute
	option ip 10.0.0.0/8
	option local 1
	option action 'metric 3'
config filter
	option type redistribute
	option ip ::/0
	option eq 0
	option proto static
config key summer
	option type hmac-sha256
	option value 5ec2e7
";

fn agent() -> Agent<RecordingKernel> {
    let link = |index, name: &str| Link {
        index,
        name: name.to_owned(),
        up: true,
        running: true,
        mtu: 1500,
        wireless: false,
        tunnel: false,
        loopback: false,
        ether_address: None,
    };
    let address = |index, text: &str, plen| Address {
        index,
        address: text.parse().unwrap(),
        plen,
        scope: 0,
        tentative: false,
        failed_dad: false,
    };
    let mut kernel = RecordingKernel::new();
    kernel.links = vec![link(2, "mesh0"), link(3, "mesh1")];
    kernel.addresses = vec![address(2, "fe80::2", 64), address(2, "10.0.0.2", 24)];
    kernel.put_route(Route {
        protocol: 4,
        interface: Some(3),
        ..Route::new(grange_linux::IpPrefix::DEFAULT_V6)
    });
    let config = read(CONFIG.as_bytes()).config.unwrap();
    Agent::start(kernel, config, State::default(), Random::new(1), NOW).unwrap()
}

fn ask(agent: &mut Agent<RecordingKernel>, method: &str, params: &Value) -> Result<Value, String> {
    let params = params.clone().into();
    match handle(agent, &Traffic::default(), method, &params, NOW) {
        Request::Answered(Ok(answer)) => {
            let mut line = Vec::new();
            grange_daemon::json::write::append(&mut line, &answer).unwrap();
            Ok(serde_json::from_slice(&line).unwrap())
        }
        Request::Answered(Err(error)) => Err(error.to_string()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn every_method_of_the_command_line_has_an_answer() {
    let mut agent = agent();
    for method in PROGRAM.methods {
        let params = match method.name {
            "gateway set" => json!({"family": "ipv6", "lease": 30}),
            "gateway clear" => json!({"family": "ipv6"}),
            // The control server answers this one itself.
            "subscribe" => continue,
            _ => Value::Null,
        };
        match handle(
            &mut agent,
            &Traffic::default(),
            method.name,
            &params.into(),
            NOW,
        ) {
            Request::Answered(outcome) => assert!(outcome.is_ok(), "{}: {outcome:?}", method.name),
            Request::Reload => assert_eq!(method.name, "reload"),
            Request::Leave { wait } => {
                assert_eq!((method.name, wait), ("leave", Duration::ZERO));
            }
        }
    }
}

#[test]
fn leaving_may_wait_a_while_for_a_signal_but_not_for_ever() {
    let mut agent = agent();
    let mut leave = |wait: u64| {
        let params = json!({"wait": wait});
        handle(
            &mut agent,
            &Traffic::default(),
            "leave",
            &params.into(),
            NOW,
        )
    };
    let wait = Duration::from_secs(10);
    assert_eq!(leave(10), Request::Leave { wait });
    assert!(matches!(leave(61), Request::Answered(Err(_))));
}

#[test]
fn the_status_is_what_its_readers_expect() {
    let status = ask(&mut agent(), "status", &Value::Null).unwrap();
    let status: Status = serde_json::from_value(status).unwrap();
    assert_eq!(status.name, "grange-routed");
    assert_eq!(
        (
            status.table,
            status.interfaces,
            status.interfaces_up,
            status.xroutes
        ),
        (42, 3, 1, 1)
    );
    assert_eq!(status.pid, std::process::id());
    assert_eq!(status.sharing.ipv6, None);
    assert_eq!(status.counters["packets_received"], 0);
    assert_eq!(status.warnings, Vec::<String>::new());
}

#[test]
fn interfaces_say_why_babel_does_not_run_on_them() {
    let rows = ask(&mut agent(), "interfaces", &Value::Null).unwrap();
    let rows: Vec<Interface> = serde_json::from_value(rows).unwrap();
    let lines: Vec<_> = rows
        .iter()
        .map(|row| (row.name.as_str(), row.index, row.why_down.as_deref()))
        .collect();
    assert_eq!(
        lines,
        [
            ("later0", None, Some("there is no such device")),
            ("mesh0", Some(2), None),
            ("mesh1", Some(3), Some("it has no IPv6 link-local address")),
        ]
    );
}

#[test]
fn xroutes_say_where_they_come_from() {
    let rows = ask(&mut agent(), "xroutes", &Value::Null).unwrap();
    let rows: Vec<Xroute> = serde_json::from_value(rows).unwrap();
    assert_eq!(
        rows,
        [Xroute {
            prefix: "10.0.0.2/32".to_owned(),
            metric: 3,
            from: "local address on mesh0".to_owned()
        }]
    );
}

#[test]
fn a_gateway_is_set_shown_and_cleared() {
    let mut agent = agent();
    assert_eq!(
        ask(&mut agent, "gateway show", &Value::Null).unwrap(),
        json!([])
    );
    let set = ask(
        &mut agent,
        "gateway set",
        &json!({"family": "ipv6", "lease": 30, "metric": 9}),
    )
    .unwrap();
    let expected =
        json!([{"family": Family::Ipv6, "metric": 9, "expires_ms": 30_000, "announced": true}]);
    assert_eq!(set, expected);
    assert_eq!(
        ask(&mut agent, "gateway show", &Value::Null).unwrap(),
        expected
    );
    // There is no IPv4 uplink in the kernel: the lease is noted, and nothing is announced.
    let v4 = ask(
        &mut agent,
        "gateway set",
        &json!({"family": "ipv4", "lease": 1}),
    )
    .unwrap();
    assert_eq!(v4[0]["announced"], false);
    let status: Status =
        serde_json::from_value(ask(&mut agent, "status", &Value::Null).unwrap()).unwrap();
    assert_eq!(status.sharing.ipv6.unwrap().metric, 9);
    let cleared = ask(&mut agent, "gateway clear", &json!({"family": "ipv6"})).unwrap();
    assert_eq!(cleared.as_array().unwrap().len(), 1);
}

#[test]
fn wrong_parameters_are_refused_in_words() {
    let mut agent = agent();
    for (method, params, message) in [
        (
            "gateway set",
            json!({"lease": 5}),
            "the parameter 'family' is missing",
        ),
        (
            "gateway set",
            json!({"family": "ipv4"}),
            "the parameter 'lease' is missing",
        ),
        (
            "gateway set",
            json!({"family": "ipv5", "lease": 5}),
            "the parameter 'family' must be ipv4 or ipv6, not \"ipv5\"",
        ),
        (
            "gateway set",
            json!({"family": "ipv4", "lease": 0}),
            "the parameter 'lease' must be 1 to 86400 seconds, not 0",
        ),
        (
            "gateway set",
            json!({"family": "ipv4", "lease": 5, "metric": 65535}),
            "the parameter 'metric' must be 0 to 65534, not 65535",
        ),
        (
            "routes",
            json!({"prefix": "10.0.0.0/x"}),
            "the parameter 'prefix' must be a prefix such as 10.0.0.0/8, not \"10.0.0.0/x\"",
        ),
        (
            "status",
            json!({"x": 1}),
            "there is no parameter 'x': the method takes none",
        ),
        (
            "leave",
            json!({"now": true}),
            "there is no parameter 'now', only wait",
        ),
        (
            "staus",
            Value::Null,
            "there is no method 'staus', did you mean 'status'?",
        ),
    ] {
        assert_eq!(ask(&mut agent, method, &params), Err(message.to_owned()));
    }
}

#[test]
fn the_configuration_is_shown_without_secrets() {
    let config = ask(&mut agent(), "config", &Value::Null).unwrap();
    assert_eq!(config["routed"]["table"], "42");
    assert_eq!(config["routed"]["require_lease"], true);
    assert_eq!(config["interface"][0]["ifname"], json!(["mesh*", "later0"]));
    assert_eq!(
        config["filter"][0],
        json!({"type": "redistribute", "ip": "10.0.0.0/8", "local": true, "action": "metric 3"})
    );
    assert_eq!(
        config["key"],
        json!([{"id": "summer", "use": "both", "type": "hmac-sha256"}])
    );
}

#[test]
fn the_configuration_is_shown_with_source_prefixes_and_rates_of_stations() {
    let mut agent = agent();
    let text = "
config interface
	option ifname radio0
	option station_rate 0
config filter
	option type redistribute
	option ip ::/0
	option src_ip 2001:db8::/32
	option src_eq 48
	option src_ge 40
	option src_le 64
	option action 'metric 5 src_prefix 2001:db8:1::/48'
";
    let config = read(text.as_bytes()).config.unwrap();
    agent.handle_config(config, NOW).unwrap();
    let config = ask(&mut agent, "config", &Value::Null).unwrap();
    assert_eq!(config["interface"][0]["station_rate"], false);
    assert_eq!(
        config["filter"][0],
        json!({
            "type": "redistribute",
            "ip": "::/0",
            "src_ip": "2001:db8::/32",
            "src_eq": 48,
            "src_ge": 40,
            "src_le": 64,
            "action": "metric 5 src_prefix 2001:db8:1::/48",
        })
    );
}

#[test]
fn the_metrics_page_has_every_metric_once_and_no_sample_twice() {
    let page = ask(&mut agent(), "metrics", &Value::Null).unwrap();
    let page = page.as_str().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for line in page.lines() {
        let key = if line.starts_with('#') {
            line
        } else {
            line.rsplit_once(' ').unwrap().0
        };
        assert!(seen.insert(key), "{line}");
    }
    assert!(page.contains("\ngrange_routed_interfaces_up 1\n"));
    assert!(page.contains("grange_routed_interface_packets_sent_total{interface=\"mesh0\"} "));
}

#[test]
fn a_router_alone_is_a_graph_of_one_node() {
    let mut agent = agent();
    let graph = ask(&mut agent, "netjson", &Value::Null).unwrap();
    assert_eq!(
        (&graph["type"], &graph["protocol"]),
        (&json!("NetworkGraph"), &json!("babel"))
    );
    let graph: NetworkGraph = serde_json::from_value(graph).unwrap();
    assert_eq!(graph.nodes.len(), 1);
    assert_eq!(graph.nodes[0].id, agent.core().router_id().to_string());
}

#[test]
fn a_configuration_that_is_not_in_use_is_a_warning() {
    let mut agent = agent();
    agent.set_config_error(Some("f:1:2: error: no".to_owned()));
    let status = ask(&mut agent, "status", &Value::Null).unwrap();
    assert_eq!(
        status["warnings"],
        json!(["the configuration file is not in use, the one before goes on: f:1:2: error: no"])
    );
}
