use grange_linux::RecordingKernel;
use grange_linux::route::PROTOCOL_STATIC;

use super::*;
use crate::config;

fn uplink(more: &str) -> UplinkSection {
    let text = format!("config uplink 'wan'\n\toption device 'wan'\n{more}");
    config::read(text.as_bytes())
        .config
        .unwrap()
        .uplinks
        .remove(0)
}

fn kernel() -> RecordingKernel {
    let mut kernel = RecordingKernel::new();
    kernel.links.push(link::Link {
        index: 7,
        name: "wan".to_owned(),
        up: true,
        running: true,
        mtu: 1500,
        wireless: false,
        tunnel: false,
        loopback: false,
        ether_address: None,
    });
    kernel
}

fn address(text: &str, plen: u8, scope: u8) -> Address {
    Address {
        index: 7,
        address: text.parse().unwrap(),
        plen,
        scope,
        tentative: false,
        failed_dad: false,
    }
}

fn path(kernel: &mut RecordingKernel, uplink: &UplinkSection, family: Family) -> Path {
    Tables::read(kernel).unwrap().path(uplink, &[], family)
}

#[test]
fn each_thing_that_is_missing_has_its_name() {
    let wan = uplink("");
    let mut kernel = RecordingKernel::new();
    assert_eq!(path(&mut kernel, &wan, Family::V4).link, Link::Absent);
    let mut kernel = self::kernel();
    assert_eq!(path(&mut kernel, &wan, Family::V4).link, Link::NoAddress);
    kernel.addresses.push(address("169.254.1.1", 16, 253));
    assert_eq!(
        path(&mut kernel, &wan, Family::V4).link,
        Link::NoAddress,
        "link scope"
    );
    kernel.addresses.push(address("192.0.2.2", 24, 0));
    assert_eq!(path(&mut kernel, &wan, Family::V4).link, Link::NoGateway);
    kernel.put_route(Route {
        protocol: PROTOCOL_STATIC,
        interface: Some(7),
        gateway: Some("192.0.2.1".parse().unwrap()),
        ..Route::new(IpPrefix::DEFAULT_V4)
    });
    let found = path(&mut kernel, &wan, Family::V4);
    assert_eq!(found.link, Link::Ready);
    assert_eq!(found.gateway, Some("192.0.2.1".parse().unwrap()));
    assert_eq!(path(&mut kernel, &wan, Family::V6).link, Link::NoAddress);
    kernel.links[0].running = false;
    assert_eq!(path(&mut kernel, &wan, Family::V4).link, Link::NoCarrier);
}

#[test]
fn a_delegated_prefix_and_a_configured_gateway_are_known() {
    let wan = uplink("\toption gateway6 'fe80::9'\n");
    let mut kernel = kernel();
    kernel.addresses.push(address("2001:db8::2", 64, 0));
    let source = IpPrefix::new("2001:db8:1::".parse().unwrap(), 48);
    kernel.put_route(Route {
        source,
        interface: Some(7),
        gateway: Some("fe80::1".parse().unwrap()),
        ..Route::new(IpPrefix::DEFAULT_V6)
    });
    let found = path(&mut kernel, &wan, Family::V6);
    assert_eq!(found.link, Link::Ready);
    assert_eq!(found.sources, [source.unwrap()]);
    assert_eq!(found.gateway, Some("fe80::9".parse().unwrap()));
}

#[test]
fn a_default_route_of_the_mesh_is_no_uplinks() {
    let wan = uplink("");
    let mut kernel = kernel();
    kernel.addresses.push(address("192.0.2.2", 24, 0));
    kernel.put_route(Route {
        protocol: PROTOCOL_BABEL,
        interface: Some(7),
        ..Route::new(IpPrefix::DEFAULT_V4)
    });
    assert_eq!(path(&mut kernel, &wan, Family::V4).link, Link::NoGateway);
}
