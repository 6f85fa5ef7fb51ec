use proptest::prelude::*;

use super::{Frame, Frames, MalformedFrame, append};

/// A header as the kernel would write it on this machine.
fn header(length: u32, kind: u16, flags: u16, sequence: u32) -> Vec<u8> {
    [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &flags.to_ne_bytes(),
        &sequence.to_ne_bytes(),
        &0_u32.to_ne_bytes(),
    ]
    .concat()
}

#[test]
fn a_request_is_laid_out_as_the_kernel_reads_it() {
    let mut buffer = Vec::new();
    append(&mut buffer, 24, 0x405, 0x0102_0304, &[9, 8, 7]);
    let mut expected = header(19, 24, 0x405, 0x0102_0304);
    expected.extend([9, 8, 7, 0]);
    assert_eq!(buffer, expected);
}

#[test]
fn requests_in_one_buffer_are_read_back_in_order() {
    let mut buffer = Vec::new();
    append(&mut buffer, 24, 1, 10, &[1; 5]);
    append(&mut buffer, 25, 2, 11, &[]);
    append(&mut buffer, 26, 3, 12, &[2; 8]);
    let frames: Vec<_> = Frames::new(&buffer).collect();
    assert_eq!(
        frames,
        [
            Ok(Frame {
                kind: 24,
                flags: 1,
                sequence: 10,
                payload: &[1; 5]
            }),
            Ok(Frame {
                kind: 25,
                flags: 2,
                sequence: 11,
                payload: &[]
            }),
            Ok(Frame {
                kind: 26,
                flags: 3,
                sequence: 12,
                payload: &[2; 8]
            }),
        ]
    );
}

#[test]
fn a_length_that_lies_ends_the_buffer() {
    for length in [0, 15, 17, 1000, u32::MAX] {
        let mut buffer = Vec::new();
        append(&mut buffer, 1, 0, 1, &[]);
        buffer.extend(header(length, 2, 0, 2));
        let mut frames = Frames::new(&buffer);
        assert!(
            frames.next().is_some_and(|frame| frame.is_ok()),
            "length {length}"
        );
        assert_eq!(frames.next(), Some(Err(MalformedFrame)), "length {length}");
        assert_eq!(frames.next(), None, "length {length}");
    }
}

#[test]
fn every_truncation_of_a_frame_is_malformed() {
    let mut buffer = Vec::new();
    append(&mut buffer, 1, 0, 1, &[5; 8]);
    for length in 1..buffer.len() {
        let frames: Vec<_> = Frames::new(&buffer[..length]).collect();
        assert_eq!(frames, [Err(MalformedFrame)], "{length} octets");
    }
}

#[test]
fn the_padding_of_the_last_frame_may_be_missing() {
    let mut buffer = header(17, 3, 0, 9);
    buffer.push(5);
    let frames: Vec<_> = Frames::new(&buffer).collect();
    assert_eq!(
        frames,
        [Ok(Frame {
            kind: 3,
            flags: 0,
            sequence: 9,
            payload: &[5]
        })]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_walked_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Frames::new(&bytes).count() <= bytes.len() / 16 + 1);
    }

    #[test]
    fn small_lengths_in_random_places_are_walked_to_an_end(
        lengths in proptest::collection::vec(0_u32..64, 1..40),
    ) {
        let bytes: Vec<u8> = lengths.iter().flat_map(|length| header(*length, 1, 0, 1)).collect();
        prop_assert!(Frames::new(&bytes).count() <= bytes.len() / 16 + 1);
    }
}
