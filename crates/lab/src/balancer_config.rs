//! The `/etc/config/grange-uplinkd` of a lab's router: everybody is a member everywhere, each shared uplink
//! costs something, and every router may use every gateway.

use std::fmt::Write as _;
use std::path::Path;

use crate::addresses::{
    INTERNET_V4, INTERNET_V6, RouterAddresses, UplinkAddresses, VILLAGE_V4, VILLAGE_V6,
};
use crate::plan::wan_interface;
use crate::topology::graph::Topology;

/// Name of the configuration file in the router's config folder.
pub const FILE: &str = "grange-uplinkd";
/// What each uplink costs a month.
pub const COST: &str = "30.00";

/// The text of the file for the router at this position; `state` stands for its `/etc/grange`.
pub fn text(topology: &Topology, router: usize, state: &Path) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, topology, router, state);
    out
}

/// The name of the section of a router's household.
pub fn member(topology: &Topology, router: usize) -> String {
    section(topology.routers[router].name.as_str())
}

/// The name of the section of a gateway at another router.
pub fn gateway(topology: &Topology, router: usize) -> String {
    format!("via_{}", member(topology, router))
}

/// The key of a gateway and a member: secret enough for namespaces.
pub fn key(gateway: usize, member: usize) -> String {
    let pair = [gateway, member].map(|router| u8::try_from(router).unwrap_or(u8::MAX));
    let [gateway, member] = pair;
    format!("{gateway:02x}{member:02x}").repeat(16)
}

fn write_all(
    out: &mut String,
    topology: &Topology,
    router: usize,
    state: &Path,
) -> std::fmt::Result {
    let own = RouterAddresses::new(router);
    writeln!(
        out,
        "config uplinkd\n\toption state_dir '{}'\n\toption mesh_address '{}'\n\tlist lan 'lan'\n\t\
         list bypass '{VILLAGE_V4}'\n\tlist bypass '{VILLAGE_V6}'",
        state.display(),
        own.mesh_v6(),
    )?;
    let all = topology.uplinks.iter().enumerate();
    let own_uplinks = all.filter(|(_, uplink)| uplink.router == router);
    for (place, (number, uplink)) in own_uplinks.enumerate() {
        let device = wan_interface(u32::try_from(place).unwrap_or(u32::MAX));
        writeln!(
            out,
            "config uplink '{}'\n\toption device '{device}'\n\toption hold '3'\n\tlist ip6prefix '{}'",
            section(uplink.provider.as_str()),
            UplinkAddresses::new(number).delegated(),
        )?;
        if uplink.shared {
            writeln!(
                out,
                "\toption share '1'\n\toption cost '{COST}'\n\toption owner '{}'",
                member(topology, router)
            )?;
        }
        if let Some(rate) = uplink.rate {
            let bits = rate.bits_per_second();
            writeln!(out, "\toption down '{bits}'\n\toption up '{bits}'")?;
        }
    }
    let mut gateways: Vec<usize> = topology
        .uplinks
        .iter()
        .filter(|uplink| uplink.shared && uplink.router != router)
        .map(|uplink| uplink.router)
        .collect();
    gateways.sort_unstable();
    gateways.dedup();
    for other in gateways {
        writeln!(
            out,
            "config uplink '{}'\n\toption owner '{}'\n\toption router '{}'\n\toption key '{}'\n\toption hold '3'",
            gateway(topology, other),
            member(topology, other),
            RouterAddresses::new(other).mesh_v6(),
            key(other, router),
        )?;
    }
    for other in 0..topology.routers.len() {
        let theirs = RouterAddresses::new(other);
        writeln!(
            out,
            "config member '{}'\n\tlist prefix '{}'\n\tlist prefix '{}'",
            member(topology, other),
            theirs.home_v4(),
            theirs.home_v6(),
        )?;
        if other != router {
            writeln!(
                out,
                "\toption router '{}'\n\toption key '{}'",
                theirs.mesh_v6(),
                key(router, other),
            )?;
        }
    }
    for (address, plen) in [(INTERNET_V4.to_string(), 4), (INTERNET_V6.to_string(), 6)] {
        writeln!(
            out,
            "config probe 'internet{plen}'\n\toption address '{address}'"
        )?;
    }
    Ok(())
}

fn section(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_tunnel_have_one_key_and_no_pair_anothers() {
        let topology: Topology =
            "router a b c; link a b; link b c; uplink a; uplink b unshared; laptop all"
                .parse()
                .unwrap();
        let files: Vec<String> = (0..3)
            .map(|router| text(&topology, router, Path::new("/tmp/x")))
            .collect();
        assert!(files[0].contains("option share '1'") && !files[0].contains("via_"));
        assert!(!files[1].contains("option share"), "{}", files[1]);
        let shared = key(0, 2);
        assert!(files[0].contains(&shared) && files[2].contains(&shared));
        assert!(!files[1].contains(&shared));
    }
}
