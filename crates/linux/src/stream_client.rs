//! A client of another process of this machine, inside a daemon's event loop.

use core::time::Duration;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use crate::event_loop::{EventLoop, Interest, Token};
use crate::local_stream;

/// How much is read before the others in the loop have a turn.
const TURN_BYTES: usize = 256 << 10;
const CHUNK_BYTES: usize = 16 << 10;

/// A client without its socket: a function of octets and time, which is any monotonic clock's [`Duration`]
/// since its start.
///
/// After each `handle_*`, take [`Protocol::poll_event`] to `None`, send [`Protocol::outgoing`], and close the
/// connection if [`Protocol::is_open`] no longer holds.
pub trait Protocol {
    /// What it tells its owner.
    type Event;

    /// The connection is there.
    fn handle_connected(&mut self, now: Duration);

    /// The connection has ended, was closed, or could not be made; said twice, it counts once.
    fn handle_disconnected(&mut self, now: Duration);

    /// Octets have arrived.
    fn handle_bytes(&mut self, octets: &[u8], now: Duration);

    /// That many octets of [`Protocol::outgoing`] have been sent.
    fn handle_sent(&mut self, count: usize);

    /// Time has passed.
    fn handle_timeout(&mut self, now: Duration);

    /// What happened.
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// When [`Protocol::handle_timeout`] is due.
    fn poll_timeout(&self) -> Option<Duration>;

    /// What is to be sent.
    fn outgoing(&self) -> &[u8];

    /// Whether a connection is to be made.
    fn wants_connection(&self) -> bool;

    /// Whether there is to be a connection; if not, the one that is there must be closed.
    fn is_open(&self) -> bool;
}

/// A client and its connection. Register nothing yourself: it does so under its token. Call
/// [`StreamClient::handle_timeout`] at the start, [`StreamClient::handle_ready`] when its token is ready, and
/// after each call of a method of [`StreamClient::client`] and of these take [`StreamClient::poll_event`] to
/// `None`, then [`StreamClient::flush`].
#[derive(Debug)]
pub struct StreamClient<C> {
    client: C,
    path: PathBuf,
    token: Token,
    stream: Option<UnixStream>,
}

impl<C: Protocol> StreamClient<C> {
    /// A client of the process that listens there, now or later.
    pub fn new(client: C, path: impl Into<PathBuf>, token: Token) -> Self {
        Self {
            client,
            path: path.into(),
            token,
            stream: None,
        }
    }

    /// The socket is ready: reads and sends.
    pub fn handle_ready(&mut self, event_loop: &mut EventLoop, now: Duration) {
        self.read(event_loop, now);
        self.flush(event_loop, now);
    }

    /// Connects if it is time, and lets the client know the time.
    pub fn handle_timeout(&mut self, event_loop: &mut EventLoop, now: Duration) {
        self.client.handle_timeout(now);
        self.flush(event_loop, now);
        if !self.client.wants_connection() {
            return;
        }
        match self.connect(event_loop) {
            Ok(stream) => {
                self.stream = Some(stream);
                self.client.handle_connected(now);
                self.flush(event_loop, now);
            }
            // The other process may not be installed, or not have started yet.
            Err(_) => self.client.handle_disconnected(now),
        }
    }

    /// Sends what waits, as far as the other side takes it; closes the connection if it has ended.
    pub fn flush(&mut self, event_loop: &mut EventLoop, now: Duration) {
        while let Some(mut stream) = self.stream.as_ref() {
            let outgoing = self.client.outgoing();
            if outgoing.is_empty() || !self.client.is_open() {
                break;
            }
            match stream.write(outgoing) {
                Ok(count) => self.client.handle_sent(count),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => break,
                    _ => self.client.handle_disconnected(now),
                },
            }
        }
        if !self.client.is_open()
            && let Some(stream) = self.stream.take()
        {
            // It is closed anyway.
            let _ = event_loop.deregister(&stream);
            self.client.handle_disconnected(now);
        }
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<C::Event> {
        self.client.poll_event()
    }

    /// When [`StreamClient::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.client.wants_connection() {
            return Some(Duration::ZERO);
        }
        self.client.poll_timeout()
    }

    /// The client, to ask and to answer.
    pub fn client(&mut self) -> &mut C {
        &mut self.client
    }

    fn connect(&self, event_loop: &mut EventLoop) -> io::Result<UnixStream> {
        let stream = local_stream::connect(&self.path)?;
        event_loop.register(&stream, self.token, Interest::ReadWrite)?;
        Ok(stream)
    }

    fn read(&mut self, event_loop: &mut EventLoop, now: Duration) {
        let mut chunk = [0; CHUNK_BYTES];
        let mut read = 0;
        while let Some(mut stream) = self.stream.as_ref().filter(|_| self.client.is_open()) {
            match stream.read(&mut chunk) {
                Ok(0) => self.client.handle_disconnected(now),
                Ok(count) => {
                    self.client
                        .handle_bytes(chunk.get(..count).unwrap_or_default(), now);
                    read += count;
                    if read >= TURN_BYTES {
                        // The loop tells again of what is left.
                        let again = event_loop.reregister(stream, self.token, Interest::ReadWrite);
                        if again.is_err() {
                            self.client.handle_disconnected(now);
                        }
                        return;
                    }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => return,
                    _ => self.client.handle_disconnected(now),
                },
            }
        }
    }
}
