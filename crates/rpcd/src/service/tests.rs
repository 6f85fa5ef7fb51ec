use core::time::Duration;

use grange_daemon::json::Value;
use grange_ubus::json::{from_json, to_json};
use grange_ubus::{Data, Status};

use super::*;
use crate::daemon_link::LinkEvent;
use crate::facts::Source;
use crate::history::History;
use crate::moment::Moment;

const START: Duration = Duration::from_hours(10);

fn at(after: Duration) -> Moment {
    Moment {
        since_boot: START + after,
        wall_s: 1_795_000_000,
    }
}

fn arguments(value: &Value) -> Data {
    match value {
        Value::Object(members) => from_json(members).unwrap_or_default(),
        _ => Data::default(),
    }
}

/// What a router with an uplink and a neighbour says.
fn said(source: Source, method: &str) -> Value {
    match (source, method) {
        (Source::Routed, "status") => json!({"router_id": "02:00:00:00:00:00:00:01",
            "default_route": {"ipv4": null, "ipv6": null}, "sharing": {"ipv4": null, "ipv6": null}}),
        (Source::Routed, "neighbours") => {
            json!([{"address": "fe80::2", "interface": "mesh0", "cost": 96, "reach": "ff00"}])
        }
        (Source::Uplinkd, "status") => json!({"ipv4": {"uplinks": ["wan"], "makeshift": false},
            "uplinks": [{"name": "wan", "family": "ipv4", "device": "eth0", "state": "up", "rtt_us": 9000}]}),
        (Source::Uplinkd, "uplinks") => json!([{"name": "wan"}, {"name": "lte"}]),
        _ => json!([]),
    }
}

type Answer = (AskerId, Result<Value, Status>);

/// Drains the outputs, answering all questions; the answers given, and how many questions there were.
fn drain(service: &mut Service, now: Moment) -> (Vec<Answer>, usize) {
    let (mut answers, mut questions) = (Vec::new(), 0);
    while let Some(output) = service.poll_output() {
        match output {
            Output::Ask {
                source,
                tag,
                method,
                ..
            } => {
                questions += 1;
                let outcome = Ok(said(source, method));
                service.handle_link(source, LinkEvent::Reply { tag, outcome }, now);
            }
            Output::Answer { asker, outcome } => {
                let outcome = outcome.map(|data| Value::Object(to_json(data.table())));
                answers.push((asker, outcome));
            }
            Output::ReadCounters => service.handle_counters("", now),
            _ => {}
        }
    }
    (answers, questions)
}

fn service() -> Service {
    let mut service = Service::new(History::default(), START);
    for source in Source::ALL {
        service.handle_link(source, LinkEvent::Up, at(Duration::ZERO));
    }
    service
}

#[test]
fn ten_tabs_cost_one_collection() {
    let mut service = service();
    let now = at(Duration::from_millis(1));
    for tab in 0..10 {
        service.handle_call(AskerId(tab), "grange", "status", Data::default(), now);
    }
    let (answers, questions) = drain(&mut service, now);
    assert_eq!((answers.len(), questions), (10, 4));
    service.handle_call(
        AskerId(10),
        "grange",
        "status",
        Data::default(),
        at(Duration::from_millis(500)),
    );
    let (answers, questions) = drain(&mut service, now);
    assert_eq!((answers.len(), questions), (1, 0));
    let later = at(Duration::from_secs(2));
    service.handle_call(AskerId(11), "grange", "status", Data::default(), later);
    assert_eq!(
        drain(&mut service, later).1,
        3,
        "the graph is good for longer"
    );
}

#[test]
fn more_callers_than_can_wait_are_turned_away() {
    let mut service = service();
    let now = at(Duration::ZERO);
    for caller in 0..u32::try_from(MOST_CALLS).unwrap_or(0) + 5 {
        service.handle_call(
            AskerId(caller),
            "grange.mesh",
            "neighbours",
            Data::default(),
            now,
        );
    }
    assert_eq!(service.waiting_calls(), MOST_CALLS);
    let (answers, questions) = drain(&mut service, now);
    assert_eq!(questions, 2);
    let refused = answers
        .iter()
        .filter(|(_, outcome)| *outcome == Err(Status::NO_MEMORY));
    assert_eq!((refused.count(), answers.len()), (5, MOST_CALLS + 5));
    assert_eq!(service.counters().refused, 5);
    assert_eq!(service.waiting_calls(), 0);
}

#[test]
fn seconds_are_collected_while_somebody_looks_and_minutes_always() {
    let mut service = service();
    let mut time = Duration::ZERO;
    let mut collections = |service: &mut Service, watching: bool, span: Duration| {
        let (end, mut questions) = (time + span, 0);
        while time < end {
            let now = at(time);
            if watching && time.subsec_millis() == 0 {
                service.handle_call(AskerId(0), "grange", "history", Data::default(), now);
            }
            if service
                .poll_timeout()
                .is_some_and(|due| due <= now.since_boot)
            {
                service.handle_timeout(now);
            }
            questions += drain(service, now).1;
            time += Duration::from_millis(250);
        }
        questions / 3
    };
    let unwatched = collections(&mut service, false, Duration::from_mins(10));
    assert!((10..=11).contains(&unwatched), "{unwatched}");
    let watched = collections(&mut service, true, Duration::from_mins(1));
    assert!((59..=62).contains(&watched), "{watched}");
    assert!(service.is_watched());
    let after = collections(&mut service, false, Duration::from_mins(10));
    assert!((38..=44).contains(&after), "{after}");
    assert!(!service.is_watched());
    let names: Vec<&str> = service
        .history()
        .all()
        .iter()
        .map(|series| series.name().name.as_str())
        .collect();
    assert_eq!(names, ["wan", "fe80::2%mesh0"]);
}

#[test]
fn a_change_of_the_way_out_is_told_once() {
    let mut service = service();
    let mut now = at(Duration::ZERO);
    let mut uplinks = json!(["wan"]);
    for round in 0..6_u64 {
        now = at(Duration::from_mins(round + 1));
        if round == 3 {
            uplinks = json!([]);
        }
        service.handle_timeout(now);
        while let Some(output) = service.poll_output() {
            if let Output::Ask {
                source,
                tag,
                method,
                ..
            } = output
            {
                let mut reply = said(source, method);
                if source == Source::Uplinkd {
                    let ipv4 = reply.get_mut("ipv4").unwrap_or_else(|| panic!("no ipv4"));
                    ipv4.insert("uplinks", uplinks.clone());
                }
                service.handle_link(
                    source,
                    LinkEvent::Reply {
                        tag,
                        outcome: Ok(reply),
                    },
                    now,
                );
            }
        }
    }
    let told: Vec<&str> = service
        .journal()
        .newest_first()
        .filter(|event| event.code == "way_changed")
        .map(|event| event.text.as_str())
        .collect();
    assert_eq!(told, ["IPv4 has no way out any more; it was wan"]);
    assert_eq!(now.wall(), Some(1_795_000_000));
}

#[test]
fn a_link_is_tested_and_the_job_has_the_result() {
    let mut service = service();
    let mut now = at(Duration::ZERO);
    let asked = arguments(&json!({"neighbour": "fe80::2%mesh0", "count": 3}));
    service.handle_call(AskerId(1), "grange.mesh", "linktest", asked, now);
    let (answers, _) = drain(&mut service, now);
    assert_eq!(answers, [(AskerId(1), Ok(json!({"job": "1"})))]);
    let mut pings = 0;
    for step in 1..100 {
        now = at(Duration::from_millis(step * 50));
        service.handle_timeout(now);
        while let Some(output) = service.poll_output() {
            if let Output::Ping {
                job,
                sequence,
                address,
                interface,
            } = output
            {
                assert_eq!(
                    (address.to_string().as_str(), interface.as_str()),
                    ("fe80::2", "mesh0")
                );
                pings += 1;
                service.handle_pong(job, sequence, at(Duration::from_millis(step * 50 + 2)));
            }
        }
    }
    assert_eq!(pings, 3);
    let id = arguments(&json!({"id": "1"}));
    service.handle_call(AskerId(2), "grange", "job", id, now);
    let (answers, _) = drain(&mut service, now);
    let reply = answers[0].1.clone().unwrap_or_default();
    assert_eq!(reply["state"], json!("done"));
    assert_eq!(
        (&reply["result"]["received"], &reply["result"]["rtt_min_us"]),
        (&json!(3), &json!(2000))
    );
}

#[test]
fn a_wall_clock_that_jumps_moves_nothing() {
    let mut service = service();
    let mut now = at(Duration::from_secs(1));
    now.wall_s = 0;
    service.handle_call(AskerId(1), "grange", "status", Data::default(), now);
    let (answers, _) = drain(&mut service, now);
    assert_eq!(
        answers[0].1.as_ref().map(|reply| reply["time"].clone()),
        Ok(Value::Null)
    );
    let due = service.poll_timeout();
    now.wall_s = u64::MAX;
    service.handle_timeout(now);
    assert!(service.poll_timeout() >= due);
    let events = service.journal().newest_first().map(|event| event.at);
    assert!(events.eq([START; 2]));
}
