//! The kernel's announcements.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use crate::address::Address;
use crate::link::{Link, SYSFS_NET, is_wireless};
use crate::neighbour::NeighbourState;
use crate::netlink::frame::{Frame, Frames};
use crate::netlink::number::{
    NLMSG_OVERRUN, RTM_DELADDR, RTM_DELLINK, RTM_DELROUTE, RTM_DELRULE, RTM_NEWADDR, RTM_NEWLINK,
    RTM_NEWNEIGH, RTM_NEWROUTE, RTM_NEWRULE, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE, RTNLGRP_LINK,
    RTNLGRP_NEIGH,
};
use crate::netlink::{address_body, link_body, neighbour_body, route_body, rule_body};
use crate::route::Route;
use crate::rule::Rule;
use crate::sys::netlink_socket;
use crate::sys::number;
use crate::sys::option::set_receive_buffer;

/// Several thousand announcements: a flap of every route of a large village.
const RECEIVE_BUFFER_BYTES: usize = 8 << 20;
/// Larger than any one announcement.
const BUFFER_BYTES: usize = 32 * 1024;
/// Beyond this many, dumping anew is cheaper than remembering.
const EVENTS_AT_ONCE: usize = 20_000;

const GROUPS: [u32; 8] = [
    RTNLGRP_LINK,
    RTNLGRP_NEIGH,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV6_RULE,
];

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
#[derive(Debug)]
pub struct Monitor {
    fd: OwnedFd,
    buffer: Box<[u8]>,
}

impl Monitor {
    /// Listens from now on, with a receive buffer of 8 MiB where allowed.
    pub fn new() -> io::Result<Self> {
        Self::with_receive_buffer(RECEIVE_BUFFER_BYTES)
    }

    /// The same with a receive buffer of about this many bytes.
    pub fn with_receive_buffer(bytes: usize) -> io::Result<Self> {
        let fd = netlink_socket::open(number::NETLINK_ROUTE, false)?;
        set_receive_buffer(fd.as_fd(), bytes)?;
        for group in GROUPS {
            netlink_socket::join_group(fd.as_fd(), group)?;
        }
        Ok(Self {
            fd,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
        })
    }

    /// Appends all that was announced since the last call to `events`.
    ///
    /// When there is more than a caller could hold, what was read is replaced by one
    /// [`KernelEvent::Overrun`].
    pub fn read(&mut self, events: &mut Vec<KernelEvent>) -> io::Result<()> {
        let start = events.len();
        loop {
            if events.len().saturating_sub(start) > EVENTS_AT_ONCE {
                events.truncate(start);
                events.push(KernelEvent::Overrun);
            }
            match netlink_socket::receive(&self.fd, &mut self.buffer, false) {
                // Processes may write to this socket; only the kernel is believed.
                Ok(arrival) if !arrival.from_kernel => {}
                Ok(arrival) => {
                    let bytes = self.buffer.get(..arrival.len).unwrap_or(&[]);
                    let complete = read_frames(bytes, events);
                    if arrival.truncated || !complete {
                        events.push(KernelEvent::Overrun);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.raw_os_error() == Some(number::ENOBUFS) => {
                    events.push(KernelEvent::Overrun);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl AsFd for Monitor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Appends the events in the octets of one netlink datagram (linux/netlink.h); `false` when a frame
/// was malformed, whose events and those behind it are missing.
///
/// Whatever the octets are, nothing panics, and there are fewer events than octets.
pub fn read_frames(bytes: &[u8], events: &mut Vec<KernelEvent>) -> bool {
    for frame in Frames::new(bytes) {
        let Ok(frame) = frame else {
            return false;
        };
        events.extend(event(&frame));
    }
    true
}

fn event(frame: &Frame<'_>) -> Option<KernelEvent> {
    let payload = frame.payload;
    match frame.kind {
        RTM_NEWLINK => {
            let wireless = |name: &str| is_wireless(Path::new(SYSFS_NET), name);
            link_body::read(payload, wireless).map(KernelEvent::LinkChanged)
        }
        RTM_DELLINK => link_body::index(payload).map(KernelEvent::LinkRemoved),
        RTM_NEWADDR => address_body::read(payload).map(KernelEvent::AddressAdded),
        RTM_DELADDR => address_body::read(payload).map(KernelEvent::AddressRemoved),
        RTM_NEWROUTE => route_body::read(payload).map(KernelEvent::RouteAdded),
        RTM_DELROUTE => route_body::read(payload).map(KernelEvent::RouteRemoved),
        RTM_NEWRULE => rule_body::read(payload).map(KernelEvent::RuleAdded),
        RTM_DELRULE => rule_body::read(payload).map(KernelEvent::RuleRemoved),
        RTM_NEWNEIGH => {
            let neighbour = neighbour_body::read(payload)?;
            (neighbour.state == NeighbourState::Failed).then_some(KernelEvent::NeighbourFailed {
                index: neighbour.index,
                address: neighbour.address,
            })
        }
        NLMSG_OVERRUN => Some(KernelEvent::Overrun),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
