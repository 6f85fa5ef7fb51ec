//! Round-trip time, jitter and loss of an uplink, smoothed. Whole numbers: a router has no FPU.

use core::time::Duration;

/// The shortest time a probe is waited for.
pub const SHORTEST_TIMEOUT: Duration = Duration::from_millis(250);
/// The longest.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3);
/// While no round trip has been seen.
const FIRST_TIMEOUT: Duration = Duration::from_secs(1);
/// Losses are averaged over about so many probes.
const LOSS_WINDOW: u32 = 32;
/// Loss is counted in parts of this.
const WHOLE: u32 = 1_000_000;

/// What the probes of one uplink and family have measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    rtt: Option<Duration>,
    jitter: Duration,
    loss_ppm: u32,
}

impl Estimate {
    /// A probe was answered after this time.
    pub fn note_reply(&mut self, rtt: Duration) {
        self.loss_ppm -= self.loss_ppm / LOSS_WINDOW;
        // RFC 6298 §2: gains of 1/8 for the round trip and 1/4 for its variation.
        match self.rtt {
            None => {
                self.rtt = Some(rtt);
                self.jitter = rtt / 2;
            }
            Some(smoothed) => {
                self.jitter = (self.jitter * 3 + smoothed.abs_diff(rtt)) / 4;
                self.rtt = Some((smoothed * 7 + rtt) / 8);
            }
        }
    }

    /// A probe was not answered in time.
    pub fn note_loss(&mut self) {
        self.loss_ppm += (WHOLE - self.loss_ppm) / LOSS_WINDOW;
    }

    /// An answer came after all: the path has become slow, which is not the same as dead.
    pub fn note_late_reply(&mut self, rtt: Duration) {
        self.rtt = Some(self.rtt.map_or(rtt, |smoothed| smoothed.max(rtt)));
    }

    /// How long to wait for an answer: three round trips, 250 ms at least.
    pub fn timeout(&self) -> Duration {
        self.rtt.map_or(FIRST_TIMEOUT, |rtt| {
            (rtt * 3).clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT)
        })
    }

    /// The smoothed round-trip time.
    pub const fn rtt(&self) -> Option<Duration> {
        self.rtt
    }

    /// How much it varies.
    pub const fn jitter(&self) -> Duration {
        self.jitter
    }

    /// The smoothed loss in thousandths.
    pub const fn loss_permille(&self) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "at most 1000")]
        let permille = (self.loss_ppm / 1000) as u16;
        permille
    }

    /// How much of its weight the uplink deserves, in per cent: 100 for a good one, never less than 10.
    ///
    /// Up to 2 % of loss is the weather; from there to 22 % the weight falls in proportion. A round
    /// trip beyond `slow` halves it.
    pub fn quality_percent(&self, slow: Duration) -> u8 {
        let excess = self.loss_permille().saturating_sub(20).min(200);
        let by_loss = 100 - u8::try_from(excess * 90 / 200).unwrap_or(90);
        if self.rtt.is_some_and(|rtt| rtt > slow) {
            (by_loss / 2).max(10)
        } else {
            by_loss
        }
    }
}

#[cfg(test)]
mod tests;
