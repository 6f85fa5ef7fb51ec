use super::*;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourTable;
use crate::next_hop::NextHops;

#[test]
fn the_smoothed_metric_halves_its_distance_each_half_life() {
    let mut neighbours = NeighbourTable::default();
    let (interface, address) = (InterfaceId(1), "fe80::1".parse().unwrap());
    let created = neighbours.create(interface, address, 1, Instant::default());
    let next_hop = NextHop {
        interface,
        address: address.into(),
    };
    let via = NextHops::default().add(next_hop, None).unwrap();
    let id = RouterId::new([2; 8]);
    let mut route = Route::new(created.unwrap().id, id, via, Instant::default());
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
