//! What waits to be sent to one destination: small TLVs, prefixes to announce, a full dump.

use crate::clock::Instant;
use crate::prefix::Prefix;
use crate::prefix_map::PrefixMap;
use crate::wire::Tlv;

/// How an announcement is to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Which copy this is of an announcement that must arrive; zero for one that need not.
    pub(crate) copy: u8,
    /// Somebody asked: say something even where split horizon or a filter would keep silent.
    pub(crate) must: bool,
}

impl Ask {
    /// The first copy of an announcement that must arrive.
    pub(crate) const RELIABLE: Self = Self {
        copy: 1,
        must: false,
    };
    /// An answer: who asked may have nothing else to go by.
    pub(crate) const ANSWER: Self = Self {
        copy: 1,
        must: true,
    };

    fn merge(&mut self, other: Self) {
        // The younger copy counts: what changed meanwhile deserves all its retransmissions.
        self.copy = match (self.copy, other.copy) {
            (0, copy) | (copy, 0) => copy,
            (one, two) => one.min(two),
        };
        self.must |= other.must;
    }
}

/// Where a full dump stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dump {
    /// The last prefix done.
    pub(crate) after: Option<Prefix>,
    /// Somebody asked for another one meanwhile, who may have missed the beginning.
    pub(crate) again: bool,
}

/// What waits for one destination. Its size is bounded by the tables it refers to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    tlvs: Vec<Tlv>,
    updates: PrefixMap<Ask>,
    /// How many of `updates` must arrive.
    reliable: usize,
    dump: Option<Dump>,
    due: Option<Instant>,
    /// No update leaves before this, so that a storm of changes shares packets.
    paced_until: Instant,
}

/// The most small TLVs that wait; more are dropped, and asked for again if they matter.
const TLVS: usize = 256;

impl Outbox {
    /// Queues a TLV to leave by `at`; not if the same waits already.
    pub(crate) fn push(&mut self, tlv: Tlv, at: Instant) {
        if self.tlvs.len() < TLVS && !self.tlvs.contains(&tlv) {
            self.tlvs.push(tlv);
        }
        self.due_by(at);
    }

    /// Queues an announcement of whatever is then known of the prefix.
    pub(crate) fn announce(&mut self, prefix: Prefix, ask: Ask, at: Instant) {
        let waiting = self.updates.get_or_default(prefix);
        let was_reliable = waiting.copy > 0;
        waiting.merge(ask);
        self.reliable += usize::from(!was_reliable && waiting.copy > 0);
        self.due_by(at);
    }

    /// Queues an announcement of everything, from the beginning.
    pub(crate) fn announce_all(&mut self, at: Instant) {
        match &mut self.dump {
            // A dump under way goes on: of a large table none would ever be finished otherwise.
            Some(dump) => dump.again |= dump.after.is_some(),
            None => self.dump = Some(Dump::default()),
        }
        self.due_by(at);
    }

    /// Takes the next announcement, the oldest prefix first.
    pub(crate) fn pop_update(&mut self) -> Option<(Prefix, Ask)> {
        let (prefix, ask) = self.updates.pop_first()?;
        self.reliable -= usize::from(ask.copy > 0);
        Some((prefix, ask))
    }

    /// Takes the small TLVs.
    pub(crate) fn take_tlvs(&mut self) -> Vec<Tlv> {
        core::mem::take(&mut self.tlvs)
    }

    /// Puts back the small TLVs that did not fit.
    pub(crate) fn put_back(&mut self, tlvs: Vec<Tlv>) {
        self.tlvs = tlvs;
    }

    /// Where the full dump stands, if one is under way.
    pub(crate) fn dump(&self) -> Option<Dump> {
        self.dump
    }

    /// Notes how far the full dump got.
    pub(crate) fn set_dump(&mut self, dump: Dump) {
        self.dump = Some(dump);
    }

    /// Notes that the full dump got to its end.
    pub(crate) fn end_dump(&mut self) {
        self.dump = self.dump.filter(|dump| dump.again).map(|_| Dump::default());
    }

    /// Whether any announcement waiting must arrive.
    pub(crate) fn is_reliable(&self) -> bool {
        self.reliable > 0
    }

    /// Whether announcements wait.
    pub(crate) fn has_updates(&self) -> bool {
        !self.updates.is_empty() || self.dump.is_some()
    }

    /// How many single announcements wait.
    pub(crate) fn len(&self) -> usize {
        self.updates.len()
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.tlvs.is_empty() && !self.has_updates()
    }

    /// No announcement leaves before this.
    pub(crate) fn pace(&mut self, until: Instant) {
        self.paced_until = until;
    }

    /// No announcement leaves before this, nor before what was said earlier.
    pub(crate) fn hold_back(&mut self, until: Instant) {
        self.paced_until = self.paced_until.max(until);
    }

    /// Notes that what was due has been dealt with.
    pub(crate) fn clear_due(&mut self) {
        self.due = None;
    }

    /// Asks for attention by `at`.
    pub(crate) fn due_by(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When something may leave; `may_update` says whether announcements may at all.
    pub(crate) fn poll_timeout(&self, may_update: bool) -> Option<Instant> {
        let due = self.due?;
        if !self.tlvs.is_empty() {
            return Some(due);
        }
        (may_update && self.has_updates()).then(|| due.max(self.paced_until))
    }

    /// Whether announcements may leave now.
    pub(crate) fn may_update(&self, now: Instant) -> bool {
        self.paced_until <= now
    }
}

#[cfg(test)]
mod tests;
