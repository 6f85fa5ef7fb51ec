use serde::Serialize;

use super::*;
use crate::reply::routed::{
    Change, DefaultRoute, Family, Gateway, Interface, InterfaceEvent, Left, LinkKind, Neighbour,
    NeighbourEvent, NeighbourState, PerFamily, Route, RouteEvent, Sharing, Source, Status, Xroute,
    XrouteEvent,
};

fn shown(method: &str, reply: &impl Serialize) -> String {
    render(method, &serde_json::to_string(reply).unwrap()).unwrap()
}

fn example_status() -> Status {
    Status {
        name: "grange-routed".into(),
        version: "0.1.0".into(),
        router_id: "02:00:00:ff:fe:00:00:01".into(),
        seqno: 7,
        uptime_s: 7500,
        pid: 123,
        table: 42,
        interfaces_up: 2,
        interfaces: 3,
        neighbours: 1,
        routes: 40,
        routes_installed: 12,
        xroutes: 1,
        sources: 30,
        default_route: PerFamily {
            ipv4: Some(DefaultRoute {
                via: "fe80::2".parse().unwrap(),
                interface: "mesh0".into(),
                router_id: "02:00:00:ff:fe:00:00:09".into(),
                metric: Some(352),
            }),
            ipv6: None,
        },
        ..Status::default()
    }
}

fn example_route() -> Route {
    Route {
        prefix: "10.4.0.0/24".into(),
        router_id: "02:00:00:ff:fe:00:00:09".into(),
        via: "fe80::2".parse().unwrap(),
        interface: "mesh0".into(),
        neighbour: "fe80::2".parse().unwrap(),
        metric: Some(96),
        smoothed_metric: Some(101),
        refmetric: Some(0),
        seqno: 65535,
        age_ms: 3_200,
        expires_ms: Some(52_000),
        feasible: true,
        selected: true,
        installed: true,
        adopted: false,
    }
}

#[test]
fn the_status_begins_with_the_way_out() {
    let mut status = example_status();
    assert_eq!(
        shown("status", &status),
        "\
Internet: IPv4 via fe80::2 on mesh0, metric 352, offered by 02:00:00:ff:fe:00:00:09; no IPv6.
grange-routed 0.1.0, running for 2 h 5 min, process 123
router-id 02:00:00:ff:fe:00:00:01, sequence number 7, kernel table 42
2 of 3 interfaces in use, 1 neighbour, 40 routes (12 installed), 1 prefix of our own, 30 sources
"
    );
    status.sharing.ipv4 = Some(Sharing { metric: 128 });
    status.gateways.push(Gateway {
        family: Family::Ipv4,
        metric: 128,
        expires_ms: Some(25_000),
        announced: true,
    });
    status.warnings.push("eth9\x1b[2J does not exist".into());
    let text = shown("status", &status);
    assert!(text.starts_with(
        "Internet: IPv4 by this router's own uplink, shared with metric 128; no IPv6.\n"
    ));
    assert!(text.ends_with(
        "\nIPv4 gateway: announced, metric 128, the lease ends in 25 s\n\
         warning: eth9\\u{1b}[2J does not exist\n"
    ));
}

#[test]
fn without_a_way_out_the_status_says_how_far_it_goes() {
    let mut status = example_status();
    status.default_route = PerFamily::default();
    let first = |status: &Status| shown("status", status).lines().next().unwrap().to_owned();
    assert_eq!(
        first(&status),
        "In the mesh with 1 neighbour, but nobody there offers a way to the internet."
    );
    status.neighbours = 0;
    assert_eq!(first(&status), "Alone: nobody is heard on 2 interfaces.");
    status.interfaces_up = 0;
    assert_eq!(
        first(&status),
        "Not in the mesh: of 3 interfaces none can be used; the method interfaces says why."
    );
    status.interfaces = 0;
    assert_eq!(
        first(&status),
        "Not in the mesh: no interface is configured, or none of them exists."
    );
}

#[test]
fn interfaces_say_why_they_are_down() {
    let up = Interface {
        name: "mesh0".into(),
        index: Some(3),
        up: true,
        kind: LinkKind::Wireless,
        mtu: 1500,
        link_local: Some("fe80::1".parse().unwrap()),
        ipv4: Some("10.4.0.1".parse().unwrap()),
        cost: 256,
        hello_interval_ms: 4000,
        update_interval_ms: 16_000,
        neighbours: 2,
        packets_sent: 10,
        packets_received: 20,
        bytes_sent: 999,
        bytes_received: 1_440_000,
        ..Interface::default()
    };
    let down = Interface {
        name: "eth0.5".into(),
        why_down: Some("no such device".into()),
        cost: 96,
        hello_interval_ms: 4000,
        ..Interface::default()
    };
    assert_eq!(
        shown("interfaces", &[up, down]),
        "\
INTERFACE  STATE                 KIND      COST  NEIGHBOURS   MTU  HELLO   SENT  RECEIVED  IPV4      ADDRESS
mesh0      up                    wireless   256           2  1500  4.0 s  999 B    1.4 MB  10.4.0.1  fe80::1
eth0.5     down: no such device  wired       96           0     0  4.0 s    0 B       0 B  -         -
"
    );
}

#[test]
fn neighbours_show_costs_in_both_directions() {
    let neighbour = Neighbour {
        address: "fe80::2".parse().unwrap(),
        interface: "mesh0".into(),
        reach: "fffe".into(),
        unicast_reach: "0000".into(),
        rxcost: Some(256),
        txcost: None,
        cost: None,
        routes: 12,
        last_hello_ms: Some(1_240),
        rtt_us: Some(65_040),
        rtt_cost: Some(48),
        state: NeighbourState::Oneway,
        keys: None,
    };
    let signed = Neighbour {
        keys: Some(vec!["old".into(), "new".into()]),
        ..neighbour.clone()
    };
    let unsigned = Neighbour {
        keys: Some(Vec::new()),
        ..neighbour.clone()
    };
    let hostile = Neighbour {
        interface: "m\x07\n".into(),
        last_hello_ms: None,
        rtt_us: None,
        rtt_cost: None,
        state: NeighbourState::Lost,
        ..neighbour.clone()
    };
    assert_eq!(
        shown("neighbours", &[neighbour, signed, unsigned, hostile]),
        "\
NEIGHBOUR  INTERFACE  STATE    COST  RXCOST  TXCOST  REACH  UNICAST  KEYS     ROUTES      HELLO          RTT
fe80::2    mesh0      one-way     -     256       -  fffe   0000     -            12  1.2 s ago  65.0 ms +48
fe80::2    mesh0      one-way     -     256       -  fffe   0000     old,new      12  1.2 s ago  65.0 ms +48
fe80::2    mesh0      one-way     -     256       -  fffe   0000     none         12  1.2 s ago  65.0 ms +48
fe80::2    m\\u{7}\\n   lost        -     256       -  fffe   0000     -            12          -            -
"
    );
}

#[test]
fn routes_show_what_becomes_of_them() {
    let route = example_route();
    let routes = [
        route.clone(),
        Route {
            prefix: "fd00:1:2:3::/64".into(),
            installed: false,
            ..route.clone()
        },
        Route {
            installed: false,
            selected: false,
            ..route.clone()
        },
        Route {
            installed: false,
            selected: false,
            feasible: false,
            ..route.clone()
        },
        Route {
            installed: false,
            metric: None,
            smoothed_metric: None,
            refmetric: None,
            expires_ms: None,
            ..route.clone()
        },
        Route {
            adopted: true,
            ..route
        },
    ];
    assert_eq!(
        shown("routes", &routes),
        "\
PREFIX           METRIC  VIA      INTERFACE  STATE               SMOOTHED  REFMETRIC  SEQNO    AGE  EXPIRES  ROUTER-ID
10.4.0.0/24          96  fe80::2  mesh0      installed                101          0  65535  3.2 s     52 s  02:00:00:ff:fe:00:00:09
fd00:1:2:3::/64      96  fe80::2  mesh0      selected                 101          0  65535  3.2 s     52 s  02:00:00:ff:fe:00:00:09
10.4.0.0/24          96  fe80::2  mesh0      spare                    101          0  65535  3.2 s     52 s  02:00:00:ff:fe:00:00:09
10.4.0.0/24          96  fe80::2  mesh0      unfeasible               101          0  65535  3.2 s     52 s  02:00:00:ff:fe:00:00:09
10.4.0.0/24           -  fe80::2  mesh0      retracted                  -          -  65535  3.2 s        -  02:00:00:ff:fe:00:00:09
10.4.0.0/24          96  fe80::2  mesh0      installed, adopted       101          0  65535  3.2 s     52 s  02:00:00:ff:fe:00:00:09
"
    );
}

#[test]
fn the_smaller_tables_have_their_columns() {
    let xroute = Xroute {
        prefix: "0.0.0.0/0".into(),
        metric: 128,
        from: "kernel: static dev wan".into(),
    };
    assert_eq!(
        shown("xroutes", &[xroute]),
        "PREFIX     METRIC  FROM\n0.0.0.0/0     128  kernel: static dev wan\n"
    );
    let source = Source {
        prefix: "::/0".into(),
        router_id: "02:00:00:ff:fe:00:00:09".into(),
        seqno: 3,
        metric: Some(96),
        expires_ms: 200_000,
    };
    assert_eq!(
        shown("sources", &[source]),
        "\
PREFIX  METRIC  SEQNO  EXPIRES  ROUTER-ID
::/0        96      3    3 min  02:00:00:ff:fe:00:00:09
"
    );
    let gateway = Gateway {
        family: Family::Ipv6,
        metric: 0,
        expires_ms: None,
        announced: false,
    };
    for method in ["gateway show", "gateway set", "gateway clear"] {
        assert_eq!(
            shown(method, &[&gateway]),
            "IPv6 gateway: not announced, metric 0, without a lease\n"
        );
    }
    let left = Left {
        retracted: 1,
        removed: 12,
    };
    assert_eq!(
        shown("leave", &left),
        "Left the mesh: 1 prefix of our own retracted, 12 routes taken out of the kernel.\n"
    );
}

#[test]
fn empty_tables_are_a_sentence() {
    for method in [
        "interfaces",
        "neighbours",
        "routes",
        "xroutes",
        "sources",
        "gateway show",
    ] {
        let text = render(method, "[]").unwrap();
        assert!(
            text.ends_with(".\n") && text.lines().count() == 1,
            "{method}: {text}"
        );
    }
}

#[test]
fn each_kind_of_event_is_one_line() {
    let line = |kind: &str, data: &dyn erased::Data| {
        let data = data.json();
        render(
            "event",
            &format!("{{\"event\":\"{kind}\",\"data\":{data}}}"),
        )
        .unwrap()
    };
    let mut route = RouteEvent {
        change: Change::Added,
        prefix: "10.4.0.0/24".into(),
        router_id: Some("02:00:00:ff:fe:00:00:09".into()),
        via: Some("fe80::2".parse().unwrap()),
        interface: Some("mesh0".into()),
        metric: Some(96),
    };
    assert_eq!(
        line("route", &route),
        "route added: 10.4.0.0/24: via fe80::2 on mesh0, metric 96, router 02:00:00:ff:fe:00:00:09\n"
    );
    route.via = None;
    route.change = Change::Changed;
    assert_eq!(
        line("route", &route),
        "route changed: 10.4.0.0/24: unreachable\n"
    );
    route.change = Change::Removed;
    assert_eq!(line("route", &route), "route removed: 10.4.0.0/24\n");
    let neighbour = NeighbourEvent {
        change: Change::Changed,
        address: "fe80::2".parse().unwrap(),
        interface: "mesh0\x1b".into(),
        cost: None,
    };
    assert_eq!(
        line("neighbour", &neighbour),
        "neighbour changed: fe80::2 on mesh0\\u{1b}: cost -\n"
    );
    let interface = InterfaceEvent {
        change: Change::Added,
        name: "mesh0".into(),
        up: true,
    };
    assert_eq!(
        line("interface", &interface),
        "interface added: mesh0: up\n"
    );
    let xroute = XrouteEvent {
        change: Change::Added,
        prefix: "0.0.0.0/0".into(),
        metric: 0,
    };
    assert_eq!(
        line("xroute", &xroute),
        "xroute added: 0.0.0.0/0: metric 0\n"
    );
    assert_eq!(render("event", "{\"event\":\"other\",\"data\":{}}"), None);
}

#[test]
fn what_is_not_understood_is_left_to_be_shown_as_json() {
    assert_eq!(render("frobnicate", "{}"), None);
    assert_eq!(render("routes", "{\"not\":\"a list\"}"), None);
    assert_eq!(render("config", "7"), None);
    assert_eq!(render("status", "[[["), None);
    assert_eq!(
        render("config", "{\"a\":[1]}").unwrap(),
        "{\n  \"a\": [\n    1\n  ]\n}"
    );
}

#[test]
fn a_reply_of_another_version_is_still_shown() {
    // A newer daemon says more, an older one less.
    let text = render(
        "status",
        "{\"version\":\"9.9\",\"novelty\":[1],\"neighbours\":2}",
    )
    .unwrap();
    assert!(text.starts_with("In the mesh with 2 neighbours"), "{text}");
    assert!(
        render("interfaces", "[{\"name\":\"mesh0\"}]")
            .unwrap()
            .contains("mesh0")
    );
}

/// Serialising through a reference to a trait object, so that one closure takes every event type.
mod erased {
    pub(super) trait Data {
        fn json(&self) -> String;
    }
    impl<T: serde::Serialize> Data for T {
        fn json(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}
