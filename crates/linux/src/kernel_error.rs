//! What the kernel refuses, and why.

use std::fmt;
use std::io;

use crate::sys::number;

/// Why the kernel refused, as far as a caller must tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KernelErrorKind {
    /// Nothing there to delete or change (`ESRCH`, `ENOENT`).
    NotFound,
    /// Already there (`EEXIST`).
    Exists,
    /// The interface is gone (`ENODEV`, `ENXIO`).
    NoDevice,
    /// The interface is down or the gateway cannot be reached (`ENETDOWN`, `ENETUNREACH`,
    /// `EHOSTUNREACH`).
    Unreachable,
    /// Not allowed (`EPERM`, `EACCES`).
    Permission,
    /// The kernel's queue or memory is full (`ENOBUFS`, `ENOMEM`): whether a change took effect
    /// is unknown, dump again.
    NoBuffers,
    /// In use just now (`EBUSY`, `EAGAIN`).
    Busy,
    /// The kernel did not answer in time: whether a change took effect is unknown.
    Timeout,
    /// The table changed during every attempt to dump it.
    Interrupted,
    /// The request cannot be expressed (a name or prefix the kernel has no room for).
    Unsupported,
    /// Any other errno.
    Other(i32),
}

/// A refusal of the kernel, with its own words where it gave some (`NLMSGERR_ATTR_MSG`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct KernelError {
    kind: KernelErrorKind,
    detail: Option<Box<str>>,
}

impl KernelError {
    /// An error of a kind, without details.
    pub const fn new(kind: KernelErrorKind) -> Self {
        Self { kind, detail: None }
    }

    /// From a positive errno.
    pub const fn from_errno(errno: i32) -> Self {
        Self::new(KernelErrorKind::from_errno(errno))
    }

    /// The same with the kernel's or our own explanation.
    #[must_use]
    pub fn with_detail(mut self, detail: &str) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Why.
    pub const fn kind(&self) -> KernelErrorKind {
        self.kind
    }

    /// Whether the kernel does not understand what it was asked (`EINVAL`).
    pub fn is_invalid(&self) -> bool {
        self.kind == KernelErrorKind::Other(number::EINVAL)
    }

    /// The explanation, if there is one.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl From<io::Error> for KernelError {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(errno) => Self::from_errno(errno),
            None => Self::new(match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => KernelErrorKind::Timeout,
                _ => KernelErrorKind::Unsupported,
            })
            .with_detail(&error.to_string()),
        }
    }
}

impl KernelErrorKind {
    /// From a positive errno.
    pub const fn from_errno(errno: i32) -> Self {
        match errno {
            number::ESRCH | number::ENOENT => Self::NotFound,
            number::EEXIST => Self::Exists,
            number::ENODEV | number::ENXIO => Self::NoDevice,
            number::ENETDOWN | number::ENETUNREACH | number::EHOSTUNREACH => Self::Unreachable,
            number::EPERM | number::EACCES => Self::Permission,
            number::ENOBUFS | number::ENOMEM => Self::NoBuffers,
            number::EBUSY | number::EAGAIN => Self::Busy,
            number::ETIMEDOUT => Self::Timeout,
            number::EINTR => Self::Interrupted,
            number::EOPNOTSUPP | number::EAFNOSUPPORT => Self::Unsupported,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for KernelErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Exists => f.write_str("already exists"),
            Self::NoDevice => f.write_str("no such interface"),
            Self::Unreachable => f.write_str("interface down or gateway unreachable"),
            Self::Permission => f.write_str("not permitted"),
            Self::NoBuffers => f.write_str("kernel out of buffers"),
            Self::Busy => f.write_str("busy"),
            Self::Timeout => f.write_str("no answer from the kernel"),
            Self::Interrupted => f.write_str("table kept changing while it was read"),
            Self::Unsupported => f.write_str("not supported"),
            Self::Other(errno) => io::Error::from_raw_os_error(*errno).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
