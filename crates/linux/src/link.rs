//! A network interface.

use litemap::LiteMap;

use std::fs;
use std::path::Path;

/// Where sysfs shows the interfaces of the network namespace it was mounted in.
pub const SYSFS_NET: &str = "/sys/class/net";

/// How deep a stack of VLANs, bridges and tunnels is searched for a radio.
const LOWER_DEPTH: u8 = 8;

/// A network interface as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of the kernel's"
)]
pub struct Link {
    /// The kernel's interface index.
    pub index: u32,
    /// The name; made valid UTF-8 (the kernel allows any bytes).
    pub name: String,
    /// Administratively up (`IFF_UP`).
    pub up: bool,
    /// Carrier and operational state fit for traffic (`IFF_RUNNING`, and `IF_OPER_UP` or
    /// unknown).
    pub running: bool,
    /// Largest packet in bytes.
    pub mtu: u32,
    /// A radio, or stacked on one: see [`is_wireless`].
    pub wireless: bool,
    /// A tunnel, by the kind that the kernel gives (`IFLA_INFO_KIND`): its delay is worth measuring.
    pub tunnel: bool,
    /// `IFF_LOOPBACK`.
    pub loopback: bool,
    /// The hardware address where it has six octets.
    pub ether_address: Option<[u8; 6]>,
}

impl Link {
    /// Up and running: packets may be sent.
    pub const fn is_usable(&self) -> bool {
        self.up && self.running
    }
}

/// Where procfs shows the interfaces of the process's own network namespace.
pub const PROC_NET_DEV: &str = "/proc/self/net/dev";

/// The packets received and sent by interface, from the text of [`PROC_NET_DEV`]; lines of another form
/// are left out.
pub fn packets(text: &str) -> LiteMap<String, (u32, u32)> {
    let line = |line: &str| {
        let (name, numbers) = line.rsplit_once(':')?;
        let mut numbers = numbers.split_ascii_whitespace();
        // Bytes and packets received, six more of that direction, then those sent.
        let received = count(numbers.nth(1)?)?;
        let sent = count(numbers.nth(7)?)?;
        Some((name.trim().to_owned(), (received, sent)))
    };
    text.lines().filter_map(line).collect()
}

fn count(text: &str) -> Option<u32> {
    let number: u64 = text.parse().ok()?;
    u32::try_from(number & u64::from(u32::MAX)).ok()
}

/// Whether the device, or any device below it (VLAN, bridge, macvlan), has a radio: sysfs names
/// it `phy80211`.
///
/// `sysfs_net` is [`SYSFS_NET`], except in tests. A device that sysfs does not show is not
/// wireless.
pub fn is_wireless(sysfs_net: &Path, name: &str) -> bool {
    is_wireless_within(sysfs_net, name, LOWER_DEPTH)
}

fn is_wireless_within(sysfs_net: &Path, name: &str, depth: u8) -> bool {
    // A name is one path component; the kernel forbids slashes and dots alone, we make sure.
    if name.is_empty() || name == "." || name == ".." || name.contains('/') {
        return false;
    }
    let device = sysfs_net.join(name);
    if device.join("phy80211").exists() {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let Ok(entries) = fs::read_dir(&device) else {
        return false;
    };
    entries.flatten().any(|entry| {
        entry
            .file_name()
            .to_str()
            .and_then(|file| file.strip_prefix("lower_"))
            .is_some_and(|lower| is_wireless_within(sysfs_net, lower, depth))
    })
}

#[cfg(test)]
mod tests;
