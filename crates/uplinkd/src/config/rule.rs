//! The sections `policy` and `rule`: who uses which uplinks.

use grange_linux::{Family, IpPrefix};
use grange_uci::{Problems, Reader};

use crate::config::general::{device, prefix};
use crate::config::later::refuse_later;

/// What happens to a rule's connections while none of its uplinks lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastResort {
    /// They are refused: no packet leaves by another way.
    Unreachable,
    /// They are balanced as if the rule were not there.
    Balance,
    /// They are left to table `main`.
    Main,
}

/// A section `policy`: some of the uplinks, with their own weights and tiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The section's name, of any length.
    pub name: String,
    /// Its uplinks.
    pub members: Vec<PolicyMember>,
    /// When none of them lives.
    pub last_resort: LastResort,
}

/// An uplink of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyMember {
    /// Its name.
    pub uplink: String,
    /// Its tier here; the uplink's own where not said.
    pub tier: Option<u8>,
    /// Its weight here.
    pub weight: Option<u32>,
}

/// The protocol of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// TCP or UDP.
    TcpUdp,
    /// ICMP and ICMPv6.
    Icmp,
}

/// A range of ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

/// A section `rule`. What is empty or `None` matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSection {
    /// The section's name, or `@rule[n]`.
    pub name: String,
    /// Sources.
    pub src: Vec<IpPrefix>,
    /// Destinations.
    pub dest: Vec<IpPrefix>,
    /// A named set that holds the sources; others fill it.
    pub src_set: Option<String>,
    /// The same for destinations.
    pub dest_set: Option<String>,
    /// The protocol.
    pub proto: Option<Protocol>,
    /// Source ports.
    pub src_port: Vec<Ports>,
    /// Destination ports.
    pub dest_port: Vec<Ports>,
    /// The interface they come in by.
    pub iface: Option<String>,
    /// The DSCP, 0 to 63.
    pub dscp: Option<u8>,
    /// The family.
    pub family: Option<Family>,
    /// The policy they use; the other way is `uplink`.
    pub policy: Option<String>,
    /// The one uplink they use.
    pub uplink: Option<String>,
    /// When it does not live. With a policy its own counts.
    pub last_resort: LastResort,
}

const LAST_RESORTS: [(&str, LastResort); 3] = [
    ("unreachable", LastResort::Unreachable),
    ("main", LastResort::Main),
    ("balance", LastResort::Balance),
];

/// Reads a section `policy`.
pub(super) fn read_policy(reader: &Reader<'_>, problems: &mut Problems) -> Option<Policy> {
    let Some(name) = reader.name() else {
        let message = format!(
            "{}: a policy needs a name: config policy 'video'",
            reader.path()
        );
        problems.refuse(reader.section().position, message);
        return None;
    };
    let expected = "names of uplinks, or such as 'wan:1:10': tier and weight in this policy";
    let members = problems.list(reader.list_with("uplink", expected, policy_member));
    let last_resort = problems.value(reader.choice("last_resort", &LAST_RESORTS));
    if members.is_empty() && last_resort.is_none() {
        problems.error(&reader.refuse("uplink", "names of uplinks"));
    }
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    Some(Policy {
        name: name.to_owned(),
        members,
        last_resort: last_resort.unwrap_or(LastResort::Unreachable),
    })
}

/// Reads a section `rule`; `None` when it is disabled.
pub(super) fn read(reader: &Reader<'_>, problems: &mut Problems) -> Option<RuleSection> {
    const PROTOCOLS: [(&str, Option<Protocol>); 5] = [
        ("all", None),
        ("tcp", Some(Protocol::Tcp)),
        ("udp", Some(Protocol::Udp)),
        ("tcpudp", Some(Protocol::TcpUdp)),
        ("icmp", Some(Protocol::Icmp)),
    ];
    const FAMILIES: [(&str, Option<Family>); 3] = [
        ("any", None),
        ("ipv4", Some(Family::V4)),
        ("ipv6", Some(Family::V6)),
    ];
    refuse_later(reader, &["ipset", "member"], problems);
    let enabled = problems.value(reader.flag("enabled")).unwrap_or(true);
    let prefixes = "prefixes such as 192.168.1.0/24";
    let rule = RuleSection {
        name: reader.section().reference(),
        src: problems.list(reader.list_with("src", prefixes, prefix)),
        dest: problems.list(reader.list_with("dest", prefixes, prefix)),
        src_set: problems.value(reader.parse_with("src_set", SET, set_name)),
        dest_set: problems.value(reader.parse_with("dest_set", SET, set_name)),
        proto: problems.value(reader.choice("proto", &PROTOCOLS)).flatten(),
        src_port: problems.list(reader.list_with(
            "src_port",
            "ports such as 80 or 5000-5010",
            ports,
        )),
        dest_port: problems.list(reader.list_with(
            "dest_port",
            "ports such as 80 or 5000-5010",
            ports,
        )),
        iface: problems.value(reader.parse_with("iface", "an interface name", device)),
        dscp: problems.value(reader.unsigned("dscp", 0..=63)),
        family: problems.value(reader.choice("family", &FAMILIES)).flatten(),
        policy: problems.value(reader.string("policy")).map(str::to_owned),
        uplink: problems.value(reader.string("uplink")).map(str::to_owned),
        last_resort: problems
            .value(reader.choice("last_resort", &LAST_RESORTS))
            .unwrap_or(LastResort::Unreachable),
    };
    let has_ports = !rule.src_port.is_empty() || !rule.dest_port.is_empty();
    if has_ports && matches!(rule.proto, None | Some(Protocol::Icmp)) {
        problems.error(&reader.refuse("proto", "tcp, udp or tcpudp, since the rule has ports"));
    }
    if rule.policy.is_some() == rule.uplink.is_some() {
        problems.error(&reader.refuse("uplink", "either an uplink or a policy"));
    }
    let mut families = rule.src.iter().chain(&rule.dest).map(IpPrefix::is_v4);
    if let Some(first) = families.next()
        && (families.any(|other| other != first)
            || rule
                .family
                .is_some_and(|family| (family == Family::V4) != first))
    {
        let option = if rule.src.is_empty() { "dest" } else { "src" };
        problems.error(&reader.refuse(option, "prefixes of one family: make two rules"));
    }
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    enabled.then_some(rule)
}

impl RuleSection {
    /// Whether it can match packets of a family.
    pub fn is_for(&self, family: Family) -> bool {
        let v4 = family == Family::V4;
        self.family.is_none_or(|own| own == family)
            && self
                .src
                .iter()
                .chain(&self.dest)
                .all(|prefix| prefix.is_v4() == v4)
    }
}

/// What is expected of a set's name.
const SET: &str = "a name of 1 to 24 letters, digits and _";

fn set_name(text: &str) -> Result<String, &'static str> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    if text.is_empty() || text.len() > 24 || !text.bytes().all(plain) {
        return Err("");
    }
    Ok(text.to_owned())
}

/// `wan`, `wan:2` or `wan:2:10`.
fn policy_member(text: &str) -> Result<PolicyMember, &'static str> {
    let mut words = text.split(':');
    let uplink = words.next().unwrap_or_default().to_owned();
    let number = |word: Option<&str>| {
        let parsed = word.map(str::parse::<u32>).transpose();
        parsed.map_err(|_| "tier and weight are numbers")
    };
    let (tier, weight) = (number(words.next())?, number(words.next())?);
    if words.next().is_some() {
        return Err("too many colons");
    }
    let tier = match tier.map(u8::try_from).transpose() {
        Ok(Some(0)) | Err(_) => return Err("the tier is 1 to 255"),
        Ok(tier) => tier,
    };
    if weight.is_some_and(|weight| weight > 1_000_000) {
        return Err("the weight is at most 1000000");
    }
    Ok(PolicyMember {
        uplink,
        tier,
        weight,
    })
}

fn ports(text: &str) -> Result<Ports, &'static str> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| text.parse::<u16>().map_err(|_| "0 to 65535");
    let (first, last) = (port(first)?, port(last)?);
    if first > last {
        return Err("the first is larger than the last");
    }
    Ok(Ports { first, last })
}
