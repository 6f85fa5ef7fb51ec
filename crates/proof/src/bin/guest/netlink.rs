//! The few rtnetlink requests that make a neighbourhood (include/uapi/linux/rtnetlink.h). grange-linux
//! has no use for them: a router's interfaces are netifd's business.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};

const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
const NEW_ROUTE: u16 = 24;
const DELETE_ROUTE: u16 = 25;
const NEW_QDISC: u16 = 36;

const REQUEST_ACK: u16 = 0x5;
const CREATE: u16 = 0x400;

/// The loopback's index is the same in every namespace.
const LOOPBACK: u32 = 1;
const IFF_UP: u32 = 1;

/// A socket for requests in the namespace of the thread that opens it.
pub(crate) struct Netlink(OwnedFd);

impl Netlink {
    pub(crate) fn open() -> io::Result<Self> {
        Ok(Self(socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )?))
    }

    /// A pair of joined interfaces, each in its namespace from the start.
    pub(crate) fn add_veth(&self, ends: [(&str, i32); 2]) -> io::Result<()> {
        let end = |(name, namespace): (&str, i32)| {
            let mut body = link_header(0, 0);
            attribute(&mut body, 3, &text(name)); // IFLA_IFNAME
            attribute(&mut body, 28, &namespace.to_ne_bytes()); // IFLA_NET_NS_FD
            body
        };
        let [first, second] = ends;
        let mut data = Vec::new();
        attribute(&mut data, 1, &end(second)); // VETH_INFO_PEER
        let mut info = Vec::new();
        attribute(&mut info, 1, b"veth\0"); // IFLA_INFO_KIND
        attribute(&mut info, 2, &data); // IFLA_INFO_DATA
        let mut body = end(first);
        attribute(&mut body, 18, &info); // IFLA_LINKINFO
        self.request(NEW_LINK, CREATE, &body)
    }

    /// A link of that kind, if the kernel has it; what it is made for does not matter.
    pub(crate) fn add_link(&self, kind: &str) -> io::Result<()> {
        let mut info = Vec::new();
        attribute(&mut info, 1, &text(kind)); // IFLA_INFO_KIND
        let mut body = link_header(0, 0);
        attribute(&mut body, 18, &info); // IFLA_LINKINFO
        self.request(NEW_LINK, CREATE, &body)
    }

    /// A queueing discipline at the root of the loopback.
    pub(crate) fn add_qdisc(&self, kind: &str) -> io::Result<()> {
        let mut body = vec![0; 4]; // tcmsg: family and padding
        body.extend(LOOPBACK.to_ne_bytes());
        body.extend(0x10_0000_u32.to_ne_bytes()); // handle 10:
        body.extend(u32::MAX.to_ne_bytes()); // TC_H_ROOT
        body.extend([0; 4]);
        attribute(&mut body, 1, &text(kind)); // TCA_KIND
        self.request(NEW_QDISC, CREATE, &body)
    }

    pub(crate) fn set_up(&self, name: &str, up: bool) -> io::Result<()> {
        let mut body = link_header(if up { IFF_UP } else { 0 }, IFF_UP);
        attribute(&mut body, 3, &text(name));
        self.request(NEW_LINK, 0, &body)
    }

    /// An address of a router itself, on the loopback.
    pub(crate) fn add_address(&self, address: IpAddr) -> io::Result<()> {
        let octets = octets(address);
        let mut body = vec![family(address), width(&octets), 0x02, 0]; // IFA_F_NODAD
        body.extend(LOOPBACK.to_ne_bytes());
        attribute(&mut body, 1, &octets); // IFA_ADDRESS
        attribute(&mut body, 2, &octets); // IFA_LOCAL
        self.request(NEW_ADDRESS, CREATE, &body)
    }

    /// A host route by a device in table main.
    pub(crate) fn add_route(&self, address: IpAddr, index: u32) -> io::Result<()> {
        let octets = octets(address);
        // As below, but the scope: the neighbour is on this link.
        let mut body = vec![family(address), width(&octets), 0, 0, 254, 4, 253, 1];
        body.extend([0; 4]);
        attribute(&mut body, 1, &octets); // RTA_DST
        attribute(&mut body, 4, &index.to_ne_bytes()); // RTA_OIF
        self.request(NEW_ROUTE, CREATE, &body)
    }

    /// A host route by the loopback in table main, of protocol static.
    pub(crate) fn change_route(&self, address: IpAddr, add: bool) -> io::Result<()> {
        let octets = octets(address);
        // Family, lengths of destination and source, tos, table main, RTPROT_STATIC, scope, RTN_UNICAST.
        let mut body = vec![family(address), width(&octets), 0, 0, 254, 4, 0, 1];
        body.extend([0; 4]);
        attribute(&mut body, 1, &octets); // RTA_DST
        attribute(&mut body, 4, &LOOPBACK.to_ne_bytes()); // RTA_OIF
        if add {
            self.request(NEW_ROUTE, CREATE, &body)
        } else {
            self.request(DELETE_ROUTE, 0, &body)
        }
    }

    fn request(&self, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
        let len = u32::try_from(16 + body.len()).map_err(io::Error::other)?;
        let mut message = len.to_ne_bytes().to_vec();
        message.extend(kind.to_ne_bytes());
        message.extend((REQUEST_ACK | flags).to_ne_bytes());
        message.extend([0; 8]); // sequence and port: one request at a time
        message.extend(body);
        send(self.0.as_raw_fd(), &message, MsgFlags::empty())?;
        let mut answer = [0; 4096];
        let len = recv(self.0.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        // nlmsgerr: the error's number, negative, after the header.
        match answer.get(16..20).and_then(|number| number.try_into().ok()) {
            Some(number) if len >= 20 => match i32::from_ne_bytes(number) {
                0 => Ok(()),
                error => Err(io::Error::from_raw_os_error(-error)),
            },
            _ => Err(io::Error::other("netlink answered too briefly")),
        }
    }
}

/// ifinfomsg: family, padding, type, index, flags, which flags to change.
fn link_header(flags: u32, change: u32) -> Vec<u8> {
    let mut header = vec![0; 8];
    header.extend(flags.to_ne_bytes());
    header.extend(change.to_ne_bytes());
    header
}

fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\0"].concat()
}

fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    // All our values are short.
    let len = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    body.extend(len.to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// AF_INET and AF_INET6 are the same numbers on every machine.
fn family(address: IpAddr) -> u8 {
    if address.is_ipv4() { 2 } else { 10 }
}

fn width(octets: &[u8]) -> u8 {
    if octets.len() == 4 { 32 } else { 128 }
}
