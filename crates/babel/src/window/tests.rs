use super::*;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourTable;

fn two_neighbours() -> [NeighbourId; 2] {
    let mut table = NeighbourTable::default();
    ["fe80::1", "fe80::2"].map(|address| {
        let address = address.parse().unwrap();
        table
            .create(InterfaceId(1), address, 2, Instant::default())
            .unwrap()
            .id
    })
}

fn batch(nonce: u16, waiting: &[NeighbourId]) -> Batch {
    Batch {
        nonce,
        octets: 1400,
        prefixes: vec![Prefix::DEFAULT_V4],
        copy: 1,
        waiting: waiting.to_vec(),
        sent_at: Instant::default(),
    }
}

#[test]
fn a_packet_is_done_when_everybody_acknowledged_it() {
    let [one, two] = two_neighbours();
    let mut window = Window::default();
    window.add(batch(7, &[one, two]));
    assert!(window.handle_ack(8, one).is_none());
    let receipt = window.handle_ack(7, one).unwrap();
    assert_eq!(receipt.prefixes, vec![Prefix::DEFAULT_V4]);
    assert!(window.handle_ack(7, one).is_none(), "once is enough");
    assert!(window.poll_timeout().is_some());
    assert!(window.handle_ack(7, two).is_some());
    assert_eq!(window.poll_timeout(), None);
}

#[test]
fn what_is_not_acknowledged_comes_back_with_who_owes_it() {
    let [one, two] = two_neighbours();
    let mut window = Window::default();
    window.add(batch(7, &[one, two]));
    window.handle_ack(7, one);
    assert!(
        window
            .handle_timeout(Instant::from_micros(149_999))
            .is_empty()
    );
    let late = window.handle_timeout(Instant::from_micros(150_000));
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].waiting, vec![two]);
    assert_eq!(window.poll_timeout(), None);
}

#[test]
fn a_neighbour_that_is_gone_owes_nothing() {
    let [one, two] = two_neighbours();
    let mut window = Window::default();
    window.add(batch(7, &[one]));
    window.add(batch(8, &[]));
    window.forget(one);
    window.forget(two);
    let left: Vec<_> = window
        .handle_timeout(Instant::from_micros(1_000_000))
        .into_iter()
        .map(|batch| batch.nonce)
        .collect();
    assert_eq!(
        left,
        [8],
        "a copy that nobody acknowledges is still repeated"
    );
}

#[test]
fn no_more_than_64_kilobytes_are_under_way() {
    let [one, _] = two_neighbours();
    let mut window = Window::default();
    let mut sent = 0;
    while window.is_open() {
        window.add(batch(sent, &[one]));
        sent += 1;
    }
    assert_eq!(sent, 47);
    window.handle_ack(0, one);
    assert!(window.is_open());
}
