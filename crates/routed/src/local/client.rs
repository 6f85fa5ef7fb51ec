//! One reader of the local protocol.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// The longest line, its end included: babeld's `LOCAL_BUFSIZE`.
const LONGEST_LINE: usize = 1024;
/// Changes that wait for a reader beyond its dump; one with more is sent away.
const MOST_WAITING: usize = 256 * 1024;

/// Where a reader is.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// What a reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Dump,
    Monitor,
    Unmonitor,
    /// An empty line, or a comment.
    Nothing,
    /// Anything else.
    Bad,
    /// It has gone, or asked to, or is sent away.
    End,
}

/// A reader.
#[derive(Debug)]
pub(super) struct Client {
    stream: Stream,
    input: Vec<u8>,
    output: Vec<u8>,
    monitors: bool,
    ending: bool,
}

impl Client {
    /// A reader that has just connected.
    pub(super) fn new(stream: Stream) -> io::Result<Self> {
        match &stream {
            Stream::Tcp(stream) => stream.set_nonblocking(true)?,
            Stream::Unix(stream) => stream.set_nonblocking(true)?,
        }
        Ok(Self {
            stream,
            input: Vec::new(),
            output: Vec::new(),
            monitors: false,
            ending: false,
        })
    }

    /// Its connection.
    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Whether it wants to be told of changes.
    pub(super) fn monitors(&self) -> bool {
        self.monitors && !self.ending
    }

    /// Whether it wants to be told of changes from now on.
    pub(super) fn set_monitors(&mut self, on: bool) {
        self.monitors = on;
    }

    /// Writes what can be written and reads the next command; `None` when there is nothing to do.
    /// As long as an answer waits to be read, no other command is.
    pub(super) fn advance(&mut self) -> Option<Command> {
        self.flush();
        if !self.output.is_empty() {
            return None;
        }
        if self.ending {
            return Some(Command::End);
        }
        loop {
            if let Some(end) = self.input.iter().position(|&byte| byte == b'\n') {
                let command = command(&self.input[..end]);
                self.input.drain(..=end);
                if command == Command::End {
                    self.ending = true;
                }
                return Some(command);
            }
            if self.input.len() >= LONGEST_LINE {
                return Some(Command::End);
            }
            let mut chunk = [0; LONGEST_LINE];
            let room = LONGEST_LINE - self.input.len();
            match self.stream.read(&mut chunk[..room]) {
                Ok(0) => return Some(Command::End),
                Ok(count) => self.input.extend_from_slice(&chunk[..count]),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return None,
                    io::ErrorKind::Interrupted => {}
                    _ => return Some(Command::End),
                },
            }
        }
    }

    /// Sends an answer.
    pub(super) fn write(&mut self, text: &[u8]) {
        self.output.extend_from_slice(text);
        self.flush();
    }

    /// Sends changes, unless it is too slow: then it is sent away once it has read what waits.
    pub(super) fn notify(&mut self, text: &[u8]) {
        if self.output.len() > MOST_WAITING {
            self.ending = true;
        } else {
            self.write(text);
        }
    }

    fn flush(&mut self) {
        let mut sent = 0;
        while sent < self.output.len() {
            match self.stream.write(&self.output[sent..]) {
                Ok(count) => sent += count,
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => break,
                    io::ErrorKind::Interrupted => {}
                    _ => {
                        // Nobody reads any more.
                        sent = self.output.len();
                        self.ending = true;
                    }
                },
            }
        }
        self.output.drain(..sent);
        if self.output.is_empty() {
            self.output = Vec::new();
        }
    }
}

impl Stream {
    fn read(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(chunk),
            Self::Unix(stream) => stream.read(chunk),
        }
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(octets),
            Self::Unix(stream) => stream.write(octets),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

/// What a line asks for.
// babeld's configuration.c, `parse_config_line`: a word, then nothing but blanks or a comment
fn command(line: &[u8]) -> Command {
    let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let mut words = line.split(blank).filter(|word| !word.is_empty());
    match (words.next(), words.next()) {
        (None, _) => Command::Nothing,
        (Some(b"dump"), None) => Command::Dump,
        (Some(b"monitor"), None) => Command::Monitor,
        (Some(b"unmonitor"), None) => Command::Unmonitor,
        (Some(b"quit"), None) => Command::End,
        _ => Command::Bad,
    }
}

#[cfg(test)]
mod tests;
