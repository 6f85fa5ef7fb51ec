//! Answers and notifications of our objects.

use crate::blob::lossy;
use crate::blobmsg::Data;
use crate::client::ask::with_data;
use crate::client::own::Role;
use crate::client::state::Client;
use crate::event::{Event, ObjectKey, Request, RequestId};
use crate::message::{Header, Kind, Message, attribute};
use crate::object::Object;
use crate::status::Status;

impl Client {
    /// Says something to whoever called; nothing is sent if he does not wait or his connection has ended.
    pub fn answer(&mut self, request: &RequestId, data: &Data) {
        if request.no_reply || request.generation != self.generation {
            return;
        }
        self.send(request.header(Kind::DATA), |composer| {
            composer
                .number(attribute::OBJID, request.object)
                .octets(attribute::DATA, data.as_bytes())
        });
    }

    /// Ends a call, now or later than it came.
    #[expect(clippy::needless_pass_by_value, reason = "a call ends once")]
    pub fn finish(&mut self, request: RequestId, status: Status) {
        if request.no_reply || request.generation != self.generation {
            return;
        }
        self.send(request.header(Kind::STATUS), |composer| {
            composer
                .number(attribute::STATUS, status.0.cast_unsigned())
                .number(attribute::OBJID, request.object)
        });
    }

    /// Tells the subscribers of an object of ours something; without any, nothing is sent.
    pub fn notify(&mut self, object: ObjectKey, name: &str, data: &Data) {
        let Some(own) = self.own.get(object.0) else {
            return;
        };
        let (
            Role::Public {
                subscribers: true, ..
            },
            Some(object),
        ) = (&own.role, own.object)
        else {
            return;
        };
        // Without an answer there is no question to keep.
        let (kind, seq, peer) = (Kind::NOTIFY, 0, object);
        self.send(Header { kind, seq, peer }, |composer| {
            with_data(composer.number(attribute::OBJID, object), name, data)
                .flag(attribute::NO_REPLY, true)
        });
    }

    /// Whether anybody subscribes to an object of ours: without, there is no need to find things out.
    pub fn has_subscribers(&self, object: ObjectKey) -> bool {
        let role = self.own.get(object.0).map(|own| &own.role);
        matches!(
            role,
            Some(Role::Public {
                subscribers: true,
                ..
            })
        )
    }

    /// Somebody calls an object of ours, an event comes, or a notification.
    pub(crate) fn invoked(&mut self, message: &Message<'_>) {
        let Some(number) = message.object else {
            return;
        };
        let id = RequestId {
            generation: self.generation,
            seq: message.header.seq,
            peer: message.header.peer,
            object: number,
            no_reply: message.no_reply,
        };
        let own = self.own.iter().enumerate();
        let mut own = own.filter(|(_, own)| own.object == Some(number));
        let Some((place, own)) = own.next() else {
            return self.finish(id, Status::NOT_FOUND);
        };
        let data = message.data().ok().map(|table| table.as_bytes().to_vec());
        let data = data.and_then(|octets| Data::new(octets).ok());
        let (Some(method), Some(data)) = (message.method, data) else {
            self.refused_messages = self.refused_messages.wrapping_add(1);
            return self.finish(id, Status::INVALID_ARGUMENT);
        };
        match &own.role {
            Role::Public { object, .. } => {
                let object = *object;
                self.requested(id, place, object, (method, data), message);
            }
            // What ubusd itself passes on has no peer; a client who calls us directly is no event.
            Role::Listener(_) if id.peer == 0 => {
                let name = lossy(method);
                self.events.push_back(Event::Heard { name, data });
            }
            Role::Listener(_) => self.finish(id, Status::METHOD_NOT_FOUND),
            Role::Subscriber { .. } => {
                let (subscription, name) = (ObjectKey(place), lossy(method));
                self.events.push_back(Event::Notified {
                    subscription,
                    name,
                    data,
                });
                // Whoever notifies may wait until all have heard it.
                self.finish(id, Status::OK);
            }
        }
    }

    /// The first subscriber of an object of ours has come, or the last has gone.
    pub(crate) fn notified_of_subscribers(&mut self, number: u32, any: bool) {
        let own = self.own.iter_mut().enumerate();
        let mut own = own.filter(|(_, own)| own.object == Some(number));
        if let Some((place, own)) = own.next()
            && let Role::Public { subscribers, .. } = &mut own.role
            && *subscribers != any
        {
            *subscribers = any;
            let object = ObjectKey(place);
            self.events.push_back(Event::Subscribers { object, any });
        }
    }

    fn requested(
        &mut self,
        id: RequestId,
        place: usize,
        object: Object,
        (method, arguments): (&[u8], Data),
        message: &Message<'_>,
    ) {
        let Some(method) = object.method(method) else {
            return self.finish(id, Status::METHOD_NOT_FOUND);
        };
        if !method.accepts(arguments.table()) {
            return self.finish(id, Status::INVALID_ARGUMENT);
        }
        self.events.push_back(Event::Request(Request {
            id,
            object: ObjectKey(place),
            method: method.name,
            arguments,
            user: message.user.map(lossy),
            group: message.group.map(lossy),
        }));
    }
}

impl RequestId {
    fn header(&self, kind: Kind) -> Header {
        Header {
            kind,
            seq: self.seq,
            peer: self.peer,
        }
    }
}
