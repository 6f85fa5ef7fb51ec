//! A number in 16 bits: exact below 2048, within a thousandth above.
//!
//! ```text
//! 0..=2047        the number itself
//! 2048..=23551    (code - 2048) / 1024 + 1 is how far 1024 + (code - 2048) % 1024 is shifted to the left
//! 65535           there is none
//! ```

/// How a missing number is written.
pub const NONE: u16 = u16::MAX;
const EXACT: u32 = 2048;

/// A number, packed.
pub fn pack(number: Option<u32>) -> u16 {
    let Some(number) = number else { return NONE };
    let code = if number < EXACT {
        number
    } else {
        let shift = 21 - number.leading_zeros();
        let mantissa = (number >> shift) - 1024;
        EXACT + (shift - 1) * 1024 + mantissa
    };
    u16::try_from(code).unwrap_or(NONE)
}

/// A number, unpacked.
pub fn unpack(code: u16) -> Option<u32> {
    let code = u32::from(code);
    if code < EXACT {
        return Some(code);
    }
    let shift = (code - EXACT) / 1024 + 1;
    let mantissa = 1024 + (code - EXACT) % 1024;
    (shift <= 21).then(|| mantissa << shift)
}

#[cfg(test)]
mod tests;
