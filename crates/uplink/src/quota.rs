//! Monthly caps.

/// Days of a billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Days that have begun, 1 on the billing day.
    pub day: u8,
    /// Days in all.
    pub days: u8,
    /// The year the period began in.
    pub year: u16,
    /// The month it began in, 1 to 12.
    pub month: u8,
    /// The day of that month on which it began.
    pub start_day: u8,
}

/// The billing period that a date is in. A billing day that a month has not is its last day.
pub fn period(year: u16, month: u8, day: u8, billing_day: u8) -> Period {
    let month = month.clamp(1, 12);
    let start_this = billing_day.clamp(1, days_of(year, month));
    let began_before = day < start_this;
    let (year, month, start) = if began_before {
        let (year, month) = if month == 1 {
            (year.saturating_sub(1), 12)
        } else {
            (year, month - 1)
        };
        (year, month, billing_day.clamp(1, days_of(year, month)))
    } else {
        (year, month, start_this)
    };
    let (next_year, next_month) = if month == 12 {
        (year.saturating_add(1), 1)
    } else {
        (year, month + 1)
    };
    let next_start = billing_day.clamp(1, days_of(next_year, next_month));
    let days = days_of(year, month) - start + next_start;
    let elapsed = if began_before {
        days_of(year, month) - start + day
    } else {
        day - start
    };
    Period {
        day: elapsed + 1,
        days,
        year,
        month,
        start_day: start,
    }
}

/// Bytes at the period's end if it goes on as so far.
pub fn forecast_bytes(used_bytes: u64, period: Period) -> u64 {
    let scaled = u128::from(used_bytes) * u128::from(period.days) / u128::from(period.day.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// Whether the cap counts as reached: 2 % are left for what is under way.
pub const fn is_reached(used_bytes: u64, cap_bytes: u64) -> bool {
    used_bytes >= cap_bytes - cap_bytes / 50
}

/// How much of its weight an uplink keeps so that its cap lasts, in per cent: what is left against
/// what would be left at an even pace, 10 to 100.
pub fn pace_percent(used_bytes: u64, cap_bytes: u64, period: Period) -> u8 {
    let left = u128::from(cap_bytes.saturating_sub(used_bytes));
    let days_left = u128::from((period.days + 1).saturating_sub(period.day).max(1));
    let even = u128::from(cap_bytes) * days_left / u128::from(period.days.max(1));
    let percent = (left * 100).checked_div(even).unwrap_or(0);
    u8::try_from(percent.clamp(10, 100)).unwrap_or(100)
}

const fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_on_the_billing_day_or_the_months_last() {
        let shown = |p: Period| (p.year, p.month, p.day, p.days);
        assert_eq!(shown(period(2026, 11, 24, 1)), (2026, 11, 24, 30));
        assert_eq!(shown(period(2026, 11, 24, 25)), (2026, 10, 31, 31));
        assert_eq!(shown(period(2026, 1, 3, 15)), (2025, 12, 20, 31));
        assert_eq!(shown(period(2028, 2, 29, 31)), (2028, 2, 1, 31));
        assert_eq!(shown(period(2026, 3, 30, 31)), (2026, 2, 31, 31));
    }

    #[test]
    fn every_day_of_four_years_is_in_a_period_that_ends() {
        for billing_day in 1..=31 {
            for year in 2025..2029 {
                for month in 1..=12 {
                    for day in 1..=days_of(year, month) {
                        let p = period(year, month, day, billing_day);
                        assert!(p.day >= 1 && p.day <= p.days, "{p:?}");
                        assert!((28..=31).contains(&p.days), "{p:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_forecast_follows_the_pace() {
        let p = period(2026, 11, 10, 1);
        assert_eq!(forecast_bytes(10_000, p), 30_000);
        assert_eq!(pace_percent(0, 30_000, p), 100);
        assert_eq!(pace_percent(30_000, 30_000, p), 10);
        assert_eq!(pace_percent(19_500, 30_000, p), 50);
        assert!(is_reached(29_400, 30_000) && !is_reached(29_399, 30_000));
    }
}
