//! Links that have gone quiet under traffic.
//!
//! Where a wired link has one neighbour, packets went both ways, and now they only leave, the neighbour
//! may be gone: long before its next Hello is late. The kernel counts the packets anyway, so asking
//! costs nothing on the link; the core asks the neighbour itself whether it lives.

use std::collections::BTreeMap;
use std::time::Duration;

use grange_babel::clock::Instant;

/// The pause between two looks while there is no traffic.
const IDLE: Duration = Duration::from_secs(1);
/// The pause while there is.
const BUSY: Duration = Duration::from_millis(150);
/// How long after the last traffic it counts as such.
const LULL: Duration = Duration::from_secs(5);
/// So many packets between two looks are traffic: more than Babel's own.
const TRAFFIC: u32 = 3;
/// After so many looks without an answer somebody is asked.
const LOOKS: u8 = 2;

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
    links: BTreeMap<u32, Seen>,
    next: Instant,
    busy_until: Instant,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    counts: Counts,
    /// Traffic came back since somebody was asked last.
    answered: bool,
    /// Looks at which packets had left and none had come.
    unanswered: u8,
}

impl Hush {
    /// When to look again.
    pub fn next_look(&self) -> Instant {
        self.next
    }

    /// Takes the counts of the links worth watching, by index; those that have gone quiet.
    pub fn look(&mut self, counts: &BTreeMap<u32, Counts>, now: Instant) -> Vec<u32> {
        self.links.retain(|index, _| counts.contains_key(index));
        let mut quiet = Vec::new();
        let mut is_busy = false;
        for (index, counts) in counts {
            let Some(seen) = self.links.get_mut(index) else {
                let seen = Seen {
                    counts: *counts,
                    ..Seen::default()
                };
                self.links.insert(*index, seen);
                continue;
            };
            let came = counts.received.wrapping_sub(seen.counts.received);
            let left = counts.sent.wrapping_sub(seen.counts.sent);
            seen.counts = *counts;
            is_busy |= left >= TRAFFIC;
            seen.answered |= came >= TRAFFIC;
            if came > 0 {
                seen.unanswered = 0;
            } else if left >= TRAFFIC && seen.answered {
                seen.unanswered += 1;
            }
            if seen.unanswered >= LOOKS {
                // Once: traffic that goes one way only is no reason to ask for ever.
                (seen.unanswered, seen.answered) = (0, false);
                quiet.push(*index);
            }
        }
        if is_busy {
            self.busy_until = now + LULL;
        }
        self.next = now + if now < self.busy_until { BUSY } else { IDLE };
        quiet
    }
}

#[cfg(test)]
mod tests;
