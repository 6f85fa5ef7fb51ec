//! A daemon that does nothing but ubus, and the folder of its bus.

use core::time::Duration;
use std::path::PathBuf;
use std::time::Instant;

use grange_linux::{EventLoop, Token, monotonic_micros};
use grange_ubus::{Bus, Client, Event};

const TOKEN: Token = Token(7);
/// How long anything may take; what a test asserts is never how fast it was.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = format!("grange-ubus-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("ubus.sock")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn now() -> Duration {
    Duration::from_micros(monotonic_micros())
}

/// A daemon that does nothing but ubus.
pub(crate) struct Daemon {
    event_loop: EventLoop,
    bus: Bus,
    /// What happened in the same round as what was waited for, and after it.
    left: Vec<Event>,
}

impl Daemon {
    pub(crate) fn new(folder: &Folder) -> Self {
        Self {
            event_loop: EventLoop::new().expect("an event loop"),
            bus: Bus::new(Client::new(), folder.socket(), TOKEN),
            left: Vec::new(),
        }
    }

    pub(crate) fn client(&mut self) -> &mut Client {
        self.bus.client()
    }

    /// One round of the loop, of at most 10 ms; what happened.
    pub(crate) fn turn(&mut self) -> Vec<Event> {
        if self.bus.poll_timeout().is_some_and(|due| due <= now()) {
            self.bus.handle_timeout(&mut self.event_loop, now());
        }
        self.bus.flush(&mut self.event_loop, now());
        let mut ready = Vec::new();
        let wait = Some(Duration::from_millis(10));
        self.event_loop.wait(wait, &mut ready).expect("it can wait");
        if !ready.is_empty() {
            self.bus.handle_ready(&mut self.event_loop, now());
        }
        let mut events = core::mem::take(&mut self.left);
        events.extend(core::iter::from_fn(|| self.bus.poll_event()));
        events
    }

    /// Turns until one of the events is what is waited for.
    pub(crate) fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> T {
        let start = Instant::now();
        let mut seen = Vec::new();
        while start.elapsed() < DEADLINE {
            let mut events = self.turn().into_iter();
            while let Some(event) = events.next() {
                if let Some(found) = wanted(&event) {
                    self.left = events.collect();
                    return found;
                }
                seen.push(event);
            }
        }
        panic!("no {what}; what happened: {seen:#?}");
    }

    pub(crate) fn ready(&mut self) {
        self.until("readiness", |event| (*event == Event::Ready).then_some(()));
    }
}

/// Turns two daemons until the first has what is waited for; the second answers by `serve`.
pub(crate) fn together<T>(
    one: &mut Daemon,
    other: &mut Daemon,
    what: &str,
    mut serve: impl FnMut(&mut Client, Event),
    mut wanted: impl FnMut(&mut Client, Event) -> Option<T>,
) -> T {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        for event in other.turn() {
            serve(other.client(), event);
        }
        for event in one.turn() {
            if let Some(found) = wanted(one.client(), event) {
                return found;
            }
        }
    }
    panic!("no {what}");
}
