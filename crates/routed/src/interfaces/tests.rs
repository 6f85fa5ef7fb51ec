use std::net::IpAddr;

use grange_linux::{Address, Link};

use super::{InterfaceChange, Interfaces, WhyDown};
use crate::config::{Config, Logical, read};

fn config(text: &str) -> Config {
    read(text.as_bytes()).config.unwrap()
}

fn mesh() -> Config {
    config(
        "config interface\n\toption ifname 'mesh-guest'\n\toption ignore 1\n\
         config interface\n\toption ifname 'mesh-* eth7'\n\toption cost 200\n",
    )
}

fn link(index: u32, name: &str) -> Link {
    Link {
        index,
        name: name.to_owned(),
        up: true,
        running: true,
        mtu: 1500,
        wireless: false,
        tunnel: false,
        loopback: false,
        ether_address: None,
    }
}

fn address(index: u32, text: &str) -> Address {
    let (address, plen) = text.split_once('/').unwrap();
    Address {
        index,
        address: address.parse::<IpAddr>().unwrap(),
        plen: plen.parse().unwrap(),
        scope: 0,
        tentative: false,
        failed_dad: false,
    }
}

fn why(interfaces: &Interfaces, config: &Config, name: &str) -> Option<WhyDown> {
    let rows = interfaces.rows(config);
    rows.iter()
        .find(|row| row.name == name)
        .unwrap()
        .state
        .err()
}

/// mesh-a, up with one address of each family, and the core told so.
fn one_up(config: &Config) -> Interfaces {
    let mut interfaces = Interfaces::default();
    interfaces.replace(
        vec![link(2, "mesh-a")],
        vec![address(2, "fe80::2/64"), address(2, "10.0.0.2/24")],
    );
    let changes = interfaces.update(config);
    assert!(matches!(
        changes[..],
        [InterfaceChange::Up {
            index: 2,
            again: false,
            ..
        }]
    ));
    interfaces
}

#[test]
fn an_interface_that_fits_a_pattern_comes_up_with_its_addresses() {
    let config = mesh();
    let mut interfaces = one_up(&config);
    let up = interfaces.up(2).unwrap();
    assert_eq!(up.config.name, "mesh-a");
    assert_eq!(up.config.cost, Some(200));
    assert_eq!(up.link.link_local.to_string(), "fe80::2");
    assert_eq!(up.link.ipv4.unwrap().to_string(), "10.0.0.2");
    assert_eq!(interfaces.update(&config), []);
}

#[test]
fn why_babel_does_not_run_is_said() {
    let config = mesh();
    let mut interfaces = Interfaces::default();
    let cases = [
        (
            Link {
                up: false,
                ..link(1, "mesh-1")
            },
            WhyDown::AdministrativelyDown,
        ),
        (
            Link {
                running: false,
                ..link(2, "mesh-2")
            },
            WhyDown::NoCarrier,
        ),
        (
            Link {
                mtu: 1279,
                ..link(3, "mesh-3")
            },
            WhyDown::Mtu(1279),
        ),
        (link(4, "mesh-4"), WhyDown::NoLinkLocal),
        (link(5, "mesh-5"), WhyDown::Tentative),
        (link(6, "mesh-6"), WhyDown::Duplicate),
    ];
    interfaces.replace(
        cases.iter().map(|(link, _)| link.clone()).collect(),
        vec![
            address(4, "fd00::4/64"),
            Address {
                tentative: true,
                ..address(5, "fe80::5/64")
            },
            Address {
                failed_dad: true,
                ..address(6, "fe80::6/64")
            },
        ],
    );
    assert_eq!(interfaces.update(&config), []);
    for (link, expected) in &cases {
        assert_eq!(why(&interfaces, &config, &link.name), Some(*expected));
    }
    assert_eq!(why(&interfaces, &config, "eth7"), Some(WhyDown::Absent));
    assert_eq!(WhyDown::NoCarrier.to_string(), "it has no carrier");
}

#[test]
fn an_interface_comes_up_the_moment_duplicate_detection_has_finished() {
    let config = mesh();
    let mut interfaces = Interfaces::default();
    let tentative = Address {
        tentative: true,
        ..address(2, "fe80::2/64")
    };
    interfaces.replace(vec![link(2, "mesh-a")], vec![tentative]);
    assert_eq!(interfaces.update(&config), []);
    interfaces.set_address(address(2, "fe80::2/64"));
    assert!(matches!(
        interfaces.update(&config)[..],
        [InterfaceChange::Up { .. }]
    ));
}

#[test]
fn a_change_of_size_or_address_is_a_change_of_the_interface_and_not_a_restart() {
    let config = mesh();
    let mut interfaces = one_up(&config);
    interfaces.set_link(Link {
        mtu: 1400,
        ..link(2, "mesh-a")
    });
    let [
        InterfaceChange::Up {
            up, again: true, ..
        },
    ] = &interfaces.update(&config)[..]
    else {
        panic!("one change expected");
    };
    assert_eq!(up.link.mtu, 1400);
    interfaces.remove_address(&address(2, "10.0.0.2/24"));
    let [
        InterfaceChange::Up {
            up, again: true, ..
        },
    ] = &interfaces.update(&config)[..]
    else {
        panic!("one change expected");
    };
    assert_eq!(up.link.ipv4, None);
}

#[test]
fn an_address_in_use_is_kept_when_another_comes_before_it() {
    let config = mesh();
    let mut interfaces = one_up(&config);
    interfaces.replace(
        vec![link(2, "mesh-a")],
        vec![
            address(2, "fe80::1/64"),
            address(2, "fe80::2/64"),
            address(2, "10.0.0.1/24"),
            address(2, "10.0.0.2/24"),
        ],
    );
    assert_eq!(interfaces.update(&config), []);
}

#[test]
fn an_interface_that_goes_or_is_renamed_is_down_before_others_come_up() {
    let config = mesh();
    let mut interfaces = one_up(&config);
    interfaces.set_link(link(2, "mesh-b"));
    let changes = interfaces.update(&config);
    assert!(matches!(
        &changes[..],
        [
            InterfaceChange::Down { name, why: WhyDown::Absent, .. },
            InterfaceChange::Up { again: false, up, .. }
        ] if name == "mesh-a" && up.config.name == "mesh-b"
    ));
    interfaces.remove_link(2);
    let [InterfaceChange::Down { index: 2, .. }] = interfaces.update(&config)[..] else {
        panic!("it must go down");
    };
    assert_eq!(interfaces.up_count(), 0);
}

#[test]
fn a_section_that_says_ignore_keeps_babel_away_and_the_loopback_never_is_a_mesh() {
    let config = config(
        "config interface\n\toption ifname 'mesh-guest'\n\toption ignore 1\n\
         config interface\n\toption ifname '*'\n",
    );
    let mut interfaces = Interfaces::default();
    let loopback = Link {
        loopback: true,
        ..link(1, "lo")
    };
    interfaces.replace(
        vec![loopback, link(2, "mesh-guest"), link(3, "eth0")],
        vec![
            address(1, "fe80::1/64"),
            address(2, "fe80::2/64"),
            address(3, "fe80::3/64"),
        ],
    );
    assert!(matches!(
        interfaces.update(&config)[..],
        [InterfaceChange::Up { index: 3, .. }]
    ));
    assert_eq!(interfaces.mesh_names(&config), ["eth0"]);
}

#[test]
fn an_interface_that_leaves_the_configuration_goes_down() {
    let mut interfaces = one_up(&mesh());
    let none = Config::default();
    assert!(matches!(
        interfaces.update(&none)[..],
        [InterfaceChange::Down {
            why: WhyDown::NotConfigured,
            ..
        }]
    ));
}

#[test]
fn names_that_are_spelt_out_have_rules_before_their_device_appears() {
    let interfaces = one_up(&mesh());
    assert_eq!(interfaces.mesh_names(&mesh()), ["eth7", "mesh-a"]);
}

#[test]
fn a_refused_interface_is_offered_again() {
    let config = mesh();
    let mut interfaces = one_up(&config);
    interfaces.refused(2);
    assert_eq!(why(&interfaces, &config, "mesh-a"), Some(WhyDown::Refused));
    assert!(matches!(
        interfaces.update(&config)[..],
        [InterfaceChange::Up { again: false, .. }]
    ));
}

#[test]
fn an_interface_that_has_gone_is_still_called_by_its_name() {
    let mut interfaces = one_up(&mesh());
    interfaces.remove_link(2);
    assert_eq!(interfaces.name(2), "mesh-a");
    interfaces.replace(vec![link(2, "mesh-z")], vec![]);
    assert_eq!(interfaces.name(2), "mesh-z");
    interfaces.replace(vec![], vec![]);
    assert_eq!(interfaces.name(2), "mesh-z");
    assert_eq!(interfaces.name(3), "#3");
}

fn logical(names: &[(&str, Option<&str>)]) -> Logical {
    let names = names.iter();
    Logical::new(names.map(|(name, device)| ((*name).to_owned(), device.map(str::to_owned))))
}

#[test]
fn a_name_of_netifds_means_its_device_and_no_other() {
    let mut config = config("config interface\n\toption ifname 'wan mesh'\n");
    config.logical = logical(&[("wan", Some("pppoe-wan")), ("mesh", None)]);
    let mut interfaces = Interfaces::default();
    interfaces.replace(
        vec![link(2, "wan"), link(3, "pppoe-wan"), link(4, "mesh")],
        [2, 3, 4].map(|index| address(index, "fe80::2/64")).to_vec(),
    );
    let changes = interfaces.update(&config);
    assert!(matches!(
        changes[..],
        [InterfaceChange::Up { index: 3, .. }]
    ));
    let shown: Vec<_> = interfaces
        .rows(&config)
        .into_iter()
        .map(|row| (row.name, row.state.err()))
        .collect();
    assert_eq!(
        shown,
        [("mesh", Some(WhyDown::NetifdDown)), ("pppoe-wan", None)]
    );
    assert_eq!(interfaces.mesh_names(&config), ["pppoe-wan"]);
    // Another device now: the old one is left and the new one taken.
    config.logical = logical(&[("wan", Some("wan")), ("mesh", None)]);
    let changes = interfaces.update(&config);
    assert!(matches!(
        changes[..],
        [
            InterfaceChange::Down { index: 3, .. },
            InterfaceChange::Up { index: 2, .. }
        ]
    ));
    // And without netifd, names are those of devices.
    config.logical = Logical::default();
    let changes = interfaces.update(&config);
    assert!(matches!(
        changes[..],
        [InterfaceChange::Up { index: 4, .. }]
    ));
}

#[test]
fn a_name_to_stay_away_from_holds_for_both_its_device_and_itself() {
    let mut config = config(
        "config interface\n\toption ifname 'wan'\n\toption ignore 1\n\
         config interface\n\toption ifname '*'\n",
    );
    config.logical = logical(&[("wan", Some("pppoe-wan"))]);
    assert!(config.interface("wan").is_none());
    assert!(config.interface("pppoe-wan").is_none());
    assert!(config.interface("wlan0").is_some());
}

#[test]
fn a_device_that_netifd_names_and_the_kernel_lacks_is_shown_as_absent() {
    let mut config = config("config interface\n\toption ifname 'mesh'\n\toption type 'wireless'\n");
    config.logical = logical(&[("mesh", Some("wlan0"))]);
    let interfaces = Interfaces::default();
    assert_eq!(why(&interfaces, &config, "wlan0"), Some(WhyDown::Absent));
    assert_eq!(interfaces.mesh_names(&config), ["wlan0"]);
}
