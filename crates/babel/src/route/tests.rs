use super::*;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourTable;

const ID: RouterId = RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]);

fn neighbours() -> [NeighbourId; 2] {
    let mut table = NeighbourTable::default();
    ["fe80::1", "fe80::2"].map(|address| {
        let address = address.parse().unwrap();
        table
            .create(InterfaceId(1), address, 2, Instant::default())
            .unwrap()
            .id
    })
}

fn route(neighbour: NeighbourId, learnt: u64) -> Route {
    let now = Instant::from_micros(learnt);
    let mut route = Route::new(neighbour, ID, "fe80::1".parse().unwrap(), now);
    route.refmetric = Metric::new(100);
    route.interval = Duration::from_secs(16);
    route.expires = now + Duration::from_secs(56);
    route
}

fn prefix(n: u32) -> Prefix {
    Prefix::v4(core::net::Ipv4Addr::from_bits(0x0A00_0000 + n), 32).unwrap()
}

#[test]
fn a_full_table_drops_the_newest_unused_route_of_the_noisiest_neighbour() {
    let [quiet, noisy] = neighbours();
    let mut table = RouteTable::default();
    for n in 0..3 {
        table.insert(prefix(n), route(noisy, n.into()));
    }
    // The newest is in use, so the one before it goes.
    table.find_mut(prefix(2)).unwrap().best = Some(Best {
        neighbour: Some(noisy),
        router_id: ID,
        seqno: Seqno(0),
        metric: Metric::new(196),
    });
    assert_eq!(table.admit(noisy, 3), Admission::Refused);
    assert_eq!(table.admit(quiet, 3), Admission::Evicted(prefix(1)));
    table.insert(prefix(9), route(quiet, 9));
    assert_eq!(table.len(), 3);
    assert_eq!(table.count(noisy), 2);
}

#[test]
fn a_table_with_room_admits_anybody() {
    let [quiet, _] = neighbours();
    assert_eq!(RouteTable::default().admit(quiet, 1), Admission::Admitted);
}

#[test]
fn a_look_finds_what_expired_and_what_is_about_to() {
    let [one, two] = neighbours();
    let mut table = RouteTable::default();
    table.insert(prefix(1), route(one, 0));
    table.insert(prefix(2), route(two, 0));
    table.find_mut(prefix(2)).unwrap().best = Some(Best {
        neighbour: Some(two),
        router_id: ID,
        seqno: Seqno(0),
        metric: Metric::new(196),
    });
    let at = |secs| Instant::default() + Duration::from_secs(secs);
    assert_eq!(table.poll_timeout(), Some(at(48)));
    let overdue = table.handle_timeout(at(48));
    assert_eq!(overdue.expiring, [(prefix(2), two)]);
    assert!(overdue.expired.is_empty());
    assert!(
        table.handle_timeout(at(50)).expiring.is_empty(),
        "asked once"
    );
    let overdue = table.handle_timeout(at(56));
    assert_eq!(overdue.expired.len(), 2);
}

#[test]
fn the_smoothed_metric_halves_its_distance_each_half_life() {
    let [one, _] = neighbours();
    let mut route = route(one, 0);
    let half_life = Duration::from_secs(4);
    let at = |secs| Instant::default() + Duration::from_secs(secs);
    let mut smooth = |metric, now| route.smooth(Metric::new(metric), half_life, now).value();
    assert_eq!(smooth(1000, at(0)), 1000);
    assert_eq!(smooth(200, at(4)), 600);
    assert_eq!(smooth(200, at(12)), 300);
    assert_eq!(smooth(200, at(3600)), 200);
    assert_eq!(smooth(0xFFFF, at(3601)), 0xFFFF);
    assert_eq!(
        smooth(500, at(3602)),
        500,
        "a route that comes back has no past"
    );
}

#[test]
fn a_destination_of_which_nothing_is_known_is_dropped() {
    let [one, _] = neighbours();
    let mut table = RouteTable::default();
    table.insert(prefix(1), route(one, 0));
    table.tidy(prefix(1));
    assert_eq!(table.destinations(), 1);
    table.remove(prefix(1), one);
    table.tidy(prefix(1));
    assert_eq!(table.destinations(), 0);
}
