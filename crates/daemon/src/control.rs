//! The control socket of a daemon: one JSON request on a line, one JSON reply on a line, and streams
//! of events for those who subscribe.
//!
//! ```text
//! {"method":"routes","params":{"limit":100}}     ->  {"result":[..]}
//! {"method":"rotues"}                            ->  {"error":{"code":"unknown_method","message":".."}}
//! {"method":"subscribe","params":{"kinds":["route"]}}
//!     ->  {"result":{"kinds":["route"]}}  and from then on  {"event":"route","data":{..}}
//! ```
//!
//! The server answers `subscribe` itself. Everything is bounded: clients, the length of a request,
//! one request at a time of each client, and what waits for a slow subscriber. A reply may be as long
//! as it must; while it waits to be sent, nothing more is read from that client.
//!
//! After each [`Server::handle_ready`] and [`Server::reply`], drain [`Server::poll_call`] to `None`.

pub mod connection;
pub mod listening;
pub mod request;

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use grange_linux::event_loop::{EventLoop, Interest, Ready, Token};
use serde::Serialize;

use crate::control::connection::{Connection, Step};
use crate::control::listening::{BindError, listen};
use crate::control_error::ControlError;
use crate::json::Value;
use crate::json::write::append;
use crate::params::{Params, wrong};
use crate::run_dir::RunDir;

/// Clients served at once.
pub const MOST_CLIENTS: usize = 32;

/// Steps with one client before the others get their turn.
const TURN_STEPS: usize = 64;

/// The server of a daemon's control socket.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    first_token: usize,
    kinds: &'static [&'static str],
    slots: Vec<Option<Slot>>,
    next_generation: u32,
    accept_again: bool,
    calls: VecDeque<Call>,
    counters: Counters,
}

#[derive(Debug)]
struct Slot {
    connection: Connection,
    generation: u32,
    // It has had a reply since it was last served.
    answered: bool,
}

/// A request that waits for [`Server::reply`].
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Who asks.
    pub client: ClientId,
    /// What is asked for.
    pub method: String,
    /// With which parameters: always an object.
    pub params: Value,
}

/// A client; the name is not used again after the client has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientId {
    slot: usize,
    generation: u32,
}

/// What the server has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Clients accepted.
    pub clients: u64,
    /// Clients turned away because [`MOST_CLIENTS`] were there.
    pub clients_refused: u64,
    /// Requests understood.
    pub requests: u64,
    /// Lines that were no request.
    pub bad_requests: u64,
    /// Events queued for subscribers.
    pub events: u64,
    /// Subscribers dropped because they did not read.
    pub subscribers_dropped: u64,
}

impl Server {
    /// How many tokens the server uses, from its first on.
    pub const TOKENS: usize = 1 + MOST_CLIENTS;

    /// Opens the socket (mode 0660, group `grange` if it exists) in a run directory whose lock is
    /// held, replacing one that a crash has left.
    ///
    /// `kinds` are the events that clients may subscribe to.
    pub fn bind(
        run_dir: &RunDir,
        event_loop: &mut EventLoop,
        first_token: usize,
        kinds: &'static [&'static str],
    ) -> Result<Self, BindError> {
        let path = run_dir.socket_path();
        let failed = |source| BindError {
            path: path.clone(),
            source,
        };
        let listener = listen(&path).map_err(failed)?;
        let token = Token(first_token);
        let registered = event_loop.register(&listener, token, Interest::Read);
        registered.map_err(failed)?;
        Ok(Self {
            listener,
            path,
            first_token,
            kinds,
            slots: (0..MOST_CLIENTS).map(|_| None).collect(),
            next_generation: 0,
            accept_again: false,
            calls: VecDeque::new(),
            counters: Counters::default(),
        })
    }

    /// Whether a token is one of this server's.
    pub fn owns(&self, token: Token) -> bool {
        (self.first_token..self.first_token + Self::TOKENS).contains(&token.0)
    }

    /// Accepts, reads and writes what can be; tokens of others are ignored.
    pub fn handle_ready(&mut self, event_loop: &mut EventLoop, ready: Ready) {
        let Some(offset) = ready.token.0.checked_sub(self.first_token) else {
            return;
        };
        match offset.checked_sub(1) {
            None => self.accept(event_loop),
            Some(slot) if slot < MOST_CLIENTS => self.serve(event_loop, slot),
            Some(_) => {}
        }
    }

    /// The next request to answer. Each must get a [`Server::reply`], at once or later.
    pub fn poll_call(&mut self, event_loop: &mut EventLoop) -> Option<Call> {
        loop {
            while let Some(call) = self.calls.pop_front() {
                if self.connection(call.client).is_some() {
                    return Some(call);
                }
            }
            // Who has been answered may have sent the next request already.
            let answered = self.slots.iter_mut().position(|slot| {
                slot.as_mut()
                    .is_some_and(|slot| std::mem::take(&mut slot.answered))
            });
            self.serve(event_loop, answered?);
        }
    }

    /// Answers a request: with anything that serialises (a `Vec` of [`crate::reply`] types, a
    /// `Value`), or with a refusal. A client that has gone meanwhile is no error.
    pub fn reply<T: Serialize>(&mut self, client: ClientId, outcome: Result<T, ControlError>) {
        if let Some(slot) = self.connection(client) {
            slot.connection.reply(outcome);
            slot.answered = true;
        }
    }

    /// Whether anybody wants events of that kind: if not, they need not be made.
    pub fn has_subscribers(&self, kind: &str) -> bool {
        let bit = self.bit(kind).unwrap_or(0);
        self.slots
            .iter()
            .flatten()
            .any(|slot| slot.connection.subscribed() & bit != 0)
    }

    /// Sends an event to those who subscribed to its kind. One who has more than 256 KiB waiting is
    /// dropped, with a last line that says so.
    pub fn publish<T: Serialize + ?Sized>(&mut self, kind: &str, data: &T) {
        let Some(bit) = self.bit(kind) else {
            debug_assert!(false, "'{kind}' is not among the kinds of events");
            return;
        };
        let mut line = Vec::new();
        for slot in self.slots.iter_mut().flatten() {
            if slot.connection.subscribed() & bit == 0 {
                continue;
            }
            if line.is_empty() {
                line.extend_from_slice(b"{\"event\":\"");
                line.extend_from_slice(kind.as_bytes());
                line.extend_from_slice(b"\",\"data\":");
                if append(&mut line, data).is_err() {
                    log::error!("an event of kind {kind} cannot be written");
                    return;
                }
                line.extend_from_slice(b"}\n");
            }
            if slot.connection.push_event(&line) {
                self.counters.events += 1;
            } else {
                self.counters.subscribers_dropped += 1;
            }
        }
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Clients connected now.
    pub fn clients(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// Those of them that subscribed to events.
    pub fn subscribers(&self) -> usize {
        let connected = self.slots.iter().flatten();
        connected
            .filter(|slot| slot.connection.subscribed() != 0)
            .count()
    }

    fn accept(&mut self, event_loop: &mut EventLoop) {
        for _ in 0..TURN_STEPS {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(event_loop, stream),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return,
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                    // No descriptor is left: try again when a client has gone, or one more comes.
                    _ => {
                        self.accept_again = true;
                        return;
                    }
                },
            }
        }
        // More may be waiting, and others want their turn.
        let token = Token(self.first_token);
        let _ = event_loop.reregister(&self.listener, token, Interest::Read);
    }

    fn admit(&mut self, event_loop: &mut EventLoop, stream: UnixStream) {
        if self.slots.iter().all(Option::is_some) {
            self.make_room(event_loop);
        }
        let Ok(mut connection) = Connection::new(stream) else {
            return;
        };
        let Some(free) = self.slots.iter().position(Option::is_none) else {
            self.counters.clients_refused += 1;
            connection.reply::<()>(Err(ControlError::new(
                "too_many_clients",
                format!("{MOST_CLIENTS} clients are connected already: close one of them"),
            )));
            return;
        };
        let token = self.token(free);
        if let Err(error) = event_loop.register(connection.stream(), token, Interest::ReadWrite) {
            log::error!("a control client cannot be waited for: {error}");
            return;
        }
        self.counters.clients += 1;
        self.next_generation = self.next_generation.wrapping_add(1);
        self.slots[free] = Some(Slot {
            connection,
            generation: self.next_generation,
            answered: false,
        });
    }

    /// Frees the places of clients that only seem to be there.
    fn make_room(&mut self, event_loop: &mut EventLoop) {
        for index in 0..self.slots.len() {
            let Some(slot) = &mut self.slots[index] else {
                continue;
            };
            slot.connection.probe();
            if slot.connection.is_expendable() {
                self.remove(event_loop, index);
            }
        }
    }

    /// Goes on with one client as far as it gets without waiting.
    fn serve(&mut self, event_loop: &mut EventLoop, index: usize) {
        for _ in 0..TURN_STEPS {
            let Some(slot) = &mut self.slots[index] else {
                return;
            };
            match slot.connection.advance() {
                Step::Request(request) => {
                    self.counters.requests += 1;
                    if request.method == "subscribe" {
                        let outcome = subscribe(self.kinds, &mut slot.connection, &request.params);
                        slot.connection.reply(outcome);
                        continue;
                    }
                    let generation = slot.generation;
                    self.calls.push_back(Call {
                        client: ClientId {
                            slot: index,
                            generation,
                        },
                        method: request.method,
                        params: request.params,
                    });
                    return;
                }
                Step::BadRequest => self.counters.bad_requests += 1,
                Step::Progress => {}
                Step::Waiting => return,
                Step::Gone => {
                    self.remove(event_loop, index);
                    return;
                }
            }
        }
        // It has had its turn; ask to be told again of what it still sends.
        let token = self.token(index);
        if let Some(slot) = &self.slots[index] {
            let stream = slot.connection.stream();
            let _ = event_loop.reregister(stream, token, Interest::ReadWrite);
        }
    }

    fn remove(&mut self, event_loop: &mut EventLoop, index: usize) {
        if let Some(slot) = self.slots[index].take() {
            let _ = event_loop.deregister(slot.connection.stream());
        }
        if std::mem::take(&mut self.accept_again) {
            let token = Token(self.first_token);
            let _ = event_loop.reregister(&self.listener, token, Interest::Read);
        }
    }

    fn connection(&mut self, client: ClientId) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(client.slot)?.as_mut()?;
        (slot.generation == client.generation).then_some(slot)
    }

    fn token(&self, slot: usize) -> Token {
        Token(self.first_token + 1 + slot)
    }

    fn bit(&self, kind: &str) -> Option<u32> {
        bit(self.kinds, kind)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The run directory's lock is still held, so the socket is ours.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn subscribe(
    kinds: &[&str],
    connection: &mut Connection,
    params: &Value,
) -> Result<Value, ControlError> {
    let wanted = Params::new(params, &["kinds"])?.texts("kinds")?;
    let wanted = wanted.unwrap_or_else(|| kinds.to_vec());
    let mut bits = 0;
    for kind in &wanted {
        bits |= bit(kinds, kind).ok_or_else(|| {
            let what = format!("any of {}", kinds.join(", "));
            wrong("kinds", &what, &Value::from(*kind))
        })?;
    }
    connection.subscribe(bits);
    Ok(Value::object([("kinds", wanted.into_iter().collect())]))
}

fn bit(kinds: &[&str], kind: &str) -> Option<u32> {
    let index = kinds.iter().position(|known| *known == kind)?;
    1_u32.checked_shl(u32::try_from(index).ok()?)
}

#[cfg(test)]
mod tests;
