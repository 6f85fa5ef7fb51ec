use proptest::prelude::*;

use super::read;
use crate::neighbour::{Neighbour, NeighbourState};

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("short");
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// `struct ndmsg`: family, padding, index, state, flags, type.
fn header(family: u8, state: u16) -> Vec<u8> {
    [
        &[family, 0, 0, 0][..],
        &4_u32.to_ne_bytes(),
        &state.to_ne_bytes(),
        &[0, 1],
    ]
    .concat()
}

#[test]
fn an_entry_is_read_with_its_state() {
    let cases = [
        (0x00, NeighbourState::None),
        (0x01, NeighbourState::Incomplete),
        (0x02, NeighbourState::Reachable),
        (0x04, NeighbourState::Stale),
        (0x08, NeighbourState::Delay),
        (0x10, NeighbourState::Probe),
        (0x20, NeighbourState::Failed),
        (0x40, NeighbourState::NoArp),
        (0x80, NeighbourState::Permanent),
        (0x03, NeighbourState::Other(3)),
    ];
    for (number, state) in cases {
        let payload = [
            header(2, number),
            attribute(1, &[10, 0, 0, 9]),
            attribute(2, &[2, 0, 0, 0, 0, 7]),
        ]
        .concat();
        let expected = Neighbour {
            index: 4,
            address: [10, 0, 0, 9].into(),
            state,
            ether_address: Some([2, 0, 0, 0, 0, 7]),
        };
        assert_eq!(read(&payload), Some(expected));
    }
}

#[test]
fn a_bridges_entry_is_none_of_ours() {
    let payload = [header(7, 0x80), attribute(2, &[2, 0, 0, 0, 0, 1])].concat();
    assert_eq!(read(&payload), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(read(&bytes).is_none() || bytes.len() >= 12);
    }

    #[test]
    fn no_address_length_panics(value in proptest::collection::vec(any::<u8>(), 0..20), v4: bool) {
        let family = if v4 { 2 } else { 10 };
        let payload = [header(family, 2), attribute(1, &value)].concat();
        let fits = value.len() == if v4 { 4 } else { 16 };
        prop_assert_eq!(read(&payload).is_some(), fits);
    }
}
