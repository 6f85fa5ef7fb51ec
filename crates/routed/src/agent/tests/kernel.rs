//! The kernel's tables: what others do there, and what fails.

use std::time::Duration;

use grange_linux::{
    Kernel, KernelError, KernelErrorKind, KernelEvent, Route, RouteChange, RouteKind, RuleChange,
};

use super::bench::{Bench, MESH, address, config, kernel, uplink};
use crate::agent::{Agent, StartError};
use crate::random::Random;
use crate::state::State;

#[test]
fn after_lost_announcements_everything_is_read_again_and_mended() {
    let mut bench = Bench::met(kernel(), "");
    let lost = bench.agent.kernel().all_routes()[0];
    assert!(
        bench
            .agent
            .kernel()
            .change_routes(&[RouteChange::Delete(lost)])[0]
            .is_ok()
    );
    let rule = bench
        .agent
        .kernel()
        .all_rules()
        .iter()
        .find(|rule| rule.protocol == 42)
        .cloned()
        .unwrap();
    assert!(
        bench
            .agent
            .kernel()
            .change_rules(&[RuleChange::Delete(rule)])[0]
            .is_ok()
    );
    let rules = bench.agent.kernel().all_rules().len();
    bench
        .agent
        .kernel()
        .addresses
        .push(address(1, "10.42.7.7/32"));
    bench.event(KernelEvent::Overrun);
    bench.pass(Duration::from_millis(50));
    assert!(bench.has_route("10.42.0.9/32 via"));
    assert_eq!(bench.agent.kernel().all_rules().len(), rules + 1);
    bench.wait_for("the new address at the neighbour", |bench| {
        bench.peer_routes().contains(&"10.42.7.7/32 0".to_owned())
    });
    assert_eq!(bench.agent.counters().overruns, 1);
}

#[test]
fn a_rule_that_somebody_deletes_is_restored() {
    let mut bench = Bench::met(kernel(), "");
    let rules = bench.agent.kernel().all_rules().to_vec();
    let rule = rules
        .iter()
        .find(|rule| rule.priority == 4002)
        .cloned()
        .unwrap();
    assert!(
        bench
            .agent
            .kernel()
            .change_rules(&[RuleChange::Delete(rule.clone())])[0]
            .is_ok()
    );
    bench.event(KernelEvent::RuleRemoved(rule));
    bench.pass(Duration::from_millis(50));
    assert_eq!(bench.agent.kernel().all_rules().len(), rules.len());
    assert_eq!(bench.agent.counters().rules_repaired, 1);
}

#[test]
fn a_route_that_somebody_deletes_is_put_back() {
    let mut bench = Bench::met(kernel(), "");
    let lost = bench.agent.kernel().all_routes()[0];
    assert!(
        bench
            .agent
            .kernel()
            .change_routes(&[RouteChange::Delete(lost)])[0]
            .is_ok()
    );
    bench.event(KernelEvent::RouteRemoved(lost));
    bench.pass(Duration::from_millis(50));
    assert!(bench.has_route("10.42.0.9/32 via"));
}

#[test]
fn our_own_changes_come_back_as_events_and_cause_no_reading() {
    let mut bench = Bench::met(kernel(), "");
    bench.pass(Duration::from_secs(1));
    let before = bench.agent.counters().resyncs;
    let ours = bench.agent.kernel().all_routes()[0];
    bench.event(KernelEvent::RouteAdded(ours));
    bench.withdraw("10.42.0.9/32");
    bench.wait_for("the retraction", |bench| {
        !bench.has_route("10.42.0.9/32 via")
    });
    bench.event(KernelEvent::RouteRemoved(ours));
    let rules = bench.agent.kernel().all_rules().to_vec();
    for rule in rules {
        bench.event(KernelEvent::RuleAdded(rule));
    }
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.agent.counters().resyncs, before);
}

#[test]
fn somebody_elses_route_under_our_key_is_not_replaced() {
    let mut before = kernel();
    let foreign = Route {
        table: 42,
        metric: 2042,
        ..uplink("10.42.0.9/32")
    };
    before.put_route(Route {
        metric: 1,
        ..foreign
    });
    let mut bench = Bench::new(before, "");
    bench.agent.kernel().put_route(foreign);
    bench.originate("10.42.0.9/32");
    bench.wait_for("the kernel's refusal", |bench| {
        bench.agent.fib().counters().failed > 0
    });
    bench.pass(Duration::from_secs(5));
    assert!(bench.agent.kernel().all_routes().contains(&foreign));
    assert!(
        bench
            .agent
            .kernel()
            .change_routes(&[RouteChange::Delete(foreign)])[0]
            .is_ok()
    );
    bench.wait_for("our route", |bench| {
        bench.has_route("10.42.0.9/32 via 10.0.0.9")
    });
}

#[test]
fn a_metric_that_is_taken_is_refused_at_the_start_and_at_a_reload() {
    let mut taken = kernel();
    taken.put_route(Route {
        metric: 2042,
        ..uplink("0.0.0.0/0")
    });
    let start = |kernel, more| {
        Agent::start(
            kernel,
            config(more),
            State::default(),
            Random::new(1),
            grange_babel::clock::Instant::default(),
        )
    };
    assert!(start(taken.clone(), "").is_ok());
    let error = start(taken.clone(), "config routed\n\toption table main\n").unwrap_err();
    assert!(matches!(error, StartError::MetricTaken { .. }));
    assert_eq!(
        error.to_string(),
        "table main has a route to default of protocol static with metric 2042: choose another `option \
         metric`, one of us would replace the other's routes"
    );

    let mut bench = Bench::met(taken, "");
    let main = config("config routed\n\toption table main\n");
    assert!(bench.agent.handle_config(main, bench.now).is_err());
    assert!(bench.has_route("10.42.0.9/32 via 10.0.0.9 src 10.42.0.2 table 42"));
    assert_eq!(bench.agent.config().general.table, 42);
}

#[test]
fn in_table_main_others_defaults_survive_a_thousand_flaps() {
    let mut shared = kernel();
    let others = [
        uplink("0.0.0.0/0"),
        Route {
            metric: 512,
            ..uplink("::/0")
        },
        Route {
            metric: 1024,
            protocol: 9,
            ..uplink("::/0")
        },
    ];
    for route in others {
        shared.put_route(route);
    }
    let more = "config routed\n\toption table main\n\toption import_table 100\n";
    let mut bench = Bench::met(shared, more);
    assert_eq!(bench.transit_rules(), Vec::<String>::new());
    for flap in 0..1000 {
        for default in ["0.0.0.0/0", "::/0"] {
            if flap % 2 == 0 {
                bench.originate(default);
            } else {
                bench.withdraw(default);
            }
        }
        bench.pass(Duration::from_millis(300));
    }
    assert!(
        bench.agent.fib().counters().added > 1000,
        "the defaults did flap"
    );
    let kept = bench.agent.kernel().all_routes().to_vec();
    assert!(others.iter().all(|route| kept.contains(route)));
}

#[test]
fn a_refused_route_is_tried_again() {
    let mut bench = Bench::met(kernel(), "");
    bench
        .agent
        .kernel()
        .fail_nth(0, KernelError::new(KernelErrorKind::NoBuffers));
    bench.originate("10.42.8.0/24");
    bench.wait_for("the failure", |bench| bench.agent.fib().failed_count() == 1);
    bench.wait_for("the second try", |bench| {
        bench.has_route("10.42.8.0/24 via")
    });
    assert_eq!(bench.agent.fib().failed_count(), 0);
}

#[test]
fn a_kernel_that_does_not_answer_is_asked_again() {
    let mut bench = Bench::met(kernel(), "");
    bench
        .agent
        .kernel()
        .addresses
        .push(address(1, "10.42.7.7/32"));
    bench
        .agent
        .kernel()
        .fail_nth(0, KernelError::new(KernelErrorKind::Timeout));
    bench.event(KernelEvent::AddressAdded(address(MESH, "10.0.0.3/24")));
    bench.wait_for("the address after the second question", |bench| {
        bench.peer_routes().contains(&"10.42.7.7/32 0".to_owned())
    });
    assert_eq!(bench.agent.counters().kernel_errors, 1);
}

#[test]
fn a_retracted_prefix_is_unreachable_in_the_kernel_until_its_hold_ends() {
    let mut bench = Bench::met(kernel(), "");
    bench.withdraw("10.42.0.9/32");
    bench.wait_for("the unreachable route", |bench| {
        bench.has_route("10.42.0.9/32 unreachable")
    });
    let held = bench
        .agent
        .kernel()
        .all_routes()
        .iter()
        .any(|route| route.kind == RouteKind::Unreachable);
    assert!(held);
    bench.pass(Duration::from_mins(5));
    assert_eq!(bench.routes(), Vec::<String>::new());
}

#[test]
fn the_preferred_source_follows_the_mesh_address() {
    let mut bench = Bench::met(kernel(), "");
    let (old, new) = (address(1, "10.42.0.2/32"), address(1, "10.42.5.5/32"));
    bench
        .agent
        .kernel()
        .addresses
        .retain(|address| *address != old);
    bench.agent.kernel().addresses.push(new);
    bench.event(KernelEvent::AddressRemoved(old));
    bench.event(KernelEvent::AddressAdded(new));
    bench.pass(Duration::from_millis(100));
    assert!(bench.has_route("10.42.0.9/32 via 10.0.0.9 src 10.42.5.5"));
    bench.wait_for("the new address at the neighbour", |bench| {
        bench.peer_routes() == ["10.42.5.5/32 0"]
    });
}

#[test]
fn kernel_settings_are_made_for_the_mesh_and_again_for_a_device_made_anew() {
    let mut bench = Bench::met(kernel(), "");
    let redirects = "net/ipv4/conf/mesh0/send_redirects";
    assert_eq!(bench.agent.kernel().sysctls[redirects], "0");
    assert_eq!(
        bench.agent.kernel().sysctls["net/ipv6/conf/all/forwarding"],
        "1"
    );
    // The device goes and comes back with the kernel's own settings and another number.
    bench.agent.kernel().remove_link(MESH);
    bench.event(KernelEvent::LinkRemoved(MESH));
    bench
        .agent
        .kernel()
        .sysctls
        .insert(redirects.to_owned(), "1".to_owned());
    bench
        .agent
        .kernel()
        .links
        .push(super::bench::link(7, "mesh0"));
    bench.event(KernelEvent::LinkChanged(super::bench::link(7, "mesh0")));
    bench.pass(Duration::from_millis(100));
    assert_eq!(bench.agent.kernel().sysctls[redirects], "0");
}
