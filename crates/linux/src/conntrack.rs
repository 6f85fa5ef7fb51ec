//! The kernel's table of connections (linux/netfilter/nfnetlink_conntrack.h).

use std::io;

use crate::kernel_error::KernelError;
use crate::netlink::attribute::push;
use crate::netlink::number::family as family_number;
use crate::netlink::request_socket::{Request, RequestSocket};
use crate::rule::Family;
use crate::sys::number;

/// `NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE`.
const CT_DELETE: u16 = 0x0102;
/// `CTA_MARK` and `CTA_MARK_MASK`.
const CTA_MARK: u16 = 8;
const CTA_MARK_MASK: u16 = 21;
/// From this version on the kernel heeds the family; before, it forgot those of all.
const VERSION: u8 = 1;

/// A socket for changes of the table.
#[derive(Debug)]
pub struct Conntrack {
    socket: RequestSocket,
}

impl Conntrack {
    /// Opens the socket, in the network namespace of the calling thread.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            socket: RequestSocket::new(number::NETLINK_NETFILTER)?,
        })
    }

    /// Forgets every connection of a family whose mark, under the mask, is this, in one message. Those of
    /// other marks stay as they are. The mask must not be 0: that would mean all of them.
    pub fn delete_by_mark(
        &mut self,
        family: Family,
        mark: u32,
        mask: u32,
    ) -> Result<(), KernelError> {
        if mask == 0 {
            return Err(KernelError::from_errno(number::EOPNOTSUPP).with_detail("mask 0"));
        }
        self.socket.change_one(Request {
            kind: CT_DELETE,
            flags: 0,
            body: by_mark(family, mark, mask),
        })
    }
}

/// `struct nfgenmsg` (family, version, resource), mark and mask.
fn by_mark(family: Family, mark: u32, mask: u32) -> Vec<u8> {
    let mut message = vec![family_number(family == Family::V4), VERSION, 0, 0];
    // Values of ctnetlink are in network byte order.
    push(&mut message, CTA_MARK, &mark.to_be_bytes());
    push(&mut message, CTA_MARK_MASK, &mask.to_be_bytes());
    message
}
