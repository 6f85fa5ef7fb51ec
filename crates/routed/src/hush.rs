//! Links that have gone quiet under traffic.
//!
//! Where a wired link has one neighbour and packets that came steadily stop coming, the neighbour may be
//! gone: long before its next Hello is late. The kernel counts the packets anyway, so looking costs
//! nothing on the link; the core asks the neighbour itself whether it lives. A stream that only ends looks
//! the same, and costs a question and its answer.

use litemap::LiteMap;
use std::time::Duration;

use grange_babel::clock::Instant;

/// The pause between two looks while there is no traffic.
const IDLE: Duration = Duration::from_secs(1);
/// The pause while there is.
const BUSY: Duration = Duration::from_millis(100);
/// How long after the last traffic it counts as such.
const LULL: Duration = Duration::from_secs(5);
/// So many packets a second are traffic: more than Babel's own.
const SLOW: u32 = 10;
/// A link is quiet when so many thousandths of packets are missing, by how many came before.
const MISSING: u64 = 8000;
/// And for so long at least.
const QUIET: Duration = Duration::from_millis(200);
/// What still comes of a stream is less than this part of it.
const REST: u64 = 8;
/// For so many packets that came somebody may be asked once: questions stay few beside the traffic.
const PRICE: u32 = 40;
/// After a lull, packets that leave and are not answered at all for so long have somebody asked.
const UNANSWERED: Duration = Duration::from_millis(300);
/// If they are so many.
const TRIES: u32 = 3;

/// Packets received and sent, as the kernel counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Received.
    pub received: u32,
    /// Sent.
    pub sent: u32,
}

/// What was seen of the links.
#[derive(Debug, Default)]
pub struct Hush {
    links: LiteMap<u32, Seen>,
    looked: Instant,
    next: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    counts: Counts,
    /// Packets a second that came until they stopped; 0 is not known.
    rate: u32,
    /// Thousandths of packets that have not come since.
    missing: u64,
    /// When packets came last as usual.
    heard: Instant,
    /// Packets that came since somebody was asked.
    paid: u32,
    /// Packets that left since any came as usual.
    unanswered: u32,
    /// Nobody was asked since there was a lull.
    fresh: bool,
    busy_until: Instant,
}

impl Hush {
    /// When to look again.
    pub fn next_look(&self) -> Instant {
        self.next
    }

    /// Takes the counts of the links worth watching, by index; those that have gone quiet.
    pub fn look(&mut self, counts: &LiteMap<u32, Counts>, now: Instant) -> Vec<u32> {
        self.links.retain(|index, _| counts.contains_key(index));
        let millis = now.since(self.looked).as_millis();
        let millis = u64::try_from(millis).unwrap_or(u64::MAX).clamp(1, 60_000);
        self.looked = now;
        let mut quiet = Vec::new();
        let mut is_busy = false;
        for (index, counts) in counts {
            let seen = self
                .links
                .entry(*index)
                .or_insert_with(|| Seen::new(*counts, now));
            if seen.look(*counts, millis, now) {
                quiet.push(*index);
            }
            is_busy |= now < seen.busy_until;
        }
        self.next = now + if is_busy { BUSY } else { IDLE };
        quiet
    }
}

impl Seen {
    fn new(counts: Counts, now: Instant) -> Self {
        Self {
            counts,
            rate: 0,
            missing: 0,
            heard: now,
            paid: 0,
            unanswered: 0,
            fresh: true,
            busy_until: Instant::default(),
        }
    }

    /// Takes the counts of so many milliseconds later. Whether it is time to ask.
    fn look(&mut self, counts: Counts, millis: u64, now: Instant) -> bool {
        let came = counts.received.wrapping_sub(self.counts.received);
        let left = counts.sent.wrapping_sub(self.counts.sent);
        self.counts = counts;
        if per_second(came.max(left), millis) >= SLOW {
            self.busy_until = now + LULL;
        }
        let is_busy = now < self.busy_until;
        self.fresh |= !is_busy;
        if !is_busy || now.since(self.heard) >= LULL {
            // What came long ago tells nothing of what should come now.
            (self.rate, self.missing) = (0, 0);
        }
        self.paid = self.paid.saturating_add(came);
        let expected = u64::from(self.rate) * millis;
        let thousandths = u64::from(came) * 1000;
        if came > 0 && thousandths * REST > expected {
            self.hear(came, now);
        } else {
            self.missing += expected.saturating_sub(thousandths);
            self.unanswered = self.unanswered.saturating_add(left);
        }
        let silence = now.since(self.heard);
        let has_stopped =
            self.rate >= SLOW && self.missing >= MISSING && self.paid >= PRICE && silence >= QUIET;
        let is_ignored = self.fresh
            && self.rate < SLOW
            && self.unanswered >= TRIES
            && is_busy
            && silence >= UNANSWERED;
        if has_stopped || is_ignored {
            *self = Self {
                fresh: false,
                busy_until: self.busy_until,
                ..Self::new(counts, now)
            };
        }
        has_stopped || is_ignored
    }

    /// Packets came as usual, or more.
    fn hear(&mut self, came: u32, now: Instant) {
        let millis = u64::try_from(now.since(self.heard).as_millis()).unwrap_or(u64::MAX);
        let rate = per_second(came, millis);
        self.rate = if self.rate == 0 {
            rate
        } else {
            self.rate / 4 * 3 + rate / 4 + 1
        };
        (self.heard, self.missing, self.unanswered) = (now, 0, 0);
    }
}

fn per_second(packets: u32, millis: u64) -> u32 {
    u32::try_from(u64::from(packets) * 1000 / millis.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
