//! What the devices have carried: /proc/net/dev, one read for all of them.

/// The counters of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Received.
    pub rx_bytes: u64,
    /// Received.
    pub rx_packets: u64,
    /// Sent.
    pub tx_bytes: u64,
    /// Sent.
    pub tx_packets: u64,
}

/// The file, of this network namespace.
pub const FILE: &str = "/proc/net/dev";

/// The devices in the file's text, and their counters.
pub fn devices(text: &str) -> impl Iterator<Item = (&str, Counters)> {
    text.lines().filter_map(|line| {
        let (name, numbers) = line.split_once(':')?;
        let mut numbers = numbers.split_ascii_whitespace().map(str::parse);
        let mut next = |skipped| numbers.nth(skipped)?.ok();
        let counters = Counters {
            rx_bytes: next(0)?,
            rx_packets: next(0)?,
            // errs drop fifo frame compressed multicast
            tx_bytes: next(6)?,
            tx_packets: next(0)?,
        };
        Some((name.trim(), counters))
    })
}

/// The counters of a device in the file's text.
pub fn counters(text: &str, device: &str) -> Option<Counters> {
    let mut devices = devices(text);
    devices.find_map(|(name, counters)| (name == device).then_some(counters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_kernel_are_found() {
        let text = "Inter-|   Receive                                                |  Transmit\n \
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    \
             lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0\n  \
             wan1: 5000 40 1 2 3 4 5 6 7000 50 0 0 0 0 0 0\n";
        let wan1 = counters(text, "wan1").unwrap();
        let expected = Counters {
            rx_bytes: 5000,
            rx_packets: 40,
            tx_bytes: 7000,
            tx_packets: 50,
        };
        assert_eq!(wan1, expected);
        assert_eq!(counters(text, "wan"), None);
    }
}
