//! The gateway exchange: a gateway tells a member what its shared uplinks are worth, and both tell how
//! many bytes they have counted.
//!
//! Each pair has a key. A datagram counts only if its MAC is right, it echoes the challenge that this
//! end has made for this session, and its counter is above the last: so neither another member nor an
//! old recording is believed, and no clock is needed. After a restart the first datagram echoes
//! nothing; it is answered with a fresh challenge and otherwise ignored.
//!
//! After each `handle_*` drain [`Session::poll_output`] to `None`.

pub mod packet;

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Instant;
pub use crate::exchange::packet::{Announced, Balance, Report, Role};
use crate::exchange::packet::{Challenge, Packet, PacketError, PacketView};

/// Between two datagrams while nothing changes.
const INTERVAL: Duration = Duration::from_secs(3);
/// A change is told three times: at once, and after these.
const REPEATS: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(450)];
/// Strangers' and old datagrams are answered at most this often.
const ANSWER_STEP: Duration = Duration::from_millis(200);
/// A report this old is none.
const STALE: Duration = Duration::from_secs(12);

/// The key of a gateway and a member: 32 octets.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// Why a datagram was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No datagram of the exchange, or one that says what cannot be.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// Our own, sent back.
    #[error("a datagram with the role of this end")]
    Reflected,
    /// Made without the key.
    #[error("a datagram with a wrong MAC: the keys of both ends differ, or somebody tries")]
    Unauthentic,
    /// Its counter has been there.
    #[error("a datagram that was there before")]
    Replayed,
    /// Of another session; answered, for its sender may have been restarted.
    #[error("a datagram of another session")]
    OtherSession,
}

/// How many datagrams of a kind there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Believed.
    pub accepted: u32,
    /// Not understood.
    pub malformed: u32,
    /// Without the key.
    pub unauthentic: u32,
    /// Repeated, sent back, or of another session.
    pub replayed: u32,
    /// Authentic, and absurd.
    pub absurd: u32,
}

/// One end's state of the exchange with one other router.
#[derive(Clone, Debug)]
pub struct Session {
    role: Role,
    key: Key,
    seed: Key,
    challenges: u64,
    /// What the other end has to echo.
    challenge: Challenge,
    /// The same for the session that is about to begin.
    pending: Option<Challenge>,
    last_counter: u64,
    own_counter: u64,
    /// What the other end demands.
    demanded: Challenge,
    own: Report,
    heard: Option<(Instant, Report)>,
    counts: Counts,
    repeats: u8,
    next_send: Option<Instant>,
    next_answer: Instant,
    outputs: VecDeque<Vec<u8>>,
}

impl Key {
    /// A key of these octets.
    pub const fn new(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    fn mac(&self, octets: &[u8]) -> Option<Hmac<Sha256>> {
        // Hmac takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(octets);
        Some(mac)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Session {
    /// A session that has heard nothing. The seed is secret, and another one in every run of the
    /// program: challenges are made from it.
    pub fn new(role: Role, key: Key, seed: [u8; 32], now: Instant) -> Self {
        let mut session = Self {
            role,
            key,
            seed: Key(seed),
            challenges: 0,
            challenge: Challenge::default(),
            pending: None,
            last_counter: 0,
            own_counter: 0,
            demanded: Challenge::default(),
            own: Report::default(),
            heard: None,
            counts: Counts::default(),
            repeats: 0,
            next_send: Some(now),
            next_answer: now,
            outputs: VecDeque::new(),
        };
        session.challenge = session.fresh_challenge();
        session
    }

    /// A datagram has come from the other end's address. Whether the report is a new one: then
    /// [`Session::report`] has it.
    pub fn handle_datagram(&mut self, octets: &[u8], now: Instant) -> Result<(), Refusal> {
        let result = self.take(octets, now);
        let count = match result {
            Ok(()) => &mut self.counts.accepted,
            Err(Refusal::Packet(PacketError::Malformed)) => &mut self.counts.malformed,
            Err(Refusal::Packet(PacketError::Absurd(_))) => &mut self.counts.absurd,
            Err(Refusal::Unauthentic) => &mut self.counts.unauthentic,
            Err(Refusal::Reflected | Refusal::Replayed | Refusal::OtherSession) => {
                &mut self.counts.replayed
            }
        };
        *count = count.saturating_add(1);
        result
    }

    /// What this end has to tell from now on. Another state is told at once.
    pub fn handle_own_report(&mut self, report: Report, now: Instant) {
        let urgent = report.states != self.own.states;
        self.own = report;
        if urgent {
            self.repeats = 0;
            self.next_send = Some(now);
            self.handle_timeout(now);
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next_send.is_some_and(|at| at <= now) {
            let step = REPEATS.get(usize::from(self.repeats)).copied();
            self.repeats = self.repeats.saturating_add(1);
            self.next_send = Some(now + step.unwrap_or(INTERVAL));
            self.send(self.challenge, self.demanded);
        }
    }

    /// A datagram for the other end.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.outputs.pop_front()
    }

    /// When [`Session::handle_timeout`] wants to be called.
    pub const fn poll_timeout(&self) -> Option<Instant> {
        self.next_send
    }

    /// What the other end says, unless it has been silent for too long.
    pub fn report(&self, now: Instant) -> Option<&Report> {
        let (at, report) = self.heard.as_ref()?;
        (now.since(*at) < STALE).then_some(report)
    }

    /// When the report that is there turns stale.
    pub fn stale_at(&self) -> Option<Instant> {
        self.heard.as_ref().map(|(at, _)| *at + STALE)
    }

    /// How many datagrams there were of each kind.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn take(&mut self, octets: &[u8], now: Instant) -> Result<(), Refusal> {
        let view = PacketView::new(octets)?;
        if view.role() == self.role {
            return Err(Refusal::Reflected);
        }
        let mac = self.key.mac(view.signed());
        if mac.is_none_or(|mac| mac.verify_slice(view.mac()).is_err()) {
            return Err(Refusal::Unauthentic);
        }
        let begins = self.pending == Some(view.echo());
        if view.echo() != self.challenge && !begins {
            self.answer(view.challenge(), now);
            return Err(Refusal::OtherSession);
        }
        if !begins && view.counter() <= self.last_counter {
            return Err(Refusal::Replayed);
        }
        let report = Packet::parse(&view)?.report;
        if begins {
            // Nothing that was signed for an earlier session counts from here on.
            self.challenge = view.echo();
            self.pending = None;
        }
        self.last_counter = view.counter();
        if self.demanded != view.challenge() {
            self.demanded = view.challenge();
            // It has not seen its challenge echoed yet.
            self.next_send = Some(now);
            self.handle_timeout(now);
        }
        self.heard = Some((now, report));
        Ok(())
    }

    /// Tells somebody who may have been restarted what to echo. A recording gets the same, and can do
    /// nothing with it.
    fn answer(&mut self, demanded: Challenge, now: Instant) {
        if self.next_answer > now {
            return;
        }
        self.next_answer = now + ANSWER_STEP;
        // While the other end is only being met, what it was sent before is still good.
        let challenge = if self.heard.is_none() {
            self.challenge
        } else {
            let pending = self.pending.unwrap_or_else(|| self.fresh_challenge());
            self.pending = Some(pending);
            pending
        };
        self.send(challenge, demanded);
    }

    fn send(&mut self, challenge: Challenge, echo: Challenge) {
        self.own_counter = self.own_counter.saturating_add(1);
        let packet = Packet {
            role: self.role,
            challenge,
            echo,
            counter: self.own_counter,
            report: self.own.clone(),
        };
        let mut octets = Vec::new();
        packet.emit(&mut octets);
        if let Some(mac) = self.key.mac(&octets) {
            octets.extend_from_slice(&mac.finalize().into_bytes());
            self.outputs.push_back(octets);
        }
    }

    fn fresh_challenge(&mut self) -> Challenge {
        self.challenges = self.challenges.saturating_add(1);
        let mut challenge = Challenge::default();
        if let Some(mac) = self.seed.mac(&self.challenges.to_be_bytes()) {
            for (octet, random) in challenge.iter_mut().zip(mac.finalize().into_bytes()) {
                *octet = random;
            }
        }
        challenge
    }
}

#[cfg(test)]
mod tests;
