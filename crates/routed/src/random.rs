//! Numbers that two routers hardly share, from the kernel and not from the clock: at boot a router's
//! clock says the same as the last time.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use grange_babel::router_id::RouterId;

/// A small generator for numbers that need not be secret (splitmix64, Steele and others 2014).
#[derive(Clone)]
pub struct Random {
    state: u64,
    entropy: [u8; 32],
}

impl fmt::Debug for Random {
    // What nobody may guess stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Random").finish_non_exhaustive()
    }
}

impl Random {
    /// A generator that gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        let octets = seed.to_be_bytes();
        Self {
            state: seed,
            entropy: std::array::from_fn(|n| octets.get(n % 8).copied().unwrap_or(0)),
        }
    }

    /// A generator seeded by the kernel.
    pub fn from_kernel() -> io::Result<Self> {
        // Unlike /dev/urandom, it waits until the kernel has gathered enough; since Linux 5.6 it never
        // waits again. At boot two starts must not get the same.
        let mut device = File::open("/dev/random")?;
        let (mut seed, mut entropy) = ([0; 8], [0; 32]);
        device.read_exact(&mut seed)?;
        device.read_exact(&mut entropy)?;
        Ok(Self {
            state: u64::from_ne_bytes(seed),
            entropy,
        })
    }

    /// Octets that nobody can guess and no other start has, when they are the kernel's.
    pub const fn entropy(&self) -> [u8; 32] {
        self.entropy
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
