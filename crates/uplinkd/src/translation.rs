//! IPv6 prefix translation (the purpose of RFC 6296, by the connection table): who leaves by an uplink with an
//! address that its provider did not give gets one that it did.
//!
//! | source | by an uplink with a delegated prefix | by one without | through a tunnel |
//! |---|---|---|---|
//! | a unique local address, or another uplink's prefix | the prefix's last /64 | the uplink's own address | the home's prefix in the mesh |
//! | member M of a gateway | the /64 that is M + 1 before the last | the uplink's own address | |
//! | whatever goes to a unique local address or into the mesh | as it is | as it is | as it is |
//! | anything else | as it is | as it is | as above |
//!
//! The lower 64 bits stay, so that devices keep addresses of their own.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};

use grange_linux::IpPrefix;

use crate::config::UplinkSection;
use crate::paths::Path;

/// What no provider lets through (RFC 4193).
pub(crate) const UNIQUE_LOCAL: &str = "fc00::/7";
/// The number of the subnet for the home itself.
const HOME: u64 = 0;

/// What happens to the home's packets that leave by a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation<'a> {
    /// The device.
    pub device: &'a str,
    /// Prefixes that may leave by it as they are.
    pub own: Vec<IpPrefix>,
    /// Prefixes that may not, besides unique local ones; `None` is all but its own.
    pub foreign: Option<Vec<IpPrefix>>,
    /// What takes their place; `None` is the device's own address.
    pub to: Option<IpPrefix>,
}

impl<'a> Translation<'a> {
    /// Of an uplink, if it can be used. `others` are the prefixes of all local uplinks.
    pub fn new(uplink: &'a UplinkSection, path: &Path, others: &[IpPrefix]) -> Option<Self> {
        let device = uplink.device.as_str();
        if uplink.remote.is_some() {
            // The gateway lets nothing else through.
            let home = IpPrefix::new(path.source?, 64)?;
            return Some(Self {
                device,
                own: vec![home],
                foreign: None,
                to: Some(home),
            });
        }
        let foreign = others
            .iter()
            .filter(|prefix| !path.sources.contains(prefix));
        (!path.addresses.is_empty()).then(|| Self {
            device,
            own: path.sources.clone(),
            foreign: Some(foreign.copied().collect()),
            to: subnet(&uplink.delegated, HOME),
        })
    }

    /// Writes its rules, for a chain of type nat at the hook postrouting.
    pub fn write(&self, out: &mut String) -> std::fmt::Result {
        let own: Vec<String> = self
            .own
            .iter()
            .map(|prefix| format!(" ip6 saddr != {prefix}"))
            .collect();
        let (own, action) = (own.concat(), action(self.to));
        let mut line = |source: &str| {
            let device = self.device;
            writeln!(out, "  oifname \"{device}\"{source}{own} {action}")
        };
        let Some(foreign) = &self.foreign else {
            return line(" meta nfproto ipv6");
        };
        line(&format!(" ip6 saddr {UNIQUE_LOCAL}"))?;
        // Not a set: prefixes may lie in one another.
        for prefix in foreign {
            line(&format!(" ip6 saddr {prefix}"))?;
        }
        Ok(())
    }
}

/// Writes what happens to a member's packets that come in by one device and leave by an uplink's.
pub fn write_member(
    out: &mut String,
    place: usize,
    prefix: IpPrefix,
    iif: &str,
    uplink: &UplinkSection,
) -> std::fmt::Result {
    let number = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
    let to = subnet(&uplink.delegated, number).filter(|_| prefix.plen >= 64);
    let (oif, action) = (&uplink.device, action(to));
    writeln!(
        out,
        "  iifname \"{iif}\" oifname \"{oif}\" ip6 saddr {prefix} {action}"
    )
}

fn action(to: Option<IpPrefix>) -> String {
    to.map_or_else(
        || "masquerade".to_owned(),
        |prefix| format!("snat ip6 prefix to {prefix}"),
    )
}

/// A /64 of the first delegated prefix that has any, counted from its end: netifd gives its parts out from
/// the beginning. Where there are too few, some are used twice, and connections are told apart by their ports.
fn subnet(delegated: &[IpPrefix], number: u64) -> Option<IpPrefix> {
    let mut large = delegated.iter().filter(|prefix| prefix.plen <= 64);
    let prefix = large.next()?;
    let IpAddr::V6(base) = prefix.address else {
        return None;
    };
    // 2^(64 - length) less one: as many bits, all set.
    let last = u64::MAX.checked_shr(prefix.plen.into()).unwrap_or(0);
    let number = last - (number & last);
    let address = u128::from(base) | u128::from(number) << 64;
    IpPrefix::new(Ipv6Addr::from(address).into(), 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> IpPrefix {
        IpPrefix::parse(text).unwrap()
    }

    #[test]
    fn subnets_are_counted_from_the_end_and_shared_when_there_are_too_few() {
        for (delegated, number, expected) in [
            ("2001:db8:1:100::/56", 0, "2001:db8:1:1ff::/64"),
            ("2001:db8:1:100::/56", 255, "2001:db8:1:100::/64"),
            ("2001:db8:1:100::/56", 256, "2001:db8:1:1ff::/64"),
            ("2001:db8:1:1::/64", 7, "2001:db8:1:1::/64"),
            ("::/0", u64::MAX, "::/64"),
        ] {
            let found = subnet(&[prefix("2001:db8::/65"), prefix(delegated)], number);
            assert_eq!(found, Some(prefix(expected)), "{delegated} {number}");
        }
        assert_eq!(subnet(&[prefix("2001:db8::/65")], 0), None);
        assert_eq!(subnet(&[], 0), None);
    }

    #[test]
    fn what_the_provider_gave_leaves_as_it_is() {
        let translation = Translation {
            device: "wan",
            own: vec![prefix("fd00:1::/56")],
            foreign: Some(vec![prefix("2001:db8:2::/48")]),
            to: None,
        };
        let mut text = String::new();
        translation.write(&mut text).unwrap();
        assert_eq!(
            text,
            "  oifname \"wan\" ip6 saddr fc00::/7 ip6 saddr != fd00:1::/56 masquerade\n  \
             oifname \"wan\" ip6 saddr 2001:db8:2::/48 ip6 saddr != fd00:1::/56 masquerade\n"
        );
    }
}
