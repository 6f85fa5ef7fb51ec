use grange_linux::RecordingKernel;
use grange_linux::recording::Call;

use super::*;

fn id(number: u8) -> UplinkId {
    UplinkId::new(number).unwrap()
}

fn path(address: &str, gateway: &str) -> Path {
    Path {
        source: None,
        link: Link::Ready,
        index: Some(7),
        addresses: vec![address.parse().unwrap()],
        sources: Vec::new(),
        gateway: Some(gateway.parse().unwrap()),
    }
}

fn exits<'a>(v4: &'a Path, v6: Option<&'a Path>) -> Vec<Exit<'a>> {
    vec![Exit {
        id: id(3),
        device: "wan3",
        paths: [Some(v4), v6],
    }]
}

fn apply(kernel: &mut RecordingKernel, exits: &[Exit<'_>], best: [Option<UplinkId>; 2]) -> usize {
    let rules = wanted_rules(exits, Mask::default(), best);
    let routes = wanted_routes(exits);
    reconcile(kernel, &Routing { routes, rules }).unwrap()
}

#[test]
fn a_second_pass_changes_nothing() {
    let (v4, v6) = (
        path("192.0.2.2", "192.0.2.1"),
        path("2001:db8::2", "fe80::1"),
    );
    let exits = exits(&v4, Some(&v6));
    let mut kernel = RecordingKernel::new();
    assert!(apply(&mut kernel, &exits, [Some(id(3)), None]) > 10);
    assert_eq!(kernel.all_routes().len(), 2);
    assert!(kernel.all_routes().iter().all(|route| route.table == 1003));
    assert_eq!(apply(&mut kernel, &exits, [Some(id(3)), None]), 0);
}

#[test]
fn another_address_and_gateway_replace_the_old_ones() {
    let mut kernel = RecordingKernel::new();
    let before = path("192.0.2.2", "192.0.2.1");
    apply(&mut kernel, &exits(&before, None), [Some(id(3)), None]);
    kernel.take_calls();
    let after = path("198.51.100.2", "198.51.100.1");
    apply(&mut kernel, &exits(&after, None), [Some(id(3)), None]);
    let routes = kernel.all_routes();
    assert_eq!(routes.len(), 1);
    assert_eq!(routes[0].gateway, after.gateway);
    let from: Vec<_> = kernel
        .all_rules()
        .iter()
        .filter_map(|rule| rule.from)
        .collect();
    assert_eq!(from, [IpPrefix::host(after.addresses[0])]);
    let changed: Vec<bool> = kernel
        .take_calls()
        .into_iter()
        .filter_map(|call| match call {
            Call::ChangeRule(RuleChange::Add(_)) => Some(true),
            Call::ChangeRule(RuleChange::Delete(_)) => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(changed, [true, false], "added before the old one goes");
}

#[test]
fn what_is_not_ours_stays() {
    let mut kernel = RecordingKernel::new();
    let foreign = Rule {
        protocol: 4,
        ..Rule::new(Family::V4, 2003, RuleAction::Lookup(99))
    };
    kernel.change_rules(&[RuleChange::Add(foreign.clone())]);
    let routed = Rule {
        protocol: PROTOCOL_BABEL,
        ..Rule::new(Family::V4, 4000, RuleAction::Lookup(42))
    };
    kernel.change_rules(&[RuleChange::Add(routed.clone())]);
    let mesh = Route {
        table: 42,
        protocol: PROTOCOL_BABEL,
        ..Route::new(IpPrefix::DEFAULT_V4)
    };
    kernel.put_route(mesh);
    let v4 = path("192.0.2.2", "192.0.2.1");
    apply(&mut kernel, &exits(&v4, None), [None, None]);
    apply(&mut kernel, &[], [None, None]);
    remove_all(&mut kernel).unwrap();
    assert!(kernel.all_rules().contains(&foreign) && kernel.all_rules().contains(&routed));
    assert_eq!(
        kernel.all_rules().len(),
        7,
        "the kernel's five and these two"
    );
    assert_eq!(kernel.all_routes(), [mesh]);
}

#[test]
fn an_uplink_without_carrier_keeps_its_refusal() {
    let mut down = path("192.0.2.2", "192.0.2.1");
    down.link = Link::NoCarrier;
    let mut kernel = RecordingKernel::new();
    apply(&mut kernel, &exits(&down, None), [None, None]);
    assert_eq!(kernel.all_routes(), []);
    let refuses = |rule: &&Rule| rule.priority == 3003 && rule.action == RuleAction::Unreachable;
    assert_eq!(kernel.all_rules().iter().filter(refuses).count(), 1);
}
