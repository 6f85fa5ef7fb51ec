use std::net::IpAddr;

use super::{Call, RecordingKernel};
use crate::ip_prefix::IpPrefix;
use crate::kernel::{Kernel, RouteChange, RuleChange};
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::link::Link;
use crate::route::Route;
use crate::rule::{Family, Rule, RuleAction};

fn link(index: u32) -> Link {
    Link {
        index,
        name: format!("mesh{index}"),
        up: true,
        running: true,
        mtu: 1500,
        wireless: false,
        tunnel: false,
        loopback: false,
        ether_address: None,
    }
}

fn ours() -> Route {
    let gateway: IpAddr = "fe80::1".parse().expect("an address");
    Route {
        table: 42,
        protocol: 42,
        metric: 7,
        gateway: Some(gateway),
        interface: Some(1),
        ..Route::new(IpPrefix::DEFAULT_V4)
    }
}

fn kinds(answers: Vec<Result<(), KernelError>>) -> Vec<Option<KernelErrorKind>> {
    answers
        .into_iter()
        .map(|answer| answer.err().map(|error| error.kind()))
        .collect()
}

#[test]
fn adding_twice_is_refused_and_deleting_twice_as_well() {
    let mut kernel = RecordingKernel::new();
    let (add, delete) = (RouteChange::Add(ours()), RouteChange::Delete(ours()));
    let answers = kernel.change_routes(&[add, add, delete, delete]);
    assert_eq!(
        kinds(answers),
        [
            None,
            Some(KernelErrorKind::Exists),
            None,
            Some(KernelErrorKind::NotFound)
        ]
    );
}

#[test]
fn replacing_takes_the_place_of_a_foreign_route_with_the_same_key() {
    let mut kernel = RecordingKernel::new();
    kernel.put_route(Route {
        protocol: 4,
        ..ours()
    });
    let answers = kernel.change_routes(&[RouteChange::Replace(ours())]);
    assert_eq!(kinds(answers), [None]);
    assert_eq!(kernel.all_routes(), [ours()]);
}

#[test]
fn another_metric_is_another_route_and_ipv6_has_no_metric_0() {
    let mut kernel = RecordingKernel::new();
    let v6 = Route {
        table: 42,
        ..Route::new(IpPrefix::DEFAULT_V6)
    };
    let same = Route { metric: 1024, ..v6 };
    let other = Route { metric: 8, ..v6 };
    let answers = kernel.change_routes(&[
        RouteChange::Add(v6),
        RouteChange::Add(same),
        RouteChange::Add(other),
    ]);
    assert_eq!(kinds(answers), [None, Some(KernelErrorKind::Exists), None]);
    assert_eq!(kernel.routes(Some(42), None), Ok(vec![same, other]));
}

#[test]
fn a_delete_that_names_another_protocol_or_next_hop_finds_nothing() {
    let mut kernel = RecordingKernel::new();
    kernel.put_route(ours());
    let elsewhere: IpAddr = "fe80::2".parse().expect("an address");
    let answers = kernel.change_routes(&[
        RouteChange::Delete(Route {
            protocol: 4,
            ..ours()
        }),
        RouteChange::Delete(Route {
            gateway: Some(elsewhere),
            ..ours()
        }),
        RouteChange::Delete(Route {
            interface: Some(2),
            ..ours()
        }),
        RouteChange::Delete(Route {
            table: 254,
            ..ours()
        }),
    ]);
    assert_eq!(kinds(answers), [Some(KernelErrorKind::NotFound); 4]);
    assert_eq!(kernel.all_routes(), [ours()]);
}

#[test]
fn a_link_that_goes_down_takes_its_routes_and_no_call_tells() {
    let mut kernel = RecordingKernel::new();
    kernel.links = vec![link(1), link(2)];
    let stays = Route {
        interface: Some(2),
        metric: 9,
        ..ours()
    };
    kernel.put_route(ours());
    kernel.put_route(stays);
    kernel.set_link_up(1, false);
    assert_eq!(kernel.all_routes(), [stays]);
    assert_eq!(kernel.take_calls(), []);
    let answers = kernel.change_routes(&[
        RouteChange::Add(ours()),
        RouteChange::Add(Route {
            interface: Some(3),
            ..ours()
        }),
    ]);
    assert_eq!(
        kinds(answers),
        [
            Some(KernelErrorKind::Unreachable),
            Some(KernelErrorKind::NoDevice)
        ]
    );
}

#[test]
fn the_call_that_is_told_to_fail_fails_alone_and_changes_nothing() {
    let mut kernel = RecordingKernel::new();
    kernel.fail_nth(1, KernelError::new(KernelErrorKind::NoBuffers));
    let other = Route {
        metric: 8,
        ..ours()
    };
    let third = Route {
        metric: 9,
        ..ours()
    };
    let answers = kernel.change_routes(&[
        RouteChange::Add(ours()),
        RouteChange::Add(other),
        RouteChange::Add(third),
    ]);
    assert_eq!(
        kinds(answers),
        [None, Some(KernelErrorKind::NoBuffers), None]
    );
    assert_eq!(kernel.all_routes(), [ours(), third]);
}

#[test]
fn calls_are_recorded_in_order() {
    let mut kernel = RecordingKernel::new();
    let rule = Rule::new(Family::V6, 910, RuleAction::Lookup(42));
    assert_eq!(kernel.routes(Some(42), Some(42)), Ok(vec![]));
    kernel.change_rules(&[RuleChange::Add(rule.clone())]);
    assert_eq!(kernel.set_sysctl("net/a", "1"), Ok(()));
    assert_eq!(kernel.sysctl("net/a"), Ok("1".to_owned()));
    assert_eq!(
        kernel.take_calls(),
        [
            Call::Routes {
                table: Some(42),
                protocol: Some(42)
            },
            Call::ChangeRule(RuleChange::Add(rule)),
            Call::SetSysctl("net/a".to_owned(), "1".to_owned()),
            Call::ReadSysctl("net/a".to_owned()),
        ]
    );
    assert_eq!(kernel.take_calls(), []);
}

#[test]
fn rules_are_unique_and_listed_by_priority() {
    let mut kernel = RecordingKernel::new();
    let rule = Rule::new(Family::V4, 910, RuleAction::Lookup(42));
    let (add, delete) = (RuleChange::Add(rule.clone()), RuleChange::Delete(rule));
    let answers = kernel.change_rules(&[add.clone(), add, delete.clone(), delete]);
    assert_eq!(
        kinds(answers),
        [
            None,
            Some(KernelErrorKind::Exists),
            None,
            Some(KernelErrorKind::NotFound)
        ]
    );
    let priorities: Vec<u32> = kernel
        .rules()
        .expect("no failure")
        .iter()
        .map(|rule| rule.priority)
        .collect();
    assert_eq!(priorities, [0, 32_766, 32_767, 0, 32_766]);
}
