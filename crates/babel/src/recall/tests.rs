use core::net::Ipv6Addr;

use super::*;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourTable;

const P: Prefix = Prefix::DEFAULT_V6;

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

fn neighbour() -> NeighbourId {
    let mut table = NeighbourTable::default();
    let address = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    table.create(InterfaceId(1), address, 1, at(0)).unwrap().id
}

#[test]
fn an_announcement_soon_after_a_retraction_is_asked_about_once() {
    let (mut recalls, id) = (Recalls::default(), neighbour());
    assert_eq!(recalls.judge(P, id, at(0)), Freshness::Fresh);
    recalls.note(P, id, at(10));
    assert_eq!(recalls.judge(P, id, at(15)), Freshness::Ask);
    assert_eq!(recalls.judge(P, id, at(16)), Freshness::Fresh, "the answer");
}

#[test]
fn a_late_announcement_is_news() {
    let (mut recalls, id) = (Recalls::default(), neighbour());
    recalls.note(P, id, at(10));
    assert_eq!(recalls.judge(P, id, at(600)), Freshness::Fresh);
}

#[test]
fn only_so_many_are_remembered() {
    let (mut recalls, id) = (Recalls::default(), neighbour());
    for n in 0..5000_u16 {
        let addr = Ipv6Addr::new(0xfd00, n, 0, 0, 0, 0, 0, 0);
        recalls.note(Prefix::v6(addr, 32).unwrap(), id, at(0));
    }
    assert_eq!(recalls.recalls.len(), MOST);
    recalls.note(P, id, at(600));
    assert_eq!(recalls.recalls.len(), 1, "what is too old makes room");
}
