//! The tunnels between members and gateways: one vxlan device for each gateway that is used, and one for
//! all members of a router that shares.
//!
//! Frames go where the configuration says: nothing is learnt from packets or asked for.

use std::net::IpAddr;

use grange_linux::{KernelError, Vxlan, VxlanControl};

use crate::config::Config;
use crate::tunnel_address::{PREFIX, SHARE_DEVICE, default_mtu, ether_address, next_hop, vni};
use crate::wireguard_tunnel;

/// UDP port of the tunnels, next to Babel's.
pub const PORT: u16 = 6698;

/// A tunnel there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The device.
    pub vxlan: Vxlan,
    /// The routers at the other end.
    pub routers: Vec<IpAddr>,
}

/// The tunnels of a configuration.
pub fn wanted(config: &Config) -> Vec<Tunnel> {
    let Some(own) = config.general.mesh_address else {
        return Vec::new();
    };
    let remotes = config.uplinks.iter().filter_map(|uplink| {
        let remote = uplink.remote.as_ref()?;
        if remote.public_key.is_some() {
            return None;
        }
        Some(Tunnel {
            vxlan: Vxlan {
                name: uplink.device.clone(),
                vni: vni(remote.router),
                local: own,
                remote: Some(remote.router),
                port: PORT,
                mtu: remote.mtu,
                ether_address: ether_address(own),
            },
            routers: vec![remote.router],
        })
    });
    let mut tunnels: Vec<Tunnel> = remotes.collect();
    let members = config.peers().filter(|(_, peer)| peer.public_key.is_none());
    let members: Vec<IpAddr> = members.map(|(_, peer)| peer.router).collect();
    // Without any member it is there all the same, for those to come.
    let has_others = config.peers().next().is_some() && members.is_empty();
    if config.shares() && !has_others {
        let mtu = config.share.as_ref().and_then(|share| share.mtu);
        tunnels.push(Tunnel {
            vxlan: Vxlan {
                name: SHARE_DEVICE.to_owned(),
                vni: vni(own),
                local: own,
                remote: None,
                port: PORT,
                mtu: mtu.unwrap_or_else(|| default_mtu(own, false)),
                ether_address: ether_address(own),
            },
            routers: members,
        });
    }
    tunnels
}

/// The devices of all tunnels, of either kind, and the largest packets in them.
pub fn devices(config: &Config) -> Vec<(String, u32)> {
    let plain = wanted(config).into_iter();
    let plain = plain.map(|tunnel| (tunnel.vxlan.name, tunnel.vxlan.mtu));
    let proved = wireguard_tunnel::wanted(config).into_iter();
    plain
        .chain(proved.map(|tunnel| (tunnel.name, tunnel.mtu)))
        .collect()
}

/// Makes the devices those that are wanted; how many were made or removed. One that is as it should be
/// goes on: packets in it are not lost.
pub fn reconcile(control: &mut VxlanControl, tunnels: &[Tunnel]) -> Result<usize, KernelError> {
    let mut changes = 0;
    let found = control.devices()?;
    let ours = found
        .iter()
        .filter(|device| device.vxlan.port == PORT && device.vxlan.name.starts_with(PREFIX));
    for device in ours {
        if tunnels.iter().all(|tunnel| tunnel.vxlan != device.vxlan) {
            control.delete(device.index)?;
            changes += 1;
        }
    }
    for tunnel in tunnels {
        if found.iter().all(|device| device.vxlan != tunnel.vxlan) {
            control.add(&tunnel.vxlan)?;
            changes += 1;
        }
    }
    let found = control.devices()?;
    for tunnel in tunnels {
        let device = found.iter().find(|device| device.vxlan == tunnel.vxlan);
        let Some(index) = device.map(|device| device.index) else {
            continue;
        };
        for &router in &tunnel.routers {
            control.set_neighbour(index, next_hop(router), ether_address(router))?;
            if tunnel.vxlan.remote.is_none() {
                control.set_forwarding(index, ether_address(router), router)?;
            }
        }
    }
    Ok(changes)
}
