use super::*;

#[test]
fn the_body_ends_where_the_header_says() {
    assert_eq!(Header::body(&[42, 2, 0, 1, 7, 8, 9]), Ok(&[7][..]));
    assert_eq!(Header::body(&[42, 2, 0, 0]), Ok(&[][..]));
    assert_eq!(Header::emit(0x0102), [42, 2, 1, 2]);
}

#[test]
fn another_protocol_or_version_is_refused() {
    assert_eq!(
        Header::body(&[41, 2, 0, 0]),
        Err(PacketError::Magic { found: 41 })
    );
    assert_eq!(
        Header::body(&[42, 3, 0, 0]),
        Err(PacketError::Version { found: 3 })
    );
}

#[test]
fn a_body_longer_than_the_datagram_is_refused() {
    let error = |expected, present| Err(PacketError::Length { expected, present });
    assert_eq!(Header::body(&[42, 2, 0, 2, 0]), error(6, 5));
    assert_eq!(Header::body(&[42, 2, 0xFF, 0xFF]), error(65539, 4));
    assert_eq!(Header::body(&[42, 2, 0]), error(4, 3));
    assert_eq!(Header::body(&[]), error(4, 0));
}
