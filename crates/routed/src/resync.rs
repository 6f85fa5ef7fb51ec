//! When to read the kernel's tables again: soon after an event, and not too often in a storm of them.

use std::time::Duration;

use grange_babel::clock::Instant;

/// How long events are gathered before the tables are read.
const GATHER: Duration = Duration::from_millis(20);
/// The least time between two readings.
const LEAST_PAUSE: Duration = Duration::from_millis(50);
/// How much longer the pause is for each row that the last reading brought: a table of 10,000
/// routes that changes all the time is read once a second.
const PAUSE_PER_ROW: Duration = Duration::from_micros(100);

/// The pause after a reading that failed.
const RETRY: Duration = Duration::from_secs(1);

/// The tables to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Links and addresses.
    pub links: bool,
    /// The tables that routes are imported from.
    pub imports: bool,
    /// Our own routes.
    pub fib: bool,
    /// The policy rules.
    pub rules: bool,
}

/// What is to be read again, and when.
#[derive(Debug, Default)]
pub struct Resync {
    tables: Tables,
    due: Option<Instant>,
    not_before: Instant,
}

impl Tables {
    /// All of them.
    pub const ALL: Self = Self {
        links: true,
        imports: true,
        fib: true,
        rules: true,
    };
    /// What a link or an address takes with it when it goes: routes, silently.
    pub const LINKS: Self = Self {
        links: true,
        imports: true,
        fib: true,
        rules: false,
    };
    /// The tables that routes are imported from.
    pub const IMPORTS: Self = Self {
        links: false,
        imports: true,
        fib: false,
        rules: false,
    };
    /// Our own routes.
    pub const FIB: Self = Self {
        links: false,
        imports: false,
        fib: true,
        rules: false,
    };
    /// The policy rules.
    pub const RULES: Self = Self {
        links: false,
        imports: false,
        fib: false,
        rules: true,
    };

    fn and(self, other: Self) -> Self {
        Self {
            links: self.links || other.links,
            imports: self.imports || other.imports,
            fib: self.fib || other.fib,
            rules: self.rules || other.rules,
        }
    }
}

impl Resync {
    /// Asks for these tables to be read soon.
    pub fn request(&mut self, tables: Tables, now: Instant) {
        self.tables = self.tables.and(tables);
        let soon = (now + GATHER).max(self.not_before);
        // What waits for a retry need not wait any longer.
        self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
    }

    /// Asks for these tables to be read again after a failure.
    pub fn retry(&mut self, tables: Tables, now: Instant) {
        self.tables = self.tables.and(tables);
        self.due.get_or_insert(now + RETRY);
    }

    /// When to read; `None` when nothing is asked for.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What to read now, if it is time.
    pub fn take(&mut self, now: Instant) -> Option<Tables> {
        self.due.take_if(|due| *due <= now)?;
        Some(std::mem::take(&mut self.tables))
    }

    /// Notes how much the last reading brought.
    pub fn done(&mut self, rows: usize, now: Instant) {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.not_before = now + LEAST_PAUSE.max(PAUSE_PER_ROW.saturating_mul(rows));
    }
}

#[cfg(test)]
mod tests;
