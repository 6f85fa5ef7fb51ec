//! A daemon's control socket inside our event loop.

use core::time::Duration;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use grange_linux::{EventLoop, Interest, Token, local_stream};

use crate::daemon_link::DaemonLink;

/// How much is read before the others in the loop have a turn.
const TURN_BYTES: usize = 256 << 10;
const CHUNK_BYTES: usize = 16 << 10;

/// A link and its connection.
#[derive(Debug)]
pub struct DaemonSocket {
    link: DaemonLink,
    path: PathBuf,
    token: Token,
    stream: Option<UnixStream>,
}

impl DaemonSocket {
    /// A client of the daemon that listens there, now or later.
    pub fn new(link: DaemonLink, path: PathBuf, token: Token) -> Self {
        Self {
            link,
            path,
            token,
            stream: None,
        }
    }

    /// The socket is ready: reads and sends.
    pub fn handle_ready(&mut self, event_loop: &mut EventLoop, now: Duration) {
        self.read(event_loop, now);
        self.flush(event_loop, now);
    }

    /// Connects if it is time, and lets the link know the time.
    pub fn handle_timeout(&mut self, event_loop: &mut EventLoop, now: Duration) {
        self.link.handle_timeout(now);
        self.flush(event_loop, now);
        if !self.link.wants_connection() {
            return;
        }
        let connected = local_stream::connect(&self.path).and_then(|stream| {
            event_loop.register(&stream, self.token, Interest::ReadWrite)?;
            Ok(stream)
        });
        match connected {
            Ok(stream) => {
                self.stream = Some(stream);
                self.link.handle_connected(now);
                self.flush(event_loop, now);
            }
            // The daemon may not be installed, or be switched off.
            Err(_) => self.link.handle_disconnected(now),
        }
    }

    /// Sends what waits; closes the connection if it has ended.
    pub fn flush(&mut self, event_loop: &mut EventLoop, now: Duration) {
        while let Some(mut stream) = self.stream.as_ref() {
            let outgoing = self.link.outgoing();
            if outgoing.is_empty() || !self.link.is_open() {
                break;
            }
            match stream.write(outgoing) {
                Ok(count) => self.link.handle_sent(count),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => break,
                    _ => self.link.handle_disconnected(now),
                },
            }
        }
        if !self.link.is_open()
            && let Some(stream) = self.stream.take()
        {
            // It is closed anyway.
            let _ = event_loop.deregister(&stream);
            self.link.handle_disconnected(now);
        }
    }

    /// When [`DaemonSocket::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.link.wants_connection() {
            return Some(Duration::ZERO);
        }
        self.link.poll_timeout()
    }

    /// The link, to ask.
    pub fn link(&mut self) -> &mut DaemonLink {
        &mut self.link
    }

    fn read(&mut self, event_loop: &mut EventLoop, now: Duration) {
        let mut chunk = [0; CHUNK_BYTES];
        let mut read = 0;
        while let Some(mut stream) = self.stream.as_ref().filter(|_| self.link.is_open()) {
            match stream.read(&mut chunk) {
                Ok(0) => self.link.handle_disconnected(now),
                Ok(count) => {
                    self.link
                        .handle_bytes(chunk.get(..count).unwrap_or_default());
                    read += count;
                    if read >= TURN_BYTES {
                        // The loop tells again of what is left.
                        let again = event_loop.reregister(stream, self.token, Interest::ReadWrite);
                        if again.is_err() {
                            self.link.handle_disconnected(now);
                        }
                        return;
                    }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => return,
                    _ => self.link.handle_disconnected(now),
                },
            }
        }
    }
}
