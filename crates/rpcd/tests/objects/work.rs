//! What the replies say, and what is done.

use serde_json::{Value, json};

use crate::caller::Caller;
use crate::daemons::{FAR, NEAR, NEIGHBOUR, OWN};
use crate::router::Router;

fn settled(caller: &mut Caller) -> Value {
    caller.ask_until(("grange", "status"), &json!({}), |reply| {
        reply["neighbours_total"] == 1 && reply["uplinks_total"] == 1
    })
}

fn done(caller: &mut Caller, job: &Value) -> Value {
    caller.ask_until(("grange", "job"), &json!({"id": job["job"]}), |reply| {
        reply["state"] != "running"
    })
}

#[test]
fn the_map_says_who_is_who_and_which_way_leads_out() {
    let mut router = Router::start();
    let mut caller = router.caller();
    settled(&mut caller);
    let reply = caller.ask("grange.mesh", "topology", json!({}));
    let role = |place: usize| reply["nodes"][place]["properties"].clone();
    assert_eq!(role(0), json!({"role": "self", "gateway": false}));
    assert_eq!(role(1), json!({"role": "neighbour", "gateway": false}));
    assert_eq!(role(2), json!({"role": "router", "gateway": true}));
    assert_eq!(
        reply["links"][0]["properties"],
        json!({"kind": "link", "in_use": false})
    );
    let page = caller.ask("grange.mesh", "topology", json!({"limit": 2}));
    assert_eq!(
        (&page["more"], &page["nodes_total"]),
        (&json!(true), &json!(3))
    );
    assert_eq!(page["links"].as_array().unwrap().len(), 1);
    // Without an uplink of its own the router goes out through the mesh.
    router.uplinkd = None;
    let reply = caller.ask_until(("grange.mesh", "topology"), &json!({}), |reply| {
        reply["links"][0]["properties"]["in_use"] == true
    });
    assert_eq!(
        reply["links"][1]["properties"],
        json!({"kind": "path", "in_use": true})
    );
}

#[test]
fn a_path_goes_by_the_longest_prefix_and_names_its_hops() {
    let router = Router::start();
    let mut caller = router.caller();
    settled(&mut caller);
    let path = |caller: &mut Caller, to: &str| caller.ask("grange.mesh", "path", json!({"to": to}));
    let reply = path(&mut caller, "10.3.4.5");
    assert_eq!(reply["prefix"], "10.3.0.0/16");
    let hops = reply["hops"].as_array().unwrap().iter();
    let ids: Vec<&Value> = hops.map(|hop| &hop["id"]).collect();
    assert_eq!(ids, [OWN, NEAR, FAR]);
    assert_eq!(path(&mut caller, "192.0.2.1")["prefix"], "0.0.0.0/0");
    let near = path(&mut caller, NEAR);
    assert_eq!(
        (&near["prefix"], near["hops"].as_array().unwrap().len()),
        (&json!("fd00:2::/64"), 2)
    );
    let lost = path(&mut caller, "fd00:9::1");
    assert_eq!(
        (&lost["reachable"], &lost["hops"]),
        (&json!(false), &json!([]))
    );
}

#[test]
fn a_test_of_a_link_is_a_job_that_ends_with_numbers_or_a_reason() {
    let router = Router::start();
    let mut caller = router.caller();
    settled(&mut caller);
    // There is no interface mesh0 here: the job says so. That pings come back is tried in linktest.rs, and on a
    // router by hand.
    let job = caller.ask(
        "grange.mesh",
        "linktest",
        json!({"neighbour": NEIGHBOUR, "count": 2}),
    );
    let reply = done(&mut caller, &job);
    assert_eq!(reply["state"], "failed");
    assert!(
        reply["problem"]["message"]
            .as_str()
            .unwrap()
            .starts_with("cannot ping")
    );
    assert_eq!(reply["method"], "linktest");
}

#[test]
fn an_action_is_done_each_time_and_its_reply_is_of_afterwards() {
    let router = Router::start();
    let mut caller = router.caller();
    settled(&mut caller);
    for _ in 0..3 {
        let reply = caller.ask("grange.uplink", "drain", json!({"uplink": "wan"}));
        assert_eq!(reply["uplinks"][0]["name"], "wan");
    }
    let daemon = router.uplinkd.as_ref().unwrap();
    assert_eq!(daemon.asked("drain"), vec![json!({"uplink": "wan"}); 3]);
    let job = caller.ask("grange.uplink", "probe", json!({"uplink": "wan"}));
    let reply = done(&mut caller, &job);
    assert_eq!(reply["state"], "done");
    assert_eq!(reply["result"]["uplinks"][0]["name"], "wan");
}

#[test]
fn counters_beyond_a_browsers_numbers_are_texts() {
    let router = Router::start();
    let mut caller = router.caller();
    let status = settled(&mut caller);
    let most = json!(u64::MAX.to_string());
    assert_eq!(status["uplinks"][0]["probe_bytes"], most);
    let usage = caller.ask("grange.uplink", "usage", json!({"month": "2026-11"}));
    assert_eq!(usage["usage"][0]["bytes_up"], most);
    let bill = caller.ask("grange.uplink", "bill", json!({}));
    assert_eq!(bill["members"][0]["bytes"], most);
    assert_eq!(bill["members"][0]["balance_cents"], -5);
    router
        .uplinkd
        .as_ref()
        .unwrap()
        .set("bill", json!("a,b\n1,2\n"));
    let csv = caller.ask("grange.uplink", "bill", json!({"format": "csv"}));
    assert_eq!(csv, json!({"csv": "a,b\n1,2\n"}));
}
