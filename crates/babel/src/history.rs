//! The history of a neighbour's Hellos (RFC 8966 appendix A.1).

use core::time::Duration;

use crate::clock::Instant;
use crate::seqno::Seqno;

/// Which of the last 16 Hellos of one kind arrived, and when the next one is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HelloHistory {
    /// The newest in the highest bit.
    bits: u16,
    /// How many of the bits stand for a Hello sent since we know the neighbour.
    length: u8,
    expected: Seqno,
    interval: Duration,
    /// When a missing Hello counts as lost.
    deadline: Option<Instant>,
    /// When a missing Hello becomes suspicious: earlier than `deadline`.
    late_at: Option<Instant>,
    heard_at: Option<Instant>,
}

/// What a Hello's seqno says of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Continuity {
    /// The same neighbour as before, with perhaps a few Hellos lost.
    Continues,
    /// A neighbour that lost its seqno: everything known of it is void.
    Rebooted,
}

impl HelloHistory {
    /// Notes a Hello. `interval` is zero for an unscheduled one.
    pub(crate) fn record(&mut self, seqno: Seqno, interval: Duration, now: Instant) -> Continuity {
        if self.heard_at.is_some() {
            // RFC 8966 A.1: if the two differ by more than 16, then the sending node has probably
            // rebooted
            match seqno.distance_from(self.expected) {
                missed @ 0..=16 => self.append_lost(missed.unsigned_abs()),
                // The sender skipped back: a longer interval, or a restart that repeats a few
                // numbers. RFC 8966 A.1: "undo history"
                repeated @ -16..0 => self.undo(repeated.unsigned_abs()),
                _ => return Continuity::Rebooted,
            }
        }
        self.bits = self.bits >> 1 | 0x8000;
        self.length = self.length.saturating_add(1).min(16);
        self.expected = seqno.next();
        self.heard_at = Some(now);
        // RFC 8966 §3.4.1: an unscheduled Hello establishes no new promise
        if !interval.is_zero() {
            self.interval = interval;
            // RFC 8966 A.1: resets the neighbour's hello timer to 1.5 times the interval
            self.deadline = Some(now + interval * 3 / 2);
            self.late_at = Some(now + interval + lateness(interval));
        }
        Continuity::Continues
    }

    /// Counts the Hellos that are overdue; whether there were any.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        let mut missed = false;
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= now) {
            missed = true;
            self.append_lost(1);
            self.expected = self.expected.next();
            if self.bits == 0 {
                self.deadline = None;
                break;
            }
            // RFC 8966 A.1: no extra margin is necessary in this case
            self.deadline = Some(deadline + self.interval.max(Duration::from_millis(10)));
        }
        missed
    }

    /// Whether the promised Hello is late enough for suspicion; true once for each promise.
    pub(crate) fn take_lateness(&mut self, now: Instant) -> bool {
        let late = self.late_at.is_some_and(|at| at <= now);
        if late {
            self.late_at = None;
        }
        late
    }

    /// When to call [`Self::handle_timeout`] or [`Self::take_lateness`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match (self.deadline, self.late_at) {
            (Some(deadline), Some(late_at)) => Some(deadline.min(late_at)),
            (deadline, late_at) => deadline.or(late_at),
        }
    }

    /// The bits, the newest highest.
    pub(crate) fn bits(&self) -> u16 {
        self.bits
    }

    /// Whether no Hello of the last 16 arrived.
    pub(crate) fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// When the last Hello arrived.
    pub(crate) fn heard_at(&self) -> Option<Instant> {
        self.heard_at
    }

    /// The share of the last six Hellos that arrived: how many, and of how many.
    // RFC 8966 A.2.2: beta can be computed as the fraction of 1 bits within a small number (say, 6)
    // of the most recent entries
    pub(crate) fn received_of_last_six(&self) -> (u32, u32) {
        let window = u32::from(self.length.min(6));
        let newest = self.bits & !(0xFFFF_u16.checked_shr(window).unwrap_or(0));
        (newest.count_ones(), window)
    }

    /// Whether any of the last sixteen was lost since the neighbour is known.
    pub(crate) fn is_lossy(&self) -> bool {
        self.bits.count_ones() < u32::from(self.length)
    }

    fn append_lost(&mut self, count: u16) {
        self.bits = self.bits.checked_shr(count.into()).unwrap_or(0);
        self.length = self
            .length
            .saturating_add(u8::try_from(count).unwrap_or(16))
            .min(16);
    }

    fn undo(&mut self, count: u16) {
        self.bits = self.bits.checked_shl(count.into()).unwrap_or(0);
        self.length = self
            .length
            .saturating_sub(u8::try_from(count).unwrap_or(16));
    }
}

/// How long after the promised time a Hello becomes suspicious: long enough for a router that
/// restarts or is busy, short enough to notice a dead link well before its Hellos run out.
fn lateness(interval: Duration) -> Duration {
    (interval / 8).clamp(Duration::from_millis(50), Duration::from_millis(500))
}

#[cfg(test)]
mod tests;
