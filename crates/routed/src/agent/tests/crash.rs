//! Stopping, crashing, leaving.

use std::time::Duration;

use grange_babel::router::Router;
use grange_linux::{KernelError, KernelErrorKind, RecordingKernel};

use super::bench::{Bench, kernel, peer};
use crate::state::State;

/// Runs an agent for a while and kills it: what is left in the kernel, in the file, and the neighbour.
fn crash(stop: bool) -> (RecordingKernel, State, Router, Bench) {
    let mut bench = Bench::met(kernel(), "");
    bench.pass(Duration::from_secs(30));
    let text = if stop {
        bench.agent.final_state()
    } else {
        bench.saved.clone().unwrap()
    };
    let left = bench.agent.kernel().clone();
    let old_peer = std::mem::replace(&mut bench.peer, peer(2));
    (left, State::parse(text.as_bytes()), old_peer, bench)
}

#[test]
fn a_restart_keeps_identity_routes_and_rules() {
    for stop in [false, true] {
        let (left, state, peer, old) = crash(stop);
        let (routes, rules) = (left.all_routes().to_vec(), left.all_rules().to_vec());
        assert_eq!(routes.len(), 1);
        let mut bench = Bench::at(old.now + Duration::from_secs(2), left, "", state, peer);
        assert_eq!(bench.agent.core().router_id(), old.agent.core().router_id());
        assert!(
            bench
                .agent
                .core()
                .seqno()
                .is_at_least(old.agent.core().seqno())
        );
        for _ in 0..100 {
            bench.pass(Duration::from_millis(500));
            assert_eq!(bench.agent.kernel().all_routes(), routes);
        }
        assert_eq!(bench.agent.kernel().all_rules(), rules);
        assert_eq!(bench.changes(), []);
        // Confirmed by now, and not only remembered.
        assert!(
            bench
                .agent
                .core()
                .routes(bench.now)
                .any(|route| route.installed && !route.adopted)
        );
        assert_eq!(bench.peer_routes(), ["10.42.0.2/32 0"]);
    }
}

#[test]
fn a_route_that_nobody_confirms_after_a_restart_goes() {
    let (left, state, _, old) = crash(false);
    let mut bench = Bench::at(old.now, left, "", state, peer(2));
    bench.connected = false;
    assert!(bench.has_route("10.42.0.9/32 via"));
    bench.pass(Duration::from_mins(10));
    assert_eq!(bench.routes(), Vec::<String>::new());
}

#[test]
fn settings_from_before_the_first_start_survive_a_crash_and_are_restored_by_leaving() {
    let (left, state, peer, old) = crash(false);
    let mut bench = Bench::at(old.now, left, "", state, peer);
    bench.agent.handle_leave(bench.now);
    bench.settle();
    bench.pass(Duration::from_millis(500));
    bench.agent.finish_leaving(bench.now);
    assert_eq!(bench.agent.kernel().sysctls, kernel().sysctls);
}

#[test]
fn leaving_retracts_everything_and_leaves_no_trace_in_the_kernel() {
    let mut bench = Bench::met(kernel(), "");
    bench.agent.handle_leave(bench.now);
    bench.settle();
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.peer_routes(), Vec::<String>::new());
    let left = bench.agent.finish_leaving(bench.now);
    bench.settle();
    assert_eq!((left.retracted, left.removed), (1, 1));
    let fresh = kernel();
    assert_eq!(bench.agent.kernel().all_routes(), fresh.all_routes());
    assert_eq!(bench.agent.kernel().all_rules(), fresh.all_rules());
    assert_eq!(bench.agent.kernel().sysctls, fresh.sysctls);
    // Started again, it is the same router.
    let state = State::parse(bench.saved.clone().unwrap().as_bytes());
    assert_eq!(state.router_id, Some(bench.agent.core().router_id()));
    assert!(state.sysctls.is_empty());
}

#[test]
fn while_leaving_nothing_is_announced_or_installed_any_more() {
    let mut bench = Bench::met(kernel(), "");
    bench.agent.handle_leave(bench.now);
    bench.settle();
    let late = super::bench::address(1, "10.42.7.7/32");
    bench.agent.kernel().addresses.push(late);
    bench.event(grange_linux::KernelEvent::AddressAdded(late));
    bench.originate("10.42.99.0/24");
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.peer_routes(), Vec::<String>::new());
    assert!(!bench.has_route("10.42.99.0/24"));
}

#[test]
fn a_route_that_cannot_be_removed_while_leaving_does_not_keep_us() {
    let mut bench = Bench::met(kernel(), "");
    bench
        .agent
        .kernel()
        .fail_nth(0, KernelError::new(KernelErrorKind::Busy));
    bench.agent.handle_leave(bench.now);
    bench.settle();
    bench.agent.finish_leaving(bench.now);
    assert_eq!(bench.routes(), Vec::<String>::new());
}

#[test]
fn a_router_id_of_the_configuration_goes_before_a_saved_one() {
    let (left, state, peer, old) = crash(false);
    let more = "config routed\n\toption router_id '02:00:00:00:00:00:00:07'\n";
    let bench = Bench::at(old.now, left, more, state, peer);
    assert_eq!(
        bench.agent.core().router_id().to_string(),
        "02:00:00:00:00:00:00:07"
    );
}

#[test]
fn a_route_taken_over_is_confirmed_soon_however_long_the_daemon_was_away() {
    for away_ms in [100, 500, 1000, 2000, 3900] {
        let (left, state, peer, old) = crash(false);
        let now = old.now + Duration::from_millis(away_ms);
        let mut bench = Bench::at(now, left, "", state, peer);
        bench.wait_for("a newer seqno", |bench| {
            let now = bench.now;
            bench
                .agent
                .core()
                .routes(now)
                .any(|route| route.installed && !route.adopted)
        });
        let waited = bench.now.since(now);
        assert!(waited < Duration::from_secs(5), "{away_ms} {waited:?}");
    }
}
