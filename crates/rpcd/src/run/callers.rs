//! Who waits for a reply: callers on the bus, and clients of the control socket.

use core::time::Duration;
use std::rc::Rc;

use grange_daemon::control::{ClientId, Server};
use grange_daemon::control_error::ControlError;
use grange_daemon::json::Value;
use grange_ubus::event::Request;
use grange_ubus::{Bus, Data, Object, ObjectKey, RequestId, Status, json};

use litemap::LiteMap;

use crate::service::AskerId;

/// Everybody who waits.
#[derive(Debug, Default)]
pub(super) struct Callers {
    objects: Vec<(ObjectKey, &'static str)>,
    waiting: LiteMap<AskerId, Asker>,
    last: u32,
}

/// Somebody who waits.
#[derive(Debug)]
pub(super) enum Asker {
    Bus(RequestId),
    Control(ClientId),
}

impl Callers {
    pub(super) fn publish(&mut self, bus: &mut Bus, object: Object, now: Duration) {
        let key = bus.client().publish(object, now);
        self.objects.push((key, object.path));
    }

    pub(super) fn path(&self, object: ObjectKey) -> Option<&'static str> {
        let mut objects = self.objects.iter();
        objects
            .find(|(key, _)| *key == object)
            .map(|(_, path)| *path)
    }

    pub(super) fn paths(&self) -> Vec<&'static str> {
        self.objects.iter().map(|(_, path)| *path).collect()
    }

    pub(super) fn handle_request(
        &mut self,
        request: Request,
    ) -> Option<(AskerId, &'static str, &'static str, Data)> {
        let path = self.path(request.object)?;
        let asker = self.admit(Asker::Bus(request.id));
        Some((asker, path, request.method, request.arguments))
    }

    pub(super) fn answer(
        &mut self,
        bus: &mut Bus,
        server: &mut Server,
        asker: AskerId,
        outcome: &Result<Rc<Data>, Status>,
    ) {
        match self.waiting.remove(&asker) {
            Some(Asker::Bus(id)) => {
                if let Ok(data) = outcome {
                    bus.client().answer(&id, data);
                }
                bus.client()
                    .finish(id, outcome.as_ref().err().copied().unwrap_or(Status::OK));
            }
            Some(Asker::Control(client)) => {
                let outcome = match outcome {
                    Ok(data) => Ok(Value::Object(json::to_json(data.table()))),
                    Err(status) => Err(ControlError::refused(status.to_string())),
                };
                server.reply(client, outcome);
            }
            None => {}
        }
    }

    pub(super) fn admit(&mut self, asker: Asker) -> AskerId {
        self.last = self.last.wrapping_add(1);
        let id = AskerId(self.last);
        self.waiting.insert(id, asker);
        id
    }
}
