use proptest::prelude::*;

use super::{dump, index, read};
use crate::link::Link;

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("short");
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn payload(family: u8, flags: u32, attributes: &[Vec<u8>]) -> Vec<u8> {
    let header = [
        &[family, 0, 1, 0][..],
        &5_u32.to_ne_bytes(),
        &flags.to_ne_bytes(),
        &[0; 4],
    ]
    .concat();
    [header, attributes.concat()].concat()
}

fn attributes() -> Vec<Vec<u8>> {
    vec![
        attribute(3, b"mesh0\0"),
        attribute(16, &[6]),
        attribute(4, &1400_u32.to_ne_bytes()),
        attribute(1, &[2, 0, 0, 0, 0, 9]),
        attribute(200, &[1, 2, 3]),
    ]
}

#[test]
fn a_link_is_read_with_its_flags() {
    let link = read(&payload(0, 0x1 | 0x40, &attributes()), |name| {
        name == "mesh0"
    });
    assert_eq!(
        link,
        Some(Link {
            index: 5,
            name: "mesh0".to_owned(),
            up: true,
            running: true,
            mtu: 1400,
            wireless: true,
            tunnel: false,
            loopback: false,
            ether_address: Some([2, 0, 0, 0, 0, 9]),
        })
    );
}

#[test]
fn a_tunnel_is_known_by_its_kind() {
    for (kind, tunnel) in [
        (&b"wireguard\0"[..], true),
        (b"vxlan", true),
        (b"veth\0", false),
        (b"", false),
    ] {
        let info = [attribute(1, kind), attribute(2, &[1, 2])].concat();
        let attributes = [attributes(), vec![attribute(0x8012, &info)]].concat();
        let link = read(&payload(0, 0x1 | 0x40, &attributes), |_| false).expect("a link");
        assert_eq!(link.tunnel, tunnel, "{kind:?}");
    }
}

#[test]
fn a_link_without_carrier_or_dormant_is_not_running() {
    let mut dormant = attributes();
    dormant[1] = attribute(16, &[5]);
    for (flags, attributes) in [(0x1, attributes()), (0x1 | 0x40, dormant)] {
        let link = read(&payload(0, flags, &attributes), |_| false).expect("a link");
        assert!(link.up && !link.running && !link.is_usable());
    }
}

#[test]
fn a_bridges_message_about_a_port_is_no_link() {
    let payload = payload(7, 0x41, &attributes());
    assert_eq!(read(&payload, |_| false), None);
    assert_eq!(index(&payload), None);
}

#[test]
fn a_radios_message_about_itself_is_no_link() {
    // It has a name, but no MTU.
    assert_eq!(read(&payload(0, 0x41, &attributes()[..1]), |_| false), None);
}

#[test]
fn an_address_of_another_length_is_left_out() {
    let mut infiniband = attributes();
    infiniband[3] = attribute(1, &[1; 20]);
    let link = read(&payload(0, 0x41, &infiniband), |_| false).expect("a link");
    assert_eq!(link.ether_address, None);
}

#[test]
fn the_request_asks_for_links_without_counters() {
    let expected = [vec![0; 16], attribute(29, &8_u32.to_ne_bytes())].concat();
    assert_eq!(dump(), expected);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let link = read(&bytes, |_| false);
        prop_assert!(link.is_none() || bytes.len() >= 16);
    }

    #[test]
    fn no_truncation_panics(length in 0_usize..80, kind in 0_u16..20) {
        let mut attributes = attributes();
        attributes.insert(0, attribute(kind, &[]));
        let payload = payload(0, 0x41, &attributes);
        let cut = payload.get(..length).unwrap_or(&payload);
        prop_assert!(read(cut, |_| false).is_none_or(|link| link.index == 5));
    }
}
