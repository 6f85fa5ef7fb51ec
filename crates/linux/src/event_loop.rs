//! Waiting for descriptors and the next deadline in one thread.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Poll};

/// How many descriptors one wait reports at most; the rest come with the next.
const EVENTS: usize = 64;

/// The caller's name for a registered descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub usize);

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Something to read (or accept).
    Read,
    /// Room to write.
    Write,
    /// Both.
    ReadWrite,
}

/// A descriptor that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// The name it was registered under.
    pub token: Token,
    /// A read gives data, an end or an error.
    pub readable: bool,
    /// A write gives progress or an error.
    pub writable: bool,
}

/// Waits for many descriptors at once (epoll through mio).
///
/// Readiness is told once, when it begins (edge-triggered): read until there is nothing more, or
/// call [`EventLoop::reregister`] to be told again of what is left. The loop does not own the
/// descriptors; deregister one before closing it.
pub struct EventLoop {
    poll: Poll,
    events: Events,
}

impl EventLoop {
    /// A loop without descriptors.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
        })
    }

    /// Starts waiting for a descriptor; fails with `AlreadyExists` when it is registered.
    pub fn register(&mut self, fd: &impl AsFd, token: Token, interest: Interest) -> io::Result<()> {
        let fd = raw(fd.as_fd());
        self.poll
            .registry()
            .register(&mut SourceFd(&fd), mio::Token(token.0), interest.into())
    }

    /// Changes what is waited for, and tells again what is ready already.
    pub fn reregister(
        &mut self,
        fd: &impl AsFd,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        let fd = raw(fd.as_fd());
        self.poll
            .registry()
            .reregister(&mut SourceFd(&fd), mio::Token(token.0), interest.into())
    }

    /// Stops waiting for a descriptor.
    pub fn deregister(&mut self, fd: &impl AsFd) -> io::Result<()> {
        let fd = raw(fd.as_fd());
        self.poll.registry().deregister(&mut SourceFd(&fd))
    }

    /// Waits until something is ready or `timeout` has passed (`None`: for ever), and replaces
    /// the content of `ready`. An interrupting signal does not end the wait. The timeout is
    /// rounded up to milliseconds.
    pub fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        // A timeout too long for the clock is as good as none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            match self.poll.poll(&mut self.events, left) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        ready.extend(self.events.iter().map(|event| Ready {
            token: Token(event.token().0),
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
            writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        }));
        Ok(())
    }
}

impl From<Interest> for mio::Interest {
    fn from(interest: Interest) -> Self {
        match interest {
            Interest::Read => Self::READABLE,
            Interest::Write => Self::WRITABLE,
            Interest::ReadWrite => Self::READABLE | Self::WRITABLE,
        }
    }
}

fn raw(fd: BorrowedFd<'_>) -> i32 {
    fd.as_raw_fd()
}

#[cfg(test)]
mod tests;
