//! Packets that await acknowledgement on an interface: they are sent again, and together they
//! limit how much is under way.

use core::time::Duration;

use crate::clock::Instant;
use crate::neighbour::NeighbourId;
use crate::prefix::Prefix;

/// How many octets may be unacknowledged on an interface: what a neighbour's default socket
/// buffer of 212 kB holds with the kernel's overhead for each packet.
const OCTETS: usize = 64 * 1024;

/// How long the first copy of a packet waits for its acknowledgement; it doubles with each copy.
const FIRST_WAIT: Duration = Duration::from_millis(150);

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
    fn resend_at(&self) -> Instant {
        self.sent_at + FIRST_WAIT * 2_u32.pow(u32::from(self.copy.saturating_sub(1).min(6)))
    }
}

impl Window {
    /// Whether another packet of announcements may be sent.
    pub(crate) fn is_open(&self) -> bool {
        self.octets() < OCTETS
    }

    /// Notes a packet sent.
    pub(crate) fn add(&mut self, batch: Batch) {
        self.batches.push(batch);
    }

    /// Notes an acknowledgement; `None` if it was not awaited.
    pub(crate) fn handle_ack(&mut self, nonce: u16, neighbour: NeighbourId) -> Option<Receipt> {
        let index = self
            .batches
            .iter()
            .position(|batch| batch.nonce == nonce && batch.waiting.contains(&neighbour))?;
        let batch = self.batches.get_mut(index)?;
        batch.waiting.retain(|waiting| *waiting != neighbour);
        let sent_at = batch.sent_at;
        let prefixes = if batch.waiting.is_empty() {
            self.batches.swap_remove(index).prefixes
        } else {
            batch.prefixes.clone()
        };
        Some(Receipt { prefixes, sent_at })
    }

    /// Forgets a neighbour that is gone.
    pub(crate) fn forget(&mut self, neighbour: NeighbourId) {
        self.batches.retain_mut(|batch| {
            let was_waited_for = batch.waiting.contains(&neighbour);
            batch.waiting.retain(|waiting| *waiting != neighbour);
            !(was_waited_for && batch.waiting.is_empty())
        });
    }

    /// Takes the packets that were not acknowledged in time, the oldest first.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Batch> {
        let mut late = Vec::new();
        self.batches.retain(|batch| {
            let is_late = batch.resend_at() <= now;
            if is_late {
                late.push(batch.clone());
            }
            !is_late
        });
        late
    }

    /// When to call [`Self::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.batches.iter().map(Batch::resend_at).min()
    }

    fn octets(&self) -> usize {
        self.batches.iter().map(|batch| batch.octets).sum()
    }
}

#[cfg(test)]
mod tests;
