use grange_linux::IpPrefix;
use grange_ubus::netifd::{DefaultRoute, DelegatedPrefix, Interface};

use super::*;
use crate::config;

const TEXT: &str = "config uplinkd\n\tlist lan 'lan'\n\
     config uplink 'dsl'\n\tlist interface 'wan'\n\tlist interface 'wan6'\n\
     config uplink 'lte'\n\toption device 'wwan0'\n\
     config rule\n\toption iface 'guest'\n\toption uplink 'dsl'\n";

fn wan(device: Option<&str>) -> Interface {
    Interface {
        name: "wan".to_owned(),
        up: device.is_some(),
        device: Some("eth1".to_owned()),
        l3_device: device.map(str::to_owned),
        default_routes: vec![DefaultRoute {
            is_ipv4: true,
            next_hop: "198.51.100.1".parse().ok(),
            source: None,
            metric: None,
        }],
        prefixes: vec![DelegatedPrefix {
            prefix: IpPrefix::new("2001:db8:1::".parse().unwrap(), 56).unwrap(),
            assigned: Vec::new(),
        }],
        resolvers: vec!["198.51.100.53".parse().unwrap()],
        ..Interface::default()
    }
}

fn lan() -> Interface {
    Interface {
        name: "lan".to_owned(),
        up: true,
        l3_device: Some("br-lan".to_owned()),
        ..Interface::default()
    }
}

#[test]
fn without_netifd_names_are_devices() {
    let config = config::read(TEXT.as_bytes()).config.unwrap();
    let resolved = Logical::default().resolve(&config);
    assert_eq!(resolved, config);
    assert_eq!(resolved.uplinks[0].device, "wan");
}

#[test]
fn netifd_gives_device_gateway_resolvers_and_prefixes() {
    let config = config::read(TEXT.as_bytes()).config.unwrap();
    let mut logical = Logical::default();
    logical.handle_interfaces(vec![lan(), wan(Some("pppoe-wan"))]);
    let resolved = logical.resolve(&config);
    let dsl = &resolved.uplinks[0];
    assert_eq!(dsl.device, "pppoe-wan");
    assert_eq!(dsl.gateway, "198.51.100.1".parse().ok());
    assert_eq!(
        dsl.dns,
        ["198.51.100.53".parse::<std::net::IpAddr>().unwrap()]
    );
    assert_eq!(dsl.delegated.len(), 1);
    assert_eq!(resolved.uplinks[1], config.uplinks[1]);
    assert_eq!(resolved.general.lan, ["br-lan"]);
    assert_eq!(resolved.rules[0].iface.as_deref(), Some("guest"));
}

#[test]
fn an_interface_that_is_down_keeps_the_device_it_had() {
    let config = config::read(TEXT.as_bytes()).config.unwrap();
    let mut logical = Logical::default();
    logical.handle_interfaces(vec![wan(Some("pppoe-wan"))]);
    logical.handle_interfaces(vec![wan(None)]);
    assert_eq!(logical.resolve(&config).uplinks[0].device, "pppoe-wan");
}

#[test]
fn a_device_that_another_uplink_has_is_used_once_and_odd_names_not_at_all() {
    let config = config::read(TEXT.as_bytes()).config.unwrap();
    let mut logical = Logical::default();
    logical.handle_interfaces(vec![wan(Some("wwan0"))]);
    let resolved = logical.resolve(&config);
    assert_eq!(resolved.uplinks[0].device, "wwan0");
    assert_eq!(resolved.uplinks[1].device, "no lte");
    logical.handle_interfaces(vec![wan(Some("x\" : drop"))]);
    assert_eq!(logical.resolve(&config).uplinks[0].device, "no wan");
}
