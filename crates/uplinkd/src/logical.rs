//! What netifd says of its interfaces, put where the configuration names them.

use std::collections::BTreeMap;

use grange_ubus::netifd::Interface;

use crate::config::{Config, LONGEST_NAME, UplinkSection, device};

/// netifd's interfaces as they were told last. Empty where there is no netifd: then all names are those of
/// devices.
#[derive(Clone, Debug, Default)]
pub struct Logical {
    interfaces: Vec<Interface>,
    /// The device that each had when it was up last: one that is down may still be there, without addresses.
    devices: BTreeMap<String, String>,
}

impl Logical {
    /// netifd has told of all its interfaces anew.
    pub fn handle_interfaces(&mut self, interfaces: Vec<Interface>) {
        for interface in &interfaces {
            if let Some(device) = interface.l3_device.as_ref().filter(|_| interface.up) {
                self.devices.insert(interface.name.clone(), device.clone());
            }
        }
        let known = |name: &String| interfaces.iter().any(|one| one.name == *name);
        self.devices.retain(|name, _| known(name));
        self.interfaces = interfaces;
    }

    /// The configuration with netifd's names replaced by what they stand for now.
    pub fn resolve(&self, config: &Config) -> Config {
        let mut resolved = config.clone();
        for name in &mut resolved.general.lan {
            *name = self.device(name);
        }
        for rule in &mut resolved.rules {
            if let Some(name) = &mut rule.iface {
                *name = self.device(name);
            }
        }
        let mut taken: Vec<(String, [bool; 2])> = Vec::new();
        for uplink in &mut resolved.uplinks {
            if !uplink.interfaces.is_empty() {
                self.resolve_uplink(uplink);
            }
            let used = [uplink.ipv4, uplink.ipv6];
            let clashes = |(device, other): &(String, [bool; 2])| {
                *device == uplink.device && used.iter().zip(other).any(|(one, two)| *one && *two)
            };
            if taken.iter().any(clashes) {
                log::warn!(
                    "{} is on {} as another uplink is: it is left out",
                    uplink.name,
                    uplink.device
                );
                uplink.device = nobody(&uplink.name);
            }
            taken.push((uplink.device.clone(), used));
        }
        resolved
    }

    fn resolve_uplink(&self, uplink: &mut UplinkSection) {
        let own = uplink.interfaces.iter();
        let own: Vec<&Interface> = own.filter_map(|name| self.find(name)).collect();
        let Some(first) = own
            .iter()
            .find(|interface| interface.up)
            .or_else(|| own.first())
        else {
            return;
        };
        uplink.device = self.device(&first.name);
        let routes = own.iter().flat_map(|interface| &interface.default_routes);
        for route in routes {
            match route.next_hop {
                Some(std::net::IpAddr::V4(next_hop)) => {
                    uplink.gateway.get_or_insert(next_hop);
                }
                Some(std::net::IpAddr::V6(next_hop)) => {
                    uplink.gateway6.get_or_insert(next_hop);
                }
                None => {}
            }
        }
        if uplink.dns.is_empty() {
            let resolvers = own.iter().flat_map(|interface| &interface.resolvers);
            uplink.dns = resolvers.copied().collect();
        }
        if uplink.delegated.is_empty() {
            let prefixes = own.iter().flat_map(|interface| &interface.prefixes);
            uplink.delegated = prefixes.map(|delegated| delegated.prefix).collect();
        }
    }

    /// The device that a name means: netifd's, the one it was on when it was up last, or the name itself where
    /// netifd does not know it.
    fn device(&self, name: &str) -> String {
        let Some(interface) = self.find(name) else {
            return name.to_owned();
        };
        let known = self.devices.get(name).or(interface.device.as_ref());
        // It goes into rulesets, as what stands in the file does.
        match known.filter(|name| device(name).is_ok()) {
            Some(device) => device.clone(),
            None => nobody(name),
        }
    }

    fn find(&self, name: &str) -> Option<&Interface> {
        let mut interfaces = self.interfaces.iter();
        interfaces.find(|interface| interface.name == name)
    }
}

/// A device that is not there: the kernel has none with a space.
fn nobody(name: &str) -> String {
    let mut device = format!("no {name}");
    device.truncate(LONGEST_NAME);
    device
}

#[cfg(test)]
mod tests;
