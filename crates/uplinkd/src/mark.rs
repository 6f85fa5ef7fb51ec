//! The bits of packet marks that say which uplink a connection uses.

use std::fmt;

use grange_uplink::uplink_id::UplinkId;

/// Six neighbouring bits of the 32. Everybody else's bits are never touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask(u32);

impl Default for Mask {
    fn default() -> Self {
        Self(0x3f00)
    }
}

impl Mask {
    /// Reads `0x3f00` and the like.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let digits = text.strip_prefix("0x").ok_or("it must begin with 0x")?;
        let bits = u32::from_str_radix(digits, 16).map_err(|_| "no hexadecimal number")?;
        if bits.count_ones() == 6 && bits >> bits.trailing_zeros() == 0x3f {
            Ok(Self(bits))
        } else {
            Err("")
        }
    }

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// An uplink's mark.
    pub const fn mark(self, id: UplinkId) -> u32 {
        self.at(id.number())
    }

    /// The mark of connections that may leave by no uplink.
    pub const fn refused(self) -> u32 {
        self.at(UplinkId::MOST + 1)
    }

    const fn at(self, number: u8) -> u32 {
        (number as u32) << self.0.trailing_zeros()
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_neighbouring_bits_hold_every_uplink() {
        let mask = Mask::parse("0x3f00").unwrap();
        assert_eq!(mask, Mask::default());
        assert_eq!(mask.mark(UplinkId::new(1).unwrap()), 0x100);
        assert_eq!(mask.mark(UplinkId::new(60).unwrap()), 0x3c00);
        assert_eq!(mask.refused(), 0x3d00);
        let high = Mask::parse("0xfc000000").unwrap();
        assert_eq!(high.mark(UplinkId::new(60).unwrap()), 0xf000_0000);
        for wrong in [
            "3f00",
            "0x3f01",
            "0x1f00",
            "0xff",
            "0x0",
            "0x",
            "0x1ffffffff",
        ] {
            assert!(Mask::parse(wrong).is_err(), "{wrong}");
        }
    }
}
