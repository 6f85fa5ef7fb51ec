//! Packets that await acknowledgement on an interface: they are sent again, and together they
//! limit how much is under way.

use core::time::Duration;
use std::collections::VecDeque;

use crate::clock::Instant;
use crate::neighbour::NeighbourId;
use crate::prefix::Prefix;

/// How many octets may be unacknowledged on an interface: what a neighbour's default socket
/// buffer of 212 kB holds with the kernel's overhead for each packet.
const OCTETS: usize = 64 * 1024;

/// How long the first copy of a packet waits for its acknowledgement at least; it doubles with each copy.
const LEAST_WAIT: Duration = Duration::from_millis(150);

/// How long the first copy waits at most, however slow neighbours are.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How many packets that were sent again are remembered, in case they are acknowledged after all.
const LATE: usize = 64;

/// And for how long: by then whatever was announced before has expired everywhere.
const LATE_MEMORY: Duration = Duration::from_mins(1);

/// How often an announcement is sent at most.
// RFC 8966 §3.7.2: the number of copies MUST NOT exceed 5
pub(crate) const COPIES: u8 = 5;

/// Announcements sent in one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// What an acknowledgement will say.
    pub(crate) nonce: u16,
    /// The packet's size.
    pub(crate) octets: usize,
    /// The announcements in it that must arrive.
    pub(crate) prefixes: Vec<Prefix>,
    /// Which copy of them it is.
    pub(crate) copy: u8,
    /// Who has not acknowledged it yet; empty from the start where nobody was asked to.
    pub(crate) waiting: Vec<NeighbourId>,
    /// When it was sent.
    pub(crate) sent_at: Instant,
}

/// The packets under way on one interface.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    batches: Vec<Batch>,
    /// Those that have been sent again.
    late: VecDeque<Batch>,
    round_trip: RoundTrip,
}

/// How long acknowledgements take.
#[derive(Clone, Copy, Debug, Default)]
struct RoundTrip {
    smoothed: Option<Duration>,
    variation: Duration,
}

/// What an acknowledgement is worth: this neighbour knows these prefixes as of that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// What was announced.
    pub(crate) prefixes: Vec<Prefix>,
    /// When.
    pub(crate) sent_at: Instant,
}

impl Batch {
    fn resend_at(&self, first_wait: Duration) -> Instant {
        self.sent_at + first_wait * 2_u32.pow(u32::from(self.copy.saturating_sub(1).min(6)))
    }
}

impl RoundTrip {
    /// Takes the time that a packet took.
    // RFC 6298 §2, with its gains; a nonce names one copy, so that each is a valid sample.
    fn take(&mut self, sample: Duration) {
        match self.smoothed {
            None => {
                self.smoothed = Some(sample);
                self.variation = sample / 2;
            }
            Some(smoothed) => {
                self.variation = (self.variation * 3 + smoothed.abs_diff(sample)) / 4;
                self.smoothed = Some((smoothed * 7 + sample) / 8);
            }
        }
    }

    /// How long the first copy of a packet waits.
    fn wait(&self) -> Duration {
        let expected = self.smoothed.unwrap_or_default() + self.variation * 4;
        expected.clamp(LEAST_WAIT, LONGEST_WAIT)
    }
}

impl Window {
    /// Whether another packet of announcements may be sent.
    pub(crate) fn is_open(&self) -> bool {
        self.octets() < OCTETS
    }

    /// Whether an acknowledgement of that number would be taken for that of a packet sent before.
    pub(crate) fn is_sent(&self, nonce: u16) -> bool {
        let mut sent = self.batches.iter().chain(&self.late);
        sent.any(|batch| batch.nonce == nonce)
    }

    /// Notes a packet sent.
    pub(crate) fn add(&mut self, batch: Batch) {
        self.late
            .retain(|late| batch.sent_at.since(late.sent_at) < LATE_MEMORY);
        self.batches.push(batch);
    }

    /// Notes an acknowledgement; `None` if it was not awaited.
    ///
    /// One that comes after the packet was sent again is worth as much. A busy router on a weak processor
    /// is seconds behind: were its acknowledgements ignored, it would be sent every copy there is, each
    /// would keep it busier, and what it knows would be held for unknown until it expires.
    pub(crate) fn handle_ack(
        &mut self,
        nonce: u16,
        neighbour: NeighbourId,
        now: Instant,
    ) -> Option<Receipt> {
        let mut sent = self.batches.iter_mut().chain(&mut self.late);
        let batch =
            sent.find(|batch| batch.nonce == nonce && batch.waiting.contains(&neighbour))?;
        batch.waiting.retain(|waiting| *waiting != neighbour);
        let receipt = Receipt {
            prefixes: batch.prefixes.clone(),
            sent_at: batch.sent_at,
        };
        if batch.waiting.is_empty() {
            // Of several neighbours the slowest counts.
            self.round_trip.take(now.since(receipt.sent_at));
            self.batches.retain(|batch| batch.nonce != nonce);
            self.late.retain(|batch| batch.nonce != nonce);
        }
        Some(receipt)
    }

    /// Forgets a neighbour that is gone.
    pub(crate) fn forget(&mut self, neighbour: NeighbourId) {
        let still_awaited = |batch: &mut Batch| {
            let was_waited_for = batch.waiting.contains(&neighbour);
            batch.waiting.retain(|waiting| *waiting != neighbour);
            !(was_waited_for && batch.waiting.is_empty())
        };
        self.batches.retain_mut(still_awaited);
        self.late.retain_mut(still_awaited);
    }

    /// Takes the packets that were not acknowledged in time, the oldest first.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Batch> {
        let wait = self.round_trip.wait();
        let is_late = |batch: &mut Batch| batch.resend_at(wait) <= now;
        let late: Vec<Batch> = self.batches.extract_if(.., is_late).collect();
        let awaited = late.iter().filter(|batch| !batch.waiting.is_empty());
        self.late.extend(awaited.cloned());
        let too_many = self.late.len().saturating_sub(LATE);
        self.late.drain(..too_many);
        late
    }

    /// When to call [`Self::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let wait = self.round_trip.wait();
        let batches = self.batches.iter();
        batches.map(|batch| batch.resend_at(wait)).min()
    }

    fn octets(&self) -> usize {
        self.batches.iter().map(|batch| batch.octets).sum()
    }
}

#[cfg(test)]
mod tests;
