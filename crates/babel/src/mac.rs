//! Authentication of packets (RFC 8967): what a [`Key`] makes of a packet, and which packets of a
//! neighbour are new and its own.
//!
//! Nothing in here knows a date: keys are taken into use and out of it by configuration
//! ([`KeyUse`]), and what tells an old packet from a new one are counters, random indices and
//! challenges. A router that starts draws a new index, so that no counter need be kept.

mod authenticator;
mod entropy;
mod key;
mod key_set;
mod peer;
mod pseudo_header;

pub use self::key::{Algorithm, Code, Key, KeyError, KeyUse};
pub use self::key_set::KeySet;

pub(crate) use self::authenticator::{Authenticator, Envelope};
pub(crate) use self::entropy::Entropy;
pub(crate) use self::peer::Cause;
