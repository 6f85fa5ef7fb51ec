use proptest::prelude::*;

use super::{Attributes, keep, text};

fn attribute(length: u16, kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn attributes_are_read_with_their_flags_removed() {
    let bytes = [
        attribute(5, 1, &[7]),
        attribute(8, 0x8002, &[1, 2, 3, 4]),
        attribute(4, 0x4003, &[]),
    ]
    .concat();
    let found: Vec<_> = Attributes::new(&bytes).collect();
    assert_eq!(found, [(1, &[7][..]), (2, &[1, 2, 3, 4]), (3, &[])]);
}

#[test]
fn a_length_that_lies_ends_the_attributes() {
    for length in [0, 3, 9, u16::MAX] {
        let bytes = [attribute(5, 1, &[7]), attribute(length, 2, &[0; 4])].concat();
        assert_eq!(Attributes::new(&bytes).count(), 1, "length {length}");
    }
}

#[test]
fn only_the_wanted_attributes_are_kept_after_the_header() {
    let payload = [
        vec![0xaa; 8],
        attribute(5, 1, &[7]),
        attribute(6, 2, &[8, 8]),
        attribute(7, 0x8003, &[9, 9, 9]),
    ]
    .concat();
    let expected = [
        vec![0xaa; 8],
        attribute(5, 1, &[7]),
        attribute(7, 3, &[9, 9, 9]),
    ]
    .concat();
    assert_eq!(keep(&payload, 8, &[1, 3]), Some(expected));
    assert_eq!(keep(&payload, 8, &[]), Some(vec![0xaa; 8]));
    assert_eq!(keep(&[0; 7], 8, &[1]), None);
}

#[test]
fn names_end_at_the_nul_and_become_valid_text() {
    assert_eq!(text(b"eth0\0\0\0"), "eth0");
    assert_eq!(text(b"eth0"), "eth0");
    assert_eq!(text(b"\xff\0"), "\u{fffd}");
    assert_eq!(text(b""), "");
}

proptest! {
    #[test]
    fn any_bytes_are_walked_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Attributes::new(&bytes).count() <= bytes.len() / 4 + 1);
    }

    #[test]
    fn what_is_kept_is_what_was_there(bytes in proptest::collection::vec(0_u8..9, 0..200)) {
        let kept = keep(&bytes, 0, &[0, 1, 0x0101]).expect("no header");
        let wanted: Vec<_> = Attributes::new(&bytes)
            .filter(|(kind, _)| [0, 1, 0x0101].contains(kind))
            .collect();
        prop_assert_eq!(Attributes::new(&kept).collect::<Vec<_>>(), wanted);
    }
}
