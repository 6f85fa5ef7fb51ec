//! What follows from the mesh addresses of a tunnel's ends, so that nothing has to be agreed on: the
//! network identifier is the last 24 bits of the gateway's; hardware addresses and next hops hold those
//! of the router they belong to.

use std::net::{IpAddr, Ipv6Addr};

/// What the devices of tunnels begin with.
pub const PREFIX: &str = "grange-";
/// The device of a router that shares, for members without WireGuard.
pub const SHARE_DEVICE: &str = "grange-share";
/// The same for members with WireGuard.
pub const SHARE_WIREGUARD: &str = "grange-wg";
/// Both, as a set of nftables.
pub const SHARE_SET: &str = "{ \"grange-share\", \"grange-wg\" }";
/// Where routers have addresses inside WireGuard tunnels; nowhere else.
pub const INNER_NETWORK: &str = "fd67:7261:6e67:6500::/64";
/// How many bits of those are the same for all.
pub const INNER_PLEN: u8 = 64;

/// The network identifier of a gateway: never 0.
pub fn vni(router: IpAddr) -> u32 {
    let low = match router {
        IpAddr::V4(v4) => u32::from(v4),
        IpAddr::V6(v6) => {
            let [.., a, b] = v6.segments();
            u32::from(a) << 16 | u32::from(b)
        }
    };
    (low & 0x00ff_ffff).max(1)
}

/// The name of the device that leads to a gateway.
pub fn device(router: IpAddr) -> String {
    format!("{PREFIX}{:06x}", vni(router))
}

/// The next hop that stands for a router on a tunnel, for both families.
pub fn next_hop(router: IpAddr) -> IpAddr {
    let [_, a, b, c] = vni(router).to_be_bytes();
    let low = u16::from_be_bytes([b, c]);
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0x6772, a.into(), low))
}

/// The address of a router inside WireGuard tunnels.
pub fn inner_address(router: IpAddr) -> IpAddr {
    let [_, a, b, c] = vni(router).to_be_bytes();
    let low = u16::from_be_bytes([b, c]);
    IpAddr::V6(Ipv6Addr::new(
        0xfd67,
        0x7261,
        0x6e67,
        0x6500,
        0,
        0,
        a.into(),
        low,
    ))
}

/// The hardware address of a router on a tunnel: locally administered.
pub fn ether_address(router: IpAddr) -> [u8; 6] {
    let [_, a, b, c] = vni(router).to_be_bytes();
    [0x02, 0x67, 0x72, a, b, c]
}

/// The largest packet that fits a tunnel through a mesh of 1,500 octets: IP and UDP go before it, then
/// either vxlan and Ethernet, or WireGuard's header, and its tag behind.
pub fn default_mtu(router: IpAddr, wireguard: bool) -> u32 {
    let around = if router.is_ipv4() { 28 } else { 48 };
    1500 - around - if wireguard { 32 } else { 22 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_find_the_same_names_for_a_router() {
        let router: IpAddr = "fd42:6772:616e::ab01:203".parse().unwrap();
        assert_eq!(vni(router), 0x0001_0203);
        assert_eq!(device(router), "grange-010203");
        assert_eq!(ether_address(router), [2, 0x67, 0x72, 1, 2, 3]);
        let expected: IpAddr = "fe80::6772:1:203".parse().unwrap();
        assert_eq!(next_hop(router), expected);
        assert_eq!(vni("10.42.0.7".parse().unwrap()), 0x002a_0007);
        assert_eq!(vni("fd42::100:0".parse().unwrap()), 1, "0 is no identifier");
    }
}
