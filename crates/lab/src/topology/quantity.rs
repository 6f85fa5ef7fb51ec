//! Loss and rate as a topology writes them.

use std::fmt;
use std::str::FromStr;

/// Share of packets that a link drops in each direction, in units of 1/10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss(u16);

/// Bits per second that a link passes in each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(u64);

/// The word is not a loss: `5%`, `0.5%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a loss is a percentage from 0.01% to 100%, with at most two decimals, such as 5%")]
pub struct LossError;

/// The word is not a rate: `20mbit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a whole number with kbit, mbit or gbit, from 8kbit to 100gbit, such as 20mbit")]
pub struct RateError;

impl Loss {
    /// Every packet.
    pub const ALL: Self = Self(10_000);

    /// Packets dropped out of 10,000.
    pub fn per_ten_thousand(self) -> u16 {
        self.0
    }
}

impl FromStr for Loss {
    type Err = LossError;

    fn from_str(word: &str) -> Result<Self, LossError> {
        let number = word.strip_suffix('%').ok_or(LossError)?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        if decimals.is_empty() || decimals.len() > 2 {
            return Err(LossError);
        }
        let digits = |s: &str| -> Result<u16, LossError> {
            if s.is_empty() || !s.bytes().all(|b| b.is_ascii_digit()) {
                return Err(LossError);
            }
            s.parse().map_err(|_| LossError)
        };
        let hundredths = digits(decimals)? * if decimals.len() == 1 { 10 } else { 1 };
        let loss = digits(whole)?
            .checked_mul(100)
            .and_then(|whole| whole.checked_add(hundredths))
            .ok_or(LossError)?;
        if (1..=Self::ALL.0).contains(&loss) {
            Ok(Self(loss))
        } else {
            Err(LossError)
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}%"),
            (whole, rest) => write!(f, "{whole}.{rest:02}%"),
        }
    }
}

impl Rate {
    /// Bits per second.
    pub fn bits_per_second(self) -> u64 {
        self.0
    }

    /// Bucket for a token bucket filter, in bytes: 10 ms of the rate, and never less than two
    /// full packets, or nothing gets through at all.
    pub fn burst_bytes(self) -> u64 {
        (self.0 / 8 / 100).max(3_200)
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(word: &str) -> Result<Self, RateError> {
        let split = word.find(|c: char| !c.is_ascii_digit()).ok_or(RateError)?;
        let (number, unit) = word.split_at(split);
        let factor = match unit {
            "kbit" => 1_000,
            "mbit" => 1_000_000,
            "gbit" => 1_000_000_000,
            _ => return Err(RateError),
        };
        let number: u64 = number.parse().map_err(|_| RateError)?;
        let rate = number.checked_mul(factor).ok_or(RateError)?;
        if (8_000..=100_000_000_000).contains(&rate) {
            Ok(Self(rate))
        } else {
            Err(RateError)
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            r if r % 1_000_000_000 == 0 => write!(f, "{}gbit", r / 1_000_000_000),
            r if r % 1_000_000 == 0 => write!(f, "{}mbit", r / 1_000_000),
            r => write!(f, "{}kbit", r / 1_000),
        }
    }
}

#[cfg(test)]
mod tests;
