//! Follows what netifd knows.

use core::time::Duration;

use crate::blobmsg::Data;
use crate::client::Client;
use crate::event::{CallId, Event, ObjectKey};
use crate::netifd::facts::{Interface, parse_dump};
use crate::status::Status;

const OBJECT: &str = "network.interface";
/// The event of ifup and ifdown has the object's name; what changes meanwhile (an address, a prefix, a
/// resolver) is told to subscribers alone.
const EVENT: &str = OBJECT;
/// How long netifd has to answer; it answers from memory.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for all interfaces at the start and whenever netifd says that one has changed. At most one question
/// is on its way, however much changes.
#[derive(Debug)]
pub struct Watch {
    subscription: ObjectKey,
    asking: Option<CallId>,
    reply: Option<Vec<Interface>>,
    /// Something has changed since the question left.
    again: bool,
}

impl Watch {
    /// Has the client listen, on this connection and all to come.
    pub fn new(client: &mut Client, now: Duration) -> Self {
        client.listen(&[EVENT], now);
        Self {
            subscription: client.subscribe(OBJECT, now),
            asking: None,
            reply: None,
            again: false,
        }
    }

    /// Hears an event of the client; all interfaces when they are known anew. While netifd or ubusd is away,
    /// there is nothing new: what was known last may hold on.
    pub fn handle_event(
        &mut self,
        event: &Event,
        client: &mut Client,
        now: Duration,
    ) -> Option<Vec<Interface>> {
        match event {
            Event::Ready => self.ask(client, now),
            Event::Subscribed(key) if *key == self.subscription => self.ask(client, now),
            Event::Notified { subscription, .. } if *subscription == self.subscription => {
                self.ask(client, now);
            }
            Event::Heard { name, .. } if name == EVENT => self.ask(client, now),
            Event::Answer { call, data } if self.asking == Some(*call) => {
                self.reply = Some(parse_dump(data.table()));
            }
            Event::Done { call, status } if self.asking == Some(*call) => {
                self.asking = None;
                let known = self.reply.take().filter(|_| status.is_ok());
                if core::mem::take(&mut self.again) || *status == Status::TIMEOUT {
                    self.ask(client, now);
                }
                return known;
            }
            _ => {}
        }
        None
    }

    fn ask(&mut self, client: &mut Client, now: Duration) {
        if self.asking.is_some() {
            self.again = true;
        } else {
            self.asking = Some(client.call(OBJECT, "dump", Data::default(), PATIENCE, now));
        }
    }
}
