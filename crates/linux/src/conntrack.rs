//! The kernel's table of connections (linux/netfilter/nfnetlink_conntrack.h).

use std::io;

use netlink_packet_core::Emitable;

use crate::kernel_error::KernelError;
use crate::netlink::request_socket::{Request, RequestSocket};
use crate::rule::Family;
use crate::sys::number;

/// `NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE`.
const CT_DELETE: u16 = 0x0102;
/// `CTA_MARK` and `CTA_MARK_MASK`.
const CTA_MARK: u16 = 8;
const CTA_MARK_MASK: u16 = 21;
/// `struct nfgenmsg`: family, version, resource.
const HEADER: usize = 4;
/// From this version on the kernel heeds the family; before, it forgot those of all.
const VERSION: u8 = 1;
/// An attribute with a 32-bit value.
const NUMBER_ATTRIBUTE: usize = 8;

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
        let request = Request {
            kind: CT_DELETE,
            flags: 0,
            body: ByMark { family, mark, mask },
        };
        let answers = self.socket.change(std::iter::once(Ok(request)));
        answers.into_iter().next().unwrap_or(Ok(()))
    }
}

struct ByMark {
    family: Family,
    mark: u32,
    mask: u32,
}

impl Emitable for ByMark {
    fn buffer_len(&self) -> usize {
        HEADER + 2 * NUMBER_ATTRIBUTE
    }

    fn emit(&self, buffer: &mut [u8]) {
        let attributes = [(CTA_MARK, self.mark), (CTA_MARK_MASK, self.mask)];
        let family = match self.family {
            Family::V4 => number::AF_INET,
            Family::V6 => number::AF_INET6,
        };
        let header = [u8::try_from(family).unwrap_or(0), VERSION, 0, 0];
        let attributes = attributes.into_iter().flat_map(|(kind, value)| {
            let [l0, l1] = 8_u16.to_ne_bytes();
            let [k0, k1] = kind.to_ne_bytes();
            // Values of ctnetlink are in network byte order.
            let [v0, v1, v2, v3] = value.to_be_bytes();
            [l0, l1, k0, k1, v0, v1, v2, v3]
        });
        for (place, octet) in buffer.iter_mut().zip(header.into_iter().chain(attributes)) {
            *place = octet;
        }
    }
}
