use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn written(text: &str) -> (u8, Vec<u8>) {
    let address = ip(text);
    let encoding = Encoding::of(address);
    let mut buffer = Vec::new();
    encoding.write_address(Some(address), &mut buffer);
    assert_eq!(buffer.len(), usize::from(encoding.address_len()));
    (encoding.octet(), buffer)
}

#[test]
fn an_address_takes_its_shortest_encoding() {
    assert_eq!(written("192.0.2.1"), (1, vec![192, 0, 2, 1]));
    assert_eq!(written("fe80::1:2"), (3, vec![0, 0, 0, 0, 0, 1, 0, 2]));
    assert_eq!(written("2001:db8::1").0, 2);
    assert_eq!(written("2001:db8::1").1.len(), 16);
}

#[test]
fn a_link_local_address_outside_fe80_64_is_written_in_full() {
    assert_eq!(written("fe80:0:0:1::1").0, 2);
    assert_eq!(written("fe90::1").0, 2);
}

#[test]
fn what_was_written_is_read_back() {
    for text in [
        "0.0.0.0",
        "192.0.2.1",
        "::",
        "fe80::",
        "fe80::ffff",
        "fe80:1::",
        "2001:db8::1",
    ] {
        let (encoding, octets) = written(text);
        let mut octets = Octets::new(&octets);
        let encoding = Encoding::from_octet(encoding).unwrap();
        assert_eq!(encoding.read_address(&mut octets), Some(Some(ip(text))));
        assert!(octets.rest().is_empty());
    }
}

#[test]
fn a_short_address_is_not_read() {
    for (encoding, len) in [
        (Encoding::V4, 3),
        (Encoding::V4ViaV6, 3),
        (Encoding::V6, 15),
        (Encoding::LinkLocal, 7),
    ] {
        let octets = vec![0; len];
        assert_eq!(encoding.read_address(&mut Octets::new(&octets)), None);
    }
}

#[test]
fn only_the_significant_octets_of_a_prefix_are_stored() {
    assert_eq!(Encoding::V4.prefix_len(0), Some(0));
    assert_eq!(Encoding::V4.prefix_len(9), Some(2));
    assert_eq!(Encoding::V4.prefix_len(33), None);
    assert_eq!(Encoding::V6.prefix_len(48), Some(6));
    assert_eq!(Encoding::V6.prefix_len(129), None);
    assert_eq!(Encoding::LinkLocal.prefix_len(128), Some(8));
    assert_eq!(Encoding::LinkLocal.prefix_len(65), Some(1));
    assert_eq!(Encoding::Wildcard.prefix_len(0), Some(0));
    assert_eq!(Encoding::Wildcard.prefix_len(1), None);
}

#[test]
fn a_link_local_prefix_never_grows_into_the_default_route() {
    for plen in 0..64 {
        assert_eq!(Encoding::LinkLocal.prefix_len(plen), None);
    }
    let prefix = assemble_prefix(Encoding::LinkLocal, 64, &[], &[]).unwrap();
    assert_eq!(prefix.to_string(), "fe80::/64");
}

#[test]
fn bits_beyond_the_prefix_length_are_cleared() {
    let prefix = assemble_prefix(Encoding::V4, 9, &[10], &[0xFF]).unwrap();
    assert_eq!(prefix.to_string(), "10.128.0.0/9");
    let prefix = assemble_prefix(Encoding::V6, 20, &[0x20, 0x01], &[0xFF]).unwrap();
    assert_eq!(prefix.to_string(), "2001:f000::/20");
}
