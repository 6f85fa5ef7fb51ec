use std::net::IpAddr;
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::prefix::Prefix;
use grange_linux::{Address, Family, IpPrefix, Link, Route, RouteKind};

use super::{Import, OriginChange, Redistribution, sources};
use crate::config::{Config, read};
use crate::gateway::{Lease, Leases};
use crate::interfaces::Interfaces;

const FILTERS: &str = "
config filter
	option type redistribute
	option ip 10.66.0.0/16
	option action deny
config filter
	option type redistribute
	option local 1
	option ip 10.0.0.0/8
	option action 'metric 5'
config filter
	option type redistribute
	option proto static
	option if wan
	option action 'metric 100'
config filter
	option type redistribute
	option ip fd00::/8
	option le 64
";

fn config(more: &str) -> Config {
    let reading = read(format!("{FILTERS}{more}").as_bytes());
    assert_eq!(reading.problems, []);
    reading.config.unwrap()
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
        loopback: name == "lo",
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

fn interfaces(addresses: Vec<Address>) -> Interfaces {
    let mut interfaces = Interfaces::default();
    interfaces.replace(
        vec![link(1, "lo"), link(2, "wan"), link(3, "lan")],
        addresses,
    );
    interfaces
}

fn route(prefix: &str, protocol: u8, interface: u32) -> Route {
    let prefix: Prefix = prefix.parse().unwrap();
    Route {
        protocol,
        interface: Some(interface),
        ..Route::new(IpPrefix {
            address: prefix.addr(),
            plen: prefix.plen(),
        })
    }
}

fn imports(routes: &[Route]) -> Vec<Import> {
    routes.iter().filter_map(Import::of).collect()
}

fn announced(redistribution: &Redistribution) -> Vec<String> {
    let links = interfaces(Vec::new());
    let origins = redistribution.origins().iter();
    origins
        .map(|(prefix, origin)| {
            format!(
                "{prefix} {} {}",
                origin.metric,
                origin.from.describe(&links)
            )
        })
        .collect()
}

fn of(routes: &[Route], addresses: Vec<Address>) -> Vec<String> {
    let mut redistribution = Redistribution::default();
    redistribution.set_imports(imports(routes));
    redistribution.update(&config(""), &interfaces(addresses), &Leases::default());
    announced(&redistribution)
}

#[test]
fn nothing_is_announced_unless_a_filter_allows_it() {
    let mut redistribution = Redistribution::default();
    redistribution.set_imports(imports(&[route("10.1.0.0/16", 4, 2)]));
    let all = interfaces(vec![address(1, "10.0.0.1/32")]);
    assert_eq!(
        redistribution.update(&Config::default(), &all, &Leases::default()),
        []
    );
}

#[test]
fn addresses_and_routes_are_told_apart_by_local_protocol_and_interface() {
    assert_eq!(
        of(
            &[
                route("172.16.0.0/12", 4, 2),
                route("172.17.0.0/16", 4, 3),
                route("172.18.0.0/16", 2, 2),
                route("10.7.0.0/16", 3, 3),
                route("fd00:1::/48", 9, 3),
                route("fd00:2::1/128", 9, 3),
            ],
            vec![
                address(1, "10.0.0.1/32"),
                address(3, "10.66.0.1/24"),
                address(3, "fd00::1/64")
            ],
        ),
        [
            "10.0.0.1/32 5 local address on lo",
            "172.16.0.0/12 100 kernel: static dev wan",
            "fd00:1::/48 0 kernel: ra dev lan",
        ]
    );
}

#[test]
fn babels_own_routes_and_martians_are_never_announced() {
    let fine = route("fd00:1::/48", 4, 3);
    let link_local = IpPrefix {
        address: "fe80::".parse().unwrap(),
        plen: 64,
    };
    assert_eq!(
        of(
            &[
                Route {
                    protocol: 42,
                    ..fine
                },
                Route {
                    source: Some(link_local),
                    ..fine
                },
                Route {
                    kind: RouteKind::Multicast,
                    ..fine
                },
                Route {
                    kind: RouteKind::Local,
                    ..fine
                },
                route("fe80::/64", 4, 2),
                route("ff00::/8", 4, 2),
            ],
            vec![Address {
                tentative: true,
                ..address(1, "10.0.0.1/32")
            }],
        ),
        Vec::<String>::new()
    );
}

#[test]
fn an_aggregate_that_refuses_packets_is_announced_but_not_a_default() {
    let refusing = |prefix| Route {
        kind: RouteKind::Unreachable,
        interface: Some(2),
        ..route(prefix, 4, 2)
    };
    assert_eq!(
        of(&[refusing("fd00:1::/48"), refusing("::/0")], vec![]),
        ["fd00:1::/48 100 kernel: static dev wan"]
    );
}

#[test]
fn a_default_over_a_link_without_carrier_is_not_announced() {
    let default = route("0.0.0.0/0", 4, 2);
    assert_eq!(
        of(&[default], vec![]),
        ["0.0.0.0/0 100 kernel: static dev wan"]
    );
    assert_eq!(
        of(
            &[Route {
                link_down: true,
                ..default
            }],
            vec![]
        ),
        Vec::<String>::new()
    );
    let mut redistribution = Redistribution::default();
    redistribution.set_imports(imports(&[default]));
    let mut dark = interfaces(vec![]);
    dark.set_link(Link {
        running: false,
        ..link(2, "wan")
    });
    assert_eq!(
        redistribution.update(&config(""), &dark, &Leases::default()),
        []
    );
}

/// netifd's default route for packets from a delegated prefix.
fn delegated() -> Route {
    Route {
        source: Some(IpPrefix {
            address: "2001:db8:a::".parse().unwrap(),
            plen: 48,
        }),
        ..route("::/0", 4, 2)
    }
}

#[test]
fn a_delegated_prefix_is_announced_as_a_source_specific_default() {
    let routes = [delegated(), route("::/0", 4, 2)];
    assert_eq!(
        of(&routes, vec![]),
        [
            "::/0 100 kernel: static dev wan",
            "::/0 from 2001:db8:a::/48 100 kernel: static dev wan"
        ]
    );
}

#[test]
fn a_lease_is_asked_for_source_specific_defaults_too() {
    let config = config("config routed\n\toption require_lease 1\n");
    let none = interfaces(vec![]);
    let mut redistribution = Redistribution::default();
    redistribution.set_imports(imports(&[delegated()]));
    let mut leases = Leases::default();
    redistribution.update(&config, &none, &leases);
    assert_eq!(announced(&redistribution), Vec::<String>::new());
    let lease = Lease {
        metric: Some(7),
        expires: None,
    };
    leases.set(Family::V6, lease);
    redistribution.update(&config, &none, &leases);
    assert_eq!(
        announced(&redistribution),
        ["::/0 from 2001:db8:a::/48 7 kernel: static dev wan"]
    );
}

#[test]
fn of_two_sources_for_a_prefix_the_lower_metric_counts() {
    assert_eq!(
        of(
            &[route("fd00:1::/48", 4, 2), route("fd00:1::/48", 3, 3)],
            vec![]
        ),
        ["fd00:1::/48 0 kernel: boot dev lan"]
    );
}

#[test]
fn only_what_changed_is_told_and_retractions_come_first() {
    let mut redistribution = Redistribution::default();
    let none = interfaces(vec![]);
    redistribution.set_imports(imports(&[
        route("fd00:1::/48", 3, 3),
        route("fd00:2::/48", 3, 3),
    ]));
    assert_eq!(
        redistribution
            .update(&config(""), &none, &Leases::default())
            .len(),
        2
    );
    assert_eq!(
        redistribution.update(&config(""), &none, &Leases::default()),
        []
    );
    redistribution.set_imports(imports(&[
        route("fd00:0::/48", 3, 3),
        route("fd00:2::/48", 3, 3),
    ]));
    let changes = redistribution.update(&config(""), &none, &Leases::default());
    assert_eq!(
        changes[0],
        OriginChange::Withdraw("fd00:1::/48".parse().unwrap())
    );
    assert!(matches!(changes[1], OriginChange::Originate(..)));
    assert_eq!(changes.len(), 2);
}

#[test]
fn a_prefix_that_the_core_refused_is_offered_again() {
    let mut redistribution = Redistribution::default();
    let none = interfaces(vec![]);
    redistribution.set_imports(imports(&[route("fd00:1::/48", 3, 3)]));
    redistribution.update(&config(""), &none, &Leases::default());
    redistribution.refused("fd00:1::/48".parse().unwrap());
    assert_eq!(
        redistribution
            .update(&config(""), &none, &Leases::default())
            .len(),
        1
    );
}

#[test]
fn with_require_lease_a_default_is_announced_while_somebody_holds_one() {
    let config = config("config routed\n\toption require_lease 1\n");
    let none = interfaces(vec![]);
    let mut redistribution = Redistribution::default();
    redistribution.set_imports(imports(&[
        route("0.0.0.0/0", 4, 2),
        route("::/0", 4, 2),
        route("172.16.0.0/12", 4, 2),
    ]));
    let mut leases = Leases::default();
    redistribution.update(&config, &none, &leases);
    assert_eq!(
        announced(&redistribution),
        ["172.16.0.0/12 100 kernel: static dev wan"]
    );

    let now = Instant::from_micros(0);
    let expires = Some(now + Duration::from_secs(30));
    leases.set(
        Family::V4,
        Lease {
            metric: Some(7),
            expires,
        },
    );
    redistribution.update(&config, &none, &leases);
    assert_eq!(
        announced(&redistribution)[0],
        "0.0.0.0/0 7 kernel: static dev wan"
    );
    assert_eq!(announced(&redistribution).len(), 2);

    assert_eq!(leases.expire(now + Duration::from_secs(29)), []);
    assert_eq!(leases.next_expiry(), expires);
    assert_eq!(leases.expire(now + Duration::from_secs(30)), [Family::V4]);
    let changes = redistribution.update(&config, &none, &leases);
    assert_eq!(changes, [OriginChange::Withdraw(Prefix::DEFAULT_V4)]);
}

#[test]
fn a_lease_without_a_route_to_share_announces_nothing() {
    let mut leases = Leases::default();
    leases.set(
        Family::V4,
        Lease {
            metric: Some(7),
            expires: None,
        },
    );
    let mut redistribution = Redistribution::default();
    assert_eq!(
        redistribution.update(&config(""), &interfaces(vec![]), &leases),
        []
    );
}

#[test]
fn the_preferred_source_is_the_lowest_announced_address_alone_on_the_loopback() {
    let all = interfaces(vec![
        address(1, "127.0.0.1/8"),
        address(1, "10.66.0.9/32"),
        address(1, "10.0.0.7/32"),
        address(1, "10.0.0.3/32"),
        address(3, "10.0.0.1/24"),
        address(1, "fd00::1/128"),
    ]);
    let config =
        config("config filter\n\toption type redistribute\n\toption local 1\n\toption eq 128\n");
    let mut redistribution = Redistribution::default();
    redistribution.update(&config, &all, &Leases::default());
    let found = sources(
        config.general.mesh_addresses,
        &all,
        redistribution.origins(),
    );
    assert_eq!(found.v4.unwrap().to_string(), "10.0.0.3");
    assert_eq!(found.v6.unwrap().to_string(), "fd00::1");
}

#[test]
fn a_configured_mesh_address_counts_where_this_router_has_it() {
    let config =
        config("config routed\n\tlist mesh_address 10.9.9.9\n\tlist mesh_address fd09::9\n");
    let all = interfaces(vec![address(1, "10.0.0.3/32"), address(3, "10.9.9.9/24")]);
    let mut redistribution = Redistribution::default();
    redistribution.update(&config, &all, &Leases::default());
    let found = sources(
        config.general.mesh_addresses,
        &all,
        redistribution.origins(),
    );
    assert_eq!(found.v4.unwrap().to_string(), "10.9.9.9");
    assert_eq!(found.v6, None);
}
