//! An uplink's number.

/// The number of an uplink on this router: 1 to 60, what fits six bits of a packet mark beside "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UplinkId(u8);

impl UplinkId {
    /// The largest number.
    pub const MOST: u8 = 60;

    /// The uplink of this number; `None` outside 1 to 60.
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= Self::MOST {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }
}
