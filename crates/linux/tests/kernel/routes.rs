//! Adding, replacing, deleting and dumping routes.

use std::net::IpAddr;

use grange_linux::ip_prefix::IpPrefix;
use grange_linux::kernel::{Kernel, RouteChange};
use grange_linux::kernel_error::KernelErrorKind;
use grange_linux::monitor::{KernelEvent, Monitor};
use grange_linux::route::{
    DEFAULT_METRIC_V6, PROTOCOL_BABEL, PROTOCOL_STATIC, Route, RouteKind, SCOPE_LINK, TABLE_MAIN,
};

use crate::namespace::{in_namespace, ip, kernel, refusal, route, veth, wait_for};

pub(crate) fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn prefix(text: &str) -> IpPrefix {
    IpPrefix::parse(text).expect("a prefix")
}

/// A route as the daemon makes it: table 42, protocol babel, a metric of its own.
pub(crate) fn babel(destination: &str, gateway: &str, interface: u32) -> Route {
    Route {
        table: 42,
        protocol: PROTOCOL_BABEL,
        metric: 77,
        gateway: Some(address(gateway)),
        interface: Some(interface),
        ..Route::new(prefix(destination))
    }
}

/// What table 42 holds of us.
fn ours() -> Vec<Route> {
    let mut routes = kernel()
        .routes(Some(42), Some(PROTOCOL_BABEL))
        .expect("a dump");
    routes.sort_by_key(|route| (route.destination, route.metric));
    routes
}

#[test]
fn ipv4_ipv6_and_ipv4_via_ipv6_routes_are_added_read_back_and_deleted() {
    in_namespace(|| {
        let (a, _) = veth();
        ip("address add 10.0.0.1/24 dev m0");
        let routes = [
            babel("0.0.0.0/0", "fe80::5", a),
            Route {
                pref_src: Some(address("10.0.0.1")),
                ..babel("10.1.0.0/16", "10.0.0.2", a)
            },
            Route {
                pref_src: Some(address("10.0.0.1")),
                ..babel("10.2.0.0/16", "fe80::9", a)
            },
            babel("10.3.0.1/32", "10.0.0.2", a),
            babel("::/0", "fe80::2", a),
            babel("2001:db8::/32", "fe80::2", a),
        ];
        for added in routes {
            assert_eq!(route(RouteChange::Add(added)), Ok(()), "{added:?}");
        }
        assert_eq!(ours(), routes);
        for deleted in routes {
            assert_eq!(route(RouteChange::Delete(deleted)), Ok(()), "{deleted:?}");
        }
        assert_eq!(ours(), []);
    });
}

#[test]
fn a_gateway_that_no_prefix_covers_needs_onlink() {
    in_namespace(|| {
        let (a, _) = veth();
        let far = babel("10.1.0.0/16", "192.0.2.1", a);
        let error = route(RouteChange::Add(far)).expect_err("unreachable gateway");
        assert_eq!(error.kind(), KernelErrorKind::Unreachable);
        assert_eq!(
            error.detail(),
            Some("Nexthop has invalid gateway"),
            "the kernel's words"
        );
        let onlink = Route {
            onlink: true,
            ..far
        };
        assert_eq!(route(RouteChange::Add(onlink)), Ok(()));
        assert_eq!(ours(), [onlink]);
        assert_eq!(route(RouteChange::Delete(onlink)), Ok(()));
    });
}

#[test]
fn unreachable_routes_of_both_families_come_and_go_and_become_routes_again() {
    in_namespace(|| {
        let (a, _) = veth();
        for (destination, gateway) in [("10.1.0.0/16", "fe80::2"), ("2001:db8::/48", "fe80::2")] {
            let unicast = babel(destination, gateway, a);
            let unreachable = Route {
                kind: RouteKind::Unreachable,
                gateway: None,
                interface: None,
                ..unicast
            };
            assert_eq!(route(RouteChange::Add(unreachable)), Ok(()));
            assert_eq!(ours(), [unreachable]);
            assert_eq!(route(RouteChange::Replace(unicast)), Ok(()));
            assert_eq!(ours(), [unicast], "one route took the place of the other");
            assert_eq!(route(RouteChange::Replace(unreachable)), Ok(()));
            assert_eq!(ours(), [unreachable]);
            assert_eq!(route(RouteChange::Delete(unreachable)), Ok(()));
            assert_eq!(ours(), []);
        }
    });
}

#[test]
fn replacing_is_keyed_by_prefix_tos_and_metric_and_not_by_protocol() {
    in_namespace(|| {
        let (a, _) = veth();
        for (destination, gateway, effective) in [
            ("0.0.0.0/0", "fe80::2", 0),
            ("::/0", "fe80::2", DEFAULT_METRIC_V6),
        ] {
            let mine = Route {
                table: TABLE_MAIN,
                metric: 0,
                ..babel(destination, gateway, a)
            };
            let foreign = Route {
                protocol: PROTOCOL_STATIC,
                ..mine
            };
            assert_eq!(route(RouteChange::Add(foreign)), Ok(()));
            assert_eq!(
                refusal(route(RouteChange::Add(mine))),
                KernelErrorKind::Exists
            );
            // Another metric leaves it alone.
            let apart = Route { metric: 77, ..mine };
            assert_eq!(route(RouteChange::Replace(apart)), Ok(()));
            let of = |protocol| {
                kernel()
                    .routes(Some(TABLE_MAIN), Some(protocol))
                    .expect("a dump")
            };
            assert_eq!(
                of(PROTOCOL_STATIC),
                [Route {
                    metric: effective,
                    ..foreign
                }]
            );
            // The same metric destroys it.
            assert_eq!(route(RouteChange::Replace(mine)), Ok(()));
            assert_eq!(of(PROTOCOL_STATIC), []);
            assert_eq!(of(PROTOCOL_BABEL).len(), 2);
            assert_eq!(route(RouteChange::Delete(mine)), Ok(()));
            assert_eq!(route(RouteChange::Delete(apart)), Ok(()));
        }
    });
}

#[test]
fn a_delete_that_names_another_protocol_metric_or_next_hop_removes_nothing() {
    in_namespace(|| {
        let (a, b) = veth();
        for (destination, gateway, other) in [
            ("10.1.0.0/16", "fe80::2", "fe80::3"),
            ("2001:db8::/48", "fe80::2", "fe80::3"),
        ] {
            let there = babel(destination, gateway, a);
            assert_eq!(route(RouteChange::Add(there)), Ok(()));
            for wrong in [
                Route {
                    protocol: PROTOCOL_STATIC,
                    ..there
                },
                Route {
                    metric: 78,
                    ..there
                },
                Route {
                    gateway: Some(address(other)),
                    ..there
                },
                Route {
                    interface: Some(b),
                    ..there
                },
                Route { table: 43, ..there },
            ] {
                let kind = refusal(route(RouteChange::Delete(wrong)));
                assert_eq!(kind, KernelErrorKind::NotFound, "{wrong:?}");
            }
            assert_eq!(ours(), [there]);
            assert_eq!(route(RouteChange::Delete(there)), Ok(()));
        }
    });
}

#[test]
fn dumps_are_of_one_table_and_protocol_if_named() {
    in_namespace(|| {
        let (a, _) = veth();
        let mine = babel("10.1.0.0/16", "fe80::2", a);
        let foreign = Route {
            protocol: PROTOCOL_STATIC,
            ..babel("10.2.0.0/16", "fe80::2", a)
        };
        let elsewhere = Route {
            table: 100_042,
            ..babel("2001:db8::/32", "fe80::2", a)
        };
        for added in [mine, foreign, elsewhere] {
            assert_eq!(route(RouteChange::Add(added)), Ok(()));
        }
        let mut kernel = kernel();
        assert_eq!(
            kernel.routes(Some(42), Some(PROTOCOL_BABEL)),
            Ok(vec![mine])
        );
        assert_eq!(kernel.routes(Some(42), None), Ok(vec![mine, foreign]));
        assert_eq!(
            kernel.routes(None, Some(PROTOCOL_BABEL)),
            Ok(vec![mine, elsewhere])
        );
        assert_eq!(kernel.routes(Some(100_042), None), Ok(vec![elsewhere]));
        assert_eq!(
            kernel.routes(Some(9_999), None),
            Ok(vec![]),
            "a table nobody has made"
        );
        let all = kernel.routes(None, None).expect("a dump");
        for route in [mine, foreign, elsewhere] {
            assert!(all.contains(&route), "{route:?}");
        }
        assert!(
            all.iter().any(|route| route.kind == RouteKind::Local),
            "the kernel's own as well"
        );
    });
}

#[test]
fn what_others_make_is_read_as_they_made_it() {
    in_namespace(|| {
        let (a, b) = veth();
        ip("address add 10.0.0.1/24 dev m0");
        ip("route add 10.5.0.0/16 dev m0 scope link proto static metric 5 table 7");
        ip("route add default from 2001:db8::/56 via fe80::2 dev m0 proto static table 7");
        ip("route add 10.6.0.0/16 proto static table 7 nexthop via 10.0.0.8 dev m0 nexthop dev m1");
        let mut routes = kernel().routes(Some(7), None).expect("a dump");
        routes.sort_by_key(|route| route.destination);
        let base = Route {
            table: 7,
            protocol: PROTOCOL_STATIC,
            ..Route::new(prefix("::/0"))
        };
        let expected = [
            Route {
                destination: prefix("10.5.0.0/16"),
                metric: 5,
                scope: SCOPE_LINK,
                interface: Some(a),
                ..base
            },
            Route {
                destination: prefix("10.6.0.0/16"),
                gateway: Some(address("10.0.0.8")),
                interface: Some(a),
                ..base
            },
            Route {
                source: Some(prefix("2001:db8::/56")),
                metric: DEFAULT_METRIC_V6,
                gateway: Some(address("fe80::2")),
                interface: Some(a),
                ..base
            },
        ];
        assert_eq!(routes, expected);
        assert_ne!(a, b);
    });
}

#[test]
fn a_link_going_down_takes_its_ipv4_routes_and_the_dump_shows_it() {
    in_namespace(|| {
        let (a, _) = veth();
        let routes = [
            babel("10.1.0.0/16", "fe80::2", a),
            babel("2001:db8::/48", "fe80::2", a),
        ];
        for added in routes {
            assert_eq!(route(RouteChange::Add(added)), Ok(()));
        }
        assert_eq!(ours(), routes);
        ip("link set m0 down");
        assert_eq!(ours(), []);
        let kind = refusal(route(RouteChange::Add(routes[0])));
        assert_eq!(kind, KernelErrorKind::Unreachable);
    });
}

#[test]
fn a_lost_carrier_keeps_the_routes_and_marks_them() {
    in_namespace(|| {
        let (a, _) = veth();
        assert_eq!(
            route(RouteChange::Add(babel("10.1.0.0/16", "fe80::2", a))),
            Ok(())
        );
        // The kernel looks at carriers when it finds the time, and says so.
        let mut monitor = Monitor::new().expect("a monitor");
        ip("link set m1 down");
        wait_for(
            &mut monitor,
            |event| matches!(event, KernelEvent::LinkChanged(link) if link.index == a && !link.running),
        );
        let shown = ours();
        assert_eq!(shown.len(), 1);
        assert!(shown[0].link_down);
    });
}

#[test]
fn refusals_have_their_kinds() {
    in_namespace(|| {
        let (a, _) = veth();
        let good = babel("10.1.0.0/16", "fe80::2", a);
        let absent = Route {
            interface: Some(9_999),
            ..good
        };
        assert_eq!(
            refusal(route(RouteChange::Add(absent))),
            KernelErrorKind::NoDevice
        );
        let kind = refusal(route(RouteChange::Delete(good)));
        assert_eq!(kind, KernelErrorKind::NotFound);
        let inexpressible = babel("2001:db8::/32", "10.0.0.1", a);
        let kind = refusal(route(RouteChange::Add(inexpressible)));
        assert_eq!(kind, KernelErrorKind::Unsupported);
        let host_bits = Route {
            destination: IpPrefix {
                address: address("10.1.2.3"),
                plen: 16,
            },
            ..good
        };
        assert!(matches!(
            refusal(route(RouteChange::Add(host_bits))),
            KernelErrorKind::Other(_)
        ));
    });
}
