//! Which interfaces Babel runs on: the configuration's patterns against what the kernel has now.

use litemap::LiteMap;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use grange_babel::link::{InterfaceConfig, LinkAddresses};
use grange_linux::{Address, Link};

use crate::config::{Config, InterfaceSection, Pattern, Traits};

/// IPv6 needs this much of a link (RFC 8200 section 5); below it the kernel has no IPv6 there at all.
const LEAST_MTU: u32 = 1280;

/// How many names of interfaces that have gone are remembered; numbers are not used again soon.
const PAST_NAMES: usize = 64;

/// The kernel's interfaces and addresses as last heard of, and what the core was told of them.
#[derive(Debug, Default)]
pub struct Interfaces {
    links: LiteMap<u32, Link>,
    addresses: LiteMap<u32, Vec<Address>>,
    up: LiteMap<u32, Up>,
    /// What interfaces that have gone were called, for the news of their going.
    past_names: LiteMap<u32, String>,
}

/// An interface that the core speaks on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Up {
    /// How.
    pub config: InterfaceConfig,
    /// With which addresses.
    pub link: LinkAddresses,
}

/// What the core is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceChange {
    /// Speak there, or go on with other settings.
    Up {
        /// The kernel's index.
        index: u32,
        /// How and with which addresses.
        up: Up,
        /// Whether it was up before.
        again: bool,
    },
    /// Stop.
    Down {
        /// The kernel's index.
        index: u32,
        /// The name it was known by.
        name: String,
        /// Why.
        why: WhyDown,
    },
}

/// Why Babel does not run on an interface that the configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyDown {
    /// The kernel has none of that name.
    Absent,
    /// netifd knows it, and has no device for it now.
    NetifdDown,
    /// The configuration does not name it, or no longer.
    NotConfigured,
    /// It is the loopback.
    Loopback,
    /// Nobody set it up.
    AdministrativelyDown,
    /// No carrier, or not associated.
    NoCarrier,
    /// Too small for IPv6.
    Mtu(u32),
    /// No link-local address.
    NoLinkLocal,
    /// Duplicate address detection has not finished.
    Tentative,
    /// Duplicate address detection found a twin.
    Duplicate,
    /// The core's table is full.
    Refused,
}

/// A row for people: an interface that the configuration names, up or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The name.
    pub name: &'a str,
    /// The kernel's index, where it exists.
    pub index: Option<u32>,
    /// The link's size in octets, where it exists.
    pub mtu: Option<u32>,
    /// How the configuration wants it.
    pub config: InterfaceConfig,
    /// Its addresses, or why Babel does not run there.
    pub state: Result<LinkAddresses, WhyDown>,
}

impl Interfaces {
    /// Takes what the kernel dumped for all there is.
    pub fn replace(&mut self, links: Vec<Link>, addresses: Vec<Address>) {
        let old = std::mem::take(&mut self.links);
        self.links = links.into_iter().map(|link| (link.index, link)).collect();
        for (_, link) in old {
            self.remember(link);
        }
        self.addresses.clear();
        for address in addresses {
            self.addresses
                .entry(address.index)
                .or_default()
                .push(address);
        }
    }

    /// Takes the kernel's word on one link.
    pub fn set_link(&mut self, link: Link) {
        self.links.insert(link.index, link);
    }

    /// Forgets a link.
    pub fn remove_link(&mut self, index: u32) {
        if let Some(link) = self.links.remove(&index) {
            self.remember(link);
        }
        self.addresses.remove(&index);
    }

    /// Takes the kernel's word on one address.
    pub fn set_address(&mut self, address: Address) {
        let of_link = self.addresses.entry(address.index).or_default();
        match of_link.iter_mut().find(|known| is_same(known, &address)) {
            Some(known) => *known = address,
            None => of_link.push(address),
        }
    }

    /// Forgets an address.
    pub fn remove_address(&mut self, address: &Address) {
        if let Some(of_link) = self.addresses.get_mut(&address.index) {
            of_link.retain(|known| !is_same(known, address));
        }
    }

    /// Compares what is with what the core knows, and lists what it must be told; interfaces that go
    /// come first, so that their places in the core's table are free.
    pub fn update(&mut self, config: &Config) -> Vec<InterfaceChange> {
        let mut changes = Vec::new();
        for (index, up) in &self.up {
            let gone = match self.links.get(index) {
                None => Some(WhyDown::Absent),
                // A device that was renamed is another interface to the configuration.
                Some(link) if link.name != up.config.name => Some(WhyDown::Absent),
                Some(link) => self.usable(config, link).err(),
            };
            if let Some(why) = gone {
                changes.push(InterfaceChange::Down {
                    index: *index,
                    name: up.config.name.clone(),
                    why,
                });
            }
        }
        for change in &changes {
            if let InterfaceChange::Down { index, .. } = change {
                self.up.remove(index);
            }
        }
        for (index, link) in &self.links {
            let Ok(up) = self.usable(config, link) else {
                continue;
            };
            let before = self.up.get(index);
            if before != Some(&up) {
                let again = before.is_some();
                changes.push(InterfaceChange::Up {
                    index: *index,
                    up,
                    again,
                });
            }
        }
        for change in &changes {
            if let InterfaceChange::Up { index, up, .. } = change {
                self.up.insert(*index, up.clone());
            }
        }
        changes
    }

    /// Notes that the core refused an interface; [`Interfaces::update`] will offer it again.
    pub fn refused(&mut self, index: u32) {
        self.up.remove(&index);
    }

    /// The interface of that index, if Babel runs there.
    pub fn up(&self, index: u32) -> Option<&Up> {
        self.up.get(&index)
    }

    /// How many interfaces Babel runs on.
    pub fn up_count(&self) -> usize {
        self.up.len()
    }

    /// The link of that index.
    pub fn link(&self, index: u32) -> Option<&Link> {
        self.links.get(&index)
    }

    /// The index of the link of that name.
    pub fn index_of(&self, name: &str) -> Option<u32> {
        self.links
            .values()
            .find(|link| link.name == name)
            .map(|link| link.index)
    }

    /// The name that the interface of that index has or had; the index where none is known.
    pub fn name(&self, index: u32) -> String {
        let name = self.links.get(&index).map(|link| &link.name);
        let name = name.or_else(|| self.past_names.get(&index));
        name.map_or_else(|| format!("#{index}"), Clone::clone)
    }

    /// All addresses of this host that may be used, with the link that each is on.
    pub fn addresses(&self) -> impl Iterator<Item = (&Link, &Address)> {
        self.addresses.values().flatten().filter_map(|address| {
            let link = self.links.get(&address.index)?;
            address.is_usable().then_some((link, address))
        })
    }

    /// The names of mesh interfaces that the kernel has, up or not, and of those that the configuration
    /// spells out.
    pub fn mesh_names(&self, config: &Config) -> Vec<String> {
        let present = self.links.values().filter(|link| !link.loopback);
        let matching = present.filter(|link| config.interface(&link.name).is_some());
        let spelt = literal_names(config).filter_map(|name| config.logical.device(name));
        let mut names: Vec<String> = matching
            .map(|link| link.name.clone())
            .chain(spelt.map(str::to_owned))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Every interface that the configuration names, by name.
    pub fn rows<'a>(&'a self, config: &'a Config) -> Vec<Row<'a>> {
        let mut rows: Vec<Row<'a>> = Vec::new();
        for link in self.links.values() {
            let Some(section) = config.interface(&link.name).filter(|_| !link.loopback) else {
                continue;
            };
            let state = match self.up.get(&link.index) {
                Some(up) => Ok(up.link),
                None => Err(self.usable(config, link).err().unwrap_or(WhyDown::Refused)),
            };
            rows.push(Row {
                name: &link.name,
                index: Some(link.index),
                mtu: Some(link.mtu),
                config: section.interface_config(&link.name, self.traits(link)),
                state,
            });
        }
        for (section, name) in literal_sections(config) {
            let device = config.logical.device(name);
            let shown = device.unwrap_or(name);
            if rows.iter().any(|row| row.name == shown) {
                continue;
            }
            let why = device.map_or(WhyDown::NetifdDown, |_| WhyDown::Absent);
            rows.push(Row {
                name: shown,
                index: None,
                mtu: None,
                config: section.interface_config(shown, Traits::default()),
                state: Err(why),
            });
        }
        rows.sort_unstable_by_key(|row| row.name);
        rows
    }

    fn remember(&mut self, link: Link) {
        if self.links.contains_key(&link.index) {
            return;
        }
        self.past_names.insert(link.index, link.name);
        if self.past_names.len() > PAST_NAMES
            && let Some((first, _)) = self.past_names.first()
        {
            let first = *first;
            self.past_names.remove(&first);
        }
    }

    fn usable(&self, config: &Config, link: &Link) -> Result<Up, WhyDown> {
        let section = config.interface(&link.name).ok_or(WhyDown::NotConfigured)?;
        self.usable_as(section, link)
    }

    fn usable_as(&self, section: &InterfaceSection, link: &Link) -> Result<Up, WhyDown> {
        if link.loopback {
            return Err(WhyDown::Loopback);
        }
        if !link.up {
            return Err(WhyDown::AdministrativelyDown);
        }
        if !link.running {
            return Err(WhyDown::NoCarrier);
        }
        if link.mtu < LEAST_MTU {
            return Err(WhyDown::Mtu(link.mtu));
        }
        let before = self.up.get(&link.index).map(|up| up.link);
        let link_local = self.link_local(link.index, before.map(|link| link.link_local))?;
        Ok(Up {
            config: section.interface_config(&link.name, self.traits(link)),
            link: LinkAddresses {
                link_local,
                ipv4: self.ipv4(link.index, before.and_then(|link| link.ipv4)),
                mtu: link.mtu,
            },
        })
    }

    fn traits(&self, link: &Link) -> Traits {
        let is_v4 = |address: &Address| match address.address {
            IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_unspecified() && !v4.is_link_local(),
            IpAddr::V6(_) => false,
        };
        Traits {
            radio: link.wireless,
            tunnel: link.tunnel,
            // RFC 9229 §3: a router that forwards IPv4 MUST be able to originate ICMPv4; an address
            // of any interface will do as its source.
            host_ipv4: self.addresses().any(|(_, address)| is_v4(address)),
        }
    }

    /// The link-local address to send from: the one in use as long as it is there.
    fn link_local(&self, index: u32, current: Option<Ipv6Addr>) -> Result<Ipv6Addr, WhyDown> {
        let of_link = self.addresses.get(&index).map_or(&[][..], Vec::as_slice);
        let candidates = || {
            of_link
                .iter()
                .filter(|address| address.is_link_local_v6())
                .filter_map(|address| match address.address {
                    IpAddr::V6(v6) => Some((v6, address)),
                    IpAddr::V4(_) => None,
                })
        };
        let usable = || {
            candidates()
                .filter(|(_, address)| address.is_usable())
                .map(|(v6, _)| v6)
        };
        let kept = usable().find(|v6| Some(*v6) == current);
        if let Some(found) = kept.or_else(|| usable().next()) {
            return Ok(found);
        }
        Err(match candidates().next() {
            None => WhyDown::NoLinkLocal,
            Some(_) if candidates().all(|(_, address)| address.failed_dad) => WhyDown::Duplicate,
            Some(_) => WhyDown::Tentative,
        })
    }

    /// The IPv4 address that neighbours use as next hop: the one in use as long as it is there.
    fn ipv4(&self, index: u32, current: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
        let of_link = self.addresses.get(&index)?;
        let usable = || {
            of_link
                .iter()
                .filter(|address| address.is_usable())
                .filter_map(|address| match address.address {
                    IpAddr::V4(v4) if !v4.is_loopback() && !v4.is_unspecified() => Some(v4),
                    _ => None,
                })
        };
        usable()
            .find(|v4| Some(*v4) == current)
            .or_else(|| usable().next())
    }
}

impl fmt::Display for WhyDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("there is no such device"),
            Self::NetifdDown => f.write_str("netifd has it down"),
            Self::NotConfigured => f.write_str("the configuration does not name it"),
            Self::Loopback => f.write_str("it is the loopback"),
            Self::AdministrativelyDown => f.write_str("it is set down"),
            Self::NoCarrier => f.write_str("it has no carrier"),
            Self::Mtu(mtu) => write!(f, "its MTU of {mtu} is below {LEAST_MTU}, which IPv6 needs"),
            Self::NoLinkLocal => f.write_str("it has no IPv6 link-local address"),
            Self::Tentative => {
                f.write_str("its link-local address is still being checked for a duplicate")
            }
            Self::Duplicate => {
                f.write_str("its link-local address is in use by somebody else on the link")
            }
            Self::Refused => f.write_str("there are too many interfaces"),
        }
    }
}

fn is_same(one: &Address, other: &Address) -> bool {
    // The kernel keeps the same IPv4 address twice when the lengths differ.
    one.address == other.address && one.plen == other.plen
}

fn literal_names(config: &Config) -> impl Iterator<Item = &str> {
    literal_sections(config).map(|(_, name)| name)
}

/// The names that the configuration spells out, each with the section that counts for it.
fn literal_sections(config: &Config) -> impl Iterator<Item = (&InterfaceSection, &str)> {
    let sections = config.interfaces.iter().filter(|section| !section.ignore);
    let names = sections.flat_map(|section| {
        let names = section.names.iter().filter_map(Pattern::literal);
        names.map(move |name| (section, name))
    });
    names.filter_map(|(section, name)| match config.logical.device(name) {
        // An earlier section may keep Babel away from the device, or have it another way.
        Some(device) => Some((config.interface(device)?, name)),
        None => Some((section, name)),
    })
}

#[cfg(test)]
mod tests;
