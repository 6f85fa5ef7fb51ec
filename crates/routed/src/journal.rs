//! What gets into the log: every decision once, repeated trouble seldom, and never a flood.

use std::fmt::Arguments;
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_daemon::throttle::Throttle;
use log::Level;

/// Decisions that are logged in a row before they must be spread out.
const BURST: u32 = 30;
/// How often one more decision may be logged after that.
const REFILL: Duration = Duration::from_secs(2);

/// The daemon's log.
#[derive(Debug)]
pub struct Journal {
    throttle: Throttle,
    left: u32,
    refilled: Instant,
    /// Decisions that went unlogged since the last one that did not.
    skipped: u32,
    suppressed: u64,
}

impl Journal {
    /// An empty log.
    pub fn new(now: Instant) -> Self {
        Self {
            throttle: Throttle::default(),
            left: BURST,
            refilled: now,
            skipped: 0,
            suppressed: 0,
        }
    }

    /// Logs a decision and why it was taken. A link that flaps does not fill the log.
    pub fn decision(&mut self, now: Instant, text: Arguments<'_>) {
        if log::max_level() < Level::Info {
            return;
        }
        while self.left < BURST && now.since(self.refilled) >= REFILL {
            self.left += 1;
            self.refilled = self.refilled + REFILL;
        }
        if self.left == BURST {
            self.refilled = now;
        }
        if self.left == 0 {
            self.skipped = self.skipped.saturating_add(1);
            self.suppressed += 1;
            return;
        }
        self.left -= 1;
        match std::mem::take(&mut self.skipped) {
            0 => log::info!("{text}"),
            skipped => log::info!("{text} ({skipped} lines before this one were left out)"),
        }
    }

    /// Logs trouble, once a minute for each cause.
    pub fn trouble(&mut self, now: Instant, cause: &'static str, text: Arguments<'_>) {
        match self.throttle.allow(cause, now.as_micros()) {
            None => self.suppressed += 1,
            Some(0) => log::warn!("{text}"),
            Some(more) => log::warn!("{text} (and {more} more like it)"),
        }
    }

    /// How many messages were left out since the start.
    pub fn suppressed(&self) -> u64 {
        self.suppressed
    }
}

#[cfg(test)]
mod tests;
