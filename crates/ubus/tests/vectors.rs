//! What the real ubusd, the real client, the real server and the real netifd have said (`vectors/README.md`).
#![expect(
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use grange_daemon::json::Value as Json;
use grange_linux::Protocol as _;
use grange_ubus::blob::{self, Attributes};
use grange_ubus::frame::message_length;
use grange_ubus::json::{from_json, to_json};
use grange_ubus::message::{Composer, Kind, Message};
use grange_ubus::netifd::{Watch, parse_dump};
use grange_ubus::{
    ArgumentType, Client, Data, Event, Method, Object, Status, Table, Value, Writer,
};
use serde_json::json;

const NOW: Duration = Duration::from_secs(100);
const PATIENCE: Duration = Duration::from_secs(30);

const TEST: Object = Object {
    path: "test",
    methods: &[
        Method {
            name: "hello",
            arguments: &[("id", ArgumentType::Int32), ("msg", ArgumentType::String)],
        },
        Method {
            name: "watch",
            arguments: &[
                ("id", ArgumentType::Int32),
                ("counter", ArgumentType::Int32),
            ],
        },
        Method {
            name: "count",
            arguments: &[
                ("to", ArgumentType::Int32),
                ("string", ArgumentType::String),
            ],
        },
    ],
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn recorded(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect("the vector can be read")
}

fn messages(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while !stream.is_empty() {
        let length = message_length(stream).expect("a message").expect("whole");
        let (message, rest) = stream.split_at(length);
        messages.push(message);
        stream = rest;
    }
    messages
}

fn events(client: &mut Client) -> Vec<Event> {
    core::iter::from_fn(|| client.poll_event()).collect()
}

/// A client that was greeted as the recorded one was, and what is left of what that one received.
fn greeted(stream: &[u8]) -> (Client, Vec<&[u8]>) {
    let mut rest = messages(stream);
    let mut client = Client::new();
    client.handle_connected(NOW);
    client.handle_bytes(rest.remove(0), NOW);
    (client, rest)
}

/// Gives the client the rest of what the recorded one received; what it sends and what happens.
fn played(client: &mut Client, received: &[&[u8]]) -> (Vec<u8>, Vec<Event>) {
    let mut sent = client.outgoing().to_vec();
    client.handle_sent(sent.len());
    let mut happened = events(client);
    for message in received {
        client.handle_bytes(message, NOW);
        sent.extend_from_slice(client.outgoing());
        client.handle_sent(client.outgoing().len());
        happened.extend(events(client));
    }
    (sent, happened)
}

#[test]
fn every_recorded_message_is_read_and_written_again_as_it_was() {
    let (mut streams, mut kinds) = (0, [0; 16]);
    for entry in fs::read_dir(folder()).expect("there are vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        streams += 1;
        let stream = fs::read(&path).expect("the vector can be read");
        for octets in messages(&stream) {
            let message = Message::parse(octets).expect("a message");
            if let Some(count) = kinds.get_mut(usize::from(message.header.kind.0)) {
                *count += 1;
            }
            message.data().expect("its data is sound");
            Table::check(message.signature.unwrap_or_default()).expect("its signature is sound");
            let inside = Attributes::new(octets.get(12..).expect("a blob"));
            let mut again = Vec::new();
            let mut composer = Composer::new(&mut again, message.header);
            for attribute in inside {
                let attribute = attribute.expect("an attribute");
                assert!(!attribute.extended);
                composer = composer.octets(attribute.id, attribute.payload);
            }
            composer.finish();
            assert_eq!(again, octets, "{}", path.display());
        }
    }
    assert!(streams >= 30, "only {streams} streams");
    for (kind, least) in [
        (0, 15),
        (1, 20),
        (2, 10),
        (4, 8),
        (5, 10),
        (6, 4),
        (8, 3),
        (9, 1),
        (10, 2),
    ] {
        assert!(kinds[kind] >= least, "{} of kind {kind}", kinds[kind]);
    }
}

#[test]
fn our_look_ups_are_those_of_the_real_client() {
    for (name, pattern) in [("list", None), ("list_one", Some("te*"))] {
        let stream = recorded(&format!("{name}.from_ubusd"));
        let (mut client, received) = greeted(&stream);
        let call = client.look_up(pattern, PATIENCE, NOW);
        let (sent, happened) = played(&mut client, &received);
        assert_eq!(sent, recorded(&format!("{name}.to_ubusd")));
        let [
            Event::Connected,
            Event::Ready,
            Event::Found {
                path, signature, ..
            },
            Event::Done { status, .. },
        ] = happened.as_slice()
        else {
            panic!("{happened:?}");
        };
        assert_eq!((path.as_str(), *status), ("test", Status::OK));
        assert_eq!(call, grange_ubus::CallId(1));
        let types = to_json(signature.table());
        assert_eq!(
            types.get("hello"),
            Some(&Json::from(json!({"id": 5, "msg": 3})))
        );
    }
}

#[test]
fn our_calls_are_those_of_the_real_client() {
    let stream = recorded("call_count.from_ubusd");
    let (mut client, received) = greeted(&stream);
    let arguments = Writer::data(|writer| {
        writer.int32("to", 3).string("string", "abc");
    });
    client.call(
        "test",
        "count",
        arguments.expect("it is short"),
        PATIENCE,
        NOW,
    );
    let (sent, happened) = played(&mut client, &received);
    assert_eq!(sent, recorded("call_count.to_ubusd"));
    let [
        Event::Connected,
        Event::Ready,
        Event::Answer { data, .. },
        Event::Done { status, .. },
    ] = happened.as_slice()
    else {
        panic!("{happened:?}");
    };
    assert_eq!(
        (data.table().integer("rc"), *status),
        (Some(49), Status::OK)
    );
}

#[test]
fn a_refused_call_ends_with_the_reason() {
    for (name, object, method, status) in [
        (
            "call_no_argument",
            "test",
            "count",
            Status::INVALID_ARGUMENT,
        ),
        (
            "call_no_method",
            "test",
            "nothing",
            Status::METHOD_NOT_FOUND,
        ),
        ("call_no_object", "nothing", "nothing", Status::NOT_FOUND),
    ] {
        let stream = recorded(&format!("{name}.from_ubusd"));
        let (mut client, received) = greeted(&stream);
        let call = client.call(object, method, Data::default(), PATIENCE, NOW);
        let (sent, happened) = played(&mut client, &received);
        assert_eq!(sent, recorded(&format!("{name}.to_ubusd")), "{name}");
        assert_eq!(
            happened.last(),
            Some(&Event::Done { call, status }),
            "{name}"
        );
    }
}

#[test]
fn our_event_is_that_of_the_real_client() {
    let stream = recorded("send.from_ubusd");
    let (mut client, received) = greeted(&stream);
    let data = Writer::data(|writer| {
        writer.string("text", "hear me").int32("number", 5);
    });
    let data = data.expect("it is short");
    let call = client.send_event("grange.test", &data, PATIENCE, NOW);
    let call = call.expect("it is short");
    let (sent, happened) = played(&mut client, &received);
    assert_eq!(sent, recorded("send.to_ubusd"));
    let status = Status::OK;
    assert_eq!(happened.last(), Some(&Event::Done { call, status }));
}

#[test]
fn a_listener_hears_what_the_real_one_heard() {
    let stream = recorded("listener.from_ubusd");
    let (mut client, received) = greeted(&stream);
    client.listen(&["grange.*", "ubus.object.*"], NOW);
    let (sent, happened) = played(&mut client, &received);
    // The real client asks for one pattern after the other is granted, and gets an object for each.
    let first = messages(&sent).into_iter().take(2).flatten().copied();
    let theirs = recorded("listener.to_ubusd");
    let expected = messages(&theirs).into_iter().take(2).flatten().copied();
    assert!(first.eq(expected));
    let heard = happened.iter().find_map(|event| match event {
        Event::Heard { name, data } => Some((name.as_str(), to_json(data.table()))),
        _ => None,
    });
    let (name, data) = heard.expect("an event");
    assert_eq!(name, "grange.test");
    assert_eq!(Json::Object(data), json!({"text": "hear me", "number": 5}));
}

#[test]
fn our_object_is_that_of_the_real_server_and_hears_its_calls() {
    let stream = recorded("server.from_ubusd");
    let (mut client, received) = greeted(&stream);
    let object = client.publish(TEST, NOW);
    let (sent, happened) = played(&mut client, &received);
    let theirs = recorded("server.to_ubusd");
    assert_eq!(messages(&sent).first(), messages(&theirs).first());
    let asked = happened.iter().filter_map(|event| match event {
        Event::Request(request) => Some((request.method, to_json(request.arguments.table()))),
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    let [("hello", hello), ("count", count), ("count", none)] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(hello.get("msg"), Some(&Json::from("grüß")));
    assert_eq!(
        Json::Object(count.clone()),
        json!({"to": 3, "string": "abc"})
    );
    assert!(none.is_empty());
    // The call of a method that is not there was answered without asking anybody.
    let refusals = messages(&sent).into_iter().filter_map(Message::parse);
    let refusals = refusals.filter(|message| message.header.kind == Kind::STATUS);
    let refusals: Vec<_> = refusals.filter_map(|message| message.status).collect();
    assert_eq!(refusals, [Status::METHOD_NOT_FOUND.0]);
    let watched = happened.iter().filter_map(|event| match event {
        Event::Subscribers { object: known, any } if *known == object => Some(*any),
        _ => None,
    });
    assert_eq!(watched.collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn the_answers_of_the_real_server_are_ours() {
    let theirs = recorded("server.to_ubusd");
    let stream = recorded("server.from_ubusd");
    let (mut client, received) = greeted(&stream);
    client.publish(TEST, NOW);
    let mut ours = Vec::new();
    for message in received {
        client.handle_bytes(message, NOW);
        while let Some(event) = client.poll_event() {
            let Event::Request(request) = event else {
                continue;
            };
            let data = Writer::data(|writer| match request.arguments.table().text("msg") {
                Some(text) => {
                    writer.string("message", &format!("test received a message: {text}"));
                }
                None => {
                    writer.int32("rc", 49);
                }
            });
            let refused = request.method == "count" && request.arguments.as_bytes().is_empty();
            if refused {
                client.finish(request.id, Status::INVALID_ARGUMENT);
            } else {
                client.answer(&request.id, &data.expect("it is short"));
                client.finish(request.id, Status::OK);
            }
        }
        ours.extend_from_slice(client.outgoing());
        client.handle_sent(client.outgoing().len());
    }
    let answers = |stream: &[u8]| {
        let messages = messages(stream).into_iter();
        let answers = messages.filter(|octets| {
            let kind = Message::parse(octets).expect("a message").header.kind;
            kind == Kind::DATA || kind == Kind::STATUS
        });
        answers.map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    assert_eq!(answers(&ours), answers(&theirs));
    assert_eq!(answers(&ours).len(), 6);
}

#[test]
fn a_subscription_is_that_of_the_real_client_and_ends_with_its_object() {
    let stream = recorded("subscriber_left.from_ubusd");
    let theirs = recorded("subscriber_left.to_ubusd");
    let said: Vec<Kind> = messages(&theirs)
        .into_iter()
        .map(|octets| Message::parse(octets).expect("a message").header.kind)
        .collect();
    assert_eq!(said, [Kind::ADD_OBJECT, Kind::LOOKUP, Kind::SUBSCRIBE]);
    let last = messages(&stream).pop().map(<[u8]>::to_vec);
    let last = last.expect("a message");
    let last = Message::parse(&last).expect("a message");
    assert_eq!(last.header.kind, Kind::UNSUBSCRIBE);
    assert!(last.object.is_some() && last.target.is_some());
}

#[test]
fn json_of_every_type_becomes_the_octets_of_the_real_client() {
    let stream = recorded("call_all_types.to_ubusd");
    let invoke = messages(&stream).pop().expect("a message");
    let message = Message::parse(invoke).expect("a message");
    let table = message.data().expect("it is sound");
    let expected = json!({
        "id": 7, "msg": "grüß", "big": 9_007_199_254_740_993_i64, "neg": -5, "min": i32::MIN,
        "over": 2_147_483_648_i64, "yes": true, "no": false, "none": null, "half": 0.5,
        "list": [1, "two", [3], {"four": 4}], "table": {"a": {"b": {}}}, "": "nameless", "empty": []
    });
    assert_eq!(Json::Object(to_json(table)), expected);
    let mut compared = 0;
    for attribute in Attributes::new(table.as_bytes()) {
        let attribute = attribute.expect("an attribute");
        let (name, _) = grange_ubus::blobmsg::parts(&attribute).expect("a value");
        let name = str::from_utf8(name).expect("text");
        let value = Json::from(expected.get(name).expect("it is there").clone());
        let ours = from_json(&[(name.to_owned(), value)].into_iter().collect());
        let mut theirs = Vec::new();
        let at = blob::open(&mut theirs, attribute.id, true);
        theirs.extend_from_slice(attribute.payload);
        blob::close(&mut theirs, at);
        assert_eq!(ours.expect("it is short").as_bytes(), theirs, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 14);
    assert!(matches!(
        table.find("over"),
        Some(Value::Int64(2_147_483_648))
    ));
    assert!(matches!(table.find("min"), Some(Value::Int32(i32::MIN))));
}

#[test]
fn the_real_netifd_is_understood() {
    let stream = recorded("netifd_dump.from_ubusd");
    let mut replies = messages(&stream).into_iter().filter_map(Message::parse);
    let reply = replies.find(|message| message.data.is_some());
    let table = reply.expect("a reply").data().expect("it is sound");
    let interfaces = parse_dump(table);
    let shown: Vec<String> = interfaces
        .iter()
        .map(|interface| {
            let state = if interface.up { "up" } else { "down" };
            let device = interface.l3_device.as_deref().unwrap_or("-");
            let proto = interface.proto.as_deref().unwrap_or("-");
            let metric = interface.metric;
            format!("{} {state} {device} {proto} {metric}", interface.name)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "lan up br-lan static 0",
            "loopback up lo static 0",
            "mesh0 up wlan0-mesh none 0",
            "spare down - static 0",
            "wan up eth0.2 static 10",
            "wan6 up eth0.2 static 11",
        ]
    );
    let of = |name: &str| {
        let mut named = interfaces.iter();
        named
            .find(|interface| interface.name == name)
            .expect("it is there")
    };
    let wan = of("wan");
    assert_eq!(wan.addresses.len(), 1);
    assert_eq!(wan.addresses[0].address.to_string(), "198.51.100.7");
    assert_eq!(wan.addresses[0].plen, 24);
    let hops: Vec<_> = wan
        .default_routes
        .iter()
        .map(|route| route.next_hop)
        .collect();
    assert_eq!(hops, ["198.51.100.1".parse().ok()]);
    assert_eq!(wan.default_routes[0].source, None);
    let resolvers: Vec<_> = wan.resolvers.iter().map(ToString::to_string).collect();
    assert_eq!(resolvers, ["198.51.100.53", "2001:db8::53"]);
    assert!(
        wan.uptime
            .is_some_and(|uptime| uptime < Duration::from_mins(1))
    );
    let wan6 = of("wan6");
    assert_eq!(wan6.default_routes[0].next_hop, "fe80::1".parse().ok());
    assert!(!wan6.default_routes[0].is_ipv4);
    assert_eq!(wan6.prefixes[0].prefix.to_string(), "2001:db8:100::/56");
    let (to, part) = &wan6.prefixes[0].assigned[0];
    assert_eq!(
        (to.as_str(), part.to_string().as_str()),
        ("lan", "2001:db8:100::/60")
    );
    let lan = of("lan");
    assert_eq!(lan.assignments[0].address.to_string(), "2001:db8:100::1");
    assert_eq!(lan.assignments[0].plen, 60);
    let spare = of("spare");
    assert!(spare.available && !spare.pending && spare.device.as_deref() == Some("eth9"));
}

#[test]
fn the_events_of_the_real_netifd_lead_to_a_new_question() {
    for name in [
        "netifd_events.from_ubusd",
        "netifd_notifications.from_ubusd",
    ] {
        let stream = recorded(name);
        let invokes = messages(&stream).into_iter().filter_map(Message::parse);
        let of_mesh0 = |message: &Message<'_>| {
            let table = message.data().expect("it is sound");
            table.text("interface") == Some("mesh0")
        };
        let invokes: Vec<_> = invokes
            .filter(|message| message.header.kind == Kind::INVOKE && of_mesh0(message))
            .collect();
        // Down, up, and down again when netifd itself was ended.
        assert!(invokes.len() >= 2, "{name}");
        let mut client = Client::new();
        let mut watch = Watch::new(&mut client, NOW);
        for message in invokes {
            let name = String::from_utf8_lossy(message.method.expect("a name")).into_owned();
            if name != "network.interface" {
                assert!(["interface.update", "interface.down"].contains(&name.as_str()));
                continue;
            }
            let octets = message.data.expect("data").to_vec();
            let data = Data::new(octets).expect("it is sound");
            assert!(
                ["ifdown", "ifup"]
                    .map(Some)
                    .contains(&data.table().text("action"))
            );
            let heard = Event::Heard { name, data };
            assert_eq!(watch.handle_event(&heard, &mut client, NOW), None);
            // Without a connection the question fails at once, which shows that it was asked.
            let asked = events(&mut client);
            let [done @ Event::Done { status, .. }] = asked.as_slice() else {
                panic!("{asked:?}");
            };
            assert_eq!(*status, Status::CONNECTION_FAILED);
            assert_eq!(watch.handle_event(done, &mut client, NOW), None);
        }
    }
}
