//! What is known of the packets of one sender (RFC 8967 §3.2, §4.3): kept apart from the neighbour table,
//! because a packet that proves nothing must not make a neighbour.

use core::time::Duration;

use crate::clock::Instant;
use crate::mac::key::is_same;
use crate::wire::pc::PcBody;

/// The least time between two challenges to one sender, and between two replies to it.
// RFC 8967 §4.3.1.1: the limit SHOULD default to one Challenge Request every 300 ms; §4.3.1.2: one
// Challenge Reply for each peer every 300 ms
pub(crate) const CHALLENGE_PAUSE: Duration = Duration::from_millis(300);

/// How long a challenge may be answered.
// RFC 8967 §4.3.1.1: initialise the neighbour's challenge expiry timer to 30 seconds
const CHALLENGE_LIFE: Duration = Duration::from_secs(30);

/// How long index and counter are believed without another authentic packet.
// RFC 8967 §4.4: the timer SHOULD default to a value of 5 minutes
const MEMORY: Duration = Duration::from_mins(5);

/// How often a challenge that is not answered is sent again of itself. The sender's next packet would cause
/// another one, but that may be a Hello interval away, and nothing of its is heard meanwhile.
const REPEATS: u8 = 3;

/// Octets of a nonce of ours.
pub(crate) const NONCE: usize = 16;

/// Why a packet is not authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It carries no MAC.
    Unsigned,
    /// None of its MACs is right.
    WrongMac,
    /// It carries no PC.
    Uncounted,
    /// Its PC is not greater than the last one.
    Replayed,
    /// Its sender has not answered a challenge yet.
    Unproven,
    /// There are too many senders already.
    Crowded,
}

/// A sender.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    counter: Option<Counter>,
    challenge: Option<Challenge>,
    /// When it may be challenged again.
    challenge_at: Instant,
    /// When it may have another reply.
    reply_at: Instant,
    /// Its challenge is to be sent.
    asking: bool,
    /// The nonce that is to be sent back to it.
    answer: Option<Box<[u8]>>,
    /// The keys that its last packet was signed with, a bit for each place in the set; none when it was
    /// not authentic.
    pub(crate) signed_with: u8,
}

/// Where its packets' numbers stand.
#[derive(Clone, Debug)]
struct Counter {
    index: heapless::Vec<u8, { PcBody::LONGEST_INDEX }>,
    /// A radio delays multicast, which unicast then overtakes. They cannot be taken for each other: the
    /// destination is signed too.
    unicast: u32,
    multicast: u32,
    accepted_at: Instant,
}

#[derive(Clone, Debug)]
struct Challenge {
    nonce: [u8; NONCE],
    until: Instant,
    /// How often it may still be sent again.
    repeats: u8,
}

impl Peer {
    /// Somebody of whom nothing is known.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            counter: None,
            challenge: None,
            challenge_at: now,
            reply_at: now,
            asking: false,
            answer: None,
            signed_with: 0,
        }
    }

    /// Whether this is the answer to our challenge.
    // RFC 8967 §4.3.1.3: if there is no Nonce stored or the challenge timer has expired, the
    // Challenge Reply MUST be silently ignored; if the two are equal (they have the same length
    // and content), then the challenge has succeeded
    pub(crate) fn is_answer(&self, nonce: &[u8], now: Instant) -> bool {
        let challenge = self.challenge.as_ref();
        challenge.is_some_and(|it| it.until > now && is_same(&it.nonce, nonce))
    }

    /// Judges a packet with a right MAC by its number; `proven` if it answers our challenge.
    pub(crate) fn handle_counter(
        &mut self,
        pc: Option<PcBody<'_>>,
        multicast: bool,
        proven: bool,
        now: Instant,
    ) -> Result<(), Cause> {
        // RFC 8967 §4.3: if the packet does not contain a PC TLV, the packet MUST be dropped
        let pc = pc.ok_or(Cause::Uncounted)?;
        let known = self
            .counter
            .as_mut()
            .filter(|counter| counter.accepted_at + MEMORY > now && counter.index == pc.index);
        if proven {
            // RFC 8967 §4.3: the PC and Index contained in the PC TLV MUST be stored, and the packet
            // is accepted. Of the same index no number is taken back, or what came between
            // could be replayed.
            let multicast = known.map_or(0, |counter| counter.multicast);
            self.counter = Some(Counter {
                // The decoder has checked its length.
                index: heapless::Vec::from_slice(pc.index).unwrap_or_default(),
                unicast: pc.pc,
                multicast: multicast.max(pc.pc),
                accepted_at: now,
            });
            // RFC 8967 §4.3.1.3: the nonce stored in the neighbour table SHOULD be discarded
            self.challenge = None;
            return Ok(());
        }
        // RFC 8967 §4.3: if such an entry contains no Index, or if the Index is different, then a
        // challenge MUST be sent, the packet MUST be dropped
        let counter = known.ok_or(Cause::Unproven)?;
        let last = if multicast {
            &mut counter.multicast
        } else {
            &mut counter.unicast
        };
        // RFC 8967 §4.3: if the received PC is smaller or equal, the packet MUST be dropped (no
        // challenge is sent in this case)
        if pc.pc <= *last {
            return Err(Cause::Replayed);
        }
        *last = pc.pc;
        counter.accepted_at = now;
        Ok(())
    }

    /// Challenges it, unless that was done a moment ago; `nonce` was never used before.
    // RFC 8967 §4.3.1.1: a node MUST impose a rate limitation to the challenges it sends
    pub(crate) fn challenge(&mut self, nonce: impl FnOnce() -> [u8; NONCE], now: Instant) {
        if self.challenge_at > now {
            return;
        }
        self.challenge_at = now + CHALLENGE_PAUSE;
        self.challenge = Some(Challenge {
            nonce: nonce(),
            until: now + CHALLENGE_LIFE,
            repeats: REPEATS,
        });
        self.asking = true;
    }

    /// Has an unanswered challenge sent again when it is time; when the next time is, if any.
    pub(crate) fn repeat(&mut self, now: Instant) -> Option<Instant> {
        let challenge = self.challenge.as_mut().filter(|it| it.repeats > 0)?;
        if self.challenge_at > now {
            return Some(self.challenge_at);
        }
        challenge.repeats -= 1;
        self.challenge_at = now + CHALLENGE_PAUSE;
        self.asking = true;
        (challenge.repeats > 0).then_some(self.challenge_at)
    }

    /// Has its challenge answered, unless another was a moment ago.
    // RFC 8967 §4.3.1.2: a node MUST impose a rate limitation to the Challenge Replies it sends
    pub(crate) fn answer(&mut self, nonce: &[u8], now: Instant) {
        if self.reply_at <= now {
            self.reply_at = now + CHALLENGE_PAUSE;
            self.answer = Some(nonce.into());
        }
    }

    /// Whether something is to be sent to it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.asking || self.answer.is_some()
    }

    /// Takes the nonces of the Challenge Request and the Challenge Reply to send to it.
    pub(crate) fn take_waiting(&mut self) -> (Option<[u8; NONCE]>, Option<Box<[u8]>>) {
        let asking = core::mem::take(&mut self.asking);
        let challenge = self.challenge.as_ref().filter(|_| asking);
        (challenge.map(|it| it.nonce), self.answer.take())
    }

    /// When it is forgotten, unless it proves to be there again.
    // RFC 8967 §4.4: an (Index, PC) pair MUST be discarded within a finite time since the last time
    // a packet has been accepted; unsuccessful challenges MUST NOT prevent it
    pub(crate) fn expires(&self) -> Instant {
        let counter = self.counter.as_ref().map(|it| it.accepted_at + MEMORY);
        counter
            .max(Some(self.challenge_at + CHALLENGE_LIFE))
            .unwrap_or_default()
    }

    /// Whether its index is known, so that its packets may be accepted.
    pub(crate) fn is_proven(&self, now: Instant) -> bool {
        self.counter
            .as_ref()
            .is_some_and(|it| it.accepted_at + MEMORY > now)
    }
}
