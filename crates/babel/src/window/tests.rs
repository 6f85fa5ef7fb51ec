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

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
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
    assert!(window.handle_ack(8, one, at(1)).is_none());
    let receipt = window.handle_ack(7, one, at(1)).unwrap();
    assert_eq!(receipt.prefixes, vec![Prefix::DEFAULT_V4]);
    assert!(window.handle_ack(7, one, at(1)).is_none(), "once is enough");
    assert!(window.poll_timeout().is_some());
    assert!(window.handle_ack(7, two, at(1)).is_some());
    assert_eq!(window.poll_timeout(), None);
}

#[test]
fn what_is_not_acknowledged_comes_back_with_who_owes_it() {
    let [one, two] = two_neighbours();
    let mut window = Window::default();
    window.add(batch(7, &[one, two]));
    window.handle_ack(7, one, at(1));
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
fn an_acknowledgement_that_comes_late_counts_for_what_it_acknowledges() {
    let [one, two] = two_neighbours();
    let mut window = Window::default();
    window.add(batch(7, &[one, two]));
    assert_eq!(window.handle_timeout(at(200)).len(), 1);
    assert!(window.is_sent(7) && !window.is_sent(8));
    let receipt = window.handle_ack(7, two, at(300)).unwrap();
    assert_eq!(receipt.prefixes, vec![Prefix::DEFAULT_V4]);
    assert_eq!(receipt.sent_at, at(0));
    assert!(window.handle_ack(7, two, at(300)).is_none());
    window.forget(one);
    assert!(!window.is_sent(7));
    for nonce in 0..1000 {
        window.add(batch(nonce, &[one]));
    }
    window.handle_timeout(at(1000));
    assert_eq!(window.late.len(), LATE, "their number is bounded");
}

#[test]
fn a_neighbour_that_is_slow_to_acknowledge_is_given_more_time() {
    let [one, _] = two_neighbours();
    let mut window = Window::default();
    let mut now = 0;
    let mut copies = 0;
    for nonce in 0..20 {
        window.add(Batch {
            sent_at: at(now),
            ..batch(nonce, &[one])
        });
        // It takes 400 ms each time.
        copies += window.handle_timeout(at(now + 399)).len();
        now += 400;
        window.handle_ack(nonce, one, at(now));
    }
    assert_eq!(copies, 1, "only the first is sent again for nothing");
    window.add(Batch {
        sent_at: at(now),
        ..batch(99, &[one])
    });
    let due = window.poll_timeout().unwrap();
    assert!(at(now + 400) < due && due < at(now + 800), "{due:?}");
    for nonce in 0..20 {
        window.add(batch(nonce, &[one]));
        window.handle_ack(nonce, one, at(60_000));
    }
    window.add(batch(100, &[one]));
    assert_eq!(window.poll_timeout(), Some(at(0) + LONGEST_WAIT));
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
    window.handle_ack(0, one, at(1));
    assert!(window.is_open());
}
