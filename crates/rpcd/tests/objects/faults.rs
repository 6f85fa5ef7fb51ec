//! ubusd, daemons and the program come and go; callers are many, slow, or out of their mind.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::net::UnixStream;

use grange_ubus::{Data, Event, Writer};
use grange_ubusd_stand_in::StandIn;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::daemons::{Daemon, NEIGHBOUR, routed};
use crate::router::Router;

fn running(reply: &Value) -> [bool; 2] {
    [0, 1].map(|place| reply["daemons"][place]["running"] == true)
}

fn settled(caller: &mut Caller) -> Value {
    caller.ask_until(("grange", "status"), &json!({}), |reply| {
        running(reply) == [true, true]
    })
}

#[test]
fn when_ubusd_starts_again_the_objects_are_back() {
    let mut router = Router::start();
    settled(&mut router.caller());
    router.bus = None;
    router.bus = Some(StandIn::start(router.folder.join("ubus.sock")).unwrap());
    router.wait_for_objects();
    settled(&mut router.caller());
}

#[test]
fn a_daemon_that_is_gone_is_named_and_the_rest_goes_on() {
    let mut router = Router::start();
    let mut caller = router.caller();
    let reply = settled(&mut caller);
    assert_eq!(reply["summary"], "connected by wan");
    router.uplinkd = None;
    let reply = caller.ask_until(("grange", "status"), &json!({}), |reply| {
        running(reply) == [true, false]
    });
    assert_eq!(reply["way"]["ipv4"]["kind"], "mesh");
    assert_eq!(reply["neighbours_total"], 1);
    assert_eq!(reply["uplinks"], json!([]));
    let problem = reply["daemons"][1]["problem"].as_str().unwrap();
    assert!(
        problem.contains("/etc/init.d/grange-uplinkd start"),
        "{problem}"
    );
    let reply = caller.ask("grange.uplink", "status", json!({}));
    assert_eq!(reply["error"]["code"], "not_running");
    let reply = caller.ask_until(("grange", "events"), &json!({}), |reply| {
        reply["total"] != 0
    });
    let events = reply["events"].as_array().unwrap();
    let gone = events.iter().find(|event| event["code"] == "daemon_gone");
    assert_eq!(gone.unwrap()["args"], json!({"daemon": "grange-uplinkd"}));

    // The other goes, and the first is back with other news.
    router.routed = None;
    caller.ask_until(("grange", "status"), &json!({}), |reply| {
        running(reply) == [false, false]
    });
    router.routed = Some(Daemon::start(&router.folder, "grange-routed", routed()));
    let reply = caller.ask_until(("grange", "status"), &json!({}), |reply| {
        running(reply) == [true, false]
    });
    assert_eq!(reply["connected"], true);
}

#[test]
fn a_daemon_that_hangs_is_given_up_and_the_rest_goes_on() {
    let router = Router::start();
    let mut caller = router.caller();
    settled(&mut caller);
    // Null: it takes the question and never answers.
    router.uplinkd.as_ref().unwrap().set("status", Value::Null);
    let reply = caller.ask_until(("grange", "status"), &json!({}), |reply| {
        running(reply) == [true, false]
    });
    assert_eq!(reply["neighbours_total"], 1);
    router
        .uplinkd
        .as_ref()
        .unwrap()
        .set("status", crate::daemons::uplinkd()["status"].clone());
    settled(&mut caller);
}

#[test]
fn a_thousand_calls_at_once_are_all_answered_and_cost_a_handful_of_questions() {
    let router = Router::start();
    let mut caller = router.caller();
    settled(&mut caller);
    let before = router.routed.as_ref().unwrap().asked("neighbours").len();
    let mut waiting = BTreeSet::new();
    let mut answered = 0;
    // At most 256 questions of a client may wait on the bus.
    for round in 0..5 {
        for _ in 0..200 {
            let method = ["neighbours", "topology", "routes"][round % 3];
            waiting.insert(caller.begin("grange.mesh", method, &Data::default()));
        }
        caller.until("all answers", |event| {
            if let Event::Done { call, status } = event
                && waiting.remove(&call)
            {
                assert!(status.is_ok(), "{status}");
                answered += 1;
            }
            waiting.is_empty().then_some(())
        });
    }
    assert_eq!(answered, 1000);
    let asked = router.routed.as_ref().unwrap().asked("neighbours").len() - before;
    assert!(asked < 100, "{asked} questions");
}

#[test]
fn a_message_of_a_mebibyte_and_a_caller_who_never_reads_disturb_nobody() {
    let router = Router::start();
    let mut caller = router.caller();
    settled(&mut caller);
    let long = Writer::data(|writer| {
        writer.string("id", &"x".repeat(1_000_000));
    });
    let (status, _) = caller.call_with("grange", "job", &long.unwrap());
    assert_eq!(status, grange_ubus::Status::NOT_FOUND);
    // He greets nobody, asks nothing that can be read, and reads nothing.
    let mut deaf = UnixStream::connect(router.folder.join("ubus.sock")).unwrap();
    deaf.write_all(&[0; 7]).unwrap();
    let mut slow = Caller::new(&router.folder.join("ubus.sock"));
    for _ in 0..200 {
        slow.begin("grange.mesh", "topology", &Data::default());
    }
    settled(&mut caller);
}

#[test]
fn the_coarse_history_survives_a_restart_and_a_killed_program_comes_back() {
    let mut router = Router::start();
    let mut caller = router.caller();
    let link = json!({"kind": "link", "name": NEIGHBOUR, "span": "1d"});
    let measured = |reply: &Value| {
        let values = reply["values"]["cost"].as_array().unwrap();
        values.iter().any(|value| *value == 96)
    };
    settled(&mut caller);
    caller.ask_until(("grange", "history"), &link, measured);
    // Without daemons, what is there after the restart is from before.
    router.routed = None;
    router.restart("-TERM");
    let mut caller = router.caller();
    let reply = caller.ask("grange", "history", link.clone());
    assert!(measured(&reply), "{reply}");
    router.restart("-KILL");
    let mut caller = router.caller();
    // What was written down before outlives the kill, too.
    let reply = caller.ask("grange", "history", link.clone());
    assert!(measured(&reply), "{reply}");
    let reply = caller.ask_until(("grange", "status"), &json!({}), |reply| {
        running(reply) == [false, true]
    });
    assert_eq!(reply["connected"], true);
}

#[test]
fn the_program_says_on_the_command_line_what_its_objects_say() {
    let router = Router::start();
    settled(&mut router.caller());
    let output = router.command(&["call", "grange.mesh", "path", r#"{"to":"10.3.4.5"}"#]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reply["prefix"], "10.3.0.0/16");
    for (arguments, wanted) in [
        (&["call", "grange.mesh", "pth"][..], "did you mean 'path'"),
        (&["call", "grange.sky", "path"], "no such object"),
        (
            &["call", "grange", "job", "arguments=[]"],
            "must be a JSON object",
        ),
        (&["call", "grange", "job", r#"{"id":1}"#], "wrong type"),
        (&["call", "grange"], "'method' is missing"),
    ] {
        let output = router.command(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said.contains(wanted), "{arguments:?}: {said}");
    }
    let metrics = router.command(&["metrics"]);
    let text = String::from_utf8_lossy(&metrics.stdout);
    assert!(
        text.contains("grange_rpcd_daemon_up{daemon=\"grange-routed\"} 1\n"),
        "{text}"
    );
    let status = router.command(&["--json", "status"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["on_bus"], true);
    let reload = router.command(&["reload"]);
    assert!(reload.status.success());
}
