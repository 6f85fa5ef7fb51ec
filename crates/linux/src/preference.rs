//! Whether an IPv6 address is preferred or deprecated (RFC 4862 §5.5.4): a deprecated one goes on working and
//! begins no connections. Router advertisement daemons tell the hosts what they find on the router's interface.

use std::io;
use std::net::IpAddr;

use crate::kernel_error::KernelError;
use crate::netlink::address_body;
use crate::netlink::number::{NLM_F_REPLACE, RTM_GETADDR, RTM_NEWADDR};
use crate::netlink::request_socket::{Request, RequestSocket};
use crate::sys::number;

/// An IPv6 address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferableAddress {
    /// The interface's index.
    pub index: u32,
    /// The address.
    pub address: IpAddr,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// As the kernel has described it: what a change must not lose.
    message: Vec<u8>,
}

/// A socket for preferences.
#[derive(Debug)]
pub struct PreferenceControl {
    socket: RequestSocket,
}

impl PreferenceControl {
    /// Opens the socket, in the network namespace of the calling thread.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            socket: RequestSocket::new(number::NETLINK_ROUTE)?,
        })
    }

    /// The IPv6 addresses of all interfaces.
    pub fn addresses(&mut self) -> Result<Vec<PreferableAddress>, KernelError> {
        self.socket
            .dump(RTM_GETADDR, &address_body::dump(), |payload| {
                let address = address_body::read(payload)?;
                address.address.is_ipv6().then(|| PreferableAddress {
                    index: address.index,
                    address: address.address,
                    deprecated: address_body::is_deprecated(payload),
                    message: payload.to_vec(),
                })
            })
    }

    /// Makes an address deprecated, or preferred again as long as it is valid; everything else about it stays.
    /// `NotFound` or the like when it is gone.
    pub fn set(&mut self, of: &PreferableAddress, preferred: bool) -> Result<(), KernelError> {
        self.socket.change_one(Request {
            kind: RTM_NEWADDR,
            flags: NLM_F_REPLACE,
            body: address_body::with_preference(&of.message, preferred),
        })
    }
}
