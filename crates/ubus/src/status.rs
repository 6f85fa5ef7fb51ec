//! How a call ended (`enum ubus_msg_status`).

use std::fmt;

/// A status number, as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status(pub i32);

impl Status {
    /// It was done.
    pub const OK: Self = Self(0);
    /// The bus does not know the command.
    pub const INVALID_COMMAND: Self = Self(1);
    /// An argument is missing or of the wrong type; for a new object, its path is taken.
    pub const INVALID_ARGUMENT: Self = Self(2);
    /// The object has no such method.
    pub const METHOD_NOT_FOUND: Self = Self(3);
    /// There is no such object.
    pub const NOT_FOUND: Self = Self(4);
    /// There is nothing to answer with.
    pub const NO_DATA: Self = Self(5);
    /// The caller may not.
    pub const PERMISSION_DENIED: Self = Self(6);
    /// No answer in time.
    pub const TIMEOUT: Self = Self(7);
    /// Not built in, or not on this device.
    pub const NOT_SUPPORTED: Self = Self(8);
    /// None of the others.
    pub const UNKNOWN_ERROR: Self = Self(9);
    /// The bus is not there, or went away meanwhile.
    pub const CONNECTION_FAILED: Self = Self(10);
    /// Too much at once.
    pub const NO_MEMORY: Self = Self(11);
    /// What came cannot be read.
    pub const PARSE_ERROR: Self = Self(12);
    /// The system refused.
    pub const SYSTEM_ERROR: Self = Self(13);

    /// Whether it was done.
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::OK => "success",
            Self::INVALID_COMMAND => "the bus does not know the command",
            Self::INVALID_ARGUMENT => "invalid argument",
            Self::METHOD_NOT_FOUND => "the object has no such method",
            Self::NOT_FOUND => "there is no such object",
            Self::NO_DATA => "there is no data",
            Self::PERMISSION_DENIED => "permission denied",
            Self::TIMEOUT => "no answer in time",
            Self::NOT_SUPPORTED => "not supported",
            Self::UNKNOWN_ERROR => "unknown error",
            Self::CONNECTION_FAILED => "no connection to the bus",
            Self::NO_MEMORY => "out of memory",
            Self::PARSE_ERROR => "the message cannot be read",
            Self::SYSTEM_ERROR => "the system refused",
            Self(other) => return write!(f, "status {other}"),
        })
    }
}
