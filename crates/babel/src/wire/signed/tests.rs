use super::*;

const PACKET: &[u8] = &[
    42, 2, 0, 17, // the header
    17, 6, 0, 0, 0, 5, 0xA, 0xB, // PC 5, index 0a0b
    18, 1, 7, // Challenge Request
    19, 0, // Challenge Reply without a nonce
    16, 2, 1, 2, // a MAC where none may be
    16, 3, 9, 8, 7, // the trailer: a MAC
    0, 1, 1, 0, // padding
    16, 0, // an empty MAC
];

#[test]
fn a_packet_is_split_into_what_is_signed_and_its_macs() {
    let packet = SignedPacket::parse(PACKET).unwrap();
    assert_eq!(packet.signed(), &PACKET[..21]);
    let macs: Vec<&[u8]> = packet.macs().map(|body| body.mac).collect();
    assert_eq!(macs, [&[9, 8, 7][..], &[]]);
}

#[test]
fn counters_and_challenges_are_found_in_the_body_alone() {
    let packet = SignedPacket::parse(PACKET).unwrap();
    let found: Vec<PreparsedTlv<'_>> = packet.preparse().collect();
    let index = &[0xA, 0xB];
    assert_eq!(
        found,
        [
            PreparsedTlv::Pc(PcBody { pc: 5, index }),
            PreparsedTlv::Request(ChallengeBody { nonce: &[7] }),
            PreparsedTlv::Reply(ChallengeBody { nonce: &[] }),
        ]
    );
}

#[test]
fn an_index_or_a_nonce_that_nobody_may_send_is_ignored() {
    let found = |kind: u8, len: u8| {
        let mut packet = vec![42, 2, 0, len + 2, kind, len];
        packet.resize(6 + usize::from(len), 1);
        let packet = SignedPacket::parse(&packet).unwrap();
        packet.preparse().count()
    };
    assert_eq!([found(17, 36), found(17, 37), found(17, 3)], [1, 0, 0]);
    assert_eq!([found(18, 192), found(18, 193)], [1, 0]);
    assert_eq!([found(19, 192), found(19, 193)], [1, 0]);
}

#[test]
fn a_trailer_that_lies_about_a_length_ends_there() {
    let packet = [42, 2, 0, 0, 16, 1, 5, 16, 200, 1];
    let packet = SignedPacket::parse(&packet).unwrap();
    let macs: Vec<&[u8]> = packet.macs().map(|body| body.mac).collect();
    assert_eq!(macs, [&[5]]);
}
