//! The state under TLVs that are ignored or cannot be read.

use super::*;

#[test]
fn a_retraction_sets_the_state_as_well() {
    let address = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 9];
    let body = concat(&[
        &update_with(2, 0xC0, 128, 0, 1600, 0xFFFF, &address),
        &update(2, 0, 40, 4, &[1]),
    ]);
    assert_eq!(
        routes(&body)[1..],
        [(
            "2001:db8:100::/40".to_owned(),
            RouterId::new([2, 0, 0, 0, 0, 0, 0, 9]),
            SOURCE.to_owned()
        )]
    );
}

#[test]
fn a_mandatory_sub_tlv_does_not_hold_up_the_state() {
    let mandatory = |tlv: &[u8]| with_sub_tlvs(tlv.to_vec(), &[129, 0]);
    let address = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 9];
    let body = concat(&[
        &mandatory(ROUTER_ID),
        &mandatory(NEXT_HOP_V4),
        &mandatory(&update(1, 0x80, 16, 0, &[10, 1])),
        &update(1, 0, 24, 2, &[2]),
        &mandatory(&update(2, 0xC0, 128, 0, &address)),
        &update(2, 0, 40, 4, &[1]),
    ]);
    let (items, skipped) = read_from(SOURCE, &body);
    assert_eq!((items.len(), skipped), (2, 4));
    assert_eq!(
        routes(&body),
        [
            ("10.1.2.0/24".to_owned(), ID, "192.0.2.1".to_owned()),
            (
                "2001:db8:100::/40".to_owned(),
                RouterId::new([2, 0, 0, 0, 0, 0, 0, 9]),
                SOURCE.to_owned()
            ),
        ]
    );
}

#[test]
fn a_malformed_sub_tlv_does_not_hold_up_the_state_either() {
    let body = concat(&[
        &with_sub_tlvs(ROUTER_ID.to_vec(), &[1, 9]),
        &update(2, 0, 0, 0, &[]),
    ]);
    assert_eq!(read(&body)[0], Err(TlvError::SubTlv { kind: 6 }));
    assert_eq!(routes(&body)[0].1, ID);
}

#[test]
fn behind_a_router_id_that_cannot_be_used_nothing_is_announced() {
    let route = update(2, 0, 0, 0, &[]);
    for reserved in [0x00, 0xFF] {
        let tlv = concat(&[&[6, 10, 0, 0], &[reserved; 8]]);
        assert_eq!(
            read(&concat(&[ROUTER_ID, &tlv, &route])),
            [
                Err(TlvError::RouterId { kind: 6 }),
                Err(TlvError::RouterId { kind: 8 })
            ]
        );
    }
    assert_eq!(
        read(&concat(&[ROUTER_ID, &[6, 2, 0, 0], &route])),
        [
            Err(TlvError::Truncated { kind: 6 }),
            Err(TlvError::RouterId { kind: 8 })
        ]
    );
    // The default route's low octets are all zeros.
    assert_eq!(
        read(&concat(&[ROUTER_ID, &update(2, 0x40, 0, 0, &[]), &route])),
        [
            Err(TlvError::RouterId { kind: 8 }),
            Err(TlvError::RouterId { kind: 8 })
        ]
    );
}

#[test]
fn behind_an_update_that_cannot_be_read_nothing_depends_on_its_flags() {
    let first = update(2, 0x80, 32, 0, &[0x20, 1, 0xD, 0xB8]);
    let depends = update(2, 0, 40, 4, &[1]);
    let after = |bad: &[u8]| {
        let body = concat(&[ROUTER_ID, &first, bad, &depends, &update(2, 0, 0, 0, &[])]);
        let (items, _) = read_from(SOURCE, &body);
        let [.., depends, plain] = items[..] else {
            panic!("{items:?}")
        };
        (depends.is_ok(), plain.is_ok())
    };
    let truncated = |flags| [8, 4, 2, flags, 64, 0];
    assert_eq!(after(&truncated(0x00)), (true, true));
    assert_eq!(after(&truncated(0x80)), (false, true));
    assert_eq!(after(&truncated(0x40)), (false, false));
    assert_eq!(after(&[8, 1, 2]), (false, false));
    assert_eq!(after(&update(2, 0x80, 129, 0, &[0; 17])), (false, true));
    assert_eq!(after(&update(2, 0x80, 8, 2, &[])), (false, true));
    // An unknown encoding has a default prefix of its own.
    assert_eq!(after(&update(5, 0x80, 8, 0, &[10])), (true, true));
    assert_eq!(after(&update(5, 0x40, 8, 0, &[10])), (false, false));
}

#[test]
fn a_next_hop_of_each_encoding_is_followed() {
    let global = concat(&[&[7, 18, 2, 0, 0x20, 1, 0xD, 0xB8], &[0; 11], &[9]]);
    let link_local = [7, 10, 3, 0xFF, 0, 0, 0, 0, 0, 0, 0, 8];
    let route = update(2, 0, 0, 0, &[]);
    let body = concat(&[ROUTER_ID, &route, &global, &route, &link_local, &route]);
    let next_hops: Vec<_> = routes(&body).into_iter().map(|(.., hop)| hop).collect();
    assert_eq!(next_hops, [SOURCE, "2001:db8::9", "fe80::8"]);
    assert_eq!(
        read_from(
            SOURCE,
            &concat(&[ROUTER_ID, &[7, 6, 4, 0, 192, 0, 2, 1], &route])
        )
        .1,
        1
    );
}

#[test]
fn behind_a_next_hop_that_cannot_be_used_nothing_is_announced() {
    let route = update(2, 0, 0, 0, &[]);
    let after = |bad: &[u8]| {
        let items = read(&concat(&[ROUTER_ID, bad, &route]));
        let [Err(error), Err(TlvError::NextHop { kind: 8 })] = items[..] else {
            panic!("{items:?}")
        };
        error
    };
    assert_eq!(
        after(&[7, 2, 0, 0]),
        TlvError::Encoding {
            kind: 7,
            encoding: 0
        }
    );
    assert_eq!(after(&[7, 3, 3, 0, 1]), TlvError::Truncated { kind: 7 });
    assert_eq!(after(&[7, 0]), TlvError::Truncated { kind: 7 });
    for first in [0x00, 0xFF] {
        let tlv = concat(&[&[7, 18, 2, 0, first], &[0; 15]]);
        assert_eq!(after(&tlv), TlvError::NextHop { kind: 7 });
    }
}

#[test]
fn an_ipv4_next_hop_must_be_a_unicast_address() {
    for octets in [[0, 0, 0, 0], [127, 0, 0, 1], [224, 0, 0, 111], [255; 4]] {
        let tlv = concat(&[&[7, 6, 1, 0], &octets]);
        let body = concat(&[ROUTER_ID, NEXT_HOP_V4, &tlv, &update(1, 0, 8, 0, &[10])]);
        assert_eq!(
            read(&body),
            [
                Err(TlvError::NextHop { kind: 7 }),
                Err(TlvError::NextHop { kind: 8 })
            ]
        );
    }
}
