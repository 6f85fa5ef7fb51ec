//! One client of the control socket: what it has sent so far, and what waits to be sent to it.

use core::ops::Range;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use serde::Serialize;

use crate::control::request::Request;
use crate::control_error::ControlError;
use crate::json::write::{append, append_string};

/// The longest request line, in octets, without its line feed.
pub const LONGEST_REQUEST_BYTES: usize = 64 << 10;

/// What may wait for a subscriber, in octets, besides a reply.
pub const MOST_QUEUED_BYTES: usize = 256 << 10;

const CHUNK_BYTES: usize = 8 << 10;

/// A connected client.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    input: Vec<u8>,
    // Where the first unread request starts in `input`, and from where no line feed was seen.
    line_start: usize,
    searched: usize,
    // The rest of a line that was too long is on its way.
    discarding: bool,
    input_ended: bool,
    calling: bool,
    closing: bool,
    broken: bool,
    output: Vec<u8>,
    sent: usize,
    // Where in `output` a reply lies: it does not count as queued events.
    reply: Range<usize>,
    subscribed: u32,
}

/// What came of one step with a client.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// It asks for something, and hears nothing else before [`Connection::reply`].
    Request(Request),
    /// It sent something that is no request, and has been told so.
    BadRequest,
    /// Something was read; there may be more.
    Progress,
    /// Nothing can be done before the socket is ready again or the reply is there.
    Waiting,
    /// It has gone, or was sent away.
    Gone,
}

impl Connection {
    /// Starts with a client that was just accepted.
    pub fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            input: Vec::new(),
            line_start: 0,
            searched: 0,
            discarding: false,
            input_ended: false,
            calling: false,
            closing: false,
            broken: false,
            output: Vec::new(),
            sent: 0,
            reply: 0..0,
            subscribed: 0,
        })
    }

    /// The client's socket, for registering it.
    pub fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Sends what waits, then takes the next request, then reads.
    pub fn advance(&mut self) -> Step {
        self.flush();
        if self.broken {
            return Step::Gone;
        }
        if !self.output.is_empty() {
            // A client that does not read its replies cannot ask for more of them.
            return Step::Waiting;
        }
        if self.closing {
            return Step::Gone;
        }
        if self.calling {
            return Step::Waiting;
        }
        match self.next_line() {
            Some(Ok(line)) => match Request::parse(&self.input[line]) {
                Ok(request) => {
                    self.calling = true;
                    return Step::Request(request);
                }
                Err(error) => return self.refuse(&error),
            },
            Some(Err(error)) => return self.refuse(&error),
            None => {}
        }
        if self.input_ended {
            // Who has subscribed may close his sending half and listen on.
            return if self.subscribed == 0 {
                Step::Gone
            } else {
                Step::Waiting
            };
        }
        self.read()
    }

    /// Answers the request that is being served.
    pub fn reply<T: Serialize>(&mut self, outcome: Result<T, ControlError>) {
        self.calling = false;
        let start = self.output.len();
        let done = match outcome {
            Ok(result) => {
                self.output.extend_from_slice(b"{\"result\":");
                let written = append(&mut self.output, &result);
                written.map_err(|_| ControlError::failed("the reply cannot be written"))
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => self.output.extend_from_slice(b"}\n"),
            Err(error) => {
                self.output.truncate(start);
                push_error(&mut self.output, &error);
            }
        }
        self.reply = start..self.output.len();
        self.flush();
    }

    /// The kinds of events that are wanted, one bit each.
    pub fn subscribed(&self) -> u32 {
        self.subscribed
    }

    /// Asks for more kinds of events.
    pub fn subscribe(&mut self, kinds: u32) {
        self.subscribed |= kinds;
    }

    /// Queues one event line for a subscriber; `false` if it was too slow and is being sent away.
    pub fn push_event(&mut self, line: &[u8]) -> bool {
        let queued = self.queued_event_bytes();
        if queued > 0 && queued + line.len() > MOST_QUEUED_BYTES {
            self.send_away(&ControlError::new(
                "too_slow",
                "more than 256 KiB of events were waiting: the subscription is over",
            ));
            return false;
        }
        self.output.extend_from_slice(line);
        self.flush();
        true
    }

    /// Finds out whether a client that can only listen is still there, by an empty line.
    pub fn probe(&mut self) {
        if self.input_ended && self.output.is_empty() {
            self.output.push(b'\n');
            self.flush();
        }
    }

    /// Whether nothing is owed to the client any more: it has gone or is being sent away.
    pub fn is_expendable(&self) -> bool {
        self.broken || self.closing
    }

    /// Drops the events that wait, says why and ends the connection when that has been sent.
    fn send_away(&mut self, error: &ControlError) {
        // A line that is half sent must be sent to its end, or the reason would be unreadable.
        let whole = self.sent == 0 || self.output.get(self.sent - 1) == Some(&b'\n');
        let keep = if whole {
            self.sent
        } else {
            let rest = self.output[self.sent..].iter();
            self.sent + rest.take_while(|&&c| c != b'\n').count() + 1
        };
        self.output.truncate(keep);
        push_error(&mut self.output, error);
        self.subscribed = 0;
        self.closing = true;
        self.flush();
    }

    fn queued_event_bytes(&self) -> usize {
        let reply = self
            .reply
            .end
            .saturating_sub(self.reply.start.max(self.sent));
        (self.output.len() - self.sent).saturating_sub(reply)
    }

    fn refuse(&mut self, error: &ControlError) -> Step {
        push_error(&mut self.output, error);
        Step::BadRequest
    }

    /// Where the next line lies in `input`, or why it is none.
    fn next_line(&mut self) -> Option<Result<Range<usize>, ControlError>> {
        loop {
            let found = self.input[self.searched..].iter().position(|&c| c == b'\n');
            let start = self.line_start;
            let end = found.map_or(self.input.len(), |offset| self.searched + offset);
            self.searched = end;
            if found.is_some() {
                self.searched = end + 1;
                self.line_start = end + 1;
                if std::mem::take(&mut self.discarding) {
                    continue;
                }
            } else if self.discarding {
                self.line_start = end;
                return None;
            }
            if end - start > LONGEST_REQUEST_BYTES {
                // Where the line ends is not known yet, so skip what comes until it does.
                self.discarding = found.is_none();
                self.line_start = self.searched;
                return Some(Err(ControlError::bad_request(format!(
                    "the request is longer than {LONGEST_REQUEST_BYTES} octets"
                ))));
            }
            found?;
            if self.input[start..end]
                .iter()
                .any(|c| !c.is_ascii_whitespace())
            {
                return Some(Ok(start..end));
            }
        }
    }

    fn read(&mut self) -> Step {
        self.input.drain(..self.line_start);
        self.searched -= self.line_start;
        self.line_start = 0;
        if self.input.is_empty() {
            // An idle client costs no more than its descriptor.
            self.input = Vec::new();
        }
        let mut chunk = [0; CHUNK_BYTES];
        match self.stream.read(&mut chunk) {
            Ok(0) => {
                self.input_ended = true;
                // `printf` without a line feed is a request, too.
                self.input.push(b'\n');
                Step::Progress
            }
            Ok(count) => {
                self.input.extend_from_slice(&chunk[..count]);
                Step::Progress
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Step::Waiting,
                io::ErrorKind::Interrupted => Step::Progress,
                _ => Step::Gone,
            },
        }
    }

    fn flush(&mut self) {
        while self.sent < self.output.len() && !self.broken {
            match self.stream.write(&self.output[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => break,
                    io::ErrorKind::Interrupted => {}
                    _ => self.broken = true,
                },
            }
        }
        if self.sent == self.output.len() {
            self.output = Vec::new();
            self.sent = 0;
            self.reply = 0..0;
        } else if self.sent > self.output.len() / 2 {
            self.output.drain(..self.sent);
            self.reply = self.reply.start.saturating_sub(self.sent)
                ..self.reply.end.saturating_sub(self.sent);
            self.sent = 0;
        }
    }
}

/// Appends the reply line of a refusal.
pub fn push_error(out: &mut Vec<u8>, error: &ControlError) {
    out.extend_from_slice(b"{\"error\":{\"code\":");
    append_string(out, error.code);
    out.extend_from_slice(b",\"message\":");
    append_string(out, &error.message);
    out.extend_from_slice(b"}}\n");
}

#[cfg(test)]
mod tests;
