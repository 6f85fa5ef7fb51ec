//! Signals as something to read.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Command;

use crate::sys::number;
use crate::sys::signal_fd;

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
/// Create it before any thread is started: a thread inherits the blocked set. So does a process,
/// which could then not be terminated: see [`Signals::unblock_in_child`].
#[derive(Debug)]
pub struct Signals {
    file: File,
}

impl Signals {
    /// Blocks the signals and collects them from now on. They stay blocked when this is dropped.
    pub fn new(signals: &[Signal]) -> io::Result<Self> {
        let numbers: Vec<i32> = signals.iter().map(|signal| signal.number()).collect();
        Ok(Self {
            file: File::from(signal_fd::open(&numbers)?),
        })
    }

    /// Makes a process that is yet to be started begin with no signal blocked.
    pub fn unblock_in_child(command: &mut Command) {
        signal_fd::unblock_in_child(command);
    }

    /// The next signal; `None` when there is none. Several of one kind may arrive as one.
    pub fn read(&mut self) -> io::Result<Option<Signal>> {
        let mut record = [0; signal_fd::RECORD_BYTES];
        loop {
            match self.file.read(&mut record) {
                Ok(length) if length == record.len() => {}
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let number = record
                .first_chunk()
                .map_or(0, |number| u32::from_ne_bytes(*number));
            // Only those of the set can arrive; another would be skipped, not mistaken.
            if let Some(signal) = Signal::from_number(number) {
                return Ok(Some(signal));
            }
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Signal {
    const ALL: [Self; 6] = [
        Self::Terminate,
        Self::Interrupt,
        Self::Hangup,
        Self::User1,
        Self::User2,
        Self::Child,
    ];

    const fn number(self) -> i32 {
        match self {
            Self::Terminate => number::SIGTERM,
            Self::Interrupt => number::SIGINT,
            Self::Hangup => number::SIGHUP,
            Self::User1 => number::SIGUSR1,
            Self::User2 => number::SIGUSR2,
            Self::Child => number::SIGCHLD,
        }
    }

    fn from_number(number: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|signal| signal.number().unsigned_abs() == number)
    }
}
