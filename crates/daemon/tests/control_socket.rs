//! The control socket over real unix sockets: what clients of all kinds may do to it.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that fails"
)]

mod harness;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use grange_daemon::client::{self, Client, ClientError};
use grange_daemon::control::{MOST_CLIENTS, Server};
use grange_daemon::run_dir::{OpenError, RunDir, socket_path};
use grange_linux::event_loop::EventLoop;
use harness::{DAEMON, Daemon, LIMIT, Raw, TempDir};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn a_request_gets_its_reply() {
    let daemon = Daemon::start();
    let mut client = Raw::connect(&daemon);
    assert_eq!(
        client.ask(&json!({"method": "echo", "params": {"a": [1, null, "ä\n"]}})),
        json!({"result": {"a": [1, null, "ä\n"]}})
    );
    assert_eq!(
        client.ask(&json!({"method": "echo"})),
        json!({"result": {}})
    );
    assert_eq!(
        client.ask(&json!({"method": "refuse"})),
        json!({"error": {"code": "refused", "message": "not today"}})
    );
    assert_eq!(
        client.ask(&json!({"method": "ecko"})),
        json!({"error": {
            "code": "unknown_method",
            "message": "there is no method 'ecko', did you mean 'echo'?"
        }})
    );
}

#[test]
fn garbage_is_answered_with_its_place_and_counted() {
    let daemon = Daemon::start();
    let mut client = Raw::connect(&daemon);
    let deep = format!(
        "{{\"method\":\"echo\",\"params\":{}",
        "{\"a\":".repeat(10_000)
    );
    let wide = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let cases: [(&[u8], &str); 11] = [
        (b"status", "not JSON at octet 1: expected a value"),
        (
            b"{\"method\":\"echo\"",
            "not JSON at octet 16: the text ends too early",
        ),
        (b"{\"method\":\"ech\xffo\"}", "not JSON at octet "),
        (b"\0\0\0", "not JSON at octet 1: expected a value"),
        (
            b"{\"method\":\"a\0b\"}",
            "not JSON at octet 13: a control character",
        ),
        (deep.as_bytes(), "not JSON at octet "),
        (wide.as_bytes(), "not JSON at octet 128: nested too deeply"),
        (
            b"[\"echo\"]",
            "a request is an object such as {\"method\":\"status\"}",
        ),
        (b"{\"params\":{}}", "the request has no \"method\""),
        (b"{\"method\":7}", "\"method\" must be a string"),
        (
            b"{\"method\":\"echo\",\"params\":[1]}",
            "\"params\" must be an object",
        ),
    ];
    for (line, said) in cases {
        client.send(line);
        client.send(b"\n");
        let (code, message) = client.error();
        assert_eq!(code, "bad_request");
        assert!(message.starts_with(said), "{message} is not {said}");
    }
    assert_eq!(daemon.count("bad_requests"), cases.len() as u64);
    assert_eq!(
        client.ask(&json!({"method": "echo"})),
        json!({"result": {}})
    );
}

#[test]
fn the_longest_request_is_served_and_one_octet_more_is_refused() {
    let daemon = Daemon::start();
    let mut client = Raw::connect(&daemon);
    let request = |length: usize| {
        let bare = "{\"method\":\"echo\",\"params\":{\"a\":\"\"}}";
        bare.replace("\"\"", &format!("\"{}\"", "x".repeat(length - bare.len())))
    };
    client.send(request(65_536) + "\n");
    assert_eq!(
        client.json()["result"]["a"].as_str().unwrap().len(),
        65_536 - 35
    );
    client.send(request(65_537) + "\n");
    let (code, message) = client.error();
    assert_eq!(code, "bad_request");
    assert_eq!(message, "the request is longer than 65536 octets");
    // The rest of a line without an end is skipped, however long it is.
    client.send("y".repeat(1_000_000));
    assert_eq!(client.error().1, "the request is longer than 65536 octets");
    client.send("\n{\"method\":\"echo\"}\n");
    assert_eq!(client.json(), json!({"result": {}}));
    assert_eq!(daemon.count("bad_requests"), 2);
}

#[test]
fn a_request_may_come_in_pieces_and_many_in_one() {
    let daemon = Daemon::start();
    let mut client = Raw::connect(&daemon);
    for piece in b"{\"method\":\"echo\",\"params\":{\"n\":1}}\r\n".chunks(1) {
        client.send(piece);
        // Another client is served in between, so the daemon has seen this piece alone.
        daemon.count("clients");
    }
    assert_eq!(client.json(), json!({"result": {"n": 1}}));
    let many: Vec<String> = (0..2000)
        .map(|n| format!("{{\"method\":\"echo\",\"params\":{{\"n\":{n}}}}}\n\n"))
        .collect();
    let many = many.concat();
    let mut writing = client.stream.try_clone().unwrap();
    let writer = std::thread::spawn(move || writing.write_all(many.as_bytes()).unwrap());
    for n in 0..2000 {
        assert_eq!(client.json(), json!({"result": {"n": n}}));
    }
    writer.join().unwrap();
}

#[test]
fn a_client_that_stops_sending_still_gets_its_replies() {
    let daemon = Daemon::start();
    let mut client = Raw::connect(&daemon);
    // The last line has no line feed, as `printf` leaves it.
    client.send(
        "{\"method\":\"echo\"}\nrubbish\n{\"method\":\"entries\",\"params\":{\"count\":5000}}",
    );
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.json(), json!({"result": {}}));
    assert_eq!(client.error().0, "bad_request");
    assert_eq!(client.json()["result"].as_array().unwrap().len(), 5000);
    assert_eq!(client.line(), None);
}

#[test]
fn a_subscriber_that_stops_sending_hears_on() {
    let daemon = Daemon::start();
    let mut client = Raw::connect(&daemon);
    client.send("{\"method\":\"subscribe\"}");
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(
        client.json(),
        json!({"result": {"kinds": ["tick", "tock"]}})
    );
    daemon.call("publish", &json!({"kind": "tock", "count": 2}));
    assert_eq!(client.json()["data"]["number"], 0);
    assert_eq!(client.json()["data"]["number"], 1);
}

#[test]
fn a_reply_of_megabytes_goes_through_whole_while_others_are_served() {
    let daemon = Daemon::start();
    let mut patient = Raw::connect(&daemon);
    patient.send("{\"method\":\"entries\",\"params\":{\"count\":10000}}\n{\"method\":\"echo\"}\n");
    // It does not read yet, and nobody else has to wait for that.
    daemon.wait_for_count("requests", 2);
    for _ in 0..10 {
        daemon.call("echo", &json!({"n": 1}));
    }
    let line = patient.line().unwrap();
    assert!(line.len() > 2_000_000);
    let reply: Value = serde_json::from_str(&line).unwrap();
    let entries = reply["result"].as_array().unwrap();
    assert_eq!(entries.len(), 10_000);
    assert_eq!(entries[9999].as_str().unwrap(), format!("{:0>200}", 9999));
    assert_eq!(patient.json(), json!({"result": {}}));
}

#[test]
fn a_client_too_many_is_told_so_and_the_next_is_welcome_when_one_has_gone() {
    let daemon = Daemon::start();
    let mut clients: Vec<Raw> = (0..MOST_CLIENTS).map(|_| Raw::connect(&daemon)).collect();
    // All of them are really in: each is served.
    for client in &mut clients {
        client.ask(&json!({"method": "echo"}));
    }
    let mut one_more = Raw::connect(&daemon);
    let (code, message) = one_more.error();
    assert_eq!(code, "too_many_clients");
    assert!(message.contains("32 clients"), "{message}");
    assert_eq!(one_more.line(), None);
    let refusal = client::call::<Value>(&daemon.socket, "echo", &Value::Null, LIMIT);
    assert!(
        matches!(&refusal, Err(ClientError::Refused { code, .. }) if code == "too_many_clients"),
        "{refusal:?}"
    );
    // Idle clients stay; one that goes makes room.
    let counters = clients[5].ask(&json!({"method": "counters"}));
    assert_eq!(counters["result"]["clients_refused"], 2);
    clients.pop();
    let start = std::time::Instant::now();
    while client::call::<Value>(&daemon.socket, "echo", &Value::Null, LIMIT).is_err() {
        assert!(start.elapsed() < LIMIT, "the place was never free again");
    }
}

#[test]
fn clients_that_can_only_listen_and_are_gone_give_way() {
    let daemon = Daemon::start();
    for _ in 0..MOST_CLIENTS {
        let mut client = Raw::connect(&daemon);
        client.ask(&json!({"method": "subscribe"}));
        client.stream.shutdown(Shutdown::Write).unwrap();
    }
    daemon.call("echo", &Value::Null);
}

#[test]
fn a_subscriber_gets_the_kinds_it_asked_for() {
    let daemon = Daemon::start();
    let mut ticks = Raw::connect(&daemon);
    let subscribed = ticks.ask(&json!({"method": "subscribe", "params": {"kinds": ["tick"]}}));
    assert_eq!(subscribed, json!({"result": {"kinds": ["tick"]}}));
    let mut all = Raw::connect(&daemon);
    all.ask(&json!({"method": "subscribe"}));
    assert_eq!(
        daemon.call("publish", &json!({"kind": "tock", "count": 1})),
        true
    );
    assert_eq!(
        daemon.call("publish", &json!({"kind": "tick", "count": 1})),
        true
    );
    let (first, second) = (all.json(), all.json());
    assert_eq!(
        (&first["event"], &second["event"]),
        (&json!("tock"), &json!("tick"))
    );
    assert_eq!(ticks.json()["event"], "tick");
    // A subscriber may go on asking.
    assert_eq!(ticks.ask(&json!({"method": "echo"})), json!({"result": {}}));
    let wrong = ticks.ask(&json!({"method": "subscribe", "params": {"kinds": ["tack"]}}));
    assert_eq!(wrong["error"]["code"], "bad_params");
    let message = wrong["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("tick, tock") && message.contains("tack"),
        "{message}"
    );
}

#[test]
fn without_a_subscriber_nothing_is_sent() {
    let daemon = Daemon::start();
    assert_eq!(
        daemon.call("publish", &json!({"kind": "tick", "count": 3})),
        false
    );
    assert_eq!(daemon.count("events"), 0);
}

#[test]
fn a_slow_subscriber_is_dropped_with_the_reason_and_the_quick_one_is_not() {
    let daemon = Daemon::start();
    let mut slow = Raw::connect(&daemon);
    slow.ask(&json!({"method": "subscribe"}));
    let mut quick = Raw::connect(&daemon);
    quick.ask(&json!({"method": "subscribe"}));
    // 2 MB in all, of which the quick one never leaves any unread.
    let mut publisher = Raw::connect(&daemon);
    for number in 0..2000 {
        publisher.ask(&json!({"method": "publish", "params": {"kind": "tick", "count": 1}}));
        let event = quick.json();
        assert_eq!(event["event"], "tick", "{number}: {event}");
    }
    assert_eq!(daemon.count("subscribers_dropped"), 1);
    let mut last = slow.line().unwrap();
    let mut whole = 0;
    while let Some(line) = slow.line() {
        // Every line before the last is a whole event.
        assert_eq!(
            serde_json::from_str::<Value>(&last).unwrap()["event"],
            "tick"
        );
        whole += 1;
        last = line;
    }
    assert!(whole > 0);
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["error"]["code"], "too_slow");
}

#[test]
fn a_socket_left_by_a_crash_is_replaced() {
    let dir = TempDir::new();
    let path = socket_path(dir.path(), DAEMON);
    // A listener that is dropped leaves its file behind, as a killed process does.
    drop(UnixListener::bind(&path).unwrap());
    assert!(matches!(
        client::call::<Value>(&path, "echo", &Value::Null, LIMIT),
        Err(ClientError::NobodyListens { .. })
    ));
    let daemon = Daemon::start_in(dir.path());
    assert_eq!(daemon.call("echo", &json!({})), json!({}));
    let metadata = std::fs::metadata(&path).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o660);
    drop(daemon);
    assert!(!path.exists());
}

#[test]
fn a_second_daemon_is_refused_and_the_first_serves_on() {
    let dir = TempDir::new();
    let daemon = Daemon::start_in(dir.path());
    let second = RunDir::open(dir.path(), DAEMON);
    let Err(OpenError::Running { pid, .. }) = &second else {
        panic!("{second:?}");
    };
    assert_eq!(*pid, std::process::id().to_string());
    let text = second.unwrap_err().to_string();
    assert!(
        text.contains("running already") && text.contains("--run-dir"),
        "{text}"
    );
    assert_eq!(daemon.call("echo", &json!({})), json!({}));
    // Another daemon may share the directory.
    RunDir::open(dir.path(), "grange-other").unwrap();
    drop(daemon);
    RunDir::open(dir.path(), DAEMON).unwrap();
}

#[test]
fn a_run_directory_with_too_long_a_name_is_an_error_and_not_a_panic() {
    let dir = TempDir::new();
    let run_dir = RunDir::open(&dir.path().join("x".repeat(120)), DAEMON).unwrap();
    let error = Server::bind(&run_dir, &mut EventLoop::new().unwrap(), 0, &[]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot open the control socket ")
    );
}

#[test]
fn a_client_says_what_to_do_when_the_daemon_does_not_run() {
    let dir = TempDir::new();
    let path = socket_path(dir.path(), "grange-routed");
    let error = client::call::<Value>(&path, "status", &Value::Null, LIMIT).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "grange-routed is not running (no socket at {}): start it with \
             `/etc/init.d/grange-routed start`, or name its run directory with --run-dir",
            path.display()
        )
    );
}

#[test]
fn a_client_does_not_wait_for_ever_and_takes_no_rubbish() {
    let dir = TempDir::new();
    let path = dir.path().join("mute.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let short = Duration::from_millis(50);
    let call = || client::call::<Value>(&path, "status", &Value::Null, short);
    assert!(matches!(call(), Err(ClientError::Timeout { .. })));
    drop(listener.accept().unwrap());
    for answer in [
        &b""[..],
        b"{\"resu",
        b"hello\n",
        b"{}\n",
        b"\xff\n",
        b"\0\n",
    ] {
        let server = std::thread::spawn({
            let listener = listener.try_clone().unwrap();
            move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                assert_ne!(stream.read(&mut request).unwrap(), 0);
                stream.write_all(answer).unwrap();
            }
        });
        let reply = client::call::<Value>(&path, "status", &Value::Null, LIMIT);
        assert!(
            matches!(reply, Err(ClientError::Protocol { .. })),
            "{answer:?} {reply:?}"
        );
        server.join().unwrap();
    }
}

#[test]
fn a_client_reads_events_and_the_reason_for_their_end() {
    let daemon = Daemon::start();
    let mut client = Client::connect(&daemon.socket).unwrap();
    let kinds: Value = client.call("subscribe", &Value::Null, LIMIT).unwrap();
    assert_eq!(kinds, json!({"kinds": ["tick", "tock"]}));
    daemon.call("publish", &json!({"kind": "tick", "count": 1}));
    let event = client.next_event(Some(LIMIT)).unwrap().unwrap();
    assert!(
        event.starts_with("{\"event\":\"tick\",\"data\":{\"number\":0,"),
        "{event}"
    );
    let none = client.next_event(Some(Duration::from_millis(20)));
    assert!(matches!(none, Err(ClientError::Timeout { .. })), "{none:?}");
    // More at once than the daemon and the kernel keep for anybody.
    daemon.call("publish", &json!({"kind": "tick", "count": 2000}));
    let end = loop {
        match client.next_event(Some(LIMIT)) {
            Ok(Some(_)) => {}
            other => break other,
        }
    };
    assert!(
        matches!(&end, Err(ClientError::Refused { code, .. }) if code == "too_slow"),
        "{end:?}"
    );
    drop(daemon);
    assert_eq!(client.next_event(Some(LIMIT)).unwrap(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_whatsoever_keep_the_next_client_from_being_served(
        pieces in prop::collection::vec(piece(), 0..12),
    ) {
        let daemon = Daemon::start();
        let mut stream = UnixStream::connect(&daemon.socket).unwrap();
        stream.set_nonblocking(true).unwrap();
        let mut answers = [0; 4096];
        for piece in &pieces {
            // It may have been sent away, or not be read from: both are fine.
            let _ = stream.write(piece);
            let _ = stream.read(&mut answers);
        }
        prop_assert_eq!(daemon.call("echo", &json!({"n": 1})), json!({"n": 1}));
        drop(stream);
        prop_assert_eq!(daemon.call("echo", &json!({"n": 2})), json!({"n": 2}));
    }
}

/// Pieces of what a client might send: noise, halves of requests, whole ones.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "[\\[\\]{}\":,a-z0-9 \\\\u\n]{0,80}".prop_map(String::into_bytes),
        prop::sample::select(vec![
            &b"{\"method\":\"echo\",\"params\":"[..],
            b"{\"method\":\"echo\"}\n",
            b"{\"method\":\"subscribe\"}\n",
            b"{\"method\":\"entries\",\"params\":{\"count\":3000}}\n",
            b"{\"a\":{\"b\":null}}}\n",
            b"\n\n\n",
            b"\xff\xfe\0\n",
        ])
        .prop_map(<[u8]>::to_vec),
        Just(vec![b'['; 70_000]),
    ]
}
