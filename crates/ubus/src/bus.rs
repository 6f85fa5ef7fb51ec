//! The client on ubusd's socket, inside a daemon's event loop.

use core::time::Duration;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use grange_linux::{EventLoop, Interest, Token, local_stream};

use crate::client::Client;
use crate::event::Event;

/// Where ubusd listens on OpenWrt.
pub const DEFAULT_SOCKET: &str = "/var/run/ubus/ubus.sock";

/// How much is read before the others in the loop have a turn.
const TURN_BYTES: usize = 256 << 10;
const CHUNK_BYTES: usize = 16 << 10;

/// A client and its connection. Register nothing yourself: it does so under its token. Call
/// [`Bus::handle_timeout`] at the start, [`Bus::handle_ready`] when its token is ready, and after each call of
/// a method of [`Bus::client`] and of these take [`Bus::poll_event`] to `None`, then [`Bus::flush`].
#[derive(Debug)]
pub struct Bus {
    client: Client,
    path: PathBuf,
    token: Token,
    stream: Option<UnixStream>,
}

impl Bus {
    /// A client of the ubusd that listens there, now or later.
    pub fn new(path: impl Into<PathBuf>, token: Token) -> Self {
        Self {
            client: Client::new(),
            path: path.into(),
            token,
            stream: None,
        }
    }

    /// The socket is ready: sends and reads.
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
            }
            // No socket is the normal case on a system without ubus; it may come.
            Err(_) => self.client.handle_disconnected(now),
        }
    }

    /// Sends what waits, as far as ubusd takes it; closes the connection if it has ended.
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
    pub fn poll_event(&mut self) -> Option<Event> {
        self.client.poll_event()
    }

    /// When [`Bus::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.client.wants_connection() {
            return Some(Duration::ZERO);
        }
        self.client.poll_timeout()
    }

    /// The client, to ask and to answer.
    pub fn client(&mut self) -> &mut Client {
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
