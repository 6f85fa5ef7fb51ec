//! Messages from ubusd.

use core::time::Duration;

use grange_linux::Protocol as _;

use crate::blob::lossy;
use crate::blobmsg::Data;
use crate::client::enlist::OBJECT_ADDED;
use crate::client::pending::Purpose;
use crate::client::state::Client;
use crate::event::{CallId, Event};
use crate::message::{Kind, Message};
use crate::status::Status;

impl Client {
    /// Octets have arrived.
    pub(crate) fn receive(&mut self, octets: &[u8], now: Duration) {
        let mut inbox = core::mem::take(&mut self.inbox);
        inbox.push(octets);
        while self.is_open() {
            match inbox.next_message() {
                Ok(Some(octets)) => match Message::parse(octets) {
                    Some(message) => self.hear(&message, now),
                    None => self.refuse(),
                },
                Ok(None) => break,
                Err(_) => {
                    self.refuse();
                    self.handle_disconnected(now);
                }
            }
        }
        if self.is_open() {
            self.inbox = inbox;
        }
    }

    fn hear(&mut self, message: &Message<'_>, now: Duration) {
        if !self.is_connected() {
            if message.header.kind == Kind::HELLO {
                self.greeted();
                self.enlist_all(now);
            }
            return;
        }
        match message.header.kind {
            Kind::DATA => self.hear_data(message),
            Kind::STATUS => {
                self.hear_status(message, now);
                self.note_ready();
            }
            Kind::INVOKE => {
                let heard = self.events.len();
                self.invoked(message);
                self.hear_of_objects(heard, now);
            }
            Kind::NOTIFY => {
                if let (Some(object), Some(any)) = (message.object, message.active) {
                    self.notified_of_subscribers(object, any);
                }
            }
            Kind::UNSUBSCRIBE => {
                if let (Some(object), Some(target)) = (message.object, message.target) {
                    let mut own = self.own.iter();
                    if let Some(place) = own.position(|own| own.object == Some(object)) {
                        self.unsubscribed(place, target);
                    }
                }
            }
            // Newer kinds are for others.
            _ => {}
        }
    }

    fn hear_data(&mut self, message: &Message<'_>) {
        let Some(question) = self.question(message.header) else {
            // Too late, or a notification's.
            return;
        };
        let event = match &mut question.purpose {
            Purpose::Find { object, .. } => {
                *object = message.object;
                return;
            }
            Purpose::FindTarget { target, .. } => {
                *target = message.object;
                return;
            }
            Purpose::Add(place) => {
                let place = *place;
                if let Some(own) = self.own.get_mut(place) {
                    own.object = message.object;
                }
                return;
            }
            Purpose::Listen | Purpose::Subscribe { .. } => return,
            Purpose::LookUp(call) => found(*call, message),
            Purpose::Invoke(call) => {
                let call = *call;
                let data = message.data.unwrap_or_default().to_vec();
                Data::new(data)
                    .ok()
                    .map(|data| Event::Answer { call, data })
            }
        };
        match event {
            Some(event) => self.events.push_back(event),
            None => self.refuse(),
        }
    }

    fn hear_status(&mut self, message: &Message<'_>, now: Duration) {
        let header = message.header;
        let status = Status(message.status.unwrap_or(Status::INVALID_ARGUMENT.0));
        let deadline = self.question(header).map(|question| question.deadline);
        let Some((deadline, purpose)) = deadline.zip(self.questions.take(header.seq, header.peer))
        else {
            return;
        };
        match purpose {
            Purpose::LookUp(call) | Purpose::Invoke(call) => {
                self.events.push_back(Event::Done { call, status });
            }
            Purpose::Find {
                call,
                method,
                data,
                object,
            } => {
                if let Some(object) = object.filter(|_| status.is_ok()) {
                    return self.invoke(object, &method, &data, deadline, Purpose::Invoke(call));
                }
                // An object that is there, but none of whose methods we may call, is not shown.
                let status = if status.is_ok() {
                    Status::NOT_FOUND
                } else {
                    status
                };
                self.events.push_back(Event::Done { call, status });
            }
            Purpose::Add(place) => self.added(place, status, now),
            Purpose::Listen => {}
            Purpose::FindTarget { own, target } => self.target_found(own, target, now),
            Purpose::Subscribe { own, target } => self.subscribed(own, target, status),
        }
    }

    /// Looks through what was just heard for objects that we wait for.
    fn hear_of_objects(&mut self, heard: usize, now: Duration) {
        let added = match self.events.get(heard) {
            Some(Event::Heard { name, data }) if name == OBJECT_ADDED => {
                data.table().text("path").map(str::to_owned)
            }
            _ => None,
        };
        if let Some(path) = added {
            self.object_added(&path, now);
        }
    }

    fn refuse(&mut self) {
        self.refused_messages = self.refused_messages.wrapping_add(1);
    }
}

fn found(call: CallId, message: &Message<'_>) -> Option<Event> {
    Some(Event::Found {
        call,
        path: lossy(message.path?),
        object: message.object?,
        signature: Data::new(message.signature.unwrap_or_default().to_vec()).ok()?,
    })
}
