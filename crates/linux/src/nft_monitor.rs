//! Who takes nftables tables away: `nft flush ruleset` removes everybody's.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::netlink::attribute::{Attributes, text};
use crate::netlink::frame::Frames;
use crate::sys::netlink_socket;
use crate::sys::number;

/// `NFNLGRP_NFTABLES`.
const GROUP: u32 = 7;
/// `NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE`.
const DELTABLE: u16 = 0x0a02;
/// `NFTA_TABLE_NAME`.
const NAME: u16 = 1;
/// `struct nfgenmsg`.
const HEADER: usize = 4;
const BUFFER_BYTES: usize = 32 * 1024;

/// A netlink socket that hears of tables that are removed. Non-blocking, for an
/// [`crate::event_loop::EventLoop`].
#[derive(Debug)]
pub struct NftMonitor {
    fd: OwnedFd,
    buffer: Box<[u8]>,
}

impl NftMonitor {
    /// Listens from now on.
    pub fn new() -> io::Result<Self> {
        let fd = netlink_socket::open(number::NETLINK_NETFILTER, false)?;
        netlink_socket::join_group(fd.as_fd(), GROUP)?;
        Ok(Self {
            fd,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
        })
    }

    /// Whether a table of this name, of whatever family, has been removed since the last call, or may
    /// have been: announcements can get lost.
    pub fn has_lost(&mut self, table: &str) -> io::Result<bool> {
        let mut lost = false;
        loop {
            match netlink_socket::receive(&self.fd, &mut self.buffer, false) {
                Ok(arrival) if !arrival.from_kernel => {}
                Ok(arrival) => {
                    let bytes = self.buffer.get(..arrival.len).unwrap_or(&[]);
                    lost |= arrival.truncated || removes(bytes, table);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(lost),
                Err(error) if error.raw_os_error() == Some(number::ENOBUFS) => lost = true,
                Err(error) => return Err(error),
            }
        }
    }
}

impl AsFd for NftMonitor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn removes(bytes: &[u8], table: &str) -> bool {
    Frames::new(bytes).flatten().any(|frame| {
        let attributes = frame.payload.get(HEADER..).unwrap_or(&[]);
        frame.kind == DELTABLE
            && Attributes::new(attributes).any(|(kind, value)| kind == NAME && text(value) == table)
    })
}
