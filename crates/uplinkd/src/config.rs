//! /etc/config/grange-uplinkd: what may stand in it and what it means.

mod gateway;
mod general;
mod hours;
mod later;
mod member;
mod mwan3;
mod probe;
mod rule;
mod uplink;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::Path;

use grange_daemon::config_file::Configuration;
use grange_linux::IpPrefix;
use grange_uci::{Package, Problems, Reader};
use grange_uplink::uplink_id::UplinkId;
use log::LevelFilter;

pub use self::gateway::{Peer, Remote, Share};
pub use self::general::{Balance, General};
pub(crate) use self::general::{LONGEST_NAME, device};
pub use self::hours::Hours;
pub use self::member::MemberSection;
pub use self::probe::{Check, HttpCheck, Probe};
pub use self::rule::{LastResort, Policy, PolicyMember, Ports, Protocol, RuleSection};
pub use self::uplink::UplinkSection;

use crate::tunnel_address::vni;

/// The package's name: `uci show grange-uplinkd`.
const PACKAGE: &str = "grange-uplinkd";
/// The types of sections.
const SECTIONS: [&str; 7] = [
    "uplinkd", "uplink", "share", "probe", "policy", "rule", "member",
];
/// Members at most.
const MOST_MEMBERS: usize = 1000;

/// A configuration without errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The `uplinkd` section, or its defaults.
    pub general: General,
    /// The `uplink` sections that are enabled.
    pub uplinks: Vec<UplinkSection>,
    /// The `probe` sections.
    pub probes: Vec<Probe>,
    /// The `policy` sections.
    pub policies: Vec<Policy>,
    /// The `rule` sections in the order of the file: the first that matches counts.
    pub rules: Vec<RuleSection>,
    /// The `member` sections.
    pub members: Vec<MemberSection>,
    /// The section `share`.
    pub share: Option<Share>,
}

/// What reading a file gives.
pub type Reading = grange_uci::Reading<Config>;

/// Reads the text of a configuration file of our own.
pub fn read(text: &[u8]) -> Reading {
    Reading::new(text, |package, problems| {
        package_config(&package.named(PACKAGE), problems)
    })
}

/// Reads the text of the file at that path: one that is called `mwan3` as mwan3's package has it.
pub fn read_file(path: &Path, text: &[u8]) -> Reading {
    if path.file_name() != Some(OsStr::new(mwan3::FILE)) {
        return read(text);
    }
    Reading::new(text, |package, problems| {
        let package = mwan3::translate(package.named(mwan3::FILE), problems);
        package_config(&package, problems)
    })
}

impl Configuration for Config {
    fn read(path: &Path, text: &[u8]) -> Reading {
        read_file(path, text)
    }

    fn is_enabled(&self) -> bool {
        self.general.enabled
    }

    fn log_level(&self) -> Option<LevelFilter> {
        self.general.log_level
    }
}

impl Config {
    /// The probes of an uplink: those that name it or none; the well-known resolvers where there are
    /// no ping, TCP or DNS probes for it.
    pub fn probes_of(&self, uplink: &str) -> Vec<Probe> {
        let own = |probe: &&Probe| {
            probe.uplinks.is_empty() || probe.uplinks.iter().any(|name| name == uplink)
        };
        let mut probes: Vec<Probe> = self.probes.iter().filter(own).cloned().collect();
        if probes.iter().all(|probe| probe.check.is_http()) {
            probes.extend(Probe::well_known());
        }
        probes
    }

    /// Whether neighbours may use an uplink of this router.
    pub fn shares(&self) -> bool {
        let enabled = self.share.as_ref().is_none_or(|share| share.enabled);
        enabled && self.shared_uplinks().next().is_some()
    }

    /// The lines that neighbours may use, if they may.
    pub fn shared_uplinks(&self) -> impl Iterator<Item = &UplinkSection> {
        self.uplinks.iter().filter(|uplink| uplink.shared)
    }

    /// The members whose routers may use the shared uplinks.
    pub fn peers(&self) -> impl Iterator<Item = (&MemberSection, &Peer)> {
        let members = self.members.iter();
        members.filter_map(|member| Some((member, member.peer.as_ref()?)))
    }

    /// What an enabled section `uplink` was read as.
    fn uplink_of(&self, reader: &Reader<'_>) -> Option<&UplinkSection> {
        let mut uplinks = self.uplinks.iter();
        uplinks.find(|uplink| Some(uplink.name.as_str()) == reader.name())
    }

    /// What a section `member` was read as.
    fn member_of(&self, reader: &Reader<'_>) -> Option<&MemberSection> {
        let mut members = self.members.iter();
        members.find(|member| Some(member.name.as_str()) == reader.name())
    }
}

fn package_config(package: &Package, problems: &mut Problems) -> Config {
    let mut config = Config::default();
    problems.package(package, &SECTIONS);
    if let Some(reader) = problems.only(package, "uplinkd") {
        config.general = general::read(&reader, problems);
    }
    let mut known = BTreeSet::new();
    let mut devices = BTreeSet::new();
    for reader in package.readers_of("uplink") {
        let Some(uplink) = uplink::read(&reader, problems) else {
            continue;
        };
        known.insert(uplink.name.clone());
        if uplink.enabled {
            let option = if uplink.interfaces.is_empty() {
                "device"
            } else {
                "interface"
            };
            // Two of netifd's names may share a device, one for each family.
            let families = [(uplink.ipv4, '4'), (uplink.ipv6, '6')];
            for (_, family) in families.into_iter().filter(|(used, _)| *used) {
                if !devices.insert((uplink.device.clone(), family)) {
                    problems.error(&reader.refuse(option, "a device that no other uplink has"));
                    break;
                }
            }
            config.uplinks.push(uplink);
        }
    }
    if config.uplinks.len() > usize::from(UplinkId::MOST)
        && let Some(reader) = package.readers_of("uplink").last()
    {
        let message = format!("{}: there can be {} uplinks", reader.path(), UplinkId::MOST);
        problems.refuse(reader.section().position, message);
    }
    let names_are_known = |reader: &Reader<'_>, names: &[String], problems: &mut Problems| {
        if names.iter().any(|name| !known.contains(name)) {
            problems.error(&reader.refuse("uplink", "the name of a section of type uplink"));
        }
    };
    for reader in package.readers_of("probe") {
        if let Some(probe) = probe::read(&reader, problems) {
            names_are_known(&reader, &probe.uplinks, problems);
            config.probes.push(probe);
        }
    }
    for reader in package.readers_of("policy") {
        if let Some(policy) = rule::read_policy(&reader, problems) {
            let names = policy.members.iter().map(|member| member.uplink.clone());
            names_are_known(&reader, &names.collect::<Vec<_>>(), problems);
            config.policies.push(policy);
        }
    }
    for reader in package.readers_of("rule") {
        let Some(rule) = rule::read(&reader, problems) else {
            continue;
        };
        if let Some(policy) = &rule.policy
            && !config.policies.iter().any(|known| known.name == *policy)
        {
            problems.error(&reader.refuse("policy", "the name of a section of type policy"));
        }
        let pinned: Vec<String> = rule.uplink.iter().cloned().collect();
        names_are_known(&reader, &pinned, problems);
        config.rules.push(rule);
    }
    read_members(package, &mut config, problems);
    config.share = problems
        .only(package, "share")
        .map(|reader| gateway::read_share(&reader, problems));
    check_tunnels(package, &config, problems);
    config
}

fn read_members(package: &Package, config: &mut Config, problems: &mut Problems) {
    for reader in package.readers_of("member") {
        if config.members.len() >= MOST_MEMBERS {
            let message = format!("{}: there can be {MOST_MEMBERS} members", reader.path());
            problems.refuse(reader.section().position, message);
            return;
        }
        config.members.extend(member::read(&reader, problems));
    }
    let mut prefixes: Vec<IpPrefix> = config
        .members
        .iter()
        .flat_map(|member| member.prefixes.iter().copied())
        .collect();
    prefixes.sort_unstable();
    // Sorted, a prefix stands right before the first that lies inside.
    let overlap = prefixes.windows(2).find_map(|pair| match pair {
        [outer, inner] if outer.contains(inner.address) => Some(*inner),
        _ => None,
    });
    for reader in package.readers_of("member") {
        let own = config.member_of(&reader);
        if overlap.is_some_and(|prefix| own.is_some_and(|own| own.prefixes.contains(&prefix))) {
            let expected = "prefixes that overlap with nobody's, or bytes would be billed twice";
            problems.error(&reader.refuse("prefix", expected));
        }
    }
    let known: Vec<&String> = config.members.iter().map(|member| &member.name).collect();
    for reader in package.readers_of("uplink") {
        let Some(uplink) = config.uplink_of(&reader) else {
            continue;
        };
        match &uplink.owner {
            Some(owner) if known.contains(&owner) => {}
            None if uplink.cost_cents.is_none() => {}
            _ => problems.error(&reader.refuse("owner", "the member who pays for the uplink")),
        }
    }
}

/// What holds between sections: one family, and no two tunnels alike.
fn check_tunnels(package: &Package, config: &Config, problems: &mut Problems) {
    let own = config.general.mesh_address;
    let (mut gateways, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for reader in package.readers_of("uplink") {
        let Some(uplink) = config.uplink_of(&reader) else {
            continue;
        };
        if let Some(remote) = &uplink.remote {
            check_router(&reader, remote.router, own, problems);
            if !gateways.insert(vni(remote.router)) {
                let expected = "a router whose address ends in 24 bits that no other's has";
                problems.error(&reader.refuse("router", expected));
            }
            if remote.public_key.is_some_and(|key| !keys.insert(key)) {
                problems.error(&reader.refuse("public_key", "a key that no other router has"));
            }
            if uplink.shared {
                problems.error(&reader.refuse("share", "nothing: what a neighbour shares is his"));
            }
        } else if uplink.shared && own.is_none() {
            let expected = "an uplink of a router whose section uplinkd has `option mesh_address`";
            problems.error(&reader.refuse("share", expected));
        }
    }
    let (mut members, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for reader in package.readers_of("member") {
        let member = config.member_of(&reader);
        let Some(peer) = member.and_then(|member| member.peer.as_ref()) else {
            continue;
        };
        check_router(&reader, peer.router, own, problems);
        if !members.insert(vni(peer.router)) {
            let expected = "a router whose address ends in 24 bits that no other member's has";
            problems.error(&reader.refuse("router", expected));
        }
        if peer.public_key.is_some_and(|key| !keys.insert(key)) {
            problems.error(&reader.refuse("public_key", "a key that no other member's router has"));
        }
    }
}

fn check_router(reader: &Reader<'_>, router: IpAddr, own: Option<IpAddr>, problems: &mut Problems) {
    let expected = match own {
        Some(own) if own == router => "another router's mesh address, not this one's",
        Some(own) if own.is_ipv4() == router.is_ipv4() => return,
        Some(_) => "an address of the family of `option mesh_address` in section uplinkd",
        None => "a router whose section uplinkd has `option mesh_address`",
    };
    problems.error(&reader.refuse("router", expected));
}

#[cfg(test)]
mod tests;
