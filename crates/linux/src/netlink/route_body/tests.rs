use std::net::IpAddr;

use netlink_packet_core::{Emitable, Parseable};
use netlink_packet_route::route::RouteMessage;
use proptest::prelude::*;

use super::{delete, dump, read, set};
use crate::ip_prefix::IpPrefix;
use crate::kernel_error::KernelErrorKind;
use crate::route::{PROTOCOL_BABEL, Route, RouteKind, SCOPE_LINK};

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn prefix(text: &str) -> IpPrefix {
    IpPrefix::parse(text).expect("a prefix")
}

fn route(destination: &str) -> Route {
    Route {
        table: 42,
        protocol: PROTOCOL_BABEL,
        metric: 77,
        interface: Some(3),
        ..Route::new(prefix(destination))
    }
}

/// What another reader makes of a message, and then writes.
fn second_opinion(message: &[u8]) -> Vec<u8> {
    let message = RouteMessage::parse(message).expect("a route");
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut bytes);
    bytes
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("short");
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn an_ipv4_route_via_ipv6_is_laid_out_as_the_kernel_reads_it() {
    let route = Route {
        gateway: Some(ip("fe80::1")),
        pref_src: Some(ip("10.0.0.1")),
        onlink: true,
        ..route("10.9.0.0/16")
    };
    let via = [&10_u16.to_ne_bytes()[..], &[0xfe, 0x80], &[0; 13], &[1]].concat();
    let expected = [
        // Family, lengths, tos, table, protocol, scope, kind; RTNH_F_ONLINK.
        vec![2, 16, 0, 0, 42, 42, 0, 1],
        4_u32.to_ne_bytes().to_vec(),
        attribute(15, &42_u32.to_ne_bytes()),
        attribute(1, &[10, 9, 0, 0]),
        attribute(6, &77_u32.to_ne_bytes()),
        attribute(18, &via),
        attribute(4, &3_u32.to_ne_bytes()),
        attribute(7, &[10, 0, 0, 1]),
    ]
    .concat();
    assert_eq!(set(&route).expect("expressible"), expected);
    assert_eq!(read(&expected), Some(route));
}

#[test]
fn every_shape_of_route_is_read_back_as_it_was_written() {
    let routes = [
        route("0.0.0.0/0"),
        Route {
            gateway: Some(ip("10.0.0.2")),
            ..route("10.1.2.3/32")
        },
        Route {
            scope: SCOPE_LINK,
            tos: 8,
            ..route("10.1.0.0/16")
        },
        Route {
            gateway: Some(ip("fe80::2")),
            ..route("2001:db8::/32")
        },
        Route {
            gateway: Some(ip("fe80::2")),
            ..route("::/0")
        },
        Route {
            source: Some(prefix("2001:db8::/56")),
            pref_src: Some(ip("2001:db8::1")),
            ..route("::/0")
        },
        Route {
            kind: RouteKind::Unreachable,
            interface: None,
            ..route("2001:db8::/48")
        },
        Route {
            kind: RouteKind::Blackhole,
            interface: None,
            ..route("10.0.0.0/8")
        },
        Route {
            table: 100_000,
            metric: 0,
            ..route("10.0.0.0/8")
        },
    ];
    for route in routes {
        let message = set(&route).expect("expressible");
        assert_eq!(second_opinion(&message), message);
        assert_eq!(read(&message), Some(route));
    }
}

#[test]
fn a_delete_names_key_protocol_kind_and_next_hop_of_any_scope() {
    let route = Route {
        gateway: Some(ip("10.0.0.2")),
        pref_src: Some(ip("10.0.0.1")),
        ..route("10.1.0.0/16")
    };
    let expected = [
        vec![2, 16, 0, 0, 42, 42, 255, 1],
        vec![0; 4],
        attribute(15, &42_u32.to_ne_bytes()),
        attribute(1, &[10, 1, 0, 0]),
        attribute(6, &77_u32.to_ne_bytes()),
        attribute(5, &[10, 0, 0, 2]),
        attribute(4, &3_u32.to_ne_bytes()),
    ]
    .concat();
    assert_eq!(delete(&route).expect("expressible"), expected);
}

#[test]
fn a_dump_asks_for_one_table_and_protocol_in_an_otherwise_empty_header() {
    // Strict checks refuse a header with anything else in it.
    let expected = [
        vec![10, 0, 0, 0, 0, 42, 0, 0, 0, 0, 0, 0],
        attribute(15, &42_u32.to_ne_bytes()),
    ]
    .concat();
    assert_eq!(dump(false, Some(42), Some(42)), expected);
    assert_eq!(dump(true, None, None), [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn what_the_kernel_cannot_express_is_refused_before_it_is_asked() {
    let routes = [
        Route {
            gateway: Some(ip("10.0.0.1")),
            ..route("2001:db8::/32")
        },
        Route {
            pref_src: Some(ip("::1")),
            ..route("10.0.0.0/8")
        },
        Route {
            source: Some(prefix("10.0.0.0/8")),
            ..route("10.0.0.0/8")
        },
    ];
    for route in routes {
        let error = set(&route).expect_err("inexpressible");
        assert_eq!(error.kind(), KernelErrorKind::Unsupported);
    }
}

#[test]
fn of_a_multipath_route_the_first_next_hop_is_shown() {
    let hop = |index: u32, gateway: &[u8]| {
        let gateway = attribute(5, gateway);
        let length = u16::try_from(8 + gateway.len()).expect("short");
        [
            &length.to_ne_bytes()[..],
            &[0, 0],
            &index.to_ne_bytes(),
            &gateway,
        ]
        .concat()
    };
    let hops = [hop(7, &[10, 0, 0, 7]), hop(8, &[10, 0, 0, 8])].concat();
    let payload = [
        vec![2, 0, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0],
        attribute(15, &254_u32.to_ne_bytes()),
        attribute(9, &hops),
    ]
    .concat();
    let route = read(&payload).expect("a route");
    assert_eq!(
        (route.interface, route.gateway),
        (Some(7), Some(ip("10.0.0.7")))
    );
}

#[test]
fn cached_routes_and_other_families_are_none_of_ours() {
    let cloned = [
        vec![10, 0, 0, 0, 254, 2, 0, 1],
        0x200_u32.to_ne_bytes().to_vec(),
    ]
    .concat();
    assert_eq!(read(&cloned), None);
    assert_eq!(read(&[28, 0, 0, 0, 254, 2, 0, 1, 0, 0, 0, 0]), None);
}

#[test]
fn an_odd_attribute_nobody_reads_hides_nothing() {
    let payload = [
        vec![2, 0, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0],
        attribute(12, &[1]),
        attribute(8, &[1, 2, 3, 4, 5]),
        attribute(22, &[9; 7]),
        attribute(4, &3_u32.to_ne_bytes()),
    ]
    .concat();
    assert_eq!(read(&payload).and_then(|route| route.interface), Some(3));
}

#[test]
fn a_route_without_carrier_says_so() {
    for flags in [1_u32, 16] {
        let payload = [vec![2, 0, 0, 0, 254, 4, 0, 1], flags.to_ne_bytes().to_vec()].concat();
        assert!(read(&payload).is_some_and(|route| route.link_down));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_none() || bytes.len() >= 12);
    }

    #[test]
    fn no_attributes_panic(
        family in prop_oneof![Just(2_u8), Just(10)],
        plen in 0_u8..140,
        attributes in proptest::collection::vec(
            (0_u16..32, proptest::collection::vec(any::<u8>(), 0..40)), 0..8),
    ) {
        let attributes: Vec<u8> =
            attributes.iter().flat_map(|(kind, value)| attribute(*kind, value)).collect();
        let payload = [vec![family, plen, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0], attributes].concat();
        prop_assert!(read(&payload).is_none_or(|route| route.destination.plen == plen));
    }

    #[test]
    fn no_multipath_panics(hops in proptest::collection::vec(0_u8..24, 0..80)) {
        let payload =
            [vec![2, 0, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0], attribute(9, &hops)].concat();
        prop_assert!(read(&payload).is_none_or(|route| route.destination.is_default()));
    }
}
