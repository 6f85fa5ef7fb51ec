//! A client on the bus that waits for each answer.

use core::time::Duration;
use std::path::Path;
use std::time::Instant;

use grange_daemon::json::Value as Sent;
use grange_linux::{EventLoop, Token, monotonic_micros};
use grange_ubus::{Bus, CallId, Client, Data, Event, Status, json};
use serde_json::Value;

/// How long anything may take; what a test asserts is never how fast it was.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Caller {
    event_loop: EventLoop,
    bus: Bus,
}

pub(crate) fn now() -> Duration {
    Duration::from_micros(monotonic_micros())
}

impl Caller {
    pub(crate) fn new(socket: &Path) -> Self {
        let mut caller = Self {
            event_loop: EventLoop::new().unwrap(),
            bus: Bus::new(Client::new(), socket, Token(0)),
        };
        caller.until("a greeting", |event| {
            (event == Event::Connected).then_some(())
        });
        caller
    }

    /// Starts a call.
    pub(crate) fn begin(&mut self, object: &str, method: &str, arguments: &Data) -> CallId {
        let client = self.bus.client();
        client.call(object, method, arguments.clone(), DEADLINE, now())
    }

    /// Calls and waits.
    pub(crate) fn call(&mut self, object: &str, method: &str, arguments: Value) -> (Status, Value) {
        let Sent::Object(members) = arguments.into() else {
            panic!("no object");
        };
        let arguments = json::from_json(&members).unwrap();
        self.call_with(object, method, &arguments)
    }

    pub(crate) fn call_with(
        &mut self,
        object: &str,
        method: &str,
        arguments: &Data,
    ) -> (Status, Value) {
        let wanted = self.begin(object, method, arguments);
        let mut reply = Value::Null;
        let status = self.until(method, |event| match event {
            Event::Answer { call, data } if call == wanted => {
                assert!(
                    data.as_bytes().len() < 256 << 10,
                    "{} octets",
                    data.as_bytes().len()
                );
                let text = Sent::Object(json::to_json(data.table())).to_string();
                reply = serde_json::from_str(&text).unwrap();
                None
            }
            Event::Done { call, status } if call == wanted => Some(status),
            _ => None,
        });
        (status, reply)
    }

    /// A call that is answered with status 0.
    pub(crate) fn ask(&mut self, object: &str, method: &str, arguments: Value) -> Value {
        let (status, reply) = self.call(object, method, arguments);
        assert_eq!(status, Status::OK, "{object} {method}: {status}");
        reply
    }

    /// Asks until the answer is what is waited for.
    pub(crate) fn ask_until(
        &mut self,
        (object, method): (&str, &str),
        arguments: &Value,
        is_it: impl Fn(&Value) -> bool,
    ) -> Value {
        let start = Instant::now();
        let mut last = (Status::OK, Value::Null);
        while start.elapsed() < DEADLINE {
            last = self.call(object, method, arguments.clone());
            if last.0.is_ok() && is_it(&last.1) {
                return last.1;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{object} {method} never was what was waited for; last: {last:?}");
    }

    /// The objects on the bus: path and signature.
    pub(crate) fn objects(&mut self, pattern: &str) -> Vec<(String, Data)> {
        let look_up = self.bus.client().look_up(Some(pattern), DEADLINE, now());
        let mut objects = Vec::new();
        self.until("objects", |event| match event {
            Event::Found {
                path, signature, ..
            } => {
                objects.push((path, signature));
                None
            }
            Event::Done { call, .. } if call == look_up => Some(()),
            _ => None,
        });
        objects
    }

    /// Turns until something is what is waited for.
    pub(crate) fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let start = Instant::now();
        let mut ready = Vec::new();
        while start.elapsed() < DEADLINE {
            if self.bus.poll_timeout().is_some_and(|due| due <= now()) {
                self.bus.handle_timeout(&mut self.event_loop, now());
            }
            self.bus.flush(&mut self.event_loop, now());
            while let Some(event) = self.bus.poll_event() {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
            let wait = Some(Duration::from_millis(10));
            self.event_loop.wait(wait, &mut ready).unwrap();
            if !ready.is_empty() {
                self.bus.handle_ready(&mut self.event_loop, now());
            }
            while let Some(event) = self.bus.poll_event() {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
        }
        panic!("no {what}");
    }
}
