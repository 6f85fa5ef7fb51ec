//! What a daemon takes: CPU, memory, packets and octets on its links.

use std::fs;

use crate::bench::town::Town;
use crate::error::Failure;

/// CPU that a process has had, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu {
    /// All of it, to the nanosecond (the scheduler's count).
    pub total: f64,
    /// The part spent outside the kernel, as the kernel divides its ticks of 10 ms.
    pub user: f64,
}

/// Packets sent and the octets in them, IPv6 headers included.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent {
    /// Packets.
    pub packets: f64,
    /// Octets.
    pub bytes: f64,
}

impl Sent {
    /// Time on air in seconds of an 802.11 channel, modelled: 0.55 ms a packet and 8 us an octet.
    pub fn airtime(self) -> f64 {
        self.packets * 0.55e-3 + self.bytes * 8e-6
    }
}

/// CPU of a router's daemon so far. All three daemons have one thread.
pub fn cpu(town: &Town, router: usize) -> Result<Cpu, Failure> {
    let pid = town.process(router).pid();
    let schedstat = fs::read_to_string(format!("/proc/{pid}/schedstat"))?;
    let nanoseconds: f64 = schedstat.split(' ').next().unwrap_or_default().parse()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // proc_pid_stat(5): utime and stime are fields 14 and 15, the name is field 2.
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next().unwrap_or_default().parse::<f64>();
    let (user, system) = (ticks()?, ticks()?);
    let total = nanoseconds / 1e9;
    let share = if user + system > 0.0 {
        user / (user + system)
    } else {
        0.0
    };
    Ok(Cpu {
        total,
        user: total * share,
    })
}

/// Resident memory of a router's daemon in octets, now and at its highest.
pub fn memory(town: &Town, router: usize) -> Result<[f64; 2], Failure> {
    let pid = town.process(router).pid();
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let value = |key: &str| -> Result<f64, Failure> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .ok_or("no such line")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0)
    };
    Ok([value("VmRSS:")?, value("VmHWM:")?])
}

/// Begins to count the Babel packets that a router sends.
pub fn count_packets(town: &Town, router: usize) -> Result<(), Failure> {
    for line in [
        "add table inet bench",
        "add chain inet bench out { type filter hook output priority 0 ; }",
        "add rule inet bench out udp dport 6696 counter",
    ] {
        town.run(router, &["nft", line])?;
    }
    Ok(())
}

/// What a router has sent since [`count_packets`].
pub fn sent(town: &Town, router: usize) -> Result<Sent, Failure> {
    let text = town.run(router, &["nft", "list table inet bench"])?;
    let number = |key: &str| -> Result<f64, Failure> {
        let after = text.split(key).nth(1).ok_or("no counter")?;
        Ok(after
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .parse()?)
    };
    Ok(Sent {
        packets: number("packets ")?,
        bytes: number("bytes ")?,
    })
}
