//! The pseudo-header (RFC 8967 §4.1): what is signed besides the packet, so that nobody can send it on
//! in another's name or to somebody else.

use core::net::Ipv6Addr;

/// The octets of the pseudo-header of a packet over IPv6.
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                     Src address, 16 octets                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Src port            |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
/// |                     Dest address, 16 octets                   |
/// +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                               |           Dest port           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct PseudoHeader([u8; Self::LEN]);

impl PseudoHeader {
    const LEN: usize = 36;

    /// That of a packet between two addresses, from and to the same port.
    pub(crate) fn new(source: Ipv6Addr, destination: Ipv6Addr, port: u16) -> Self {
        let parts = [
            &source.octets()[..],
            &port.to_be_bytes(),
            &destination.octets(),
            &port.to_be_bytes(),
        ];
        let mut octets = [0; Self::LEN];
        for (place, octet) in octets.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *octet;
        }
        Self(octets)
    }

    /// Its octets.
    pub(crate) const fn octets(&self) -> &[u8] {
        &self.0
    }
}
