//! The kernel's announcements.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};

use crate::address::Address;
use crate::link::Link;
use crate::route::Route;
use crate::rule::Rule;

/// Something changed in the kernel.
///
/// Own changes are announced too: routes and rules carry the protocol that tells them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KernelEvent {
    /// An interface appeared, or its name, flags, MTU or carrier may have changed.
    LinkChanged(Link),
    /// The interface with this index is gone.
    LinkRemoved(u32),
    /// An address appeared, or its state changed (duplicate address detection ended).
    AddressAdded(Address),
    /// An address is gone.
    AddressRemoved(Address),
    /// A route appeared or took the place of one with the same key.
    RouteAdded(Route),
    /// A route is gone. IPv4 routes lost to a link going down are **not** announced.
    RouteRemoved(Route),
    /// A policy rule appeared.
    RuleAdded(Rule),
    /// A policy rule is gone.
    RuleRemoved(Rule),
    /// The kernel gave up on resolving a neighbour's address (`NUD_FAILED`).
    NeighbourFailed {
        /// The interface's index.
        index: u32,
        /// Whom it looked for.
        address: IpAddr,
    },
    /// Announcements were lost: dump everything again.
    Overrun,
}

/// A netlink socket that listens to the kernel's announcements of links, addresses, routes, rules
/// and neighbours. Non-blocking, for an [`crate::event_loop::EventLoop`].
pub struct Monitor {}

impl Monitor {
    /// Listens from now on, with a receive buffer of 8 MiB where allowed.
    pub fn new() -> io::Result<Self> {
        todo!()
    }

    /// The same with a receive buffer of about this many bytes.
    pub fn with_receive_buffer(bytes: usize) -> io::Result<Self> {
        let _ = bytes;
        todo!()
    }

    /// Appends all that was announced since the last call to `events`.
    pub fn read(&mut self, events: &mut Vec<KernelEvent>) -> io::Result<()> {
        let _ = events;
        todo!()
    }
}

impl AsFd for Monitor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        todo!()
    }
}
