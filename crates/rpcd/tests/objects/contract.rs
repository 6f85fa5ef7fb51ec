//! Every method's arguments and the shape of its reply are those of docs/rpcd-schema.json.

use std::collections::BTreeMap;

use grange_ubus::{Status, Writer};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::daemons::{FAR, NEAR, NEIGHBOUR, OWN};
use crate::router::Router;
use crate::schema::{schema, wrong};

/// Arguments with which each method that needs some has an answer.
fn arguments(object: &str, method: &str) -> Value {
    match (object, method) {
        ("grange", "job") => json!({"id": "1"}),
        ("grange.mesh", "router") => json!({"id": FAR}),
        ("grange.mesh", "path") => json!({"to": "10.3.4.5"}),
        ("grange.mesh", "linktest") => json!({"neighbour": NEIGHBOUR, "count": 1}),
        ("grange.uplink", "explain") => json!({"address": "192.168.1.7"}),
        ("grange.uplink", "drain" | "undrain" | "probe") => json!({"uplink": "wan"}),
        _ => json!({}),
    }
}

fn methods(schema: &Value) -> Vec<(String, String, Value)> {
    let objects = schema["objects"].as_object().unwrap();
    let methods = objects.iter().flat_map(|(object, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(name, method)| (object.clone(), name.clone(), method.clone()))
    });
    methods.collect()
}

fn settled(caller: &mut Caller) -> Value {
    caller.ask_until(("grange", "status"), &json!({}), |reply| {
        let daemons = reply["daemons"].as_array().unwrap();
        daemons.iter().all(|daemon| daemon["running"] == true)
    })
}

#[test]
fn objects_methods_and_arguments_are_those_of_the_schema() {
    let router = Router::start();
    let schema = schema();
    let mut wanted: BTreeMap<String, BTreeMap<String, BTreeMap<String, i64>>> = BTreeMap::new();
    for (object, method, described) in methods(&schema) {
        let arguments = described["arguments"].as_object().unwrap().iter();
        let arguments = arguments.map(|(name, kind)| {
            // blobmsg.h: STRING 3, INT32 5, INT8 7.
            let kind = match kind.as_str().unwrap() {
                "String" => 3,
                "Integer" => 5,
                "Boolean" => 7,
                other => panic!("{other}"),
            };
            (name.clone(), kind)
        });
        let object = wanted.entry(object).or_default();
        object.insert(method, arguments.collect());
    }
    let mut found: BTreeMap<String, BTreeMap<String, BTreeMap<String, i64>>> = BTreeMap::new();
    for (path, signature) in router.caller().objects("grange*") {
        let object = found.entry(path).or_default();
        for (method, arguments) in signature.table().iter() {
            let arguments = arguments.as_table().unwrap().iter();
            let arguments = arguments.map(|(name, kind)| {
                (
                    String::from_utf8_lossy(name).into_owned(),
                    kind.as_integer().unwrap(),
                )
            });
            object.insert(
                String::from_utf8_lossy(method).into_owned(),
                arguments.collect(),
            );
        }
    }
    assert_eq!(found, wanted);
}

#[test]
fn every_reply_has_its_shape_with_daemons_and_without() {
    let mut router = Router::start();
    let schema = schema();
    let mut caller = router.caller();
    settled(&mut caller);
    let job = caller.ask("grange.uplink", "probe", json!({"uplink": "wan"}));
    assert_eq!(job, json!({"job": "1"}));
    for (object, method, described) in methods(&schema) {
        let reply = caller.ask(&object, &method, arguments(&object, &method));
        let shape = described["reply"].as_str().unwrap();
        assert_eq!(
            wrong(&schema, shape, &reply),
            None,
            "{object} {method}: {reply:#}"
        );
        // What can fail must not have failed here.
        assert!(reply.get("error").is_none(), "{object} {method}: {reply}");
    }
    // The map, one router, and the numbers of an uplink once they are collected.
    for id in [OWN, NEAR, FAR, NEIGHBOUR] {
        let reply = caller.ask("grange.mesh", "router", json!({"id": id}));
        assert_eq!(wrong(&schema, "Router", &reply), None, "{reply:#}");
    }
    for (kind, name, span) in [
        ("uplink", "wan", "5m"),
        ("uplink", "wan", "30d"),
        ("link", NEIGHBOUR, "1d"),
    ] {
        let asked = json!({"kind": kind, "name": name, "family": "ipv4", "span": span});
        let column = if kind == "uplink" { "rtt_us" } else { "reach" };
        let reply = caller.ask_until(("grange", "history"), &asked, |reply| {
            let values = reply["values"][column].as_array().unwrap();
            values.iter().any(|value| !value.is_null())
        });
        assert_eq!(wrong(&schema, "HistoryValues", &reply), None, "{reply:#}");
    }
    router.uplinkd.as_ref().unwrap().tell(
        "uplink",
        &json!({"uplink": "wan", "family": "ipv4", "from": "up", "to": "down", "why": "no carrier", "moved": 0, "devices": 0}),
    );
    let reply = caller.ask_until(("grange", "events"), &json!({}), |reply| {
        reply["events"][0]["code"] == "uplink_state"
    });
    assert_eq!(wrong(&schema, "Events", &reply), None, "{reply:#}");

    router.routed = None;
    router.uplinkd = None;
    caller.ask_until(("grange", "status"), &json!({}), |reply| {
        reply["connected"].is_null()
    });
    for (object, method, described) in methods(&schema) {
        let reply = caller.ask(&object, &method, arguments(&object, &method));
        let shape = described["reply"].as_str().unwrap();
        let shape = if described["fails"] == true {
            "Failure"
        } else {
            shape
        };
        assert_eq!(
            wrong(&schema, shape, &reply),
            None,
            "{object} {method}: {reply:#}"
        );
    }
}

#[test]
fn wrong_types_are_refused_and_unknown_arguments_ignored() {
    let router = Router::start();
    let schema = schema();
    let mut caller = router.caller();
    settled(&mut caller);
    for (object, method, described) in methods(&schema) {
        for (name, kind) in described["arguments"].as_object().unwrap() {
            let mut bad = arguments(&object, &method);
            bad[name] = if kind == "String" {
                json!(7)
            } else {
                json!("seven")
            };
            let (status, _) = caller.call(&object, &method, bad);
            assert_eq!(status, Status::INVALID_ARGUMENT, "{object} {method} {name}");
            let mut null = arguments(&object, &method);
            null[name] = Value::Null;
            let (status, _) = caller.call(&object, &method, null);
            assert_eq!(
                status,
                Status::INVALID_ARGUMENT,
                "{object} {method} {name} null"
            );
        }
        let mut more = arguments(&object, &method);
        more["ubus_rpc_session"] = json!("00000000000000000000000000000000");
        more["colour"] = json!([1, {"deep": true}]);
        let (status, _) = caller.call(&object, &method, more);
        let not_there = (object.as_str(), method.as_str()) == ("grange", "job");
        let wanted = if not_there {
            Status::NOT_FOUND
        } else {
            Status::OK
        };
        assert_eq!(status, wanted, "{object} {method}");
    }
    for (object, method, arguments, wanted) in [
        ("grange", "fly", json!({}), Status::METHOD_NOT_FOUND),
        (
            "grange",
            "history",
            json!({"name": "wan", "span": "1y"}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange",
            "history",
            json!({"kind": "cat"}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange",
            "history",
            json!({"name": "no such", "kind": "uplink"}),
            Status::NOT_FOUND,
        ),
        (
            "grange",
            "events",
            json!({"limit": -1}),
            Status::INVALID_ARGUMENT,
        ),
        ("grange.mesh", "router", json!({}), Status::INVALID_ARGUMENT),
        (
            "grange.mesh",
            "router",
            json!({"id": "nobody"}),
            Status::NOT_FOUND,
        ),
        (
            "grange.mesh",
            "path",
            json!({"to": "somewhere"}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.mesh",
            "routes",
            json!({"prefix": "10.0.0.0/99"}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.mesh",
            "linktest",
            json!({"neighbour": "fe80::99%mesh0"}),
            Status::NOT_FOUND,
        ),
        (
            "grange.mesh",
            "linktest",
            json!({"neighbour": NEIGHBOUR, "count": 101}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.uplink",
            "usage",
            json!({"month": "2026-13"}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.uplink",
            "bill",
            json!({"format": "pdf"}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.uplink",
            "explain",
            json!({"address": "10.0.0.1", "to": "::1"}),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.uplink",
            "drain",
            json!({}),
            Status::INVALID_ARGUMENT,
        ),
    ] {
        let (status, reply) = caller.call(object, method, arguments.clone());
        assert_eq!(status, wanted, "{object} {method} {arguments}: {reply}");
    }
    // JSON cannot say it, but a client in C can: a limit of 64 bits.
    let wide = Writer::data(|writer| {
        writer.int64("limit", 1 << 40);
    });
    let (status, _) = caller.call_with("grange.mesh", "neighbours", &wide.unwrap());
    assert_eq!(status, Status::INVALID_ARGUMENT);
}

#[test]
fn the_objects_of_babeld_and_mwan3_are_there_when_asked_for() {
    let router = Router::with("\toption babeld '1'\n\toption mwan3 '1'\n");
    let mut caller = router.caller();
    settled(&mut caller);
    let info = caller.ask("babeld", "get_info", json!({}));
    assert_eq!(info["my_id"], OWN);
    let routes = caller.ask("babeld", "get_routes", json!({}));
    assert_eq!(routes["IPv4"][0]["address"], "0.0.0.0/0");
    assert_eq!(routes["IPv6"][0]["route_metric"], 96);
    let neighbours = caller.ask("babeld", "get_neighbours", json!({}));
    assert_eq!(neighbours["IPv6"][0]["hello_reach"], 0xfffe);
    let xroutes = caller.ask("babeld", "get_xroutes", json!({}));
    assert_eq!(
        xroutes,
        json!({"IPv4": [{"address": "10.1.0.0/16", "src_prefix": "0.0.0.0/0", "metric": 0}], "IPv6": []})
    );
    let mwan3 = caller.ask("mwan3", "status", json!({"section": "interfaces"}));
    assert_eq!(mwan3["interfaces"]["wan"]["status"], "online");
    assert_eq!(mwan3.get("policies"), None);
    let mwan3 = caller.ask("mwan3", "status", json!({}));
    assert_eq!(
        mwan3["policies"]["ipv4"]["balanced"][0],
        json!({"interface": "wan", "percent": 100})
    );
    drop(router);
    let plain = Router::start();
    assert!(plain.caller().objects("babeld").is_empty());
    assert!(plain.caller().objects("mwan3").is_empty());
}
