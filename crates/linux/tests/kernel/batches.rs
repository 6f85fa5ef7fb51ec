//! Many changes at once.

use std::net::{IpAddr, Ipv4Addr};

use grange_linux::ip_prefix::IpPrefix;
use grange_linux::kernel::{Kernel, RouteChange};
use grange_linux::kernel_error::KernelErrorKind;
use grange_linux::route::{DEFAULT_METRIC_V6, PROTOCOL_BABEL, PROTOCOL_STATIC, Route, TABLE_MAIN};

use crate::namespace::{in_namespace, kernel, route, veth};
use crate::routes::{address, babel};

#[test]
fn a_thousand_changes_in_one_batch_have_an_answer_each() {
    in_namespace(|| {
        let (a, _) = veth();
        let gateway = address("fe80::2");
        let routes: Vec<Route> = (0..1000_u32)
            .map(|number| {
                let network = Ipv4Addr::from(0x0a00_0000 | (number << 8));
                let destination = IpPrefix::new(IpAddr::V4(network), 24).expect("a prefix");
                Route {
                    destination,
                    gateway: Some(gateway),
                    ..babel("::/0", "fe80::2", a)
                }
            })
            .collect();
        let mut kernel = kernel();
        let add: Vec<_> = routes.iter().copied().map(RouteChange::Add).collect();
        let answers = kernel.change_routes(&add);
        assert_eq!(answers, vec![Ok(()); 1000]);
        assert_eq!(
            kernel.routes(Some(42), Some(PROTOCOL_BABEL)),
            Ok(routes.clone())
        );

        // Every third is gone: the answers say which, in their places.
        let gone: Vec<_> = routes
            .iter()
            .copied()
            .step_by(3)
            .map(RouteChange::Delete)
            .collect();
        assert_eq!(kernel.change_routes(&gone), vec![Ok(()); 334]);
        let delete: Vec<_> = routes.iter().copied().map(RouteChange::Delete).collect();
        for (place, answer) in kernel.change_routes(&delete).into_iter().enumerate() {
            let expected = if place % 3 == 0 {
                Some(KernelErrorKind::NotFound)
            } else {
                None
            };
            assert_eq!(
                answer.err().map(|error| error.kind()),
                expected,
                "change {place}"
            );
        }
        assert_eq!(kernel.routes(Some(42), None), Ok(vec![]));
    });
}

#[test]
fn a_default_of_netifds_survives_a_thousand_flaps_of_ours() {
    in_namespace(|| {
        let (a, _) = veth();
        let foreign = |destination| Route {
            table: TABLE_MAIN,
            protocol: PROTOCOL_STATIC,
            ..babel(destination, "fe80::99", a)
        };
        let (v4, v6) = (
            Route {
                metric: 0,
                ..foreign("0.0.0.0/0")
            },
            Route {
                metric: DEFAULT_METRIC_V6,
                ..foreign("::/0")
            },
        );
        assert_eq!(route(RouteChange::Add(v4)), Ok(()));
        assert_eq!(route(RouteChange::Add(v6)), Ok(()));
        let mut kernel = kernel();
        for flap in 0..1000 {
            let gateway = if flap % 2 == 0 { "fe80::2" } else { "fe80::3" };
            let one = Route {
                table: TABLE_MAIN,
                ..babel("0.0.0.0/0", gateway, a)
            };
            let other = Route {
                table: TABLE_MAIN,
                ..babel("::/0", gateway, a)
            };
            let mut changes = vec![RouteChange::Replace(one), RouteChange::Replace(other)];
            if flap % 10 == 9 {
                changes.extend([RouteChange::Delete(one), RouteChange::Delete(other)]);
            }
            assert!(
                kernel.change_routes(&changes).iter().all(Result::is_ok),
                "flap {flap}"
            );
        }
        assert_eq!(
            kernel.routes(Some(TABLE_MAIN), Some(PROTOCOL_STATIC)),
            Ok(vec![v4, v6])
        );
        assert_eq!(
            kernel.routes(Some(TABLE_MAIN), Some(PROTOCOL_BABEL)),
            Ok(vec![])
        );
    });
}
