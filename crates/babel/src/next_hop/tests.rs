use super::*;
use crate::clock::Instant;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourTable;

fn hop(n: u8) -> NextHop {
    NextHop {
        interface: InterfaceId(1),
        address: [10, 0, 0, n].into(),
    }
}

fn neighbour(n: u16) -> NeighbourId {
    let mut table = NeighbourTable::default();
    let ids = (0..=n).map(|n| {
        let address = core::net::Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, n);
        let created = table.create(InterfaceId(1), address, 10, Instant::default());
        created.unwrap().id
    });
    ids.last().unwrap()
}

#[test]
fn a_number_stands_for_its_next_hop_until_nothing_leads_there() {
    let mut hops = NextHops::default();
    let one = hops.add(hop(1), None).unwrap();
    let two = hops.add(hop(2), None).unwrap();
    hops.sweep([two].into_iter());
    assert_eq!(hops.find(one), None);
    assert_eq!(hops.find(two), Some(hop(2)));
    assert_eq!(
        hops.add(hop(3), None),
        Some(one),
        "the number is free again"
    );
    assert_eq!(hops.id_of(hop(3)), Some(one));
    assert_eq!(hops.id_of(hop(1)), None);
}

#[test]
fn a_neighbour_with_too_many_next_hops_does_not_keep_others_from_theirs() {
    let mut hops = NextHops::default();
    let (noisy, quiet) = (neighbour(0), neighbour(1));
    for n in 0..16 {
        assert!(hops.add(hop(n), Some(noisy)).is_some());
    }
    assert!(hops.wants_sweep());
    assert_eq!(hops.add(hop(16), Some(noisy)), None);
    assert!(hops.add(hop(16), Some(quiet)).is_some());
}
