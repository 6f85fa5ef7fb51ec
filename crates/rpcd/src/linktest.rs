//! Pings to a neighbour over its link: how many come back, and how soon.

use core::time::Duration;
use std::net::Ipv6Addr;

use grange_daemon::json::Value;
use grange_daemon::object;

/// Time between pings.
const STEP: Duration = Duration::from_millis(200);
/// How long the last answer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A test that runs. Drained by [`LinkTest::poll_ping`] after each `handle_*`.
#[derive(Debug)]
pub struct LinkTest {
    /// The neighbour's address.
    pub address: Ipv6Addr,
    /// The interface it is on.
    pub interface: String,
    count: u16,
    /// When each ping was sent, and how long its answer took.
    pings: Vec<(Duration, Option<Duration>)>,
    next: Duration,
}

impl LinkTest {
    /// A test of that many pings.
    pub fn new(address: Ipv6Addr, interface: String, count: u16, now: Duration) -> Self {
        Self {
            address,
            interface,
            count,
            pings: Vec::new(),
            next: now,
        }
    }

    /// An answer has come; one that comes twice, or unasked, counts for nothing.
    pub fn handle_answer(&mut self, sequence: u16, now: Duration) {
        if let Some((sent, took @ None)) = self.pings.get_mut(usize::from(sequence)) {
            *took = Some(now.saturating_sub(*sent));
        }
    }

    /// The number of a ping that is to be sent now.
    pub fn poll_ping(&mut self, now: Duration) -> Option<u16> {
        let sequence = u16::try_from(self.pings.len()).ok()?;
        if sequence >= self.count || now < self.next {
            return None;
        }
        self.pings.push((now, None));
        self.next = now + STEP;
        Some(sequence)
    }

    /// When there is something to do.
    pub fn poll_timeout(&self) -> Duration {
        if self.pings.len() < usize::from(self.count) {
            return self.next;
        }
        let last = self.pings.last().map_or(self.next, |(sent, _)| *sent);
        last + PATIENCE
    }

    /// Whether all is sent, and all has come or been waited for.
    pub fn is_done(&self, now: Duration) -> bool {
        self.pings.len() >= usize::from(self.count)
            && (self.pings.iter().all(|(_, took)| took.is_some()) || now >= self.poll_timeout())
    }

    /// How far it is.
    pub fn progress_percent(&self) -> u8 {
        let percent = self.pings.len() * 100 / usize::from(self.count.max(1));
        u8::try_from(percent).unwrap_or(100).min(99)
    }

    /// What came of it.
    pub fn result(&self) -> Value {
        let mut took: Vec<u64> = self
            .pings
            .iter()
            .filter_map(|(_, took)| u64::try_from(took.as_ref()?.as_micros()).ok())
            .collect();
        took.sort_unstable();
        let (sent, received) = (self.pings.len(), took.len());
        let mean = took.iter().sum::<u64>().checked_div(received as u64);
        object! {
            "neighbour": format!("{}%{}", self.address, self.interface),
            "address": self.address.to_string(),
            "interface": self.interface.as_str(),
            "sent": sent,
            "received": received,
            "loss_permille": ((sent - received) * 1000).checked_div(sent).unwrap_or(0),
            "rtt_min_us": took.first().copied(),
            "rtt_mean_us": mean,
            "rtt_max_us": took.last().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_pings_at_its_pace_waits_for_the_last_and_counts() {
        let start = Duration::from_secs(5);
        let mut test = LinkTest::new(Ipv6Addr::LOCALHOST, "mesh0".to_owned(), 3, start);
        let mut now = start;
        let mut sent = 0;
        while !test.is_done(now) {
            while let Some(sequence) = test.poll_ping(now) {
                sent += 1;
                if sequence != 1 {
                    let took = Duration::from_millis(2 + u64::from(sequence));
                    test.handle_answer(sequence, now + took);
                    test.handle_answer(sequence, now + took * 9);
                }
                test.handle_answer(999, now);
            }
            now = test.poll_timeout().max(now);
        }
        assert_eq!(sent, 3);
        assert_eq!(now.saturating_sub(start), STEP * 2 + PATIENCE);
        let result = test.result();
        assert_eq!(
            (&result["sent"], &result["received"]),
            (&json!(3), &json!(2))
        );
        assert_eq!(result["loss_permille"], json!(333));
        assert_eq!(
            (&result["rtt_min_us"], &result["rtt_max_us"]),
            (&json!(2000), &json!(4000))
        );
    }
}
