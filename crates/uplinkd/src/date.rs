//! Days of the calendar, UTC. A router has no clock at boot: until it has been set there is no date.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Before this nobody can have installed the program: the clock has not been set.
const FIRST_YEAR: u16 = 2025;

/// A month of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Its month.
    pub month: Month,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// Today, if the clock has been set.
    pub fn today() -> Option<Self> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let date = Self::from_days(seconds / 86_400)?;
        (date.month.year >= FIRST_YEAR).then_some(date)
    }

    /// The day so many days after 1 January 1970.
    pub fn from_days(days: u64) -> Option<Self> {
        // Hinnant, "chrono-compatible low-level date algorithms": years that begin in March, in eras of
        // 400 years.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Some(Self {
            month: Month {
                year: u16::try_from(year).ok()?,
                month: u8::try_from(month).ok()?,
            },
            day: u8::try_from(day).ok()?,
        })
    }

    /// Reads `2026-11-24`.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.rsplit_once('-')?;
        let month = Month::parse(month)?;
        let day = digits(day, 2)?;
        let day = u8::try_from(day).ok()?;
        (1..=month.days())
            .contains(&day)
            .then_some(Self { month, day })
    }
}

impl Month {
    /// Whole months since the year 0.
    pub fn number(self) -> u32 {
        u32::from(self.year) * 12 + u32::from(self.month) - 1
    }

    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (digits(year, 4)?, digits(month, 2)?);
        (1..=12).contains(&month).then_some(Self {
            year,
            month: u8::try_from(month).ok()?,
        })
    }

    /// How many days it has.
    pub const fn days(self) -> u8 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.year.is_multiple_of(4)
                && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400)) =>
            {
                29
            }
            2 => 28,
            _ => 31,
        }
    }

    /// The month so many months before.
    #[must_use]
    pub fn before(self, months: u16) -> Self {
        let count = self.number().saturating_sub(u32::from(months));
        Self {
            year: u16::try_from(count / 12).unwrap_or(0),
            month: u8::try_from(count % 12 + 1).unwrap_or(1),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.month, self.day)
    }
}

fn digits(text: &str, count: usize) -> Option<u16> {
    let plain = text.len() == count && text.bytes().all(|c| c.is_ascii_digit());
    let number: u16 = plain.then(|| text.parse().ok())??;
    // Months are counted in 16 bits.
    (number <= 5000).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_what_the_calendar_says() {
        let shown = |days| Date::from_days(days).unwrap().to_string();
        assert_eq!(shown(0), "1970-01-01");
        assert_eq!(shown(11_016), "2000-02-29");
        assert_eq!(shown(20_781), "2026-11-24");
        let mut before = Date::from_days(0).unwrap();
        for days in 1..60_000 {
            let date = Date::from_days(days).unwrap();
            assert!(date > before && date.day <= date.month.days());
            assert_eq!(Date::parse(&date.to_string()), Some(date));
            before = date;
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-1-01",
            "99999-01-01",
            "2026-11-+1",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert_eq!(
            Month::parse("2026-01").unwrap().before(13).to_string(),
            "2024-12"
        );
    }
}
