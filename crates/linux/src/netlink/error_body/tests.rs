use proptest::prelude::*;

use super::{dump_result, result};
use crate::kernel_error::KernelErrorKind;
use crate::netlink::frame::Frame;
use crate::sys::number;

const CAPPED: u16 = 0x100;
const TLVS: u16 = 0x200;

/// The payload of an error: number, the request's header with this length, and the rest.
fn payload(errno: i32, request_length: u32, rest: &[u8]) -> Vec<u8> {
    [
        &(-errno).to_ne_bytes()[..],
        &request_length.to_ne_bytes(),
        &[0; 12],
        rest,
    ]
    .concat()
}

fn message(words: &str) -> Vec<u8> {
    let length = u16::try_from(5 + words.len()).expect("short");
    let mut bytes = [
        &8_u16.to_ne_bytes()[..],
        &2_u16.to_ne_bytes(),
        &[0; 4],
        &length.to_ne_bytes(),
        &1_u16.to_ne_bytes(),
        words.as_bytes(),
    ]
    .concat();
    bytes.resize(bytes.len() + 4, 0);
    bytes
}

fn frame(flags: u16, payload: &[u8]) -> Frame<'_> {
    Frame {
        kind: 2,
        flags,
        sequence: 1,
        payload,
    }
}

#[test]
fn zero_is_success() {
    assert_eq!(result(&frame(CAPPED, &payload(0, 40, &[]))), Ok(()));
}

#[test]
fn the_explanation_is_found_behind_the_request_capped_or_not() {
    let capped = payload(
        number::ENETUNREACH,
        40,
        &message("Nexthop has invalid gateway"),
    );
    let whole = payload(
        number::ENETUNREACH,
        39,
        &[vec![0xee; 24], message("Nexthop has invalid gateway")].concat(),
    );
    for (flags, payload) in [(CAPPED | TLVS, capped), (TLVS, whole)] {
        let error = result(&frame(flags, &payload)).expect_err("an error");
        assert_eq!(error.kind(), KernelErrorKind::Unreachable);
        assert_eq!(error.detail(), Some("Nexthop has invalid gateway"));
    }
}

#[test]
fn an_error_without_words_keeps_its_kind() {
    let error = result(&frame(0, &payload(number::EEXIST, 16, &[]))).expect_err("an error");
    assert_eq!(
        (error.kind(), error.detail()),
        (KernelErrorKind::Exists, None)
    );
}

#[test]
fn an_answer_too_short_to_say_yes_is_an_error() {
    assert!(result(&frame(0, &[0, 0, 0])).is_err());
}

#[test]
fn a_dump_ends_well_or_with_the_kernels_error() {
    assert_eq!(dump_result(&frame(0, &[])), Ok(()));
    assert_eq!(dump_result(&frame(0, &0_i32.to_ne_bytes())), Ok(()));
    let error = dump_result(&frame(0, &(-number::ENOENT).to_ne_bytes())).expect_err("an error");
    assert_eq!(error.kind(), KernelErrorKind::NotFound);
}

proptest! {
    #[test]
    fn any_bytes_have_a_result(flags: u16, bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let frame = frame(flags, &bytes);
        let success = bytes.len() >= 4 && bytes[..4] == [0; 4];
        prop_assert_eq!(result(&frame).is_ok(), success);
        prop_assert_eq!(dump_result(&frame).is_ok(), success || bytes.len() < 4);
    }
}
