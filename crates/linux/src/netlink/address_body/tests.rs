use proptest::prelude::*;

use super::read;
use crate::address::Address;

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("short");
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// `struct ifaddrmsg`: family, prefix length, flags, scope, index.
fn header(family: u8, plen: u8, flags: u8, scope: u8) -> Vec<u8> {
    [&[family, plen, flags, scope][..], &3_u32.to_ne_bytes()].concat()
}

#[test]
fn the_local_address_counts_and_not_the_peers() {
    let payload = [
        header(2, 32, 0, 0),
        attribute(1, &[10, 0, 0, 2]),
        attribute(2, &[10, 0, 0, 1]),
    ]
    .concat();
    let expected = Address {
        index: 3,
        address: [10, 0, 0, 1].into(),
        plen: 32,
        scope: 0,
        tentative: false,
        failed_dad: false,
    };
    assert_eq!(read(&payload), Some(expected));
}

#[test]
fn the_wide_flags_count_more_than_the_header() {
    let address = attribute(1, &[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let tentative = [header(10, 64, 0x40, 253), address.clone()].concat();
    let settled = [
        header(10, 64, 0x40, 253),
        address.clone(),
        attribute(8, &0x80_u32.to_ne_bytes()),
    ]
    .concat();
    let duplicate = [
        header(10, 64, 0, 253),
        address,
        attribute(8, &0x48_u32.to_ne_bytes()),
    ]
    .concat();
    let state = |payload: &[u8]| {
        read(payload).map(|address| (address.tentative, address.failed_dad, address.scope))
    };
    assert_eq!(state(&tentative), Some((true, false, 253)));
    assert_eq!(state(&settled), Some((false, false, 253)));
    assert_eq!(state(&duplicate), Some((true, true, 253)));
}

#[test]
fn an_odd_attribute_nobody_reads_hides_nothing() {
    // A cache info shorter than any kernel's.
    let payload = [
        header(2, 24, 0, 0),
        attribute(6, &[1]),
        attribute(2, &[10, 0, 0, 1]),
    ]
    .concat();
    assert!(read(&payload).is_some());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(read(&bytes).is_none() || bytes.len() >= 8);
    }

    #[test]
    fn no_attributes_panic(
        family in prop_oneof![Just(2_u8), Just(10)],
        attributes in proptest::collection::vec(
            (0_u16..12, proptest::collection::vec(any::<u8>(), 0..20)), 0..6),
    ) {
        let attributes: Vec<u8> =
            attributes.iter().flat_map(|(kind, value)| attribute(*kind, value)).collect();
        let payload = [header(family, 24, 0, 0), attributes].concat();
        prop_assert!(read(&payload).is_none_or(|address| address.index == 3));
    }
}
