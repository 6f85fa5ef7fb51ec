//! Signals as something to read.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

/// A signal a daemon acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// `SIGTERM`.
    Terminate,
    /// `SIGINT`.
    Interrupt,
    /// `SIGHUP`.
    Hangup,
    /// `SIGUSR1`.
    User1,
    /// `SIGUSR2`.
    User2,
    /// `SIGCHLD`.
    Child,
}

/// The signals that were chosen, blocked in this process and readable from a descriptor
/// (signalfd). Non-blocking.
///
/// Create it before any thread is started: a thread inherits the blocked set.
pub struct Signals {}

impl Signals {
    /// Blocks the signals and collects them from now on.
    pub fn new(signals: &[Signal]) -> io::Result<Self> {
        let _ = signals;
        todo!()
    }

    /// The next signal; `None` when there is none. Several of one kind may arrive as one.
    pub fn read(&mut self) -> io::Result<Option<Signal>> {
        todo!()
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        todo!()
    }
}
