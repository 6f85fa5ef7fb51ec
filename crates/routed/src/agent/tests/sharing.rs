//! Uplinks: shared, leased, lost.

use std::time::Duration;

use grange_linux::{Family, Kernel, KernelEvent, RouteChange};

use super::bench::{Bench, config, kernel, prefix, uplink};
use crate::gateway::Lease;

fn lease(bench: &Bench, seconds: u64, metric: Option<u16>) -> Lease {
    Lease {
        metric,
        expires: Some(bench.now + Duration::from_secs(seconds)),
    }
}

fn offers_default(bench: &Bench) -> bool {
    bench
        .peer_routes()
        .iter()
        .any(|line| line.starts_with("0.0.0.0/0"))
}

#[test]
fn an_uplink_is_shared_and_neighbours_may_use_main_while_it_is() {
    let mut with_uplink = kernel();
    with_uplink.put_route(uplink("0.0.0.0/0"));
    let mut bench = Bench::met(with_uplink, "");
    assert_eq!(bench.transit_rules(), ["4000 42", "4001 254", "4002 end"]);
    bench.wait_for("the default at the neighbour", |bench| {
        bench.peer_routes().contains(&"0.0.0.0/0 10".to_owned())
    });

    let default = uplink("0.0.0.0/0");
    assert!(
        bench
            .agent
            .kernel()
            .change_routes(&[RouteChange::Delete(default)])[0]
            .is_ok()
    );
    bench.event(KernelEvent::RouteRemoved(default));
    bench.pass(Duration::from_millis(50));
    assert_eq!(bench.transit_rules(), ["4000 42", "4002 end"]);
    bench.wait_for("the retraction", |bench| !offers_default(bench));
}

#[test]
fn an_uplink_that_no_filter_allows_is_not_for_neighbours() {
    let mut with_uplink = kernel();
    with_uplink.put_route(uplink("0.0.0.0/0"));
    let mut bench = Bench::met(with_uplink, "config routed\n\toption require_lease 1\n");
    bench.pass(Duration::from_secs(20));
    assert_eq!(bench.transit_rules(), ["4000 42", "4002 end"]);
    assert!(!offers_default(&bench));
}

#[test]
fn a_lease_that_runs_out_withdraws_the_default() {
    let mut with_uplink = kernel();
    with_uplink.put_route(uplink("0.0.0.0/0"));
    let mut bench = Bench::met(with_uplink, "config routed\n\toption require_lease 1\n");
    let thirty = lease(&bench, 30, Some(77));
    bench.agent.handle_lease(Family::V4, thirty, bench.now);
    bench.settle();
    assert_eq!(bench.transit_rules(), ["4000 42", "4001 254", "4002 end"]);
    bench.wait_for("the default at the neighbour", |bench| {
        bench.peer_routes().contains(&"0.0.0.0/0 77".to_owned())
    });
    bench.pass(Duration::from_secs(20));
    let renewed = lease(&bench, 30, Some(77));
    bench.agent.handle_lease(Family::V4, renewed, bench.now);
    bench.pass(Duration::from_secs(29));
    assert!(offers_default(&bench));
    bench.pass(Duration::from_secs(2));
    assert!(!offers_default(&bench));
    assert_eq!(bench.transit_rules(), ["4000 42", "4002 end"]);
}

#[test]
fn a_lease_that_is_given_back_withdraws_the_default() {
    let mut with_uplink = kernel();
    with_uplink.put_route(uplink("0.0.0.0/0"));
    let mut bench = Bench::met(with_uplink, "config routed\n\toption require_lease 1\n");
    let held = lease(&bench, 3000, None);
    bench.agent.handle_lease(Family::V4, held, bench.now);
    bench.wait_for("the default at the neighbour", |bench| {
        offers_default(bench)
    });
    bench.agent.handle_lease_cleared(Family::V4, bench.now);
    bench.wait_for("the retraction", |bench| !offers_default(bench));
}

#[test]
fn the_metric_of_a_shared_uplink_changes_at_run_time() {
    let mut with_uplink = kernel();
    with_uplink.put_route(uplink("0.0.0.0/0"));
    let mut bench = Bench::met(with_uplink, "");
    bench.wait_for("the filter's metric", |bench| {
        bench.peer_routes().contains(&"0.0.0.0/0 10".to_owned())
    });
    let costly = Lease {
        metric: Some(500),
        expires: None,
    };
    bench.agent.handle_lease(Family::V4, costly, bench.now);
    bench.wait_for("the lease's metric", |bench| {
        bench.peer_routes().contains(&"0.0.0.0/0 500".to_owned())
    });
    bench.agent.handle_lease_cleared(Family::V4, bench.now);
    bench.wait_for("the filter's again", |bench| {
        bench.peer_routes().contains(&"0.0.0.0/0 10".to_owned())
    });
    assert_eq!(bench.transit_rules(), ["4000 42", "4001 254", "4002 end"]);
}

#[test]
fn a_foreign_default_gives_way_to_our_own_and_comes_back() {
    let mut bench = Bench::met(kernel(), "");
    bench.originate("0.0.0.0/0");
    bench.wait_for("the neighbour's default", |bench| {
        bench.has_route("0.0.0.0/0 via 10.0.0.9")
    });
    bench.agent.kernel().put_route(uplink("0.0.0.0/0"));
    bench.event(KernelEvent::RouteAdded(uplink("0.0.0.0/0")));
    bench.pass(Duration::from_millis(100));
    assert!(!bench.has_route("0.0.0.0/0"));
    assert!(
        bench
            .agent
            .redistribution()
            .origins()
            .contains_key(&prefix("0.0.0.0/0"))
    );
    let default = uplink("0.0.0.0/0");
    assert!(
        bench
            .agent
            .kernel()
            .change_routes(&[RouteChange::Delete(default)])[0]
            .is_ok()
    );
    bench.event(KernelEvent::RouteRemoved(default));
    bench.wait_for("the neighbour's default again", |bench| {
        bench.has_route("0.0.0.0/0 via 10.0.0.9")
    });
    assert!(
        bench
            .agent
            .kernel()
            .all_routes()
            .iter()
            .all(|route| route.protocol == 42)
    );
}

#[test]
fn a_reload_that_asks_for_leases_stops_sharing_at_once() {
    let mut with_uplink = kernel();
    with_uplink.put_route(uplink("0.0.0.0/0"));
    let mut bench = Bench::met(with_uplink, "");
    bench.wait_for("the default at the neighbour", |bench| {
        offers_default(bench)
    });
    let strict = config("config routed\n\toption require_lease 1\n");
    bench.agent.handle_config(strict, bench.now).unwrap();
    bench.settle();
    assert_eq!(bench.transit_rules(), ["4000 42", "4002 end"]);
    bench.wait_for("the retraction", |bench| !offers_default(bench));
}
