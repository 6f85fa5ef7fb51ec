//! babeld's local protocol, read-only, for programs that watch a babeld: off unless `option local_port`
//! or `option local_path` says where.
//!
//! ```text
//! BABEL 1.0              greeting: then version, host, my-id, ok
//! dump                   every interface, neighbour, xroute and route as `add ...`, then ok
//! monitor                the same, and from then on `add`, `change` and `flush` lines
//! unmonitor, quit
//! ```
//!
//! Anything else is answered `bad`, as babeld answers a reader. Everything is bounded: clients, the length
//! of a line, one command at a time, and what waits for a slow reader.
//!
//! A look at the tables every so often finds what is different (babeld tells of each change at once): a
//! network where much happens costs a bounded time.

mod client;
mod lines;

use std::fs;
use std::io;
use std::net::{Ipv6Addr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_daemon::control::listening::listen;
use grange_linux::{EventLoop, Interest, Kernel, Ready, Token};

use crate::agent::Agent;
use crate::config::General;
use crate::local::client::{Client, Command, Stream};
use crate::local::lines::Lines;
use crate::program::PROGRAM;

/// Clients served at once, as many as babeld serves; others wait.
const MOST_CLIENTS: usize = 4;
/// The least time between two looks at the tables.
const BUSY: Duration = Duration::from_millis(200);
/// The most, while anybody monitors: what no event tells of, such as a cost, is seen then.
const IDLE: Duration = Duration::from_secs(2);

/// The server.
#[derive(Debug)]
pub struct Local {
    first_token: usize,
    listeners: Vec<Listener>,
    clients: [Option<Client>; MOST_CLIENTS],
    /// What those who monitor were told last, by the kind of line and its subject.
    told: Option<Lines>,
    looked: Instant,
    stale: bool,
}

#[derive(Debug)]
enum Listener {
    Tcp(u16, TcpListener),
    Unix(PathBuf, UnixListener),
}

impl Local {
    /// How many tokens the server uses, from its first on.
    pub const TOKENS: usize = 2 + MOST_CLIENTS;

    /// A server that listens nowhere.
    pub fn new(first_token: usize, now: Instant) -> Self {
        Self {
            first_token,
            listeners: Vec::new(),
            clients: [const { None }; MOST_CLIENTS],
            told: None,
            looked: now,
            stale: false,
        }
    }

    /// Listens where the configuration says, and nowhere else; what cannot be opened is said and left
    /// closed, because routing goes before telling about it.
    pub fn configure(&mut self, event_loop: &mut EventLoop, general: &General) -> Vec<String> {
        let keeps = |listener: &Listener| match listener {
            Listener::Tcp(port, _) => general.local_port == Some(*port),
            Listener::Unix(path, _) => general.local_path.as_ref() == Some(path),
        };
        let (kept, gone): (Vec<_>, Vec<_>) = self.listeners.drain(..).partition(keeps);
        self.listeners = kept;
        for listener in gone {
            listener.close(event_loop);
        }
        let mut problems = Vec::new();
        let is_tcp = |listener: &Listener| matches!(listener, Listener::Tcp(..));
        if let Some(port) = general.local_port
            && !self.listeners.iter().any(is_tcp)
        {
            match tcp(port) {
                Ok(listener) => self.listeners.push(listener),
                Err(error) => problems.push(format!("cannot listen at [::1]:{port}: {error}")),
            }
        }
        if let Some(path) = &general.local_path
            && self.listeners.iter().all(is_tcp)
        {
            match listen(path) {
                Ok(listener) => self.listeners.push(Listener::Unix(path.clone(), listener)),
                Err(error) => {
                    problems.push(format!("cannot listen at {}: {error}", path.display()));
                }
            }
        }
        for listener in &self.listeners {
            let token = Token(self.first_token + usize::from(is_tcp(listener)));
            let interest = Interest::Read;
            let registered = match event_loop.register(listener, token, interest) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            };
            problems.extend(registered.err().map(|error| error.to_string()));
        }
        problems
    }

    /// Whether anybody wants to be told of changes.
    pub fn is_monitored(&self) -> bool {
        self.clients.iter().flatten().any(Client::monitors)
    }

    /// Something has changed: those who monitor are told soon.
    pub fn note_change(&mut self) {
        self.stale = true;
    }

    /// When [`Local::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let pause = if self.stale { BUSY } else { IDLE };
        self.is_monitored().then(|| self.looked + pause)
    }

    /// Tells those who monitor what is different.
    pub fn handle_timeout<K: Kernel>(&mut self, agent: &Agent<K>, now: Instant) {
        if self.poll_timeout().is_some_and(|due| due <= now) {
            self.look(agent, now);
        }
    }

    /// Accepts, reads, answers and writes as far as it goes; tokens of others are ignored.
    pub fn handle_ready<K: Kernel>(
        &mut self,
        event_loop: &mut EventLoop,
        ready: Ready,
        agent: &Agent<K>,
        now: Instant,
    ) {
        let Some(offset) = ready.token.0.checked_sub(self.first_token) else {
            return;
        };
        if let Some(slot) = offset.checked_sub(2) {
            if slot < MOST_CLIENTS {
                self.serve(event_loop, slot, agent, now);
            }
            return;
        }
        self.accept(event_loop, agent);
    }

    fn accept<K: Kernel>(&mut self, event_loop: &mut EventLoop, agent: &Agent<K>) {
        for listener in &self.listeners {
            // Whoever finds no place stays in the kernel's queue.
            while let Some(free) = self.clients.iter().position(Option::is_none) {
                let Ok(stream) = listener.accept() else { break };
                let token = Token(self.first_token + 2 + free);
                let Ok(mut client) = Client::new(stream) else {
                    continue;
                };
                if event_loop
                    .register(client.stream(), token, Interest::ReadWrite)
                    .is_ok()
                {
                    client.write(greeting(agent).as_bytes());
                    self.clients[free] = Some(client);
                }
            }
        }
    }

    fn serve<K: Kernel>(
        &mut self,
        event_loop: &mut EventLoop,
        slot: usize,
        agent: &Agent<K>,
        now: Instant,
    ) {
        while let Some(client) = &mut self.clients[slot] {
            match client.advance() {
                None => return,
                Some(Command::Nothing) => client.write(b"ok\n"),
                Some(Command::Bad) => client.write(b"bad\n"),
                Some(Command::Unmonitor) => {
                    client.set_monitors(false);
                    client.write(b"ok\n");
                }
                Some(Command::Dump) => {
                    let text = lines::dump(&lines::read(agent, now));
                    client.write(text.as_bytes());
                    client.write(b"ok\n");
                }
                Some(Command::Monitor) => {
                    // Everybody is told the same from here on.
                    self.look(agent, now);
                    let told = self.told.get_or_insert_with(|| lines::read(agent, now));
                    if let Some(client) = &mut self.clients[slot] {
                        client.write(lines::dump(told).as_bytes());
                        client.set_monitors(true);
                        client.write(b"ok\n");
                    }
                }
                Some(Command::End) => {
                    // Dropping the stream closes it.
                    let _ = event_loop.deregister(client.stream());
                    self.clients[slot] = None;
                    self.accept(event_loop, agent);
                    return;
                }
            }
        }
    }

    fn look<K: Kernel>(&mut self, agent: &Agent<K>, now: Instant) {
        self.looked = now;
        self.stale = false;
        if !self.is_monitored() {
            self.told = None;
            return;
        }
        let fresh = lines::read(agent, now);
        if let Some(told) = &self.told {
            let text = lines::difference(told, &fresh);
            if !text.is_empty() {
                for client in self
                    .clients
                    .iter_mut()
                    .flatten()
                    .filter(|client| client.monitors())
                {
                    client.notify(text.as_bytes());
                }
            }
        }
        self.told = Some(fresh);
    }
}

impl Listener {
    fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(_, listener) => Ok(Stream::Tcp(listener.accept()?.0)),
            Self::Unix(_, listener) => Ok(Stream::Unix(listener.accept()?.0)),
        }
    }

    fn close(self, event_loop: &mut EventLoop) {
        // A descriptor that is closed is waited for no more in any case.
        let _ = event_loop.deregister(&self);
        if let Self::Unix(path, _) = &self {
            let _ = fs::remove_file(path);
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(_, listener) => listener.as_fd(),
            Self::Unix(_, listener) => listener.as_fd(),
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        for listener in &self.listeners {
            if let Listener::Unix(path, _) = listener {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn tcp(port: u16) -> io::Result<Listener> {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Tcp(port, listener))
}

/// What babeld says to whoever connects.
// babeld's local.c, `local_header`
fn greeting<K: Kernel>(agent: &Agent<K>) -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!(
        "BABEL 1.0\nversion {}-{}\nhost {}\nmy-id {}\nok\n",
        PROGRAM.name,
        PROGRAM.version,
        host.trim(),
        agent.core().router_id()
    )
}

#[cfg(test)]
mod tests;
