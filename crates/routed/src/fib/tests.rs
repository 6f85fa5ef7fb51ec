use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::link::{InterfaceId, NextHop};
use grange_babel::metric::Metric;
use grange_babel::output::{FibChange, Install};
use grange_babel::prefix::Prefix;
use grange_linux::recording::Call;
use grange_linux::{KernelError, KernelErrorKind, RecordingKernel, Route, RouteChange, RouteKind};

use super::{Fib, Place, Sources};

const PLACE: Place = Place {
    table: 42,
    metric: 2042,
};
const START: Instant = Instant::from_micros(1_000_000);

fn fib() -> Fib {
    Fib::new(PLACE, Vec::from([42]))
}

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

fn set(destination: &str, gateway: &str) -> FibChange {
    FibChange::Set {
        prefix: prefix(destination),
        next_hop: NextHop {
            interface: InterfaceId(3),
            address: gateway.parse().unwrap(),
        },
        metric: Metric::new(96),
        install: Install::default(),
    }
}

fn installed(kernel: &RecordingKernel) -> Vec<String> {
    let mut lines: Vec<String> = kernel.all_routes().iter().map(line).collect();
    lines.sort();
    lines
}

fn line(route: &Route) -> String {
    let via = match (route.kind, route.gateway) {
        (RouteKind::Unreachable, _) => "unreachable".to_owned(),
        (_, gateway) => gateway.map_or_else(String::new, |gateway| format!("via {gateway}")),
    };
    let source = route
        .pref_src
        .map_or_else(String::new, |source| format!(" src {source}"));
    format!(
        "{} {via}{source} table {} proto {}",
        route.destination, route.table, route.protocol
    )
}

fn changes(kernel: &mut RecordingKernel) -> Vec<RouteChange> {
    let changes = kernel
        .take_calls()
        .into_iter()
        .filter_map(|call| match call {
            Call::ChangeRoute(change) => Some(change),
            _ => None,
        });
    changes.collect()
}

/// A fib with two routes in the kernel.
fn two_routes(kernel: &mut RecordingKernel) -> Fib {
    let mut fib = fib();
    fib.set(&set("10.1.0.0/16", "10.0.0.9"));
    fib.set(&set("fd01::/32", "fe80::9"));
    assert_eq!(fib.apply(kernel, START).failed, 0);
    kernel.take_calls();
    fib
}

#[test]
fn a_new_route_is_added_and_never_takes_the_place_of_another() {
    let mut kernel = RecordingKernel::new();
    let fib = two_routes(&mut kernel);
    assert_eq!(
        installed(&kernel),
        [
            "10.1.0.0/16 via 10.0.0.9 table 42 proto 42",
            "fd01::/32 via fe80::9 table 42 proto 42"
        ]
    );
    let v4 = kernel.all_routes()[0];
    assert!(v4.onlink && v4.metric == 2042 && v4.interface == Some(3));
    assert!(!kernel.all_routes()[1].onlink);
    assert_eq!((fib.counters().added, fib.counters().replaced), (2, 0));
}

#[test]
fn all_changes_of_one_drain_are_one_batch_in_the_kernel() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    fib.set(&set("10.1.0.0/16", "10.0.0.8"));
    fib.set(&FibChange::Unreachable {
        prefix: prefix("fd01::/32"),
    });
    fib.set(&set("10.2.0.0/16", "10.0.0.8"));
    fib.apply(&mut kernel, START);
    let made = changes(&mut kernel);
    assert_eq!(made.len(), 3);
    assert!(matches!(made[0], RouteChange::Replace(_)));
    assert!(matches!(made[1], RouteChange::Add(_)));
    assert!(matches!(made[2], RouteChange::Replace(route) if route.kind == RouteKind::Unreachable));
}

#[test]
fn what_is_wanted_twice_is_made_once() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    fib.set(&set("10.1.0.0/16", "10.0.0.9"));
    fib.apply(&mut kernel, START);
    assert_eq!(changes(&mut kernel), []);
}

#[test]
fn a_deletion_names_protocol_metric_and_next_hop() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    fib.set(&FibChange::Remove {
        prefix: prefix("10.1.0.0/16"),
    });
    fib.apply(&mut kernel, START);
    let [RouteChange::Delete(route)] = changes(&mut kernel)[..] else {
        panic!("one deletion expected");
    };
    assert_eq!((route.protocol, route.metric, route.table), (42, 2042, 42));
    assert_eq!(route.gateway, Some("10.0.0.9".parse().unwrap()));
    assert_eq!(fib.installed_count(), 1);
}

#[test]
fn a_route_that_was_gone_already_counts_as_removed() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    let route = kernel.all_routes()[0];
    assert!(
        grange_linux::Kernel::change_routes(&mut kernel, &[RouteChange::Delete(route)])[0].is_ok()
    );
    fib.set(&FibChange::Remove {
        prefix: prefix("10.1.0.0/16"),
    });
    let report = fib.apply(&mut kernel, START);
    assert_eq!((report.failed, fib.next_retry()), (0, None));
}

#[test]
fn somebody_elses_route_under_our_key_stays_and_ours_follows_when_it_goes() {
    let mut kernel = RecordingKernel::new();
    let foreign = Route {
        table: 42,
        protocol: 4,
        metric: 2042,
        interface: Some(7),
        ..Route::new(ip_prefix(prefix("10.1.0.0/16")))
    };
    kernel.put_route(foreign);
    let mut fib = fib();
    fib.set(&set("10.1.0.0/16", "10.0.0.9"));
    let report = fib.apply(&mut kernel, START);
    assert_eq!(report.failures[0].error.kind(), KernelErrorKind::Exists);
    assert_eq!(kernel.all_routes(), [foreign]);

    let retry = fib.next_retry().unwrap();
    assert_eq!(fib.reconcile(&mut kernel, retry).unwrap().failed, 1);
    assert_eq!(kernel.all_routes(), [foreign]);

    assert!(
        grange_linux::Kernel::change_routes(&mut kernel, &[RouteChange::Delete(foreign)])[0]
            .is_ok()
    );
    let retry = fib.next_retry().unwrap();
    assert_eq!(fib.reconcile(&mut kernel, retry).unwrap().failed, 0);
    assert_eq!(
        installed(&kernel),
        ["10.1.0.0/16 via 10.0.0.9 table 42 proto 42"]
    );
    assert_eq!(fib.next_retry(), None);
}

#[test]
fn a_change_that_failed_is_tried_again_ever_more_seldom() {
    let mut kernel = RecordingKernel::new();
    let mut fib = fib();
    let mut now = START;
    let mut pauses = Vec::new();
    kernel.fail_nth(0, KernelError::new(KernelErrorKind::Unreachable));
    fib.set(&set("10.1.0.0/16", "10.0.0.9"));
    fib.apply(&mut kernel, now);
    for _ in 0..9 {
        let at = fib.next_retry().unwrap();
        pauses.push(at.since(now).as_millis());
        now = at;
        // The dump is the first call from now, the change the second.
        kernel.fail_nth(1, KernelError::new(KernelErrorKind::Unreachable));
        fib.reconcile(&mut kernel, now).unwrap();
    }
    assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000]);
    assert_eq!(fib.failed_count(), 1);
    fib.reconcile(&mut kernel, now).unwrap();
    assert_eq!(
        (fib.failed_count(), fib.installed_count(), fib.next_retry()),
        (0, 1, None)
    );
}

#[test]
fn other_changes_do_not_wait_for_one_that_fails_and_do_not_repeat_it() {
    let mut kernel = RecordingKernel::new();
    let mut fib = fib();
    kernel.fail_nth(0, KernelError::new(KernelErrorKind::NoBuffers));
    fib.set(&set("10.1.0.0/16", "10.0.0.9"));
    fib.set(&set("10.2.0.0/16", "10.0.0.9"));
    fib.apply(&mut kernel, START);
    assert_eq!(
        installed(&kernel),
        ["10.2.0.0/16 via 10.0.0.9 table 42 proto 42"]
    );
    kernel.take_calls();
    fib.set(&set("10.3.0.0/16", "10.0.0.9"));
    fib.apply(&mut kernel, START);
    assert_eq!(changes(&mut kernel).len(), 1);
}

#[test]
fn what_the_kernel_lost_is_put_back_and_what_nobody_wants_is_removed() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    kernel.set_link_up(3, false);
    assert_eq!(installed(&kernel), Vec::<String>::new());
    let stray = Route {
        table: 42,
        protocol: 42,
        metric: 2042,
        kind: RouteKind::Unreachable,
        ..Route::new(ip_prefix(prefix("10.77.0.0/16")))
    };
    kernel.put_route(stray);
    fib.reconcile(&mut kernel, START).unwrap();
    assert_eq!(
        installed(&kernel),
        [
            "10.1.0.0/16 via 10.0.0.9 table 42 proto 42",
            "fd01::/32 via fe80::9 table 42 proto 42"
        ]
    );
    assert_eq!(fib.counters().repaired, 2);
}

#[test]
fn the_loss_of_a_route_is_news_only_when_we_did_not_ask_for_it() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    let route = kernel.all_routes()[0];
    assert!(fib.is_missed(&route));
    assert!(!fib.is_missed(&Route {
        protocol: 4,
        ..route
    }));
    assert!(!fib.is_missed(&Route {
        gateway: Some("10.0.0.1".parse().unwrap()),
        ..route
    }));
    fib.set(&FibChange::Remove {
        prefix: prefix("10.1.0.0/16"),
    });
    fib.apply(&mut kernel, START);
    assert!(!fib.is_missed(&route));
}

#[test]
fn a_new_preferred_source_reaches_every_route_of_its_family_in_place() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    fib.set(&FibChange::Unreachable {
        prefix: prefix("10.9.0.0/16"),
    });
    fib.apply(&mut kernel, START);
    kernel.take_calls();
    fib.set_sources(Sources {
        v4: Some("10.42.0.1".parse().unwrap()),
        v6: None,
    });
    fib.apply(&mut kernel, START);
    assert!(matches!(
        changes(&mut kernel)[..],
        [RouteChange::Replace(_)]
    ));
    assert_eq!(
        installed(&kernel),
        [
            "10.1.0.0/16 via 10.0.0.9 src 10.42.0.1 table 42 proto 42",
            "10.9.0.0/16 unreachable table 42 proto 42",
            "fd01::/32 via fe80::9 table 42 proto 42"
        ]
    );
}

#[test]
fn an_install_filter_chooses_table_and_source() {
    let mut kernel = RecordingKernel::new();
    let mut fib = Fib::new(PLACE, Vec::from([42, 100]));
    fib.set_sources(Sources {
        v4: Some("10.42.0.1".parse().unwrap()),
        v6: None,
    });
    let FibChange::Set {
        prefix,
        next_hop,
        metric,
        ..
    } = set("10.1.0.0/16", "10.0.0.9")
    else {
        unreachable!()
    };
    let install = Install {
        table: Some(100),
        pref_src: Some("10.42.0.2".parse().unwrap()),
    };
    fib.set(&FibChange::Set {
        prefix,
        next_hop,
        metric,
        install,
    });
    fib.apply(&mut kernel, START);
    assert_eq!(
        installed(&kernel),
        ["10.1.0.0/16 via 10.0.0.9 src 10.42.0.2 table 100 proto 42"]
    );
    // Held as unreachable it stays in the table that its packets are looked up in.
    fib.set(&FibChange::Unreachable { prefix });
    fib.apply(&mut kernel, START);
    assert_eq!(
        installed(&kernel),
        ["10.1.0.0/16 unreachable table 100 proto 42"]
    );
}

#[test]
fn a_move_to_another_table_leaves_no_gap_and_nothing_behind() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    fib.set_place(
        Place {
            table: 254,
            metric: 9,
        },
        Vec::from([254]),
    );
    fib.apply(&mut kernel, START);
    let made = changes(&mut kernel);
    let added = made
        .iter()
        .take_while(|change| matches!(change, RouteChange::Add(_)))
        .count();
    assert_eq!((made.len(), added), (4, 2));
    assert_eq!(
        installed(&kernel),
        [
            "10.1.0.0/16 via 10.0.0.9 table 254 proto 42",
            "fd01::/32 via fe80::9 table 254 proto 42"
        ]
    );
}

#[test]
fn a_move_that_the_kernel_refuses_keeps_the_old_route() {
    let mut kernel = RecordingKernel::new();
    let mut fib = fib();
    fib.set(&set("10.1.0.0/16", "10.0.0.9"));
    fib.apply(&mut kernel, START);
    kernel.fail_nth(0, KernelError::new(KernelErrorKind::NoBuffers));
    fib.set_place(
        Place {
            table: 254,
            metric: 9,
        },
        Vec::from([254]),
    );
    fib.apply(&mut kernel, START);
    assert_eq!(
        installed(&kernel),
        ["10.1.0.0/16 via 10.0.0.9 table 42 proto 42"]
    );
    fib.reconcile(&mut kernel, START + Duration::from_secs(1))
        .unwrap();
    assert_eq!(
        installed(&kernel),
        ["10.1.0.0/16 via 10.0.0.9 table 254 proto 42"]
    );
}

#[test]
fn what_an_earlier_run_left_is_taken_over_without_a_change() {
    let mut kernel = RecordingKernel::new();
    two_routes(&mut kernel);
    let mut fib = fib();
    let adopted = fib.adopt(&mut kernel).unwrap();
    assert_eq!(adopted.len(), 2);
    assert_eq!(adopted[0].prefix, prefix("10.1.0.0/16"));
    assert_eq!(adopted[0].next_hop.unwrap().interface, InterfaceId(3));
    fib.apply(&mut kernel, START);
    assert_eq!(changes(&mut kernel), []);
    // The core confirms one and lets the other go.
    fib.set(&set("10.1.0.0/16", "10.0.0.9"));
    fib.set(&FibChange::Remove {
        prefix: prefix("fd01::/32"),
    });
    fib.apply(&mut kernel, START);
    assert_eq!(
        installed(&kernel),
        ["10.1.0.0/16 via 10.0.0.9 table 42 proto 42"]
    );
}

#[test]
fn only_our_protocol_in_our_tables_is_taken_over_or_removed() {
    let mut kernel = RecordingKernel::new();
    let others = [
        Route {
            table: 254,
            protocol: 42,
            metric: 5,
            ..Route::new(ip_prefix(prefix("10.5.0.0/16")))
        },
        Route {
            table: 42,
            protocol: 4,
            metric: 6,
            ..Route::new(ip_prefix(prefix("10.6.0.0/16")))
        },
    ];
    for route in others {
        kernel.put_route(route);
    }
    let mut fib = fib();
    assert_eq!(fib.adopt(&mut kernel).unwrap(), []);
    fib.reconcile(&mut kernel, START).unwrap();
    fib.remove_all(&mut kernel, START);
    assert_eq!(kernel.all_routes(), others);
}

#[test]
fn a_route_with_an_old_metric_is_exchanged_for_one_with_the_new() {
    let mut kernel = RecordingKernel::new();
    two_routes(&mut kernel);
    let mut fib = Fib::new(
        Place {
            table: 42,
            metric: 7,
        },
        Vec::from([42]),
    );
    assert_eq!(fib.adopt(&mut kernel).unwrap().len(), 2);
    fib.apply(&mut kernel, START);
    let metrics: Vec<u32> = kernel
        .all_routes()
        .iter()
        .map(|route| route.metric)
        .collect();
    assert_eq!(metrics, [7, 7]);
}

#[test]
fn a_foreign_route_with_our_metric_is_found() {
    let mut kernel = RecordingKernel::new();
    let fib = fib();
    assert_eq!(fib.foreign_twin(&mut kernel).unwrap(), None);
    two_routes(&mut kernel);
    assert_eq!(fib.foreign_twin(&mut kernel).unwrap(), None);
    let route = Route {
        table: 42,
        protocol: 4,
        metric: 2042,
        ..Route::new(ip_prefix(prefix("0.0.0.0/0")))
    };
    kernel.put_route(route);
    assert_eq!(fib.foreign_twin(&mut kernel).unwrap(), Some(route));
}

#[test]
fn a_default_route_of_ipv6_without_a_metric_has_the_kernels_own() {
    let mut kernel = RecordingKernel::new();
    let fib = Fib::new(
        Place {
            table: 254,
            metric: 1024,
        },
        Vec::from([254]),
    );
    kernel.put_route(Route {
        protocol: 4,
        ..Route::new(ip_prefix(prefix("::/0")))
    });
    assert!(fib.foreign_twin(&mut kernel).unwrap().is_some());
}

#[test]
fn everything_is_removed_at_the_end() {
    let mut kernel = RecordingKernel::new();
    let mut fib = two_routes(&mut kernel);
    assert_eq!(fib.remove_all(&mut kernel, START), 2);
    assert_eq!(kernel.all_routes(), []);
    assert_eq!(fib.remove_all(&mut kernel, START), 0);
}

#[test]
fn a_source_specific_route_is_made_read_back_and_removed_beside_a_plain_one() {
    let mut kernel = RecordingKernel::new();
    let mut table = fib();
    let specific = "::/0 from 2001:db8:a::/48";
    table.set_sources(Sources {
        v6: Some("fd00::1".parse().unwrap()),
        ..Sources::default()
    });
    table.set(&set("::/0", "fe80::2"));
    table.set(&set(specific, "fe80::3"));
    assert_eq!(table.apply(&mut kernel, START).failed, 0);
    let routes = kernel.all_routes();
    let made = routes.iter().find(|route| route.source.is_some()).unwrap();
    assert_eq!(
        made.source.map(|source| source.to_string()).as_deref(),
        Some("2001:db8:a::/48")
    );
    assert_eq!(made.pref_src, None, "its packets have a source");
    assert_eq!(routes.len(), 2);

    // Another run finds both, and takes one away.
    let mut again = fib();
    let adopted = again.adopt(&mut kernel).unwrap();
    let prefixes: Vec<String> = adopted.iter().map(|one| one.prefix.to_string()).collect();
    assert_eq!(prefixes, ["::/0", specific]);
    again.set(&FibChange::Remove {
        prefix: prefix(specific),
    });
    again.apply(&mut kernel, START);
    assert!(
        kernel
            .all_routes()
            .iter()
            .all(|route| route.source.is_none())
    );
}

#[test]
fn a_kernel_without_source_specific_routes_is_told_from_other_refusals() {
    for (errno, is_without) in [(22, true), (1, false)] {
        let mut kernel = RecordingKernel::new();
        kernel.fail_nth(0, KernelError::from_errno(errno));
        let mut table = fib();
        table.set(&set("::/0 from 2001:db8:a::/48", "fe80::3"));
        let report = table.apply(&mut kernel, START);
        assert_eq!((report.failed, report.no_source_specific), (1, is_without));
    }
}

fn ip_prefix(prefix: Prefix) -> grange_linux::IpPrefix {
    grange_linux::IpPrefix {
        address: prefix.addr(),
        plen: prefix.plen(),
    }
}
