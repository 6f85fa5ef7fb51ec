use std::time::Duration;

use proptest::prelude::*;

use super::{dump, read};
use crate::netlink::attribute::push;
use crate::station::Station;

/// Made by a C program with the structures and numbers of linux/genetlink.h and linux/nl80211.h (Linux 6.1,
/// on x86): what a driver with a rate of 173.3 Mbit/s says.
#[cfg(target_endian = "little")]
const GOLDEN: &[u8] = &[
    19, 1, 0, 0, 8, 0, 3, 0, 7, 0, 0, 0, 10, 0, 6, 0, 2, 17, 34, 51, 68, 85, 0, 0, 8, 0, 46, 0, 3,
    0, 0, 0, 68, 0, 21, 128, 8, 0, 1, 0, 140, 0, 0, 0, 5, 0, 7, 0, 195, 0, 0, 0, 5, 0, 13, 0, 195,
    0, 0, 0, 32, 0, 8, 128, 8, 0, 5, 0, 197, 6, 0, 0, 6, 0, 1, 0, 197, 6, 0, 0, 5, 0, 6, 0, 7, 0,
    0, 0, 4, 0, 4, 0, 8, 0, 27, 0, 98, 61, 1, 0,
];

#[cfg(target_endian = "little")]
#[test]
fn a_station_is_read_as_the_kernels_headers_lay_it_out() {
    let expected = Station {
        ether_address: [2, 0x11, 0x22, 0x33, 0x44, 0x55],
        expected_kbps: Some(81_250),
        transmit_kbps: Some(173_300),
        signal_dbm: Some(-61),
        inactive: Some(Duration::from_millis(140)),
    };
    assert_eq!(read(GOLDEN), Some(expected));
    // No part of it is more than a part of it.
    for length in 0..GOLDEN.len() {
        let part = GOLDEN.get(..length).and_then(read);
        assert!(part.is_none_or(|part| part.ether_address == expected.ether_address));
    }
}

#[cfg(target_endian = "little")]
#[test]
fn the_request_names_the_interface() {
    assert_eq!(dump(7), [17, 0, 0, 0, 8, 0, 3, 0, 7, 0, 0, 0]);
}

fn station(info: &[(u16, &[u8])]) -> Vec<u8> {
    let mut inner = Vec::new();
    for (kind, value) in info {
        push(&mut inner, *kind, value);
    }
    let mut message = vec![19, 1, 0, 0];
    push(&mut message, 6, &[2, 0, 0, 0, 0, 9]);
    push(&mut message, 0x8015, &inner);
    message
}

#[test]
fn an_old_kernels_rate_of_sixteen_bits_is_read() {
    let mut rate = Vec::new();
    push(&mut rate, 1, &65_u16.to_ne_bytes());
    let read = read(&station(&[(8, &rate)])).expect("a station");
    assert_eq!(read.transmit_kbps, Some(6_500));
    assert_eq!(read.expected_kbps, None);
}

#[test]
fn facts_of_another_length_are_left_out_and_the_rest_is_read() {
    let message = station(&[
        (1, &[1]),
        (7, &[1, 2]),
        (8, &[9, 0, 1]),
        (27, &[]),
        (99, &[1]),
    ]);
    let read = read(&message).expect("a station");
    assert_eq!(
        read,
        Station {
            ether_address: [2, 0, 0, 0, 0, 9],
            expected_kbps: None,
            transmit_kbps: None,
            signal_dbm: None,
            inactive: None,
        }
    );
}

#[test]
fn what_has_no_address_or_is_another_message_is_no_station() {
    assert_eq!(read(&[19, 1, 0, 0]), None);
    let mut other = station(&[]);
    other[0] = 20;
    assert_eq!(read(&other), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_none() || bytes.len() >= 4);
    }

    #[test]
    fn no_attributes_panic(
        kind in 0_u16..40,
        value in proptest::collection::vec(any::<u8>(), 0..40),
        cut in 0_usize..120,
        flip in 0_usize..120,
    ) {
        let mut message = station(&[(kind, &value), (8, &value)]);
        if let Some(byte) = message.get_mut(flip) {
            *byte ^= 0x55;
        }
        message.truncate(cut);
        let _ = read(&message);
    }
}
