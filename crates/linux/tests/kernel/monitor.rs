//! What the monitor announces, and what it cannot.

use grange_linux::kernel::Kernel;
use grange_linux::kernel_error::KernelErrorKind;
use grange_linux::monitor::{KernelEvent, Monitor};
use grange_linux::route::{PROTOCOL_BABEL, PROTOCOL_STATIC};
use grange_linux::rule::RuleAction;

use crate::namespace::{in_namespace, index, ip, kernel, veth, wait_for};

fn monitor() -> Monitor {
    Monitor::new().expect("a netlink socket")
}

#[test]
fn foreign_routes_and_rules_are_announced_with_their_protocol() {
    in_namespace(|| {
        let (a, _) = veth();
        let mut monitor = monitor();
        ip("route add 10.9.0.0/16 via inet6 fe80::2 dev m0 proto static table 42");
        ip("-6 route add 2001:db8::/32 via fe80::2 dev m0 proto babel table 42");
        ip("rule add priority 910 lookup 42 protocol 42");
        ip("rule del priority 910");
        ip("route del 10.9.0.0/16 table 42");
        let last = |event: &KernelEvent| matches!(event, KernelEvent::RouteRemoved(route) if route.destination.is_v4());
        let events = wait_for(&mut monitor, last);
        let mut told = events.iter().filter_map(|event| match event {
            KernelEvent::RouteAdded(route) if route.table == 42 => {
                assert_eq!(route.interface, Some(a));
                Some(("route added", route.protocol))
            }
            KernelEvent::RouteRemoved(route) => Some(("route removed", route.protocol)),
            KernelEvent::RuleAdded(rule) => {
                assert_eq!(rule.action, RuleAction::Lookup(42));
                Some(("rule added", rule.protocol))
            }
            KernelEvent::RuleRemoved(rule) => Some(("rule removed", rule.protocol)),
            _ => None,
        });
        assert_eq!(told.next(), Some(("route added", PROTOCOL_STATIC)));
        assert_eq!(told.next(), Some(("route added", PROTOCOL_BABEL)));
        assert_eq!(told.next(), Some(("rule added", PROTOCOL_BABEL)));
        assert_eq!(told.next(), Some(("rule removed", PROTOCOL_BABEL)));
        assert_eq!(told.next(), Some(("route removed", PROTOCOL_STATIC)));
        assert_eq!(told.next(), None);
    });
}

#[test]
fn links_are_announced_as_they_come_change_and_go() {
    in_namespace(|| {
        veth();
        let a = index("m0");
        let mut monitor = monitor();
        ip("link set m0 mtu 1400");
        wait_for(
            &mut monitor,
            |event| matches!(event, KernelEvent::LinkChanged(link) if link.index == a && link.mtu == 1400),
        );
        ip("link set m1 down");
        let events = wait_for(
            &mut monitor,
            |event| matches!(event, KernelEvent::LinkChanged(link) if link.index == a && !link.running),
        );
        let up = |event: &KernelEvent| matches!(event, KernelEvent::LinkChanged(link) if link.index == a && !link.up);
        assert!(
            !events.iter().any(up),
            "a lost its carrier, it was not taken down"
        );
        ip("link set m0 down");
        ip("link set m0 name renamed");
        wait_for(
            &mut monitor,
            |event| matches!(event, KernelEvent::LinkChanged(link) if link.name == "renamed"),
        );
        ip("link del renamed");
        wait_for(&mut monitor, |event| *event == KernelEvent::LinkRemoved(a));
        let links = kernel().links().expect("a dump");
        assert!(links.iter().all(|link| link.loopback), "{links:?}");
    });
}

#[test]
fn leaving_a_bridge_does_not_look_like_a_removed_link() {
    in_namespace(|| {
        let (a, _) = veth();
        ip("link add br0 type bridge");
        ip("link set m0 master br0");
        let mut monitor = monitor();
        ip("link set m0 nomaster");
        ip("link del br0");
        let events = wait_for(&mut monitor, |event| {
            matches!(event, KernelEvent::LinkRemoved(_))
        });
        assert!(!events.contains(&KernelEvent::LinkRemoved(a)), "{events:?}");
    });
}

#[test]
fn a_link_local_address_is_announced_when_it_may_be_used() {
    in_namespace(|| {
        ip("link add m0 type veth peer name m1");
        let a = index("m0");
        let mut monitor = monitor();
        ip("link set m0 up");
        ip("link set m1 up");
        // Duplicate address detection is on here: tentative first, usable later.
        let events = wait_for(&mut monitor, |event| {
            matches!(event, KernelEvent::AddressAdded(address)
                if address.index == a && address.is_link_local_v6() && address.is_usable())
        });
        assert!(events.len() > 1);
        let addresses = kernel().addresses().expect("a dump");
        assert!(
            addresses
                .iter()
                .any(|address| address.index == a && address.is_usable())
        );
        ip("address flush dev m0");
        wait_for(
            &mut monitor,
            |event| matches!(event, KernelEvent::AddressRemoved(address) if address.index == a),
        );
    });
}

#[test]
fn ipv4_routes_lost_to_a_link_going_down_are_not_announced() {
    in_namespace(|| {
        let (a, _) = veth();
        ip("route add 10.9.0.0/16 via inet6 fe80::2 dev m0 proto babel table 42");
        ip("-6 route add 2001:db8::/32 via fe80::2 dev m0 proto babel table 42");
        let mut monitor = monitor();
        ip("link set m0 down");
        let events = wait_for(
            &mut monitor,
            |event| matches!(event, KernelEvent::LinkChanged(link) if link.index == a && !link.up),
        );
        let quiet = |event: &KernelEvent| {
            matches!(event, KernelEvent::RouteRemoved(route)
                if route.table == 42 && route.destination.is_v4())
        };
        assert!(!events.iter().any(quiet), "{events:?}");
        assert_eq!(
            kernel().routes(Some(42), None),
            Ok(vec![]),
            "gone all the same"
        );
    });
}

#[test]
fn a_full_buffer_is_told_as_an_overrun_and_later_events_still_come() {
    in_namespace(|| {
        veth();
        let mut monitor = Monitor::with_receive_buffer(4096).expect("a netlink socket");
        for number in 0..64 {
            ip(&format!("route add 10.{number}.0.0/16 dev m0 table 42"));
        }
        wait_for(&mut monitor, |event| *event == KernelEvent::Overrun);
        ip("route add 192.0.2.0/24 dev m0 table 42");
        let events = wait_for(
            &mut monitor,
            |event| matches!(event, KernelEvent::RouteAdded(route) if route.destination.plen == 24),
        );
        assert!(!events.contains(&KernelEvent::Overrun));
    });
}

#[test]
fn an_interface_that_is_gone_is_said_to_be() {
    in_namespace(|| {
        let (a, _) = veth();
        ip("link del m0");
        let route = grange_linux::route::Route {
            interface: Some(a),
            ..grange_linux::route::Route::new(grange_linux::ip_prefix::IpPrefix::DEFAULT_V6)
        };
        let change = grange_linux::kernel::RouteChange::Add(route);
        let kind = crate::namespace::refusal(crate::namespace::route(change));
        assert_eq!(kind, KernelErrorKind::NoDevice);
    });
}
