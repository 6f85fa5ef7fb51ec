//! Clients and servers on the stand-in for ubusd, each in an event loop of its own.
#![expect(
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

mod daemon;

use core::time::Duration;
use std::io::{self, IoSlice, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixListener;
use std::time::Instant;

use grange_linux::Protocol as _;
use grange_ubus::message::{Composer, Header, Kind};
use grange_ubus::netifd::{Interface, Watch};
use grange_ubus::{ArgumentType, Client, Data, Event, Method, Object, Status, Value, Writer};
use grange_ubusd_stand_in::StandIn;
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::daemon::{DEADLINE, Daemon, Folder, now, together};

const PATIENCE: Duration = Duration::from_secs(30);

const LIGHT: Object = Object {
    path: "grange.light",
    methods: &[
        Method {
            name: "set",
            arguments: &[("on", ArgumentType::Bool), ("level", ArgumentType::Int32)],
        },
        Method {
            name: "silent",
            arguments: &[],
        },
    ],
};
const NETIFD: Object = Object {
    path: "network.interface",
    methods: &[Method {
        name: "dump",
        arguments: &[],
    }],
};

fn done(event: &Event) -> Option<Status> {
    match event {
        Event::Done { status, .. } => Some(*status),
        _ => None,
    }
}

fn light_server(client: &mut Client, event: Event) {
    let Event::Request(request) = event else {
        return;
    };
    if request.method == "set" {
        let on = request.arguments.table().boolean("on");
        let data = Writer::data(|writer| {
            writer.boolean("was", !on.unwrap_or(false));
        });
        client.answer(&request.id, &data.expect("it is short"));
        client.finish(request.id, Status::OK);
    }
    // "silent" is never finished.
}

fn arguments(write: impl FnOnce(&mut Writer)) -> Data {
    Writer::data(write).expect("it is short")
}

#[test]
fn an_object_is_found_and_called() {
    let folder = Folder::new("called");
    let _ubusd = StandIn::start(folder.socket()).expect("it starts");
    let (mut server, mut caller) = (Daemon::new(&folder), Daemon::new(&folder));
    server.client().publish(LIGHT, now());
    server.ready();
    caller.ready();
    caller.client().look_up(Some("grange.*"), PATIENCE, now());
    let path = caller.until("object", |event| match event {
        Event::Found { path, .. } => Some(path.clone()),
        _ => None,
    });
    assert_eq!(path, "grange.light");
    caller.until("end", done);
    let on = arguments(|writer| {
        writer.boolean("on", true).string("ubus_rpc_session", "0");
    });
    let call = caller
        .client()
        .call("grange.light", "set", on, PATIENCE, now());
    let mut answer = None;
    let status = together(
        &mut caller,
        &mut server,
        "answer",
        light_server,
        |_, event| {
            if let Event::Answer { call: to, data } = &event {
                assert_eq!(*to, call);
                answer = data.table().boolean("was");
            }
            done(&event)
        },
    );
    assert_eq!((answer, status), (Some(false), Status::OK));
}

#[test]
fn wrong_arguments_unknown_methods_and_objects_are_refused() {
    let folder = Folder::new("refused");
    let _ubusd = StandIn::start(folder.socket()).expect("it starts");
    let (mut server, mut caller) = (Daemon::new(&folder), Daemon::new(&folder));
    server.client().publish(LIGHT, now());
    server.ready();
    caller.ready();
    let wrong = |write: fn(&mut Writer)| arguments(write);
    for (path, method, data, expected) in [
        (
            "grange.light",
            "set",
            wrong(|w| _ = w.string("on", "yes")),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.light",
            "set",
            wrong(|w| _ = w.int64("level", 1 << 40)),
            Status::INVALID_ARGUMENT,
        ),
        (
            "grange.light",
            "set",
            wrong(|w| _ = w.int64("level", 40)),
            Status::OK,
        ),
        (
            "grange.light",
            "get",
            Data::default(),
            Status::METHOD_NOT_FOUND,
        ),
        ("grange.dark", "set", Data::default(), Status::NOT_FOUND),
        ("grange.*", "set", Data::default(), Status::INVALID_ARGUMENT),
    ] {
        caller.client().call(path, method, data, PATIENCE, now());
        let wanted = |_: &mut Client, event: Event| done(&event);
        let status = together(&mut caller, &mut server, "end", light_server, wanted);
        assert_eq!(status, expected, "{path} {method}");
    }
}

#[test]
fn a_call_that_nobody_finishes_ends_in_time_and_others_go_on() {
    let folder = Folder::new("silent");
    let _ubusd = StandIn::start(folder.socket()).expect("it starts");
    let (mut server, mut caller) = (Daemon::new(&folder), Daemon::new(&folder));
    server.client().publish(LIGHT, now());
    server.ready();
    caller.ready();
    let short = Duration::from_millis(300);
    let late = caller
        .client()
        .call("grange.light", "silent", Data::default(), short, now());
    caller
        .client()
        .call("grange.light", "set", Data::default(), PATIENCE, now());
    let mut ended = Vec::new();
    together(
        &mut caller,
        &mut server,
        "two ends",
        light_server,
        |_, event| {
            if let Event::Done { call, status } = event {
                ended.push((call == late, status));
            }
            (ended.len() == 2).then_some(())
        },
    );
    assert_eq!(ended, [(false, Status::OK), (true, Status::TIMEOUT)]);
}

#[test]
fn subscribers_are_counted_and_told() {
    let folder = Folder::new("subscribers");
    let _ubusd = StandIn::start(folder.socket()).expect("it starts");
    let (mut server, mut hearer) = (Daemon::new(&folder), Daemon::new(&folder));
    let object = server.client().publish(LIGHT, now());
    server.ready();
    let data = arguments(|writer| _ = writer.int32("level", 3));
    // Nobody hears it, so it is not sent.
    server.client().notify(object, "nobody", &data);
    assert!(!server.client().has_subscribers(object));
    let subscription = hearer.client().subscribe("grange.light", now());
    let serve = |client: &mut Client, event: Event| {
        if let Event::Subscribers { any: true, .. } = event {
            client.notify(object, "level", &data);
        }
    };
    let (name, level) = together(
        &mut hearer,
        &mut server,
        "notification",
        serve,
        |_, event| match event {
            Event::Notified {
                subscription: known,
                name,
                data,
            } => {
                assert_eq!(known, subscription);
                Some((name, data.table().integer("level")))
            }
            _ => None,
        },
    );
    assert_eq!((name.as_str(), level), ("level", Some(3)));
    drop(hearer);
    let any = server.until("loss of the subscriber", |event| match event {
        Event::Subscribers { any, .. } => Some(*any),
        _ => None,
    });
    assert!(!any && !server.client().has_subscribers(object));
}

#[test]
fn a_subscription_holds_when_its_object_goes_and_comes() {
    let folder = Folder::new("comes");
    let _ubusd = StandIn::start(folder.socket()).expect("it starts");
    let mut hearer = Daemon::new(&folder);
    let subscription = hearer.client().subscribe("grange.light", now());
    hearer.ready();
    for _ in 0..2 {
        let mut server = Daemon::new(&folder);
        server.client().publish(LIGHT, now());
        together(
            &mut hearer,
            &mut server,
            "subscription",
            |_, _| (),
            |_, event| (event == Event::Subscribed(subscription)).then_some(()),
        );
        drop(server);
        hearer.until("its end", |event| {
            (*event == Event::Unsubscribed(subscription)).then_some(())
        });
    }
}

#[test]
fn after_a_restart_of_ubusd_everything_is_there_again() {
    let folder = Folder::new("restart");
    let (mut server, mut caller) = (Daemon::new(&folder), Daemon::new(&folder));
    server.client().publish(LIGHT, now());
    caller.client().listen(&["light.*"], now());
    for round in 0..3 {
        let ubusd = StandIn::start(folder.socket()).expect("it starts");
        server.ready();
        caller.ready();
        assert_eq!(ubusd.paths(), ["grange.light"]);
        caller
            .client()
            .call("grange.light", "set", Data::default(), PATIENCE, now());
        let wanted = |_: &mut Client, event: Event| done(&event);
        let status = together(&mut caller, &mut server, "answer", light_server, wanted);
        assert_eq!(status, Status::OK);
        let data = arguments(|writer| _ = writer.int32("round", round));
        let sent = server
            .client()
            .send_event("light.on", &data, PATIENCE, now());
        sent.expect("it is short");
        let heard = together(
            &mut caller,
            &mut server,
            "event",
            light_server,
            |_, event| match event {
                Event::Heard { data, .. } => data.table().integer("round"),
                _ => None,
            },
        );
        assert_eq!(heard, i64::from(round));
        // A call that is on its way ends with the connection.
        caller
            .client()
            .call("grange.light", "silent", Data::default(), PATIENCE, now());
        caller.turn();
        drop(ubusd);
        let status = caller.until("end of the call", done);
        assert_eq!(status, Status::CONNECTION_FAILED);
        server.until("end", |event| (*event == Event::Disconnected).then_some(()));
    }
}

#[test]
fn a_path_that_is_taken_is_tried_again_until_it_is_free() {
    let folder = Folder::new("taken");
    let ubusd = StandIn::start(folder.socket()).expect("it starts");
    let (mut old, mut new) = (Daemon::new(&folder), Daemon::new(&folder));
    old.client().publish(LIGHT, now());
    old.ready();
    new.client().publish(LIGHT, now());
    let status = new.until("refusal", |event| match event {
        Event::Refused { status, .. } => Some(*status),
        _ => None,
    });
    assert_eq!(status, Status::INVALID_ARGUMENT);
    drop(old);
    let start = Instant::now();
    while ubusd.clients() > 1 || ubusd.paths().is_empty() {
        assert!(start.elapsed() < DEADLINE, "the path was not taken over");
        new.turn();
    }
}

#[test]
fn a_deferred_answer_to_a_connection_that_ended_is_not_sent_on_the_next() {
    let folder = Folder::new("stale");
    let ubusd = StandIn::start(folder.socket()).expect("it starts");
    let (mut server, mut caller) = (Daemon::new(&folder), Daemon::new(&folder));
    server.client().publish(LIGHT, now());
    server.ready();
    caller.ready();
    caller
        .client()
        .call("grange.light", "silent", Data::default(), PATIENCE, now());
    let request = together(
        &mut server,
        &mut caller,
        "request",
        |_, _| (),
        |_, event| match event {
            Event::Request(request) => Some(request),
            _ => None,
        },
    );
    drop(ubusd);
    server.until("end", |event| (*event == Event::Disconnected).then_some(()));
    let _ubusd = StandIn::start(folder.socket()).expect("it starts again");
    server.ready();
    server.client().answer(&request.id, &Data::default());
    server.client().finish(request.id, Status::OK);
    assert!(server.client().outgoing().is_empty());
}

#[test]
fn descriptors_that_are_passed_are_closed() {
    let folder = Folder::new("descriptors");
    let listener = UnixListener::bind(folder.socket()).expect("it can listen");
    let mut daemon = Daemon::new(&folder);
    daemon.turn();
    let (stream, _) = listener.accept().expect("it has connected");
    let (mut reading, writing) = io::pipe().expect("a pipe");
    let mut hello = Vec::new();
    let (kind, seq, peer) = (Kind::HELLO, 0, 5);
    Composer::new(&mut hello, Header { kind, seq, peer }).finish();
    let passed = [writing.as_raw_fd()];
    let rights = [ControlMessage::ScmRights(&passed)];
    let octets = [IoSlice::new(&hello)];
    let flags = MsgFlags::empty();
    sendmsg::<()>(stream.as_raw_fd(), &octets, &rights, flags, None).expect("it can be sent");
    drop(writing);
    daemon.until("greeting", |event| {
        (*event == Event::Connected).then_some(())
    });
    // With any copy of the writing end left open, this would wait for ever.
    let mut rest = Vec::new();
    assert_eq!(reading.read_to_end(&mut rest).expect("it can be read"), 0);
}

#[test]
fn a_ubusd_that_speaks_nonsense_is_left_and_tried_again() {
    let folder = Folder::new("nonsense");
    let listener = UnixListener::bind(folder.socket()).expect("it can listen");
    let mut daemon = Daemon::new(&folder);
    daemon.turn();
    for nonsense in [
        &b"HTTP/1.1 400 Bad Request\r\n"[..],
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255],
    ] {
        let (mut stream, _) = listener.accept().expect("it connects");
        io::Write::write_all(&mut stream, nonsense).expect("it can be sent");
        listener.set_nonblocking(true).expect("it can be set");
        let start = Instant::now();
        let again = loop {
            assert!(start.elapsed() < DEADLINE, "it did not try again");
            daemon.turn();
            match listener.accept() {
                Ok((again, _)) => break again,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        };
        assert!(daemon.client().refused_messages() > 0);
        // The connection that is there now is given up, so that the next round has its own.
        drop(again);
        listener.set_nonblocking(false).expect("it can be set");
        let start = Instant::now();
        while !daemon.client().wants_connection() && start.elapsed() < Duration::from_secs(2) {
            daemon.turn();
        }
        daemon.turn();
    }
}

#[test]
fn a_netifd_is_followed_through_changes_and_its_own_restart() {
    let folder = Folder::new("netifd");
    let _ubusd = StandIn::start(folder.socket()).expect("it starts");
    let mut follower = Daemon::new(&folder);
    let mut watch = Watch::new(follower.client(), now());
    follower.ready();
    let mut changed = |client: &mut Client, event: Event| -> Option<Vec<Interface>> {
        watch.handle_event(&event, client, now())
    };
    for device in ["wlan0", "wlan1"] {
        let mut netifd = Daemon::new(&folder);
        let object = netifd.client().publish(NETIFD, now());
        let mut current = device.to_owned();
        let answer = |current: &str, client: &mut Client, event: Event| {
            let Event::Request(request) = event else {
                return;
            };
            let data = arguments(|writer| {
                _ = writer.array("interface", |writer| {
                    _ = writer.table("", |writer| {
                        _ = writer
                            .string("interface", "mesh0")
                            .boolean("up", true)
                            .string("l3_device", current);
                    });
                });
            });
            client.answer(&request.id, &data);
            client.finish(request.id, Status::OK);
        };
        let devices = |known: &[Interface]| -> Vec<Option<String>> {
            known
                .iter()
                .map(|interface| interface.l3_device.clone())
                .collect()
        };
        let serve = |client: &mut Client, event: Event| answer(&current, client, event);
        let known = together(&mut follower, &mut netifd, "answer", serve, &mut changed);
        assert_eq!(devices(&known), [Some(device.to_owned())]);
        // A notification alone, as for a new address.
        current.push_str("-b");
        netifd
            .client()
            .notify(object, "interface.update", &Data::default());
        let serve = |client: &mut Client, event: Event| answer(&current, client, event);
        let known = together(&mut follower, &mut netifd, "answer", serve, &mut changed);
        assert_eq!(devices(&known), [Some(current.clone())]);
        // An event alone, as for ifup.
        current.push_str("-c");
        let event = arguments(|writer| {
            _ = writer.string("action", "ifup").string("interface", "mesh0");
        });
        let sent = netifd
            .client()
            .send_event("network.interface", &event, PATIENCE, now());
        sent.expect("it is short");
        let serve = |client: &mut Client, event: Event| answer(&current, client, event);
        let known = together(&mut follower, &mut netifd, "answer", serve, &mut changed);
        assert_eq!(devices(&known), [Some(current.clone())]);
    }
}

#[test]
fn the_longest_message_passes_and_a_longer_one_is_never_sent() {
    let folder = Folder::new("longest");
    let _ubusd = StandIn::start(folder.socket()).expect("it starts");
    let (mut server, mut caller) = (Daemon::new(&folder), Daemon::new(&folder));
    server.client().publish(LIGHT, now());
    server.ready();
    caller.ready();
    let text = "x".repeat(1_000_000);
    let long = arguments(|writer| _ = writer.string("text", &text));
    caller
        .client()
        .call("grange.light", "set", long, PATIENCE, now());
    let mut length = 0;
    let serve = |client: &mut Client, event: Event| {
        if let Event::Request(request) = event {
            if let Some(Value::String(text)) = request.arguments.table().find("text") {
                length = text.len();
            }
            client.finish(request.id, Status::OK);
        }
    };
    let wanted = |_: &mut Client, event: Event| done(&event);
    let status = together(&mut caller, &mut server, "end", serve, wanted);
    assert_eq!((status, length), (Status::OK, 1_000_000));
    let longer = Writer::data(|writer| {
        writer.string("text", &text).string("more", &text);
    });
    assert!(longer.is_err());
}
