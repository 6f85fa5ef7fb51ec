use super::*;

fn split(octets: &[u8]) -> Vec<Result<(u8, &[u8]), u8>> {
    RawTlvs::new(octets)
        .map(|tlv| {
            tlv.map(|tlv| (tlv.kind(), tlv.body()))
                .map_err(|overrun| overrun.kind)
        })
        .collect()
}

#[test]
fn a_pad1_is_one_octet_and_the_others_have_a_length() {
    assert_eq!(
        split(&[0, 0, 1, 2, 9, 9, 200, 0]),
        [
            Ok((0, &[][..])),
            Ok((0, &[])),
            Ok((1, &[9, 9])),
            Ok((200, &[]))
        ]
    );
}

#[test]
fn a_length_that_lies_ends_the_row() {
    assert_eq!(split(&[4, 1, 7, 5, 3, 1, 2]), [Ok((4, &[7][..])), Err(5)]);
    assert_eq!(split(&[4]), [Err(4)]);
    assert_eq!(split(&[]), []);
}

#[test]
fn the_upper_half_of_the_types_is_mandatory() {
    let mandatory = |kind| RawTlv { kind, body: &[] }.is_mandatory();
    assert!(!mandatory(127));
    assert!(mandatory(128));
    assert!(mandatory(255));
}
