//! Numbers that two routers hardly share, from the kernel and not from the clock: at boot a router's
//! clock says the same as the last time.

use std::fs::File;
use std::io::{self, Read};

use grange_babel::router_id::RouterId;

/// A small generator for numbers that need not be secret (splitmix64, Steele and others 2014).
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator that gives the same numbers for the same seed.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator seeded by the kernel.
    pub fn from_kernel() -> io::Result<Self> {
        let mut octets = [0; 8];
        File::open("/dev/urandom")?.read_exact(&mut octets)?;
        Ok(Self::new(u64::from_ne_bytes(octets)))
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number, cut to 16 bits.
    pub fn next_u16(&mut self) -> u16 {
        let [high, low, ..] = self.next().to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// A router-id of a router that has none.
    // RFC 8966 §2 (terms): a router-id is assigned in modified EUI-64 format, where both lowest
    // bits of the first octet clear say "made up here" and "one device"
    pub fn router_id(&mut self) -> RouterId {
        loop {
            let mut octets = self.next().to_be_bytes();
            octets[0] &= 0xFC;
            let id = RouterId::new(octets);
            if id.is_valid() {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_id_that_is_made_up_says_so() {
        let mut random = Random::from_kernel().unwrap();
        let ids: Vec<RouterId> = (0..100).map(|_| random.router_id()).collect();
        assert!(
            ids.iter()
                .all(|id| id.octets()[0].trailing_zeros() >= 2 && id.is_valid())
        );
        assert_ne!(ids[0], ids[1]);
    }
}
