//! The section `interface`: where Babel runs, and how.

use std::time::Duration;

use grange_babel::link::{InterfaceConfig, LinkKind};
use grange_uci::{Problems, Reader};

use crate::config::key::Key;
use crate::config::pattern::Pattern;

/// The shortest interval: intervals on the wire are counted in hundredths of a second.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// The longest interval: 16 bits of hundredths of a second (RFC 8966 section 4.6.5) hold 655.35 s, and an
/// IHU announces three Hello intervals in them.
const LONGEST_INTERVAL: Duration = Duration::from_secs(200);
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
}

/// What carries a link, as far as the configuration says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// Wireless where the device, or one below it, is a radio.
    #[default]
    Auto,
    /// A cable, whatever it looks like.
    Wired,
    /// Radio, whatever it looks like.
    Wireless,
}

impl InterfaceSection {
    /// Whether the section is for an interface of that name.
    pub fn matches(&self, name: &str) -> bool {
        self.names.iter().any(|pattern| pattern.matches(name))
    }

    /// What an interface of that name is, given whether a radio was found under it.
    pub fn kind(&self, has_radio: bool) -> LinkKind {
        match self.medium {
            Medium::Auto if has_radio => LinkKind::Wireless,
            Medium::Auto | Medium::Wired => LinkKind::Wired,
            Medium::Wireless => LinkKind::Wireless,
        }
    }

    /// The core's configuration for an interface of that name.
    pub fn interface_config(&self, name: &str, has_radio: bool) -> InterfaceConfig {
        InterfaceConfig {
            cost: self.cost,
            fixed_cost: self.fixed_cost,
            hello_interval: self.hello_interval,
            update_interval: self.update_interval,
            split_horizon: self.split_horizon,
            unicast: self.unicast,
            ..InterfaceConfig::new(name, self.kind(has_radio))
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
    };
    refuse_keys(reader, keys, problems);
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    has_names.then_some(section)
}

// A key that is silently ignored would leave packets unauthenticated that their owner believes
// to be signed.
fn refuse_keys(reader: &Reader<'_>, keys: &[Key], problems: &mut Problems) {
    for name in problems.list(reader.list("key")) {
        let known = keys.iter().any(|key| key.name == name);
        let expected = if known {
            "no key: authentication (RFC 8967) is not supported by this version"
        } else {
            "no key: there is no section key of that name, and authentication (RFC 8967) is not \
             supported by this version"
        };
        problems.error(&reader.refuse("key", expected));
    }
}
