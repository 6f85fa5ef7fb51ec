//! What must hold for any octets given to the readers of `grange-ubus`. Shared by the fuzz targets and by the
//! test that replays their corpora.

use core::time::Duration;

use grange_linux::Protocol as _;
use grange_ubus::blobmsg::DEEPEST;
use grange_ubus::frame::{Inbox, LONGEST_MESSAGE};
use grange_ubus::json::{from_json, to_json};
use grange_ubus::message::Message;
use grange_ubus::netifd::parse_dump;
use grange_ubus::{ArgumentType, Client, Event, Method, Object, Table, Value};

const OBJECT: Object = Object {
    path: "test",
    methods: &[Method {
        name: "hello",
        arguments: &[("id", ArgumentType::Int32), ("msg", ArgumentType::String)],
    }],
};

/// Octets as blobmsg: no panic, no more values than octets, nested no deeper than allowed; what was read can
/// be written, and means the same.
pub(crate) fn blobmsg(octets: &[u8]) {
    let Ok(table) = Table::check(octets) else {
        return;
    };
    let (count, depth) = size(Value::Table(table));
    assert!(count <= octets.len() + 1);
    assert!(depth <= DEEPEST + 1);
    assert!(parse_dump(table).len() <= octets.len());
    let json = to_json(table);
    if let Ok(again) = from_json(&json) {
        assert_eq!(to_json(again.table()), json);
    }
}

/// Octets as a stream from ubusd, in pieces: no panic; a client hears no more than was said and wants to keep
/// no more than a message; the same however the stream is cut.
pub(crate) fn stream(octets: &[u8]) {
    assert_eq!(played(octets, octets.len().max(1)), played(octets, 7));
    let mut inbox = Inbox::default();
    inbox.push(octets);
    while let Ok(Some(message)) = inbox.next_message() {
        assert!(message.len() <= LONGEST_MESSAGE + 8);
        if let Some(message) = Message::parse(message) {
            let _ = message.data();
        }
    }
}

fn played(octets: &[u8], piece: usize) -> (Vec<Event>, Option<usize>) {
    let now = Duration::from_secs(1);
    let mut client = Client::new();
    client.publish(OBJECT, now);
    client.listen(&["test.*"], now);
    client.subscribe("test.other", now);
    client.handle_connected(now);
    let (mut events, mut sent) = (Vec::new(), 0);
    for piece in octets.chunks(piece) {
        if !client.is_open() {
            break;
        }
        client.handle_bytes(piece, now);
        events.extend(core::iter::from_fn(|| client.poll_event()));
        sent += client.outgoing().len();
        client.handle_sent(client.outgoing().len());
    }
    // A greeting, its readiness, and the end of the connection come on top of what each message says.
    assert!(events.len() <= octets.len() / 6 + 3);
    // With the connection goes what waits to be sent, and how much that is depends on the pieces.
    let sent = client.is_open().then_some(sent);
    (events, sent)
}

fn size(value: Value<'_>) -> (usize, usize) {
    let inside: Vec<_> = match value {
        Value::Table(table) => table.iter().map(|(_, value)| size(value)).collect(),
        Value::Array(array) => array.iter().map(size).collect(),
        _ => return (1, 0),
    };
    let count = inside.iter().map(|(count, _)| count).sum::<usize>() + 1;
    let depth = inside.iter().map(|(_, depth)| depth).max();
    (count, depth.map_or(1, |depth| depth + 1))
}
