//! When numbers are collected and written down.

use core::time::Duration;

use crate::history::Span;

/// How often the history is written down.
pub(super) const SAVE_STEP: Duration = Duration::from_mins(5);
/// Something has happened: values are collected so soon.
pub(super) const SOON: Duration = Duration::from_millis(300);

/// When what is collected next.
#[derive(Debug)]
pub(super) struct Schedule {
    pub(super) watched_until: Option<Duration>,
    pub(super) next: Duration,
    pub(super) next_save: Duration,
    pub(super) is_running: bool,
}

impl Schedule {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            watched_until: None,
            next: now + SOON,
            next_save: now + SAVE_STEP,
            is_running: false,
        }
    }
}

/// Steps begin with the clock's own seconds and minutes, as the rings do.
pub(super) fn next_step(now: Duration, is_watched: bool) -> Duration {
    let span = if is_watched {
        Span::FiveMinutes
    } else {
        Span::Day
    };
    Duration::from_secs((span.slot(now) + 1) * u64::from(span.step_s()))
}
