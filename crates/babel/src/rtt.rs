//! Round-trip times measured with timestamps, and what they add to a link's cost (RFC 9616).
//!
//! Nobody's clock is trusted: only differences of times taken by the same clock are used, modulo
//! 2^32, and what cannot be a round-trip time is no sample. The worst that a liar achieves is what it
//! could achieve by its receive cost: a link to itself that looks a little better or worse.

use core::time::Duration;

use crate::clock::Instant;
use crate::link::RttConfig;
use crate::wire::Timestamps;

/// A difference longer than this is taken for a clock that jumped or a forgery, as babeld does.
// RFC 9616: samples that are clearly wrong are discarded
const LONGEST: u32 = 600_000_000;

/// A smoothed value is believed for so long after its last sample, as by babeld.
const VALIDITY: Duration = Duration::from_mins(3);

/// The round-trip time to a neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rtt {
    /// Its last Hello: when it left by its clock, and when it arrived by ours.
    hello: Option<(u32, Instant)>,
    /// Smoothed, in microseconds.
    smoothed: u32,
    sampled_at: Option<Instant>,
}

impl Rtt {
    /// Notes when a Hello left and arrived.
    pub(crate) fn handle_hello(&mut self, transmit: Option<u32>, now: Instant) {
        self.hello = transmit.map(|transmit| (transmit, now));
    }

    /// Notes what an IHU says of our Hello. It must be in the packet of a Hello with a timestamp: that
    /// tells how long the neighbour kept it.
    pub(crate) fn handle_ihu(
        &mut self,
        timestamps: Timestamps,
        clock: Clock,
        config: RttConfig,
        now: Instant,
    ) {
        let Some((transmit, _)) = self.hello.filter(|(_, arrived)| *arrived == now) else {
            return;
        };
        let there = transmit.wrapping_sub(timestamps.receive);
        let here = clock.read(now).wrapping_sub(timestamps.origin);
        if there > LONGEST || here > LONGEST {
            return;
        }
        let sample = here.saturating_sub(there);
        self.smoothed = if self.is_valid(now) {
            let (new, old) = (u64::from(sample), u64::from(self.smoothed));
            let weight = u64::from(config.decay.min(256));
            let sum = weight * new + (256 - weight) * old;
            // Rounded towards the sample, so that it can be reached.
            let mean = if old >= new {
                sum / 256
            } else {
                sum.div_ceil(256)
            };
            u32::try_from(mean).unwrap_or(u32::MAX)
        } else {
            // A newcomer is taken for slow until it has shown otherwise.
            sample.saturating_mul(2)
        };
        self.sampled_at = Some(now);
    }

    /// What to say of the neighbour's last Hello.
    pub(crate) fn echo(&self, clock: Clock, now: Instant) -> Option<Timestamps> {
        let (origin, arrived) = self.hello?;
        (now.since(arrived) < VALIDITY).then(|| Timestamps {
            origin,
            receive: clock.read(arrived),
        })
    }

    /// The smoothed round-trip time, while it is known.
    pub(crate) fn value(&self, now: Instant) -> Option<Duration> {
        self.is_valid(now)
            .then(|| Duration::from_micros(self.smoothed.into()))
    }

    /// What it adds to the link's cost.
    // RFC 9616: 0 below rtt-min, the largest penalty above rtt-max, and linear between them
    pub(crate) fn penalty(&self, config: RttConfig, now: Instant) -> u16 {
        let Some(rtt) = self.value(now) else {
            return 0;
        };
        let above = rtt.saturating_sub(config.min).as_micros();
        let span = config.max.saturating_sub(config.min).as_micros();
        if above >= span {
            return if above > 0 { config.max_penalty } else { 0 };
        }
        let penalty = u128::from(config.max_penalty) * above / span;
        u16::try_from(penalty).unwrap_or(config.max_penalty)
    }

    fn is_valid(&self, now: Instant) -> bool {
        self.sampled_at.is_some_and(|at| now.since(at) < VALIDITY)
    }
}

/// The clock that timestamps are taken from: microseconds from an origin that nobody else knows.
// RFC 9616: a node's clock has an arbitrary origin
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// What it shows at the core's origin.
    pub(crate) origin: u32,
}

impl Clock {
    /// What it shows.
    pub(crate) fn read(self, now: Instant) -> u32 {
        let low = now.as_micros() & u64::from(u32::MAX);
        self.origin.wrapping_add(u32::try_from(low).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests;
