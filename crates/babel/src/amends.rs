//! Taking back what was announced before a restart.

use core::net::Ipv6Addr;

use crate::clock::Instant;
use crate::link::InterfaceId;

/// Taking back what was announced.
#[derive(Clone, Debug)]
pub(crate) struct Amends {
    /// Who has not acknowledged it yet.
    pub(crate) owed: Vec<(InterfaceId, Ipv6Addr)>,
    /// What they acknowledge.
    pub(crate) nonce: u16,
    /// How often it was said.
    pub(crate) tries: u8,
    /// When it is said next.
    pub(crate) at: Instant,
}
