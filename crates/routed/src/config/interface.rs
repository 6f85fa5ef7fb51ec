//! The section `interface`: where Babel runs, and how.

use std::time::Duration;

use grange_babel::link::{InterfaceConfig, LinkKind, RttConfig};
use grange_babel::mac::{Key, KeySet};
use grange_uci::{Problems, Reader};

use crate::config::key;
use crate::config::logical::Logical;
use crate::config::pattern::Pattern;

/// The shortest interval: intervals on the wire are counted in hundredths of a second.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// The longest interval: 16 bits of hundredths of a second (RFC 8966 section 4.6.5) hold 655.35 s, and an
/// IHU announces three Hello intervals in them.
const LONGEST_INTERVAL: Duration = Duration::from_secs(200);
/// A round trip that takes longer is as good as none.
const LONGEST_RTT: Duration = Duration::from_mins(1);
/// An interval of full updates fits 16 bits of hundredths of a second (RFC 8966 section 4.6.9).
const LONGEST_UPDATE_INTERVAL: Duration = Duration::from_secs(655);

/// A section `interface`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceSection {
    /// The names it is for.
    pub names: Vec<Pattern>,
    /// Whether Babel stays away from these names, whatever later sections say.
    pub ignore: bool,
    /// What carries the link.
    pub medium: Medium,
    /// As in [`InterfaceConfig`]; `None` is 96 when wired and 256 when wireless.
    pub cost: Option<u16>,
    /// As in [`InterfaceConfig`].
    pub fixed_cost: bool,
    /// As in [`InterfaceConfig`].
    pub hello_interval: Duration,
    /// As in [`InterfaceConfig`].
    pub update_interval: Duration,
    /// As in [`InterfaceConfig`]; `None` is yes when wired.
    pub split_horizon: Option<bool>,
    /// As in [`InterfaceConfig`].
    pub unicast: bool,
    /// Whether IPv4 routes may have IPv6 next hops there; `None` is yes where this router has an IPv4
    /// address to send ICMP from.
    pub v4_via_v6: Option<bool>,
    /// Whether what a radio says of its stations' rates counts as cost.
    pub station_rate: bool,
    /// Whether round-trip times are measured; `None` is yes over a tunnel.
    pub timestamps: Option<bool>,
    /// What they add at most; `None` is 96 over a tunnel, else nothing.
    pub max_rtt_penalty: Option<u16>,
    /// How they count.
    pub rtt: RttConfig,
    /// As in [`InterfaceConfig`].
    pub mac: KeySet,
}

/// What is known of an interface, besides its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// The device, or one below it, is a radio.
    pub radio: bool,
    /// The device is a tunnel.
    pub tunnel: bool,
    /// This router has an IPv4 address, on whatever interface.
    pub host_ipv4: bool,
}

/// What carries a link, as far as the configuration says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// Wireless where the device, or one below it, is a radio; a tunnel where the kernel says so.
    #[default]
    Auto,
    /// A cable, whatever it looks like.
    Wired,
    /// Radio, whatever it looks like.
    Wireless,
    /// A tunnel, whatever it looks like.
    Tunnel,
}

impl InterfaceSection {
    /// Whether the section is for the device of that name. A name that netifd knows is for its device alone; but
    /// whom Babel stays away from, it stays away from by either name.
    pub fn matches(&self, device: &str, logical: &Logical) -> bool {
        self.names.iter().any(|pattern| match pattern.literal() {
            Some(name) => logical.device(name) == Some(device) || (self.ignore && name == device),
            None => pattern.matches(device),
        })
    }

    /// What an interface of that name is, given whether a radio was found under it.
    pub fn kind(&self, has_radio: bool) -> LinkKind {
        match self.medium {
            Medium::Auto if has_radio => LinkKind::Wireless,
            Medium::Auto | Medium::Wired | Medium::Tunnel => LinkKind::Wired,
            Medium::Wireless => LinkKind::Wireless,
        }
    }

    /// The core's configuration for an interface of that name.
    pub fn interface_config(&self, name: &str, traits: Traits) -> InterfaceConfig {
        let kind = self.kind(traits.radio);
        let tunnel = match self.medium {
            Medium::Auto => traits.tunnel && kind == LinkKind::Wired,
            medium => medium == Medium::Tunnel,
        };
        let penalty = if tunnel { RttConfig::TUNNEL_PENALTY } else { 0 };
        let rtt = RttConfig {
            max_penalty: self.max_rtt_penalty.unwrap_or(penalty),
            ..self.rtt
        };
        // A penalty cannot be told without measuring.
        let measures = self.timestamps.unwrap_or(tunnel || rtt.max_penalty > 0);
        InterfaceConfig {
            cost: self.cost,
            fixed_cost: self.fixed_cost,
            hello_interval: self.hello_interval,
            update_interval: self.update_interval,
            // Peers of one tunnel device need not reach each other.
            split_horizon: self.split_horizon.or_else(|| tunnel.then_some(false)),
            unicast: self.unicast,
            v4_via_v6: self.v4_via_v6.unwrap_or(traits.host_ipv4),
            rtt: measures.then_some(rtt),
            mac: self.mac.clone(),
            ..InterfaceConfig::new(name, kind)
        }
    }
}

/// Reads a section; `None` when its names cannot be read.
pub(super) fn read(
    reader: &Reader<'_>,
    keys: &[Key],
    problems: &mut Problems,
) -> Option<InterfaceSection> {
    let expected = "interface names or patterns such as mesh0 or wlan*";
    let names = problems.list(reader.list_with("ifname", expected, Pattern::parse));
    let has_names = !names.is_empty();
    if reader.section().entry("ifname").is_none() {
        problems.error(&reader.refuse("ifname", expected));
    }
    let defaults = InterfaceConfig::new("", LinkKind::Wired);
    let ignore = [reader.flag("ignore"), reader.flag("disabled")]
        .map(|flag| problems.value(flag).unwrap_or(false))
        .contains(&true);
    let medium = reader.choice(
        "type",
        &[
            ("auto", Medium::Auto),
            ("wired", Medium::Wired),
            ("wireless", Medium::Wireless),
            ("tunnel", Medium::Tunnel),
        ],
    );
    let intervals = SHORTEST_INTERVAL..=LONGEST_INTERVAL;
    let update_intervals = SHORTEST_INTERVAL..=LONGEST_UPDATE_INTERVAL;
    let section = InterfaceSection {
        names,
        ignore,
        medium: problems.value(medium).unwrap_or_default(),
        cost: problems.value(reader.unsigned("cost", 1..=65534)),
        fixed_cost: problems
            .value(reader.flag("fixed_cost"))
            .unwrap_or(defaults.fixed_cost),
        hello_interval: problems
            .value(reader.duration("hello_interval", intervals))
            .unwrap_or(defaults.hello_interval),
        update_interval: problems
            .value(reader.duration("update_interval", update_intervals))
            .unwrap_or(defaults.update_interval),
        split_horizon: problems.value(reader.flag("split_horizon")),
        unicast: problems
            .value(reader.flag("unicast"))
            .unwrap_or(defaults.unicast),
        v4_via_v6: problems.value(reader.flag("v4_via_v6")),
        station_rate: problems.value(reader.flag("station_rate")).unwrap_or(true),
        timestamps: problems.value(reader.flag("enable_timestamps")),
        max_rtt_penalty: problems.value(reader.unsigned("max_rtt_penalty", 0..=65534)),
        rtt: rtt(reader, problems),
        mac: key::read_set(reader, keys, problems),
    };
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    has_names.then_some(section)
}

fn rtt(reader: &Reader<'_>, problems: &mut Problems) -> RttConfig {
    let times = Duration::ZERO..=LONGEST_RTT;
    let defaults = RttConfig::DEFAULT;
    let rtt = RttConfig {
        decay: problems
            .value(reader.unsigned("rtt_decay", 1..=256))
            .unwrap_or(defaults.decay),
        min: problems
            .value(reader.milliseconds("rtt_min", times.clone()))
            .unwrap_or(defaults.min),
        max: problems
            .value(reader.milliseconds("rtt_max", times))
            .unwrap_or(defaults.max),
        max_penalty: 0,
    };
    if rtt.max <= rtt.min {
        let option = ["rtt_max", "rtt_min"]
            .into_iter()
            .find(|option| reader.section().entry(option).is_some());
        let expected = "rtt_max larger than rtt_min (without them: 120 and 10 milliseconds)";
        problems.error(&reader.refuse(option.unwrap_or("rtt_max"), expected));
    }
    rtt
}
