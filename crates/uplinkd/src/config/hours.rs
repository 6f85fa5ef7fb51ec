//! Hours of the week: `22:00-07:00`, `mon-fri 09:00-17:00`, `sat 00:00-24:00`.

use std::fmt;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: u16 = 24 * 60;

/// From a minute of some days to another; past midnight where that is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// On which days they begin, Monday first.
    days: [bool; 7],
    from: u16,
    to: u16,
}

impl Hours {
    /// Reads them.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut words = text.split_ascii_whitespace();
        let (days, range) = match (words.next(), words.next(), words.next()) {
            (Some(range), None, None) => ([true; 7], range),
            (Some(days), Some(range), None) => (read_days(days)?, range),
            _ => return Err(""),
        };
        let (from, to) = range.split_once('-').ok_or("no range of hours")?;
        let (from, to) = (minute(from)?, minute(to)?);
        if from == DAY {
            return Err("a day begins at 00:00");
        }
        Ok(Self { days, from, to })
    }

    /// Whether a minute of a day (0 is Monday) is within.
    pub fn contains(&self, day: u8, minute: u16) -> bool {
        let day = usize::from(day % 7);
        if self.from < self.to {
            return self.days[day] && (self.from..self.to).contains(&minute);
        }
        let of_yesterday = self.days[(day + 6) % 7] && minute < self.to;
        of_yesterday || (self.days[day] && minute >= self.from)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != [true; 7] {
            let named = DAYS.iter().zip(&self.days).filter(|(_, on)| **on);
            let names: Vec<&str> = named.map(|(name, _)| *name).collect();
            write!(f, "{} ", names.join(","))?;
        }
        let [from, to] = [self.from, self.to].map(|at| format!("{:02}:{:02}", at / 60, at % 60));
        write!(f, "{from}-{to}")
    }
}

/// `fri`, `mon-fri`, `sat,sun`; `fri-mon` goes over the week's end.
fn read_days(text: &str) -> Result<[bool; 7], &'static str> {
    let day = |name: &str| {
        let place = DAYS.iter().position(|day| name.eq_ignore_ascii_case(day));
        place.ok_or("days are mon tue wed thu fri sat sun")
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        for step in 0..=(last + 7 - first) % 7 {
            days[(first + step) % 7] = true;
        }
    }
    Ok(days)
}

fn minute(text: &str) -> Result<u16, &'static str> {
    let (hours, minutes) = text.split_once(':').ok_or("no time such as 22:00")?;
    let number = |text: &str| match text.len() {
        1 | 2 if text.bytes().all(|c| c.is_ascii_digit()) => {
            text.parse::<u8>().map_err(|_| "no time such as 22:00")
        }
        _ => Err("no time such as 22:00"),
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = u16::from(hours) * 60 + u16::from(minutes);
    if minutes < 60 && minute <= DAY {
        Ok(minute)
    } else {
        Err("a day has 24 hours")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        let night = Hours::parse("fri-sat 22:00-07:00").unwrap();
        for (day, minute, within) in [
            (4, 22 * 60, true),
            (4, 6 * 60, false),
            (5, 6 * 60, true),
            (5, 7 * 60, false),
            (6, 6 * 60 + 59, true),
            (6, 22 * 60, false),
        ] {
            assert_eq!(night.contains(day, minute), within, "{day} {minute}");
        }
        assert_eq!(night.to_string(), "fri,sat 22:00-07:00");
    }

    #[test]
    fn days_may_go_over_the_weeks_end_and_a_day_to_its_end() {
        let hours = Hours::parse("Sun-Mon,wed 00:00-24:00").unwrap();
        let days: Vec<bool> = (0..7).map(|day| hours.contains(day, 720)).collect();
        assert_eq!(days, [true, false, true, false, false, false, true]);
        assert!(hours.contains(6, 1439) && hours.contains(6, 0));
        let hours = Hours::parse("9:00-17:30").unwrap();
        assert!(hours.contains(3, 540) && hours.contains(3, 1049) && !hours.contains(3, 1050));
    }

    #[test]
    fn what_is_no_hours_is_refused() {
        for wrong in [
            "",
            "22:00",
            "22-7",
            "24:00-1:00",
            "1:60-2:00",
            "1:00-24:01",
            "mo 1:00-2:00",
            "mon 1:00-2:00 x",
            "mon- 1:00-2:00",
            "+1:00-2:00",
        ] {
            assert!(Hours::parse(wrong).is_err(), "{wrong}");
        }
    }
}
