//! Writing a packet: TLV after TLV until it is full.

use core::net::Ipv6Addr;

use crate::wire::error::PushError;
use crate::wire::tlv::Tlv;

/// A packet in the making.
#[derive(Clone, Debug)]
pub struct PacketWriter {
    octets: Vec<u8>,
}

impl PacketWriter {
    /// An empty packet of at most `capacity` octets of UDP payload, to be sent from that
    /// link-local address.
    pub fn new(capacity: usize, source: Ipv6Addr) -> Self {
        let _ = (capacity, source);
        Self { octets: Vec::new() }
    }

    /// Adds a TLV and the Router-Id and Next Hop TLVs it needs, or nothing at all.
    pub fn push(&mut self, tlv: &Tlv) -> Result<(), PushError> {
        let _ = tlv;
        Err(PushError::Full)
    }

    /// Whether no TLV was added yet.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Octets of UDP payload so far, header included.
    pub fn len(&self) -> usize {
        self.octets.len()
    }

    /// The packet.
    pub fn finish(self) -> Vec<u8> {
        self.octets
    }
}
