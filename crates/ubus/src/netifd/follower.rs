//! What netifd says of its interfaces, heard over ubus in a daemon's event loop.

use core::time::Duration;
use std::path::Path;

use grange_linux::{EventLoop, Protocol as _, Token, monotonic_micros};

use crate::bus::Bus;
use crate::client::Client;
use crate::netifd::facts::Interface;
use crate::netifd::watch::Watch;

/// How long the start waits for netifd's first word, where there is a bus: without it a name such as `wan`
/// would for a moment be the device `wan`, and not what PPPoE makes of it.
const FIRST_WORD: Duration = Duration::from_secs(1);

/// The connection to the bus, and what passes over it.
pub struct Netifd {
    bus: Bus,
    watch: Watch,
}

impl Netifd {
    /// Follows the netifd on the bus of that socket, now or whenever there is one.
    pub fn new(socket: &Path, token: Token) -> Self {
        let mut bus = Bus::new(Client::new(), socket, token);
        let watch = Watch::new(bus.client(), now());
        Self { bus, watch }
    }

    /// Waits for netifd's first word, as long as there is a bus and it does not take too long. Other sockets must
    /// not be in the loop yet: it would not tell of them twice.
    pub fn first_word(&mut self, event_loop: &mut EventLoop) -> Option<Vec<Interface>> {
        let deadline = now() + FIRST_WORD;
        self.handle_timeout(event_loop);
        let mut ready = Vec::new();
        loop {
            let heard = self.poll_interfaces(event_loop);
            if heard.is_some() {
                return heard;
            }
            let left = deadline.saturating_sub(now());
            let wait = (self.due_in().map_or(left, |due| due.min(left)), &mut ready);
            if left.is_zero()
                || !self.bus.client().is_open()
                || event_loop.wait(Some(wait.0), wait.1).is_err()
            {
                return None;
            }
            self.handle_ready(event_loop);
            self.handle_timeout(event_loop);
        }
    }

    /// The socket is ready.
    pub fn handle_ready(&mut self, event_loop: &mut EventLoop) {
        self.bus.handle_ready(event_loop, now());
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, event_loop: &mut EventLoop) {
        if self.due_in().is_some_and(|due| due.is_zero()) {
            self.bus.handle_timeout(event_loop, now());
        }
    }

    /// All interfaces, when netifd has told of them anew. While it is away, what it said last holds.
    pub fn poll_interfaces(&mut self, event_loop: &mut EventLoop) -> Option<Vec<Interface>> {
        let mut latest = None;
        while let Some(event) = self.bus.poll_event() {
            let heard = self.watch.handle_event(&event, self.bus.client(), now());
            latest = heard.or(latest);
        }
        self.bus.flush(event_loop, now());
        latest
    }

    /// In how long [`Netifd::handle_timeout`] has something to do.
    pub fn due_in(&self) -> Option<Duration> {
        let due = self.bus.poll_timeout()?;
        Some(due.saturating_sub(now()))
    }
}

fn now() -> Duration {
    Duration::from_micros(monotonic_micros())
}

#[cfg(test)]
mod tests;
