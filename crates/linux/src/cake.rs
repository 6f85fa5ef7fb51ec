//! CAKE, the queue that shares a slow line evenly among the hosts behind it (linux/net/sched/sch_cake.c), on what
//! leaves a device, and by way of an intermediate device (`ifb`) on what comes in.
//!
//! What is ours has a handle of its own. Nobody else's queue is replaced or removed.

use std::io;

use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::netlink::number::{
    NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELLINK, RTM_DELQDISC, RTM_GETLINK, RTM_GETQDISC,
    RTM_NEWLINK, RTM_NEWQDISC, RTM_NEWTFILTER,
};
use crate::netlink::request_socket::{Request, RequestSocket};
use crate::netlink::{cake_body, link_body};
use crate::sys::number;

/// Which way the packets of a device's queue go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// To the provider: hosts are told apart by their source.
    Outside,
    /// To the home: by their destination, and what is dropped counts as received.
    Inside,
}

/// The queue at a device's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootQueue {
    /// The device's index.
    pub index: u32,
    /// Whose it is.
    pub owner: Owner,
}

/// Whose a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The kernel's default.
    Kernel,
    /// Ours.
    Us,
    /// Another program's.
    Other,
}

/// A socket for queues.
#[derive(Debug)]
pub struct CakeControl {
    socket: RequestSocket,
}

impl CakeControl {
    /// Opens the socket, in the network namespace of the calling thread.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            socket: RequestSocket::new(number::NETLINK_ROUTE)?,
        })
    }

    /// The queues at the devices' roots; a device without one is left out.
    pub fn roots(&mut self) -> Result<Vec<RootQueue>, KernelError> {
        self.socket
            .dump(RTM_GETQDISC, &cake_body::dump(), cake_body::read_root)
    }

    /// Makes CAKE with this many bits a second the root of a device, or changes ours. `NotFound` where the kernel
    /// has no CAKE (the package kmod-sched-cake).
    pub fn set(&mut self, index: u32, bits: u64, toward: Toward) -> Result<(), KernelError> {
        let body = cake_body::cake(index, bits, toward);
        self.change(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, body)
    }

    /// Takes our queue from a device's root: the kernel's default is there again.
    pub fn remove(&mut self, index: u32) -> Result<(), KernelError> {
        self.change(RTM_DELQDISC, 0, cake_body::our_root(index))
    }

    /// Makes an intermediate device and switches it on; its index.
    pub fn add_intermediate(&mut self, name: &str) -> Result<u32, KernelError> {
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        self.change(RTM_NEWLINK, flags, cake_body::intermediate(name))?;
        let read = |payload: &[u8]| {
            let link = link_body::read(payload, |_| false)?;
            (link.name == name).then_some(link.index)
        };
        let found = self.socket.dump(RTM_GETLINK, &link_body::dump(), read)?;
        let gone = KernelError::new(KernelErrorKind::NoDevice);
        found.first().copied().ok_or(gone)
    }

    /// Removes a device.
    pub fn delete_device(&mut self, index: u32) -> Result<(), KernelError> {
        self.change(RTM_DELLINK, 0, link_body::delete(index))
    }

    /// Sends all that comes in by a device through an intermediate one; `Exists` when another program does
    /// something with what comes in.
    pub fn redirect(&mut self, from: u32, through: u32) -> Result<(), KernelError> {
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        self.change(RTM_NEWQDISC, flags, cake_body::ingress(from))?;
        self.change(RTM_NEWTFILTER, flags, cake_body::redirection(from, through))
    }

    /// Ends that.
    pub fn end_redirect(&mut self, from: u32) -> Result<(), KernelError> {
        self.change(RTM_DELQDISC, 0, cake_body::ingress(from))
    }

    fn change(&mut self, kind: u16, flags: u16, body: Vec<u8>) -> Result<(), KernelError> {
        self.socket.change_one(Request { kind, flags, body })
    }
}
