//! Clients, objects, and who listens to what.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use grange_ubus::Writer;
use grange_ubus::message::{Composer, Header, Kind, attribute};

/// What the stand-in knows.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    pub(crate) clients: BTreeMap<u32, UnixStream>,
    pub(crate) objects: BTreeMap<u32, Object>,
    /// Patterns and the objects that hear what matches.
    pub(crate) patterns: Vec<(String, u32)>,
    /// Who subscribes to whom.
    pub(crate) subscriptions: Vec<(u32, u32)>,
    last: u32,
}

/// An object of a client.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) client: u32,
    pub(crate) path: Option<String>,
    pub(crate) signature: Vec<u8>,
}

impl Bus {
    /// A number for a client or an object. The real ones are random; these are above ubusd's own, too.
    pub(crate) fn number(&mut self) -> u32 {
        self.last += 1;
        0x8000_0000 + self.last
    }

    /// Sends a message to a client, if he is still there.
    pub(crate) fn send(
        &self,
        client: u32,
        header: Header,
        compose: impl FnOnce(Composer<'_>) -> Composer<'_>,
    ) {
        if let Some(mut stream) = self.clients.get(&client) {
            let mut octets = Vec::new();
            compose(Composer::new(&mut octets, header)).finish();
            // Who has gone is found out by who reads from him.
            let _ = stream.write_all(&octets);
        }
    }

    /// Passes an event on to all who listen for its name, but not to him who sent it.
    pub(crate) fn event(&self, sender: u32, name: &str, data: &[u8]) {
        let mut told = Vec::new();
        for (pattern, object) in &self.patterns {
            let Some(client) = self.objects.get(object).map(|object| object.client) else {
                continue;
            };
            if matches(pattern, name) && client != sender && !told.contains(object) {
                told.push(*object);
                let (kind, seq, peer) = (Kind::INVOKE, 1, 0);
                self.send(client, Header { kind, seq, peer }, |composer| {
                    composer
                        .number(attribute::OBJID, *object)
                        .text(attribute::METHOD, name)
                        .octets(attribute::DATA, data)
                });
            }
        }
    }

    /// Tells of an object that comes or goes.
    pub(crate) fn object_event(&self, name: &str, number: u32, path: &str) {
        let data = Writer::data(|writer| {
            writer
                .int32("id", number.cast_signed())
                .string("path", path);
        });
        if let Ok(data) = data {
            self.event(0, name, data.as_bytes());
        }
    }

    /// Whether anybody subscribes to an object.
    pub(crate) fn has_subscribers(&self, target: u32) -> bool {
        self.subscriptions.iter().any(|(_, known)| *known == target)
    }

    /// Tells an object's client whether there are subscribers.
    pub(crate) fn tell_active(&self, target: u32) {
        let any = self.has_subscribers(target);
        if let Some(object) = self.objects.get(&target) {
            let (kind, seq, peer) = (Kind::NOTIFY, 1, 0);
            self.send(object.client, Header { kind, seq, peer }, |composer| {
                composer
                    .number(attribute::OBJID, target)
                    .flag(attribute::ACTIVE, any)
            });
        }
    }

    /// Takes an object away, with all that hangs on it.
    pub(crate) fn remove(&mut self, number: u32) {
        let mut targets = Vec::new();
        let (gone, left) = core::mem::take(&mut self.subscriptions)
            .into_iter()
            .partition(|(own, target)| *own == number || *target == number);
        self.subscriptions = left;
        let gone: Vec<(u32, u32)> = gone;
        for (own, target) in gone {
            if own == number {
                targets.push(target);
            } else if let Some(subscriber) = self.objects.get(&own) {
                let (kind, seq, peer) = (Kind::UNSUBSCRIBE, 1, 0);
                self.send(subscriber.client, Header { kind, seq, peer }, |composer| {
                    composer
                        .number(attribute::OBJID, own)
                        .number(attribute::TARGET, target)
                });
            }
        }
        self.patterns.retain(|(_, object)| *object != number);
        let object = self.objects.remove(&number);
        if let Some(path) = object.and_then(|object| object.path) {
            self.object_event("ubus.object.remove", number, &path);
        }
        for target in targets {
            if !self.has_subscribers(target) {
                self.tell_active(target);
            }
        }
    }

    /// Takes a client away, with all his objects.
    pub(crate) fn leave(&mut self, client: u32) {
        self.clients.remove(&client);
        let objects = self.objects.iter();
        let of_client = objects.filter(|(_, object)| object.client == client);
        let of_client: Vec<u32> = of_client.map(|(number, _)| *number).collect();
        for number in of_client {
            self.remove(number);
        }
    }
}

/// Whether a pattern, with `*` at its end standing for anything, is for that name.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// The bus, for one step.
pub(crate) fn lock(bus: &Mutex<Bus>) -> MutexGuard<'_, Bus> {
    bus.lock().unwrap_or_else(PoisonError::into_inner)
}
