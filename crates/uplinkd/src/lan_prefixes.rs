//! The home's addresses out of prefixes of uplinks that take no new connections: they are deprecated, so that
//! hosts begin connections from others. odhcpd and dnsmasq announce what they find on the LAN's interface.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;

use grange_linux::{IpPrefix, PreferableAddress};

/// The addresses that are deprecated because of us: nobody else's are made preferred again, for a provider may
/// deprecate a prefix of his as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LanPrefixes {
    ours: BTreeSet<IpAddr>,
}

impl LanPrefixes {
    /// Reads what an earlier run has written; what cannot be read is left out.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        Self {
            ours: text.lines().filter_map(|line| line.parse().ok()).collect(),
        }
    }

    /// For the next run: an address a line.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for address in &self.ours {
            let _ = writeln!(text, "{address}");
        }
        text
    }

    /// Whether nothing is deprecated because of us.
    pub fn is_empty(&self) -> bool {
        self.ours.is_empty()
    }

    /// What is to be changed among the addresses of the home's interfaces, and whether to preferred. Addresses
    /// that are gone are forgotten.
    pub fn follow<'a>(
        &mut self,
        there: &'a [PreferableAddress],
        idle: &[IpPrefix],
    ) -> Vec<(&'a PreferableAddress, bool)> {
        let is_there = |address: &IpAddr| there.iter().any(|one| one.address == *address);
        self.ours.retain(is_there);
        let mut changes = Vec::new();
        for one in there {
            let is_idle = idle.iter().any(|prefix| prefix.contains(one.address));
            match (is_idle, one.deprecated) {
                // netifd may have renewed it: then it is ours already.
                (true, false) => {
                    self.ours.insert(one.address);
                    changes.push((one, false));
                }
                (false, deprecated) => {
                    if self.ours.remove(&one.address) && deprecated {
                        changes.push((one, true));
                    }
                }
                (true, true) => {}
            }
        }
        changes
    }
}
