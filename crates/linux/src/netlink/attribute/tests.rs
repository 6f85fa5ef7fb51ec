use proptest::prelude::*;

use super::{Attributes, ip, number, push, push_ip, push_number, text};

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
fn what_is_pushed_is_padded_and_read_back() {
    let mut bytes = Vec::new();
    push(&mut bytes, 3, b"mesh0\0");
    push_number(&mut bytes, 4, 0x0102_0304);
    push_ip(&mut bytes, 1, [10, 0, 0, 1].into());
    assert_eq!(bytes.len(), 12 + 8 + 8);
    let found: Vec<_> = Attributes::new(&bytes).collect();
    let number = 0x0102_0304_u32.to_ne_bytes();
    assert_eq!(
        found,
        [(3, &b"mesh0\0"[..]), (4, &number[..]), (1, &[10, 0, 0, 1])]
    );
}

#[test]
fn numbers_and_addresses_have_their_length_exactly() {
    assert_eq!(number(&7_u32.to_ne_bytes()), Some(7));
    assert_eq!(ip(true, &[10, 0, 0, 1]), Some([10, 0, 0, 1].into()));
    assert_eq!(ip(false, &[0; 16]), Some([0_u8; 16].into()));
    for length in [0, 3, 5, 15, 17] {
        let value = vec![0; length];
        assert_eq!(number(&value), None, "length {length}");
        assert_eq!(ip(true, &value), None, "length {length}");
        assert_eq!(ip(false, &value), None, "length {length}");
    }
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
}
