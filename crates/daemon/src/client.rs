//! The other end of the control socket: for the command line, grange-rpcd and the lab.

use core::fmt;
use core::time::Duration;
use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::de::DeserializeOwned;

use crate::json::Value;
use crate::json::write;
use crate::line_buffer::LineBuffer;
use crate::printable::escaped;

/// The longest line that is read, in octets: some 300,000 routes.
pub const LONGEST_REPLY_BYTES: usize = 64 << 20;

/// Why a daemon could not be asked, or what it refused.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no socket: the daemon does not run, or its run directory is another.
    #[error(
        "{} is not running (no socket at {}): start it with `/etc/init.d/{} start`, or name its run \
         directory with --run-dir",
        daemon(path), path.display(), daemon(path)
    )]
    NotRunning {
        /// The socket.
        path: PathBuf,
    },
    /// There is a socket, and nobody listens: the daemon has crashed or is being stopped.
    #[error(
        "{} does not answer (nobody listens at {}): see what it said last with `logread -e {}`",
        daemon(path), path.display(), daemon(path)
    )]
    NobodyListens {
        /// The socket.
        path: PathBuf,
    },
    /// The user may not open the socket.
    #[error(
        "not allowed to open {}: run this as root or as a member of the group grange",
        path.display()
    )]
    NotAllowed {
        /// The socket.
        path: PathBuf,
    },
    /// No reply came in time.
    #[error("{} has not answered within {} s", daemon(path), Value::seconds(*timeout))]
    Timeout {
        /// The socket.
        path: PathBuf,
        /// How long was waited.
        timeout: Duration,
    },
    /// The daemon refused; `code` and `message` are its own.
    #[error("{}", escaped(message))]
    Refused {
        /// What kind of refusal, for programs.
        code: String,
        /// Why, for people.
        message: String,
    },
    /// The connection ended, or what came is not a reply.
    #[error("{} gave no proper reply: {what}", daemon(path))]
    Protocol {
        /// The socket.
        path: PathBuf,
        /// What came instead.
        what: Cow<'static, str>,
    },
    /// The system would not.
    #[error("cannot talk to {} at {}: {source}", daemon(path), path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

/// A connection to a daemon, for more than one request or for events.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    path: PathBuf,
    buffer: LineBuffer,
}

/// Asks a daemon and waits for the reply, read into that type (a `Value`, a [`crate::reply`] type).
///
/// `socket` is from [`crate::run_dir::socket_path`]; `params` displays as an object or null, as the `Value`s
/// of [`crate::json`] and of serde_json do. The timeout is for the whole exchange.
pub fn call<T: DeserializeOwned>(
    socket: &Path,
    method: &str,
    params: &dyn fmt::Display,
    timeout: Duration,
) -> Result<T, ClientError> {
    Client::connect(socket)?.call(method, params, timeout)
}

impl Client {
    /// Connects to a daemon's control socket.
    pub fn connect(socket: &Path) -> Result<Self, ClientError> {
        let path = socket.to_owned();
        match UnixStream::connect(socket) {
            Ok(stream) => Ok(Self {
                stream,
                path,
                buffer: LineBuffer::default(),
            }),
            Err(source) => Err(match source.kind() {
                io::ErrorKind::NotFound => ClientError::NotRunning { path },
                io::ErrorKind::ConnectionRefused => ClientError::NobodyListens { path },
                io::ErrorKind::PermissionDenied => ClientError::NotAllowed { path },
                _ => ClientError::Io { path, source },
            }),
        }
    }

    /// Asks and waits for the reply.
    pub fn call<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &dyn fmt::Display,
        timeout: Duration,
    ) -> Result<T, ClientError> {
        let text = self.call_text(method, params, timeout)?;
        serde_json::from_str(&text).map_err(|error| self.protocol(error.to_string()))
    }

    /// Asks and waits for the reply, as the JSON text it came in.
    pub fn call_text(
        &mut self,
        method: &str,
        params: &dyn fmt::Display,
        timeout: Duration,
    ) -> Result<String, ClientError> {
        let deadline = Instant::now().checked_add(timeout);
        let mut request = b"{\"method\":".to_vec();
        write::append_string(&mut request, method);
        request.extend_from_slice(format!(",\"params\":{params}}}\n").as_bytes());
        self.send(&request, deadline, timeout)?;
        let line = self.line(deadline, timeout)?;
        let line = line.ok_or_else(|| self.protocol("the connection ended"))?;
        self.result_of(line)
    }

    /// Waits for the next event of a connection that has called `subscribe`: one line of JSON,
    /// `{"event":KIND,"data":{..}}`. `None` when the daemon has ended the stream; without a timeout it
    /// waits for ever.
    pub fn next_event(&mut self, timeout: Option<Duration>) -> Result<Option<String>, ClientError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        match self.line(deadline, timeout.unwrap_or_default())? {
            // The last line of a subscriber that was too slow.
            Some(line) if line.starts_with("{\"error\":") => self.result_of(line).map(Some),
            line => Ok(line),
        }
    }

    /// The text of the result in a reply line.
    fn result_of(&self, mut line: String) -> Result<String, ClientError> {
        // Our own servers write exactly this, and a reply of megabytes need not be parsed and
        // written again.
        const START: &str = "{\"result\":";
        if line.starts_with(START) && line.ends_with('}') {
            line.pop();
            line.drain(..START.len());
            return Ok(line);
        }
        let reply = Value::parse(line.as_bytes());
        let reply = reply.map_err(|error| self.protocol(error.to_string()))?;
        let error = &reply["error"];
        match (error["code"].as_str(), error["message"].as_str()) {
            (Some(code), Some(message)) => Err(ClientError::Refused {
                code: code.to_owned(),
                message: message.to_owned(),
            }),
            _ if reply["result"].is_null() => Err(self.protocol("neither a result nor an error")),
            _ => Ok(reply["result"].to_string()),
        }
    }

    fn send(
        &mut self,
        mut bytes: &[u8],
        deadline: Option<Instant>,
        timeout: Duration,
    ) -> Result<(), ClientError> {
        while !bytes.is_empty() {
            let left = self.time_left(deadline, timeout)?;
            self.stream
                .set_write_timeout(left)
                .map_err(|source| self.io(source))?;
            match self.stream.write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                // A daemon that turns us away may have written its reason before closing.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => self.check(error)?,
            }
        }
        Ok(())
    }

    /// The next line without its line feed; `None` at the end of the stream.
    fn line(
        &mut self,
        deadline: Option<Instant>,
        timeout: Duration,
    ) -> Result<Option<String>, ClientError> {
        // A reply of 2 MB comes in pieces as large as the kernel's buffer.
        let mut chunk = vec![0; 32 << 10];
        loop {
            if let Some(line) = self.buffer.next_line() {
                // An empty line is how a server finds out whether we are still there.
                if line.is_empty() {
                    continue;
                }
                let line = String::from_utf8(line);
                return line
                    .map(Some)
                    .map_err(|_| self.protocol("text that is not UTF-8"));
            }
            if self.buffer.len() > LONGEST_REPLY_BYTES {
                return Err(self.protocol("a line longer than 64 MiB"));
            }
            let left = self.time_left(deadline, timeout)?;
            self.stream
                .set_read_timeout(left)
                .map_err(|source| self.io(source))?;
            match self.stream.read(&mut chunk) {
                Ok(0) if self.buffer.is_empty() => return Ok(None),
                Ok(0) => return Err(self.protocol("the connection ended in the middle of a line")),
                Ok(count) => self.buffer.push(&chunk[..count]),
                Err(error) => self.check(error)?,
            }
        }
    }

    /// The time until the deadline, never zero (zero would mean for ever); `None` without a deadline.
    fn time_left(
        &self,
        deadline: Option<Instant>,
        timeout: Duration,
    ) -> Result<Option<Duration>, ClientError> {
        let Some(deadline) = deadline else {
            return Ok(None);
        };
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(ClientError::Timeout {
                path: self.path.clone(),
                timeout,
            }),
            left => Ok(Some(left)),
        }
    }

    /// Lets those errors pass after which the deadline decides.
    fn check(&self, error: io::Error) -> Result<(), ClientError> {
        match error.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Ok(())
            }
            io::ErrorKind::ConnectionReset => Err(self.protocol("the connection ended")),
            _ => Err(self.io(error)),
        }
    }

    fn io(&self, source: io::Error) -> ClientError {
        ClientError::Io {
            path: self.path.clone(),
            source,
        }
    }

    fn protocol(&self, what: impl Into<Cow<'static, str>>) -> ClientError {
        ClientError::Protocol {
            path: self.path.clone(),
            what: what.into(),
        }
    }
}

/// The daemon's name, which is its socket's.
fn daemon(socket: &Path) -> Cow<'_, str> {
    socket
        .file_stem()
        .map_or(Cow::Borrowed("the daemon"), |name| name.to_string_lossy())
}
