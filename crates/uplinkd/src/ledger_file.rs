//! Bytes of each member over each uplink, day by day, for thirteen months; and how far the kernel's
//! counters had got, so that nothing is counted twice.
//!
//! ```text
//! grange-ledger 1
//! 2026-11-24 smith wan1 1200 34000        bytes up, bytes down; the member * is the device itself
//! ```
//!
//! The lasting file is written at most hourly. What is newer is in the run directory, with the counters,
//! in one file that is replaced as a whole: a crash at any moment loses nothing and doubles nothing.

use litemap::LiteMap;

use std::fmt::Write as _;
use std::iter::Sum;

use grange_linux::IpPrefix;
use grange_uplink::exchange::Role;

use crate::account::{Direction, Key};
use crate::date::{Date, Month};

/// How many months before the running one are kept.
const KEPT_MONTHS: u16 = 12;
/// Lines that are kept at most: 100 members, 4 uplinks, 13 months.
const MOST_LINES: usize = 200_000;
const FIRST_LINE: &str = "grange-ledger 1";
/// The member that stands for the device's own counters.
pub const DEVICE: &str = "*";

/// Stands for the other end of a tunnel: as the uplink, for what a member's router says; as the member,
/// for what a gateway says of an uplink.
pub const CLAIM: &str = "~";

/// Bytes both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// Into the uplink.
    pub up: u64,
    /// Out of it.
    pub down: u64,
}

/// The ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    days: LiteMap<(Date, String, String), Day>,
    /// The kernel's counters as they were when they were read last.
    seen: LiteMap<Key, u64>,
    /// Of all days, by member and uplink; never less in one run.
    totals: LiteMap<(String, String), Bytes>,
}

/// A member's bytes of a day over an uplink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    bytes: Bytes,
    /// The lasting file has less.
    is_newer: bool,
}

impl Bytes {
    /// Both ways together.
    pub fn both(self) -> u64 {
        self.up.saturating_add(self.down)
    }

    /// The sum.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            up: self.up.saturating_add(other.up),
            down: self.down.saturating_add(other.down),
        }
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Self::with)
    }
}

impl Ledger {
    /// Reads the lasting file and what the run directory has beyond it; what cannot be read is left out.
    pub fn parse(lasting: &[u8], recent: &[u8]) -> Self {
        let mut ledger = Self::default();
        for (text, is_newer) in [(lasting, false), (recent, true)] {
            let text = String::from_utf8_lossy(text);
            let mut lines = text.lines();
            if lines.next() != Some(FIRST_LINE) {
                continue;
            }
            for line in lines {
                ledger.read_line(line, is_newer);
            }
        }
        ledger
    }

    /// Takes the counters of the kernel: what they have grown by since the last time belongs to today.
    /// A counter that went back has begun anew.
    pub fn note(
        &mut self,
        today: Date,
        counters: impl IntoIterator<Item = (Key, u64)>,
        member_of: impl Fn(IpPrefix) -> Option<String>,
    ) {
        for (key, now) in counters {
            let before = self.seen.get(&key).copied().unwrap_or(0);
            let grown = now.checked_sub(before).unwrap_or(now);
            let grown = match key.direction {
                Direction::Up => Bytes { up: grown, down: 0 },
                Direction::Down => Bytes { up: 0, down: grown },
            };
            if let Some(member) = member_of(key.prefix) {
                self.add((today, member, key.uplink.clone()), grown, true);
            }
            self.seen.insert(key, now);
        }
    }

    /// Notes what an uplink's device itself has carried.
    pub fn note_device(&mut self, today: Date, uplink: &str, total: Bytes) {
        let grown = self.grown(uplink, total, |now| now);
        self.add((today, DEVICE.to_owned(), uplink.to_owned()), grown, true);
    }

    /// Notes what the other end of a tunnel says it has counted all in all. What it had counted before
    /// it was heard first is not known here, and less than before means that it has begun anew.
    pub fn note_claim(&mut self, today: Date, role: Role, name: &str, total: Bytes) {
        let (member, uplink) = match role {
            Role::Member => (name, CLAIM),
            Role::Gateway => (CLAIM, name),
        };
        let grown = self.grown(&format!("{member}{CLAIM}{uplink}"), total, |_| 0);
        self.add((today, member.to_owned(), uplink.to_owned()), grown, true);
    }

    /// The bytes of a member over an uplink, all days that are known together.
    pub fn total(&self, member: &str, uplink: &str) -> Bytes {
        let key = (member.to_owned(), uplink.to_owned());
        self.totals.get(&key).copied().unwrap_or_default()
    }

    /// The bytes of a month, by member and uplink.
    pub fn month(&self, month: Month) -> LiteMap<(String, String), Bytes> {
        let mut sums: LiteMap<(String, String), Bytes> = LiteMap::new();
        for ((date, member, uplink), day) in &self.days {
            if date.month == month {
                let sum = sums.entry((member.clone(), uplink.clone())).or_default();
                *sum = sum.with(day.bytes);
            }
        }
        sums
    }

    /// The bytes both ways that an uplink's device has carried since a day, that day with it.
    pub fn carried_since(&self, uplink: &str, start: Date) -> u64 {
        let own = self.days.iter().filter(|((date, member, name), _)| {
            *date >= start && member == DEVICE && name == uplink
        });
        own.map(|(_, day)| day.bytes.both())
            .fold(0, u64::saturating_add)
    }

    /// The months there is something of.
    pub fn months(&self) -> Vec<Month> {
        let mut months: Vec<Month> = self.days.keys().map(|(date, ..)| date.month).collect();
        months.dedup();
        months
    }

    /// The text of the lasting file; older than thirteen months is dropped.
    pub fn lasting(&mut self, today: Date) -> String {
        let oldest = today.month.before(KEPT_MONTHS);
        self.days.retain(|(date, ..), _| date.month >= oldest);
        let mut text = format!("{FIRST_LINE}\n");
        for (key, day) in &mut self.days {
            day.is_newer = false;
            push_line(&mut text, key, day.bytes);
        }
        text
    }

    /// The text for the run directory: the counters, and what is newer than the lasting file.
    pub fn recent(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        for (key, day) in self.days.iter().filter(|(_, day)| day.is_newer) {
            push_line(&mut text, key, day.bytes);
        }
        for (key, bytes) in &self.seen {
            let way = match key.direction {
                Direction::Up => "up",
                Direction::Down => "down",
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "seen {} {way} {} {bytes}", key.uplink, key.prefix);
        }
        text
    }

    /// What a counter of others' has grown by. Unlike our table it was there before us; `anew` is what one has
    /// grown by that has less than before.
    fn grown(&mut self, counter: &str, total: Bytes, anew: impl Fn(u64) -> u64) -> Bytes {
        let mut grown = |direction, now: u64| {
            let before = self.seen.insert(device_key(counter, direction), now);
            before.map_or(0, |before| {
                now.checked_sub(before).unwrap_or_else(|| anew(now))
            })
        };
        Bytes {
            up: grown(Direction::Up, total.up),
            down: grown(Direction::Down, total.down),
        }
    }

    fn add(&mut self, key: (Date, String, String), grown: Bytes, is_newer: bool) {
        let is_full = self.days.len() >= MOST_LINES && !self.days.contains_key(&key);
        if grown == Bytes::default() || is_full {
            return;
        }
        let (_, member, uplink) = &key;
        let total = self.totals.entry((member.clone(), uplink.clone()));
        let total = total.or_default();
        *total = total.with(grown);
        let day = self.days.entry(key).or_default();
        day.bytes = day.bytes.with(grown);
        day.is_newer |= is_newer;
    }

    fn read_line(&mut self, line: &str, is_newer: bool) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["seen", uplink, way, prefix, bytes] => {
                let direction = match *way {
                    "up" => Direction::Up,
                    "down" => Direction::Down,
                    _ => return,
                };
                if let (Some(prefix), Ok(bytes)) = (IpPrefix::parse(prefix), bytes.parse()) {
                    let uplink = (*uplink).to_owned();
                    let key = Key {
                        uplink,
                        direction,
                        prefix,
                    };
                    self.seen.insert(key, bytes);
                }
            }
            [date, member, uplink, up, down] => {
                if let (Some(date), Ok(up), Ok(down)) =
                    (Date::parse(date), up.parse::<u64>(), down.parse::<u64>())
                {
                    let key = (date, (*member).to_owned(), (*uplink).to_owned());
                    let known = self.days.get(&key).copied().unwrap_or_default().bytes;
                    // Sums only grow: the larger is the newer.
                    let grown = Bytes {
                        up: up.saturating_sub(known.up),
                        down: down.saturating_sub(known.down),
                    };
                    self.add(key, grown, is_newer);
                }
            }
            _ => {}
        }
    }
}

fn device_key(uplink: &str, direction: Direction) -> Key {
    Key {
        uplink: uplink.to_owned(),
        direction,
        prefix: IpPrefix::DEFAULT_V4,
    }
}

fn push_line(text: &mut String, (date, member, uplink): &(Date, String, String), bytes: Bytes) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{date} {member} {uplink} {} {}", bytes.up, bytes.down);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn counters(up: u64, down: u64) -> [(Key, u64); 2] {
        let prefix = IpPrefix::new("10.42.1.0".parse().unwrap(), 24).unwrap();
        let key = |direction| Key {
            uplink: "wan".to_owned(),
            direction,
            prefix,
        };
        [(key(Direction::Up), up), (key(Direction::Down), down)]
    }

    fn smith(prefix: IpPrefix) -> Option<String> {
        prefix.is_v4().then(|| "smith".to_owned())
    }

    fn sum(ledger: &Ledger, month: &str) -> Bytes {
        let sums = ledger.month(Month::parse(month).unwrap());
        sums.get(&("smith".to_owned(), "wan".to_owned()))
            .copied()
            .unwrap_or_default()
    }

    #[test]
    fn growth_is_counted_once_over_crashes_and_resets() {
        let mut ledger = Ledger::default();
        ledger.note(date("2026-11-24"), counters(100, 1000), smith);
        ledger.note(date("2026-11-24"), counters(150, 1000), smith);
        // A crash: the run directory is left, and the counters have gone on meanwhile.
        let mut ledger = Ledger::parse(b"", ledger.recent().as_bytes());
        ledger.note(date("2026-11-25"), counters(160, 1500), smith);
        assert_eq!(
            sum(&ledger, "2026-11"),
            Bytes {
                up: 160,
                down: 1500
            }
        );
        // Written down, and a crash before the run directory's file is.
        let before = ledger.recent();
        let lasting = ledger.lasting(date("2026-11-25"));
        let mut ledger = Ledger::parse(lasting.as_bytes(), before.as_bytes());
        assert_eq!(
            sum(&ledger, "2026-11"),
            Bytes {
                up: 160,
                down: 1500
            }
        );
        // A reboot: the counters begin anew, and only the lasting file is left.
        let mut rebooted = Ledger::parse(lasting.as_bytes(), b"");
        assert!(!rebooted.recent().contains("smith"), "nothing is newer");
        rebooted.note(date("2026-12-01"), counters(7, 8), smith);
        assert_eq!(sum(&rebooted, "2026-12"), Bytes { up: 7, down: 8 });
        // Somebody flushed the ruleset.
        ledger.note(date("2026-11-26"), counters(5, 5), smith);
        assert_eq!(
            sum(&ledger, "2026-11"),
            Bytes {
                up: 165,
                down: 1505
            }
        );
    }

    #[test]
    fn a_device_that_was_there_before_begins_at_nothing() {
        let mut ledger = Ledger::default();
        let total = |up, down| Bytes { up, down };
        ledger.note_device(date("2026-11-24"), "wan", total(5000, 5000));
        ledger.note_device(date("2026-11-24"), "wan", total(5100, 5300));
        let sums = ledger.month(Month::parse("2026-11").unwrap());
        assert_eq!(
            sums[&(DEVICE.to_owned(), "wan".to_owned())],
            total(100, 300)
        );
    }

    #[test]
    fn thirteen_months_are_kept_and_nonsense_is_left_out() {
        let text = "grange-ledger 1\n2025-10-31 smith wan 1 1\n2025-11-01 smith wan 2 2\nwhat\n\
             2026-02-30 smith wan 1 1\n2026-11-01 smith wan x 1\n2026-11-02 smith wan 3 3\n";
        let mut ledger = Ledger::parse(text.as_bytes(), b"\xff\n");
        let kept = ledger.lasting(date("2026-11-24"));
        assert_eq!(
            kept,
            "grange-ledger 1\n2025-11-01 smith wan 2 2\n2026-11-02 smith wan 3 3\n"
        );
        assert_eq!(ledger.months().len(), 2);
    }
}
