//! The section `uplink`: a way out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use grange_linux::IpPrefix;
use grange_uci::{Problems, Reader};
use grange_uplink::policy::FailBack;

use crate::config::gateway::{Remote, read_remote};
use crate::config::general::{device, prefix_v6, with_unit};
use crate::config::member::cents;
use crate::tunnel_address;

/// A section `uplink`: a local WAN, or a neighbour's through a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UplinkSection {
    /// The section's name.
    pub name: String,
    /// Whether it is used.
    pub enabled: bool,
    /// The kernel's name of the device that leads out: `eth1`, `pppoe-wan`.
    pub device: String,
    /// What netifd calls it: `wan`, `wan6`. Then it says which device that is, with gateway and resolvers.
    pub interfaces: Vec<String>,
    /// IPv6 prefixes that its provider has delegated: what the file says, else what netifd knows.
    pub delegated: Vec<IpPrefix>,
    /// The neighbour's router that has it; `None` for a line of this router's own.
    pub remote: Option<Remote>,
    /// Whether neighbours may use it.
    pub shared: bool,
    /// Whether the home and this router use it; else neighbours alone.
    pub home: bool,
    /// Its part among those of its tier.
    pub weight: u32,
    /// The lowest tier with a living uplink is used.
    pub tier: u8,
    /// Probes sparingly, and sends devices back hard.
    pub metered: bool,
    /// What happens when something better is back.
    pub fail_back: FailBack,
    /// What it carries towards here, bits a second; `None` is unknown.
    pub down_bps: Option<u64>,
    /// What it carries from here.
    pub up_bps: Option<u64>,
    /// Whether CAKE queues what it carries.
    pub cake: bool,
    /// Which families it is used for.
    pub ipv4: bool,
    /// The same.
    pub ipv6: bool,
    /// The next hop where table `main` does not say.
    pub gateway: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub gateway6: Option<Ipv6Addr>,
    /// Targets that must answer; 0 is half of them.
    pub needed: u8,
    /// Between two probes.
    pub interval: Duration,
    /// How long it must be good after it was lost.
    pub hold: Duration,
    /// A round trip above this is bad.
    pub slow: Duration,
    /// Its resolvers.
    pub dns: Vec<IpAddr>,
    /// Bytes both ways that it may carry in a billing period; then it is capped.
    pub cap_bytes: Option<u64>,
    /// The day of the month on which a billing period begins, 1 to 31.
    pub billing_day: u8,
    /// What it costs a month, cents.
    pub cost_cents: Option<u64>,
    /// The member who pays that.
    pub owner: Option<String>,
}

/// Reads a section; `None` when it cannot be used at all.
pub(super) fn read(reader: &Reader<'_>, problems: &mut Problems) -> Option<UplinkSection> {
    let Some(name) = reader.name() else {
        let message = format!(
            "{}: an uplink needs a name: config uplink 'wan'",
            reader.path()
        );
        problems.refuse(reader.section().position, message);
        return None;
    };
    let interfaces =
        problems.list(reader.list_with("interface", "netifd's names, such as wan", device));
    let expected = "the kernel's name of a device, such as eth1";
    let is_remote = reader.section().entry("router").is_some();
    let remote = is_remote.then(|| read_remote(reader, problems)).flatten();
    let named = problems.value(reader.parse_with("device", expected, device));
    let device = if is_remote {
        if named.is_some() || !interfaces.is_empty() {
            problems.error(&reader.refuse("router", "nothing beside device or interface"));
        }
        remote
            .as_ref()
            .map(|remote| tunnel_address::device(remote.router))
    } else {
        if named.is_some() != interfaces.is_empty() {
            let expected =
                "the kernel's name of a device, such as eth1, or option interface instead of it";
            problems.error(&reader.refuse("device", expected));
        }
        // Without netifd its names are those of devices.
        named.or_else(|| interfaces.first().cloned())
    };
    let metered = problems.value(reader.flag("metered")).unwrap_or(false);
    let fail_back = reader.choice(
        "fail_back",
        &[("soft", FailBack::Soft), ("hard", FailBack::Hard)],
    );
    let by_kind = if metered {
        FailBack::Hard
    } else {
        FailBack::Soft
    };
    let flag = |option, default, problems: &mut Problems| {
        problems.value(reader.flag(option)).unwrap_or(default)
    };
    let rate = "a rate such as 50M, 800k or 1G (bits a second)";
    let time = |option, default_ms, least_ms, most_s, problems: &mut Problems| {
        let range = Duration::from_millis(least_ms)..=Duration::from_secs(most_s);
        problems
            .value(reader.duration(option, range))
            .unwrap_or_else(|| Duration::from_millis(default_ms))
    };
    let section = UplinkSection {
        name: name.to_owned(),
        enabled: flag("enabled", true, problems),
        device: device.clone().unwrap_or_default(),
        interfaces,
        delegated: problems.list(reader.list_with(
            "ip6prefix",
            "IPv6 prefixes such as 2001:db8:1::/56",
            prefix_v6,
        )),
        // One's own lines go first.
        tier: problems
            .value(reader.unsigned("tier", 1..=16))
            .unwrap_or(if is_remote { 2 } else { 1 }),
        remote,
        shared: flag("share", false, problems),
        home: flag("home", true, problems),
        weight: problems
            .value(reader.unsigned("weight", 0..=1_000_000))
            .unwrap_or(10),
        metered,
        fail_back: problems.value(fail_back).unwrap_or(by_kind),
        down_bps: problems.value(reader.parse_with("down", rate, with_unit)),
        up_bps: problems.value(reader.parse_with("up", rate, with_unit)),
        cake: flag("cake", false, problems),
        ipv4: flag("ipv4", true, problems),
        ipv6: flag("ipv6", true, problems),
        gateway: problems.value(reader.parse_with("gateway", "an IPv4 address", str::parse)),
        gateway6: problems.value(reader.parse_with("gateway6", "an IPv6 address", str::parse)),
        needed: problems
            .value(reader.unsigned("needed", 0..=16))
            .unwrap_or(0),
        interval: time("interval", 700, 200, 3600, problems),
        hold: time("hold", 15_000, 0, 300, problems),
        slow: time("slow", 500, 10, 10, problems),
        dns: problems.list(reader.list_with("dns", "addresses of resolvers", str::parse)),
        cap_bytes: problems.value(reader.parse_with(
            "cap",
            "a size such as 100G or 500M (bytes)",
            with_unit,
        )),
        billing_day: problems
            .value(reader.unsigned("billing_day", 1..=31))
            .unwrap_or(1),
        cost_cents: problems.value(reader.parse_with("cost", "an amount such as 39.90", cents)),
        owner: problems.value(reader.string("owner")).map(str::to_owned),
    };
    if section.cake && section.remote.is_some() {
        problems
            .error(&reader.refuse("cake", "nothing: the gateway queues for all of its members"));
    } else if section.cake && section.down_bps.is_none() && section.up_bps.is_none() {
        let expected = "`option up` or `option down` beside it: CAKE must be the narrowest place";
        problems.error(&reader.refuse("cake", expected));
    }
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    device.map(|_| section)
}
