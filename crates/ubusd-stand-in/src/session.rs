//! One client: what he sends, and what comes of it.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use grange_ubus::frame::Inbox;
use grange_ubus::message::{Composer, Header, Kind, Message, attribute};
use grange_ubus::{Status, Table};

use crate::bus::{Bus, Object, lock, matches};

/// The object that passes events on.
const EVENT_OBJECT: u32 = 1;

/// Serves a client until he goes.
pub(crate) fn serve(mut stream: UnixStream, bus: &Mutex<Bus>) {
    let Ok(writing) = stream.try_clone() else {
        return;
    };
    let client = {
        let mut bus = lock(bus);
        let client = bus.number();
        bus.clients.insert(client, writing);
        let (kind, seq, peer) = (Kind::HELLO, 0, client);
        bus.send(client, Header { kind, seq, peer }, |composer| composer);
        client
    };
    let mut inbox = Inbox::default();
    let mut chunk = [0; 4096];
    'connection: while let Ok(count) = stream.read(&mut chunk) {
        if count == 0 {
            break;
        }
        inbox.push(chunk.get(..count).unwrap_or_default());
        loop {
            match inbox.next_message() {
                Ok(Some(octets)) => {
                    if let Some(message) = Message::parse(octets) {
                        hear(&mut lock(bus), client, &message);
                    }
                }
                Ok(None) => break,
                Err(_) => break 'connection,
            }
        }
    }
    lock(bus).leave(client);
}

fn hear(bus: &mut Bus, client: u32, message: &Message<'_>) {
    let status = match message.header.kind {
        Kind::LOOKUP => Some(look_up(bus, client, message)),
        Kind::INVOKE => invoke(bus, client, message),
        Kind::ADD_OBJECT => Some(add(bus, client, message)),
        Kind::REMOVE_OBJECT => Some(remove(bus, client, message)),
        Kind::SUBSCRIBE => Some(subscribe(bus, client, message)),
        Kind::UNSUBSCRIBE => Some(unsubscribe(bus, client, message)),
        Kind::NOTIFY => notify(bus, client, message),
        Kind::DATA | Kind::STATUS => {
            pass_answer(bus, client, message);
            None
        }
        _ => Some(Status::INVALID_COMMAND),
    };
    if let Some(status) = status {
        reply(bus, client, message, Kind::STATUS, |composer| {
            composer.number(attribute::STATUS, status.0.cast_unsigned())
        });
    }
}

/// Answers a message.
fn reply(
    bus: &Bus,
    client: u32,
    message: &Message<'_>,
    kind: Kind,
    compose: impl FnOnce(Composer<'_>) -> Composer<'_>,
) {
    let header = Header {
        kind,
        ..message.header
    };
    bus.send(client, header, compose);
}

fn look_up(bus: &Bus, client: u32, message: &Message<'_>) -> Status {
    let pattern = message.path.map(String::from_utf8_lossy);
    let mut found = false;
    for (number, object) in &bus.objects {
        let Some(path) = &object.path else {
            continue;
        };
        if pattern
            .as_ref()
            .is_none_or(|pattern| matches(pattern, path))
        {
            found = true;
            reply(bus, client, message, Kind::DATA, |composer| {
                composer
                    .text(attribute::OBJPATH, path)
                    .number(attribute::OBJID, *number)
                    .number(attribute::OBJTYPE, *number)
                    .octets(attribute::SIGNATURE, &object.signature)
            });
        }
    }
    if found || pattern.is_none() {
        Status::OK
    } else {
        Status::NOT_FOUND
    }
}

fn invoke(bus: &mut Bus, client: u32, message: &Message<'_>) -> Option<Status> {
    let (Some(number), Some(method)) = (message.object, message.method) else {
        return Some(Status::INVALID_ARGUMENT);
    };
    if number == EVENT_OBJECT {
        return Some(system_call(
            bus,
            client,
            method,
            message.data.unwrap_or_default(),
        ));
    }
    let Some(object) = bus.objects.get(&number) else {
        return Some(Status::NOT_FOUND);
    };
    forward(bus, (client, number, object.client), message, false);
    None
}

fn forward(bus: &Bus, (from, object, to): (u32, u32, u32), message: &Message<'_>, no_reply: bool) {
    let header = Header {
        kind: Kind::INVOKE,
        seq: message.header.seq,
        peer: from,
    };
    let method = String::from_utf8_lossy(message.method.unwrap_or_default());
    bus.send(to, header, |composer| {
        let composer = if no_reply {
            composer.flag(attribute::NO_REPLY, true)
        } else {
            composer
        };
        composer
            .number(attribute::OBJID, object)
            .text(attribute::METHOD, &method)
            .text(attribute::USER, "root")
            .text(attribute::GROUP, "root")
            .octets(attribute::DATA, message.data.unwrap_or_default())
    });
}

fn system_call(bus: &mut Bus, client: u32, method: &[u8], data: &[u8]) -> Status {
    let Ok(data) = Table::check(data) else {
        return Status::INVALID_ARGUMENT;
    };
    match method {
        b"register" => {
            let object = data
                .integer("object")
                .and_then(|object| i32::try_from(object).ok());
            let (Some(object), Some(pattern)) = (object, data.text("pattern")) else {
                return Status::INVALID_ARGUMENT;
            };
            let object = object.cast_unsigned();
            if bus
                .objects
                .get(&object)
                .is_none_or(|object| object.client != client)
            {
                return Status::PERMISSION_DENIED;
            }
            bus.patterns.push((pattern.to_owned(), object));
            Status::OK
        }
        b"send" => {
            let (Some(name), Some(inside)) = (data.text("id"), data.table("data")) else {
                return Status::INVALID_ARGUMENT;
            };
            if name.starts_with("ubus.") {
                return Status::PERMISSION_DENIED;
            }
            bus.event(client, name, inside.as_bytes());
            Status::OK
        }
        _ => Status::INVALID_COMMAND,
    }
}

fn add(bus: &mut Bus, client: u32, message: &Message<'_>) -> Status {
    let path = message
        .path
        .map(|path| String::from_utf8_lossy(path).into_owned());
    let is_taken = path.is_some() && bus.objects.values().any(|object| object.path == path);
    if is_taken {
        return Status::INVALID_ARGUMENT;
    }
    let number = bus.number();
    bus.objects.insert(
        number,
        Object {
            client,
            path: path.clone(),
            signature: message.signature.unwrap_or_default().to_vec(),
        },
    );
    if let Some(path) = path {
        bus.object_event("ubus.object.add", number, &path);
    }
    reply(bus, client, message, Kind::DATA, |composer| {
        composer.number(attribute::OBJID, number)
    });
    Status::OK
}

fn remove(bus: &mut Bus, client: u32, message: &Message<'_>) -> Status {
    let Some(number) = own(bus, client, message) else {
        return Status::NOT_FOUND;
    };
    bus.remove(number);
    Status::OK
}

fn subscribe(bus: &mut Bus, client: u32, message: &Message<'_>) -> Status {
    let target = message
        .target
        .filter(|target| bus.objects.contains_key(target));
    let (Some(own), Some(target)) = (own(bus, client, message), target) else {
        return Status::NOT_FOUND;
    };
    let first = !bus.has_subscribers(target);
    bus.subscriptions.push((own, target));
    if first {
        bus.tell_active(target);
    }
    Status::OK
}

fn unsubscribe(bus: &mut Bus, client: u32, message: &Message<'_>) -> Status {
    let (Some(own), Some(target)) = (own(bus, client, message), message.target) else {
        return Status::NOT_FOUND;
    };
    bus.subscriptions.retain(|known| *known != (own, target));
    if !bus.has_subscribers(target) {
        bus.tell_active(target);
    }
    Status::OK
}

fn notify(bus: &Bus, client: u32, message: &Message<'_>) -> Option<Status> {
    let Some(number) = own(bus, client, message) else {
        return Some(Status::NOT_FOUND);
    };
    let subscribers = || {
        bus.subscriptions
            .iter()
            .filter(|(_, target)| *target == number)
    };
    if !message.no_reply {
        let mut told = Vec::new();
        for (subscriber, _) in subscribers() {
            grange_ubus::blob::put(&mut told, 0, &subscriber.to_be_bytes());
        }
        reply(bus, client, message, Kind::STATUS, |composer| {
            composer
                .number(attribute::OBJID, number)
                .octets(attribute::SUBSCRIBERS, &told)
                .number(attribute::STATUS, 0)
        });
    }
    for (subscriber, _) in subscribers() {
        if let Some(object) = bus.objects.get(subscriber) {
            let way = (client, *subscriber, object.client);
            forward(bus, way, message, message.no_reply);
        }
    }
    None
}

fn pass_answer(bus: &Bus, client: u32, message: &Message<'_>) {
    let Some(object) = own(bus, client, message) else {
        return;
    };
    let header = Header {
        peer: object,
        ..message.header
    };
    bus.send(message.header.peer, header, |composer| {
        let composer = composer.number(attribute::OBJID, object);
        match (message.data, message.status) {
            (Some(data), _) => composer.octets(attribute::DATA, data),
            (None, Some(status)) => composer.number(attribute::STATUS, status.cast_unsigned()),
            (None, None) => composer,
        }
    });
}

/// The object that a message is about, if it is the client's.
fn own(bus: &Bus, client: u32, message: &Message<'_>) -> Option<u32> {
    let number = message.object?;
    let object = bus.objects.get(&number)?;
    (object.client == client).then_some(number)
}
