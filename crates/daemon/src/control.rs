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
pub mod request;

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use grange_linux::event_loop::{EventLoop, Interest, Ready, Token};
use grange_linux::group::{give_to_group, set_mode};
use serde::Serialize;
use serde_json::Value;

use crate::control::connection::{Connection, Progress};
use crate::control_error::ControlError;
use crate::params::Params;
use crate::run_dir::RunDir;

/// Clients served at once.
pub const MOST_CLIENTS: usize = 32;

/// The group whose members may use the socket, if there is one of that name.
const GROUP: &str = "grange";

/// The server of a daemon's control socket.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    first_token: usize,
    kinds: &'static [&'static str],
    slots: Vec<Option<Connection>>,
    next_generation: u32,
    calls: VecDeque<Call>,
    counters: Counters,
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

/// Why the control socket cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the control socket {}: {source}", path.display())]
pub struct BindError {
    /// The socket.
    pub path: PathBuf,
    /// The system's reason.
    #[source]
    pub source: io::Error,
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
        let listener = listen(&path).map_err(|source| BindError {
            path: path.clone(),
            source,
        })?;
        event_loop
            .register(&listener, Token(first_token), Interest::Read)
            .map_err(|source| BindError {
                path: path.clone(),
                source,
            })?;
        Ok(Self {
            listener,
            path,
            first_token,
            kinds,
            slots: (0..MOST_CLIENTS).map(|_| None).collect(),
            next_generation: 0,
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
        todo!()
    }

    /// The next request to answer. Each must get a [`Server::reply`], at once or later.
    pub fn poll_call(&mut self, event_loop: &mut EventLoop) -> Option<Call> {
        todo!()
    }

    /// Answers a request: with anything that serialises (a `Vec` of [`crate::reply`] types, a
    /// `Value`), or with a refusal. A client that has gone meanwhile is no error.
    pub fn reply<T: Serialize>(&mut self, client: ClientId, outcome: Result<T, ControlError>) {
        todo!()
    }

    /// Whether anybody wants events of that kind: if not, they need not be made.
    pub fn has_subscribers(&self, kind: &str) -> bool {
        todo!()
    }

    /// Sends an event to those who subscribed to its kind. One who has more than 256 KiB waiting is
    /// dropped, with a last line that says so.
    pub fn publish<T: Serialize + ?Sized>(&mut self, kind: &str, data: &T) {
        todo!()
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Clients connected now, and how many of them subscribed to events.
    pub fn clients(&self) -> (usize, usize) {
        todo!()
    }
}

fn listen(path: &std::path::Path) -> io::Result<UnixListener> {
    // The socket is made ready under another name and then renamed: nobody can connect before its
    // mode is right, and one that a crash has left is replaced without a gap.
    let fresh = path.with_extension("sock.new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    listener.set_nonblocking(true)?;
    if let Err(error) = give_to_group(&fresh, GROUP) {
        log::warn!("only root can use the control socket: no group {GROUP}: {error}");
    }
    set_mode(&fresh, 0o660)?;
    std::fs::rename(&fresh, path)?;
    Ok(listener)
}
