//! The tunnels by WireGuard: one device for each gateway that is used, and one for all members of a router
//! that shares. A member's key speaks for his prefixes and no others: what is counted is proved.

use std::net::{IpAddr, SocketAddr};

use grange_linux::{IpPrefix, KernelError, WireguardControl, WireguardKey, WireguardPeer};

use crate::config::Config;
use crate::tunnel_address::{INNER_PLEN, PREFIX, SHARE_WIREGUARD, default_mtu, inner_address};

/// UDP port on which a gateway listens; members' devices have any.
pub const PORT: u16 = 6699;

/// A device there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireguardTunnel {
    /// Its name.
    pub name: String,
    /// The largest packet in it.
    pub mtu: u32,
    /// Where it listens; 0 is any port.
    pub port: u16,
    /// This router's address in it.
    pub address: IpAddr,
    /// The gateway's address in it; `None` at the gateway.
    pub gateway: Option<IpAddr>,
    /// The routers at the other end.
    pub peers: Vec<WireguardPeer>,
}

/// The tunnels of a configuration.
pub fn wanted(config: &Config) -> Vec<WireguardTunnel> {
    let Some(own) = config.general.mesh_address else {
        return Vec::new();
    };
    let remotes = config.uplinks.iter().filter_map(|uplink| {
        let remote = uplink.remote.as_ref()?;
        Some(WireguardTunnel {
            name: uplink.device.clone(),
            mtu: remote.mtu,
            port: 0,
            address: inner_address(own),
            gateway: Some(inner_address(remote.router)),
            peers: vec![WireguardPeer {
                public_key: remote.public_key?,
                endpoint: Some(SocketAddr::new(remote.router, PORT)),
                allowed: vec![IpPrefix::DEFAULT_V4, IpPrefix::DEFAULT_V6],
            }],
        })
    });
    let mut tunnels: Vec<WireguardTunnel> = remotes.collect();
    let members = config.peers().filter_map(|(member, peer)| {
        let mut allowed = member.prefixes.clone();
        allowed.push(IpPrefix::host(inner_address(peer.router)));
        Some(WireguardPeer {
            public_key: peer.public_key?,
            endpoint: None,
            allowed,
        })
    });
    let members: Vec<WireguardPeer> = members.collect();
    if config.shares() && !members.is_empty() {
        let mtu = config.share.as_ref().and_then(|share| share.mtu);
        tunnels.push(WireguardTunnel {
            name: SHARE_WIREGUARD.to_owned(),
            mtu: mtu.unwrap_or_else(|| default_mtu(own, true)),
            port: PORT,
            address: inner_address(own),
            gateway: None,
            peers: members,
        });
    }
    tunnels
}

/// Takes away the devices that are not wanted: another kind of tunnel may need their names.
pub fn retire(
    control: &mut WireguardControl,
    tunnels: &[WireguardTunnel],
) -> Result<(), KernelError> {
    let found = control.links()?;
    for link in found.iter().filter(|link| link.name.starts_with(PREFIX)) {
        let is_wanted =
            |tunnel: &WireguardTunnel| tunnel.name == link.name && tunnel.mtu == link.mtu;
        if !tunnels.iter().any(is_wanted) {
            control.delete(link.index)?;
        }
    }
    Ok(())
}

/// Makes the devices those that are wanted, after [`retire`]; the public key of this router, if there is one. What is as it
/// should be goes on: no session ends because another router's key has changed.
pub fn reconcile(
    control: &mut WireguardControl,
    tunnels: &[WireguardTunnel],
    private_key: &WireguardKey,
) -> Result<Option<WireguardKey>, KernelError> {
    let mut public_key = None;
    for tunnel in tunnels {
        let index = made(control, tunnel)?;
        control.set_device(index, private_key, tunnel.port)?;
        let plen = if tunnel.gateway.is_some() {
            128
        } else {
            INNER_PLEN
        };
        control.set_address(index, tunnel.address, plen, tunnel.gateway)?;
        let state = control.state(index)?;
        // Who goes first: a prefix that moves to another key belongs to one at a time.
        for peer in &state.peers {
            let is_wanted = |wanted: &WireguardPeer| wanted.public_key == peer.public_key;
            if !tunnel.peers.iter().any(is_wanted) {
                control.remove_peer(index, &peer.public_key)?;
            }
        }
        for peer in &tunnel.peers {
            if !state.peers.iter().any(|there| is_same(there, peer)) {
                control.set_peer(index, peer)?;
            }
        }
        public_key = public_key.or(state.public_key);
    }
    Ok(public_key)
}

/// The public key that goes with a private one: the kernel knows.
pub fn public_key(
    control: &mut WireguardControl,
    private_key: &WireguardKey,
) -> Result<Option<WireguardKey>, KernelError> {
    let asked = WireguardTunnel {
        name: format!("{PREFIX}key"),
        mtu: 1280,
        port: 0,
        address: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        gateway: None,
        peers: Vec::new(),
    };
    let index = made(control, &asked)?;
    let key = control
        .set_device(index, private_key, 0)
        .and_then(|()| control.state(index));
    control.delete(index)?;
    Ok(key?.public_key)
}

/// The index of a tunnel's device, which is made if it is not there.
fn made(control: &mut WireguardControl, tunnel: &WireguardTunnel) -> Result<u32, KernelError> {
    for attempt in [true, false] {
        let links = control.links()?;
        let link = links.iter().find(|link| link.name == tunnel.name);
        match link {
            Some(link) => return Ok(link.index),
            None if attempt => control.add(&tunnel.name, tunnel.mtu)?,
            None => {}
        }
    }
    Err(KernelError::new(grange_linux::KernelErrorKind::NoDevice))
}

fn is_same(there: &WireguardPeer, wanted: &WireguardPeer) -> bool {
    let sorted = |prefixes: &[IpPrefix]| {
        let mut prefixes = prefixes.to_vec();
        prefixes.sort_unstable();
        prefixes
    };
    there.public_key == wanted.public_key
        && (wanted.endpoint.is_none() || wanted.endpoint == there.endpoint)
        && sorted(&there.allowed) == sorted(&wanted.allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    const KEY: &str = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

    #[test]
    fn a_members_key_speaks_for_his_prefixes_and_for_his_router() {
        let text = format!(
            "config uplinkd\n\toption mesh_address 'fd42::1'\n\
             config uplink 'dsl'\n\toption device 'eth1'\n\toption share '1'\n\
             config uplink 'via'\n\toption router 'fd42::2'\n\toption public_key '{KEY}'\n\
             config member 'east'\n\tlist prefix '10.42.3.0/24'\n\toption router 'fd42::3'\n\toption public_key '{KEY}'\n"
        );
        let config = config::read(text.as_bytes()).config.unwrap();
        let tunnels = wanted(&config);
        let shown: Vec<String> = tunnels
            .iter()
            .map(|tunnel| {
                let peer = &tunnel.peers[0];
                let allowed: Vec<String> = peer.allowed.iter().map(ToString::to_string).collect();
                format!(
                    "{} {} {} {:?} {}",
                    tunnel.name,
                    tunnel.mtu,
                    tunnel.port,
                    peer.endpoint,
                    allowed.join(",")
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "grange-000002 1420 0 Some([fd42::2]:6699) 0.0.0.0/0,::/0",
                "grange-wg 1420 6699 None 10.42.3.0/24,fd67:7261:6e67:6500::3/128",
            ]
        );
        assert!(
            crate::tunnel::wanted(&config).is_empty(),
            "and no vxlan beside them"
        );
    }
}
