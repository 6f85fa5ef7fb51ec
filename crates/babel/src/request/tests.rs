use super::*;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourTable;

const ID: RouterId = RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]);
const P: Prefix = Prefix::DEFAULT_V6;

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

fn neighbour() -> NeighbourId {
    let mut table = NeighbourTable::default();
    let address = "fe80::1".parse().unwrap();
    table.create(InterfaceId(1), address, 1, at(0)).unwrap().id
}

#[test]
fn our_own_request_is_due_at_once_and_repeated_for_a_minute() {
    let mut table = RequestTable::new(10);
    assert!(table.begin(P, ID, Seqno(5), at(0)));
    assert!(
        !table.begin(P, ID, Seqno(5), at(0)),
        "it is pending already"
    );
    let mut sent = Vec::new();
    while let Some(now) = table.poll_timeout() {
        sent.extend(
            table
                .handle_timeout(now)
                .iter()
                .map(|_| now.as_micros() / 1000),
        );
    }
    assert_eq!(
        sent[..8],
        [0, 200, 600, 1400, 3000, 6200, 10_200, 14_200],
        "ever more slowly, but not too slowly"
    );
    assert_eq!(sent.len(), 20);
    assert!(table.len() == 0, "it is forgotten in the end");
}

#[test]
fn a_duplicate_is_not_forwarded_until_its_sender_repeats_it() {
    let mut table = RequestTable::new(10);
    let from = neighbour();
    assert_eq!(
        table.forward(P, ID, Seqno(5), from, at(0)),
        Forwarding::Forward
    );
    assert_eq!(
        table.forward(P, ID, Seqno(5), from, at(100)),
        Forwarding::Redundant
    );
    assert_eq!(
        table.forward(P, ID, Seqno(4), from, at(100)),
        Forwarding::Redundant
    );
    assert_eq!(
        table.forward(P, ID, Seqno(6), from, at(100)),
        Forwarding::Forward
    );
    assert_eq!(
        table.forward(P, ID, Seqno(6), from, at(300)),
        Forwarding::Forward
    );
}

#[test]
fn a_new_enough_seqno_satisfies_and_tells_who_waits() {
    let mut table = RequestTable::new(10);
    let from = neighbour();
    table.forward(P, ID, Seqno(5), from, at(0));
    assert_eq!(table.satisfy(P, ID, Seqno(4)), None);
    assert_eq!(table.satisfy(P, ID, Seqno(5)), Some(vec![from]));
    assert_eq!(table.satisfy(P, ID, Seqno(5)), None);
}

#[test]
fn a_full_table_refuses() {
    let mut table = RequestTable::new(1);
    assert!(table.begin(P, ID, Seqno(5), at(0)));
    let other = Prefix::DEFAULT_V4;
    assert!(!table.begin(other, ID, Seqno(5), at(0)));
    assert_eq!(
        table.forward(other, ID, Seqno(5), neighbour(), at(0)),
        Forwarding::Refused
    );
}

#[test]
fn cancelling_keeps_what_others_wait_for() {
    let mut table = RequestTable::new(10);
    table.begin(P, ID, Seqno(5), at(0));
    table.cancel(P);
    assert!(table.len() == 0);
    table.begin(P, ID, Seqno(5), at(0));
    table.forward(P, ID, Seqno(5), neighbour(), at(0));
    table.cancel(P);
    assert_eq!(table.len(), 1);
    assert!(
        table.handle_timeout(at(0)).is_empty(),
        "but we no longer ask for ourselves"
    );
}
