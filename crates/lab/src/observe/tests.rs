use super::{DefaultRoute, babeld, bird, default_route};
use crate::addresses::Cidr;
use crate::netlink::KernelRoute;

const DUMP: &str = "\
BABEL 1.0
version babeld-1.12.1
host east
my-id 02:00:00:00:00:00:00:04
ok
add interface mesh-park up true ipv6 fe80::1 ipv4 10.42.0.4
add neighbour 5581 address fe80::9c0c if mesh-park reach ffff ureach 0000 rxcost 96 txcost 96 cost 96
add neighbour 55a1 address fe80::1c9c if mesh-broad reach 8000 ureach 0000 rxcost 65535 txcost 256 cost 65535
add xroute 10.42.0.4/32-0.0.0.0/0 prefix 10.42.0.4/32 from 0.0.0.0/0 metric 0
add route 5592 prefix 0.0.0.0/0 from 0.0.0.0/0 installed yes id 02:00:00:00:00:00:00:02 metric 320 refmetric 224 via fe80::9c0c if mesh-park
add route 5593 prefix 0.0.0.0/0 from 0.0.0.0/0 installed no id 02:00:00:00:00:00:00:01 metric 384 refmetric 128 via fe80::1c9c if mesh-broad
ok
";

fn route(plen: u8, protocol: u8, metric: u32, interface: &str, reachable: bool) -> KernelRoute {
    KernelRoute {
        table: 254,
        destination: Cidr {
            address: [0_u8; 4].into(),
            plen,
        },
        protocol,
        metric,
        via: None,
        interface: Some(interface.to_owned()),
        reachable,
    }
}

#[test]
fn babelds_dump_tells_neighbours_and_the_gateway() {
    let told = babeld(DUMP, |id| format!("router {}", &id[22..]));
    let neighbours: Vec<_> = told.neighbours.unwrap().into_iter().collect();
    assert_eq!(
        neighbours,
        [("broad".to_owned(), None), ("park".to_owned(), Some(96))]
    );
    assert_eq!(told.defaults, [Some(("router 2".to_owned(), 320)), None]);
}

#[test]
fn birds_table_tells_neighbours() {
    let table = "0001 BIRD 2.0.12 ready.\n1024-babel1:\n \
                 IP address                Interface  Metric Routes Hellos Expires Auth\n \
                 fe80::9c0c                mesh-c         96      9     16   3.7   No  \n \
                 fe80::1c9c                mesh-e      65535      0      1   3.7   No  \n0000 \n";
    let neighbours: Vec<_> = bird(table).neighbours.unwrap().into_iter().collect();
    assert_eq!(
        neighbours,
        [("c".to_owned(), Some(96)), ("e".to_owned(), None)]
    );
}

#[test]
fn an_own_uplink_comes_first_and_an_unreachable_route_is_none() {
    let babel = route(0, 42, 0, "mesh-park", true);
    let own = route(0, 4, 10, "wan", true);
    let via = |routes: &[KernelRoute]| default_route(routes, true, None);
    assert_eq!(
        via(&[babel.clone(), own]),
        Some(DefaultRoute::Own("wan".to_owned()))
    );
    assert_eq!(
        via(&[route(24, 42, 0, "x", true), babel]),
        Some(DefaultRoute::Neighbour {
            via: "park".to_owned(),
            gateway: None,
            metric: None
        })
    );
    assert_eq!(via(&[route(0, 42, 0, "lo", false)]), None);
    assert_eq!(
        default_route(&[route(0, 4, 0, "wan", true)], false, None),
        None
    );
}
