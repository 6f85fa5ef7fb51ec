//! Octets per second of devices, from `/proc/net/dev`.

use core::time::Duration;

use grange_linux::traffic;

/// Devices at most: a router has a few dozen.
const MOST_DEVICES: usize = 256;
/// Readings closer together than this would measure the clock.
const LEAST_STEP: Duration = Duration::from_millis(500);

/// What a device has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Octets received since it came up.
    pub down_bytes: u64,
    /// Octets sent.
    pub up_bytes: u64,
    /// Octets received in a second, once two readings are there.
    pub down_bytes_per_s: Option<u32>,
    /// Octets sent in a second.
    pub up_bytes_per_s: Option<u32>,
}

/// The devices' counters as they were read last.
#[derive(Debug, Default)]
pub struct Rates {
    devices: Vec<(String, Carried)>,
    read: Option<Duration>,
}

impl Rates {
    /// Whether a reading is worth while.
    pub fn is_due(&self, now: Duration) -> bool {
        self.read
            .is_none_or(|read| now.saturating_sub(read) >= LEAST_STEP)
    }

    /// The text of [`traffic::FILE`].
    pub fn handle_counters(&mut self, text: &str, now: Duration) {
        let step = self.read.map(|read| now.saturating_sub(read));
        let before = core::mem::take(&mut self.devices);
        let known = |name: &str| before.iter().find(|(known, _)| known == name);
        self.devices = traffic::devices(text)
            .take(MOST_DEVICES)
            .map(|(name, counters)| {
                let mut carried = Carried {
                    down_bytes: counters.rx_bytes,
                    up_bytes: counters.tx_bytes,
                    ..Carried::default()
                };
                if let (Some((_, before)), Some(step)) = (known(name), step) {
                    let rate = |now, before| per_second(now, before, step);
                    carried.down_bytes_per_s = rate(carried.down_bytes, before.down_bytes);
                    carried.up_bytes_per_s = rate(carried.up_bytes, before.up_bytes);
                }
                (name.to_owned(), carried)
            })
            .collect();
        self.read = Some(now);
    }

    /// What a device has carried.
    pub fn of(&self, device: &str) -> Option<Carried> {
        let mut devices = self.devices.iter();
        devices
            .find(|(name, _)| name == device)
            .map(|(_, carried)| *carried)
    }
}

fn per_second(now: u64, before: u64, step: Duration) -> Option<u32> {
    // A device that was made anew counts from zero.
    let grown = now.checked_sub(before)?;
    let step_ms = u64::try_from(step.as_millis())
        .ok()
        .filter(|step| *step > 0)?;
    u32::try_from(grown.saturating_mul(1000) / step_ms).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "Inter-|   Receive  |  Transmit\n face |bytes packets\n   wan: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n";

    #[test]
    fn a_rate_is_the_growth_between_two_readings() {
        let mut rates = Rates::default();
        rates.handle_counters(FIRST, Duration::from_secs(1));
        let first = rates.of("wan").unwrap_or_default();
        assert_eq!((first.down_bytes, first.down_bytes_per_s), (1000, None));
        let second = FIRST.replace("1000 ", "5000 ").replace(" 500 ", " 700 ");
        rates.handle_counters(&second, Duration::from_secs(3));
        let second = rates.of("wan").unwrap_or_default();
        assert_eq!(second.down_bytes_per_s, Some(2000));
        assert_eq!(second.up_bytes_per_s, Some(100));
        // The device was made anew.
        rates.handle_counters(FIRST, Duration::from_secs(5));
        let third = rates.of("wan").unwrap_or_default();
        assert_eq!(third.down_bytes_per_s, None);
        assert_eq!(rates.of("wan2"), None);
    }
}
