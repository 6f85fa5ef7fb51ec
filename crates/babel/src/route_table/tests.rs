use super::*;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourTable;
use crate::route::Best;
use crate::wire::Interval;

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
    let next_hop = NextHop {
        interface: InterfaceId(1),
        address: "fe80::1".parse().unwrap(),
    };
    let via = NextHops::default().add(next_hop, None).unwrap();
    let now = Instant::default() + Duration::from_millis(100 * learnt);
    let mut route = Route::new(neighbour, ID, via, now);
    route.refmetric = Metric::new(100);
    route.refresh(Interval::from_centis(1600), now);
    route
}

fn prefix(n: u32) -> Prefix {
    Prefix::v4(core::net::Ipv4Addr::from_bits(0x0A00_0000 + n), 32).unwrap()
}

#[test]
fn a_full_table_drops_the_newest_unused_route_of_the_noisiest_neighbour() {
    let [quiet, noisy] = neighbours();
    let mut table = RouteTable::new(10);
    for n in 0..3 {
        table.insert(prefix(n), route(noisy, n.into()), Instant::default());
    }
    // The newest is in use, so the one before it goes.
    table.find_mut(prefix(2)).unwrap().best = Some(Best {
        neighbour: Some(noisy),
        router_id: ID,
        seqno: Seqno(0),
        metric: Metric::new(196),
    });
    assert_eq!(
        table.admit(noisy, 3, Instant::default()),
        Admission::Refused
    );
    assert_eq!(
        table.admit(quiet, 3, Instant::default()),
        Admission::Evicted(prefix(1))
    );
    table.insert(prefix(9), route(quiet, 9), Instant::default());
    assert_eq!(table.len(), 3);
    assert_eq!(table.count(noisy), 2);
}

#[test]
fn a_table_with_room_admits_anybody() {
    let [quiet, _] = neighbours();
    assert_eq!(
        RouteTable::new(10).admit(quiet, 1, Instant::default()),
        Admission::Admitted
    );
}

#[test]
fn a_look_finds_what_expired_and_what_is_about_to() {
    let [one, two] = neighbours();
    let mut table = RouteTable::new(10);
    table.insert(prefix(1), route(one, 0), Instant::default());
    table.insert(prefix(2), route(two, 0), Instant::default());
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
fn a_destination_of_which_nothing_is_known_is_dropped() {
    let [one, _] = neighbours();
    let mut table = RouteTable::new(10);
    table.insert(prefix(1), route(one, 0), Instant::default());
    table.tidy(prefix(1));
    assert_eq!(table.destinations(), 1);
    table.remove(prefix(1), one);
    table.tidy(prefix(1));
    assert_eq!(table.destinations(), 0);
}

fn distance(table: &mut RouteTable, n: u32, at: Instant) -> Result<(), SourceTableFull> {
    table.note_distance(prefix(n), ID, Seqno(1), Metric::ZERO, at)
}

#[test]
fn a_source_is_forgotten_three_minutes_after_its_last_announcement() {
    let mut table = RouteTable::new(10);
    let at = |mins| Instant::default() + Duration::from_mins(mins);
    distance(&mut table, 1, at(0)).unwrap();
    distance(&mut table, 1, at(2)).unwrap();
    table.forget_sources(at(4));
    assert_eq!((table.source_count(), table.sources().count()), (1, 1));
    table.forget_sources(at(5));
    assert_eq!((table.source_count(), table.sources().count()), (0, 0));
    assert_eq!(table.destinations(), 0, "nothing is left of it");
    assert_eq!(table.poll_timeout(), None);
}

#[test]
fn a_full_source_table_refuses_newcomers_and_keeps_the_rest() {
    let mut table = RouteTable::new(1);
    let now = Instant::default();
    assert_eq!(distance(&mut table, 1, now), Ok(()));
    assert_eq!(distance(&mut table, 2, now), Err(SourceTableFull));
    assert_eq!(distance(&mut table, 1, now), Ok(()));
}

#[test]
fn a_destination_that_is_only_remembered_is_no_destination_to_others() {
    let [one, _] = neighbours();
    let mut table = RouteTable::new(10);
    table.insert(prefix(1), route(one, 0), Instant::default());
    distance(&mut table, 1, Instant::default()).unwrap();
    table.remove(prefix(1), one);
    table.tidy(prefix(1));
    assert_eq!(table.iter_after(None).count(), 0);
    assert!(table.distance(prefix(1), ID).is_some());
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_destination_with_one_route_takes_some_hundred_octets() {
    assert!(size_of::<Route>() <= 40, "{}", size_of::<Route>());
    // Beside it is a key of 18.
    let row = size_of::<Destination>();
    assert!(row <= 96, "{row}");
}
