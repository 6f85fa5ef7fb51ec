//! Calls, look-ups, events sent.

use core::time::Duration;

use crate::blobmsg::Data;
use crate::client::pending::Purpose;
use crate::client::state::Client;
use crate::event::{CallId, Event};
use crate::message::{Composer, Kind, attribute};
use crate::status::Status;
use crate::writer::{TooLong, Writer};

/// The object of ubusd itself that passes events on.
pub(crate) const EVENT_OBJECT: u32 = 1;

impl Client {
    /// Calls a method of the object at that path: [`Event::Answer`] for each answer, then [`Event::Done`], which
    /// comes within `timeout`, at once if there is no connection.
    pub fn call(
        &mut self,
        path: &str,
        method: &str,
        data: Data,
        timeout: Duration,
        now: Duration,
    ) -> CallId {
        let call = self.next_call();
        if path.ends_with('*') {
            // ubusd would take it for a pattern.
            let status = Status::INVALID_ARGUMENT;
            self.events.push_back(Event::Done { call, status });
            return call;
        }
        let purpose = Purpose::Find {
            call,
            method: method.to_owned(),
            data,
            object: None,
        };
        self.ask((Kind::LOOKUP, 0), now + timeout, purpose, |composer| {
            composer.text(attribute::OBJPATH, path)
        });
        call
    }

    /// Looks up the objects whose paths match, `*` at its end standing for anything; all without a pattern.
    /// [`Event::Found`] for each, then [`Event::Done`].
    pub fn look_up(&mut self, pattern: Option<&str>, timeout: Duration, now: Duration) -> CallId {
        let call = self.next_call();
        let purpose = Purpose::LookUp(call);
        self.ask(
            (Kind::LOOKUP, 0),
            now + timeout,
            purpose,
            |composer| match pattern {
                Some(pattern) => composer.text(attribute::OBJPATH, pattern),
                None => composer,
            },
        );
        call
    }

    /// Sends an event to whoever listens for its name; [`Event::Done`] when ubusd has it.
    pub fn send_event(
        &mut self,
        name: &str,
        data: &Data,
        timeout: Duration,
        now: Duration,
    ) -> Result<CallId, TooLong> {
        let data = Writer::data(|writer| {
            writer.string("id", name).copy_table("data", data.table());
        })?;
        let call = self.next_call();
        let purpose = Purpose::Invoke(call);
        self.invoke(EVENT_OBJECT, "send", &data, now + timeout, purpose);
        Ok(call)
    }

    pub(crate) fn invoke(
        &mut self,
        object: u32,
        method: &str,
        data: &Data,
        deadline: Duration,
        purpose: Purpose,
    ) {
        self.ask((Kind::INVOKE, object), deadline, purpose, |composer| {
            with_data(composer.number(attribute::OBJID, object), method, data)
        });
    }
}

/// Adds what every call, event and notification carries.
pub(crate) fn with_data<'a>(composer: Composer<'a>, method: &str, data: &Data) -> Composer<'a> {
    composer
        .text(attribute::METHOD, method)
        .octets(attribute::DATA, data.as_bytes())
}
