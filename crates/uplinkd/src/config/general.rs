//! The section `uplinkd`: what concerns the whole router.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use grange_daemon::logging::LEVELS;
use grange_linux::IpPrefix;
use grange_uci::{Problems, Reader};
use log::LevelFilter;

use crate::config::later::refuse_later;
use crate::mark::Mask;

/// The longest name of a device, octets: `IFNAMSIZ` less the NUL.
pub(crate) const LONGEST_NAME: usize = 15;

/// How new connections choose among the uplinks of their tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// A device of the LAN keeps its uplink as long as that lives.
    Device,
    /// Each pair of addresses has its own: a seeded hash.
    Flow,
    /// Only where a rule says so: everything else is none of our business.
    Rules,
}

/// The section `uplinkd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct General {
    /// Whether the daemon does anything at all.
    pub enabled: bool,
    /// The interfaces whose connections are balanced.
    pub lan: Vec<String>,
    /// How.
    pub balance: Balance,
    /// How long a device that makes no connection keeps its uplink.
    pub sticky_timeout: Duration,
    /// The bits of packet marks that are ours.
    pub mask: Mask,
    /// Destinations that are left alone besides what table `main` knows: the mesh.
    pub bypass: Vec<IpPrefix>,
    /// This router's mesh address: its tunnels end there.
    pub mesh_address: Option<IpAddr>,
    /// Where the hash's seed is kept.
    pub state_dir: PathBuf,
    /// The file of resolvers for dnsmasq (`servers-file`), if it is to be written.
    pub servers_file: Option<PathBuf>,
    /// dnsmasq's pid file, for the signal.
    pub dnsmasq_pid_file: Option<PathBuf>,
    /// What tells scripts that an uplink has come or gone.
    pub hotplug: PathBuf,
    /// The part of each cost that all members pay alike, per cent.
    pub fixed_percent: u16,
    /// Bytes of each uplink in a month that do not count, for each member.
    pub free_bytes: u64,
    /// The least important message that is logged; `None` leaves it to the command line.
    pub log_level: Option<LevelFilter>,
}

impl Default for General {
    fn default() -> Self {
        Self {
            enabled: true,
            lan: vec!["br-lan".to_owned()],
            balance: Balance::Device,
            sticky_timeout: Duration::from_hours(2),
            mask: Mask::default(),
            bypass: Vec::new(),
            mesh_address: None,
            state_dir: "/etc/grange".into(),
            servers_file: None,
            dnsmasq_pid_file: None,
            hotplug: "/sbin/hotplug-call".into(),
            fixed_percent: 50,
            free_bytes: 0,
            log_level: None,
        }
    }
}

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>, problems: &mut Problems) -> General {
    let mut general = General::default();
    if let Some(enabled) = problems.value(reader.flag("enabled")) {
        general.enabled = enabled;
    }
    let lan = problems.list(reader.list_with("lan", "interface names", device));
    if !lan.is_empty() {
        general.lan = lan;
    }
    let balance = [
        ("device", Balance::Device),
        ("flow", Balance::Flow),
        ("rules", Balance::Rules),
    ];
    if let Some(balance) = problems.value(reader.choice("balance", &balance)) {
        general.balance = balance;
    }
    let range = Duration::from_mins(1)..=Duration::from_hours(24 * 7);
    if let Some(timeout) = problems.value(reader.duration("sticky_timeout", range)) {
        general.sticky_timeout = timeout;
    }
    let expected = "a mask of six neighbouring bits, such as 0x3f00";
    if let Some(mask) = problems.value(reader.parse_with("mask", expected, Mask::parse)) {
        general.mask = mask;
    }
    general.bypass =
        problems.list(reader.list_with("bypass", "prefixes such as 10.42.0.0/16", prefix));
    let expected = "this router's mesh address";
    general.mesh_address =
        problems.value(reader.parse_with("mesh_address", expected, mesh_address));
    let path = "an absolute path";
    if let Some(dir) = problems.value(reader.parse_with("state_dir", path, absolute)) {
        general.state_dir = dir;
    }
    if let Some(program) = problems.value(reader.parse_with("hotplug", path, absolute)) {
        general.hotplug = program;
    }
    general.servers_file = problems.value(reader.parse_with("servers_file", path, absolute));
    general.dnsmasq_pid_file =
        problems.value(reader.parse_with("dnsmasq_pid_file", path, absolute));
    general.log_level = problems.value(reader.choice("log_level", &LEVELS));
    if let Some(percent) = problems.value(reader.unsigned("fixed_part", 0..=100)) {
        general.fixed_percent = percent;
    }
    let size = "a size such as 10G or 500M (bytes)";
    if let Some(bytes) = problems.value(reader.parse_with("free", size, with_unit)) {
        general.free_bytes = bytes;
    }
    refuse_later(reader, &["mwan3"], problems);
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    general
}

/// A device name that is safe in a ruleset: what the kernel allows less quotes and the like.
pub(crate) fn device(text: &str) -> Result<String, &'static str> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.@".contains(&c);
    if text.is_empty() || text.len() > LONGEST_NAME {
        return Err("1 to 15 characters");
    }
    if !text.bytes().all(plain) || text == "." || text == ".." {
        return Err("letters, digits and - _ . @ only");
    }
    Ok(text.to_owned())
}

/// A prefix, or an address alone.
pub(super) fn prefix(text: &str) -> Result<IpPrefix, &'static str> {
    let (address, plen) = match text.split_once('/') {
        None => (text, None),
        Some((address, plen)) => (address, Some(plen)),
    };
    let address: IpAddr = address.parse().map_err(|_| "no address")?;
    let Some(plen) = plen else {
        return Ok(IpPrefix::host(address));
    };
    let plen: u8 = plen.parse().map_err(|_| "no prefix length")?;
    IpPrefix::new(address, plen).ok_or("the prefix length is too long")
}

/// A prefix of IPv6.
pub(super) fn prefix_v6(text: &str) -> Result<IpPrefix, &'static str> {
    prefix(text).and_then(|prefix| if prefix.is_v4() { Err("") } else { Ok(prefix) })
}

/// A number with a decimal unit: `50M`, `800k`, `1G`.
pub(super) fn with_unit(text: &str) -> Result<u64, &'static str> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'M') => (&text[..text.len() - 1], 1_000_000),
        Some(b'G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let number: u64 = digits.parse().map_err(|_| "")?;
    let number = number.checked_mul(unit).filter(|number| *number > 0);
    number.ok_or("out of range")
}

/// A mesh address: one that a router can have for itself.
pub(super) fn mesh_address(text: &str) -> Result<IpAddr, &'static str> {
    let address: IpAddr = text.parse().map_err(|_| "no address")?;
    if address.is_unspecified() || address.is_loopback() || address.is_multicast() {
        return Err("no router has that");
    }
    Ok(address)
}

fn absolute(text: &str) -> Result<PathBuf, &'static str> {
    if text.starts_with('/') {
        Ok(text.into())
    } else {
        Err("it must begin with /")
    }
}
