//! Pings over one interface: ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443 §4).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Type      |     Code      |          Checksum             |
//! |           Identifier          |        Sequence Number        |
//! |     Data ...
//! ```

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use crate::path_socket::{Path, open};
use crate::rule::Family;
use crate::sys::number;

/// Octets of a request: the size of an IPv4 packet is then 84, as ping's.
const LENGTH: usize = 64;
const HEADER: usize = 8;
const ECHO_REPLY_V4: u8 = 0;
const ECHO_REQUEST_V4: u8 = 8;
const ECHO_REQUEST_V6: u8 = 128;
const ECHO_REPLY_V6: u8 = 129;

/// A non-blocking socket for echo requests of one family over one interface.
#[derive(Debug)]
pub struct EchoSocket {
    socket: UdpSocket,
    family: Family,
    is_raw: bool,
    identifier: u16,
}

impl EchoSocket {
    /// Opens a ping socket, or a raw one where `net.ipv4.ping_group_range` forbids those, as it does by
    /// default. The identifier tells our answers from other programs' on a raw socket.
    pub fn open(family: Family, path: &Path, identifier: u16) -> io::Result<Self> {
        let (any, protocol) = match family {
            Family::V4 => (IpAddr::V4(Ipv4Addr::UNSPECIFIED), number::IPPROTO_ICMP),
            Family::V6 => (IpAddr::V6(Ipv6Addr::UNSPECIFIED), number::IPPROTO_ICMPV6),
        };
        let (fd, is_raw) = match open(path, any, number::SOCK_DGRAM, protocol) {
            Ok(fd) => (fd, false),
            Err(_) => (open(path, any, number::SOCK_RAW, protocol)?, true),
        };
        Ok(Self {
            socket: UdpSocket::from(fd),
            family,
            is_raw,
            identifier,
        })
    }

    /// Sends a request.
    pub fn send(&self, to: IpAddr, sequence: u16) -> io::Result<()> {
        let request = request(self.family, self.identifier, sequence);
        self.socket.send_to(&request, SocketAddr::new(to, 0))?;
        Ok(())
    }

    /// Takes the next answer: who sent it, and its sequence number; `None` when there is none. What is
    /// no answer to us is skipped.
    pub fn receive(&self) -> io::Result<Option<(IpAddr, u16)>> {
        let mut buffer = [0; 256];
        loop {
            let (length, from) = match self.socket.recv_from(&mut buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let packet = buffer.get(..length).unwrap_or(&[]);
            let identifier = self.is_raw.then_some(self.identifier);
            if let Some(sequence) = echo_reply(self.family, identifier, packet) {
                return Ok(Some((from.ip(), sequence)));
            }
        }
    }
}

impl AsFd for EchoSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn request(family: Family, identifier: u16, sequence: u16) -> [u8; LENGTH] {
    let mut packet = [0; LENGTH];
    packet[0] = match family {
        Family::V4 => ECHO_REQUEST_V4,
        Family::V6 => ECHO_REQUEST_V6,
    };
    packet[4..6].copy_from_slice(&identifier.to_be_bytes());
    packet[6..HEADER].copy_from_slice(&sequence.to_be_bytes());
    // The kernel fills in the checksum of ICMPv6, which covers the addresses.
    if family == Family::V4 {
        let checksum = checksum(&packet);
        packet[2..4].copy_from_slice(&checksum.to_be_bytes());
    }
    packet
}

/// The sequence number of an echo reply, if octets from a socket are one. A raw socket hears everybody's, those
/// of IPv4 with their IP header: its identifier tells which are ours. A ping socket has none, for the kernel gives it
/// one of its own, and its own answers alone.
pub fn echo_reply(family: Family, raw_identifier: Option<u16>, packet: &[u8]) -> Option<u16> {
    let packet = if raw_identifier.is_some() && family == Family::V4 {
        without_ip_header(packet)?
    } else {
        packet
    };
    let header: &[u8; HEADER] = packet.first_chunk()?;
    let wanted = match family {
        Family::V4 => ECHO_REPLY_V4,
        Family::V6 => ECHO_REPLY_V6,
    };
    let to = u16::from_be_bytes([header[4], header[5]]);
    let is_ours = header[0] == wanted && raw_identifier.is_none_or(|identifier| identifier == to);
    is_ours.then_some(u16::from_be_bytes([header[6], header[7]]))
}

fn without_ip_header(packet: &[u8]) -> Option<&[u8]> {
    let words = usize::from(packet.first()? & 0x0f);
    packet.get(words.max(5) * 4..)
}

/// RFC 1071: the complement of the ones' complement sum of 16-bit words.
fn checksum(packet: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for pair in packet.chunks(2) {
        let word = u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        sum += u32::from(word);
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_sums_up_to_nothing() {
        let packet = request(Family::V4, 0x1234, 0xfffe);
        assert_eq!(checksum(&packet), 0);
        assert_eq!(packet[..8], [8, 0, 0xe5, 0xcc, 0x12, 0x34, 0xff, 0xfe]);
    }

    #[test]
    fn only_an_answer_to_us_is_one() {
        let mut packet = request(Family::V6, 7, 300);
        assert_eq!(echo_reply(Family::V6, Some(7), &packet), None, "a request");
        packet[0] = ECHO_REPLY_V6;
        assert_eq!(echo_reply(Family::V6, Some(7), &packet), Some(300));
        assert_eq!(echo_reply(Family::V6, Some(8), &packet), None);
        assert_eq!(echo_reply(Family::V6, None, &packet), Some(300));
        assert_eq!(echo_reply(Family::V6, None, &packet[..7]), None);
        let in_ip = [&[0x45; 20][..], &[0, 0, 0, 0, 0, 7, 1, 44]].concat();
        assert_eq!(echo_reply(Family::V4, Some(7), &in_ip), Some(300));
        assert_eq!(echo_reply(Family::V4, Some(8), &in_ip), None);
        assert_eq!(echo_reply(Family::V4, None, &in_ip[20..]), Some(300));
        assert_eq!(without_ip_header(&[0x4f; 30]), None);
        assert_eq!(without_ip_header(&[]), None);
    }
}
