//! Updates and what they take from the TLVs before them.

use super::*;

#[test]
fn an_update_takes_router_id_and_next_hop_from_what_precedes_it() {
    let body = concat(&[
        ROUTER_ID,
        &update(2, 0, 32, 0, &[0x20, 1, 0xD, 0xB8]),
        NEXT_HOP_V4,
        &update(1, 0, 8, 0, &[10]),
    ]);
    let updates: Vec<_> = [("2001:db8::/32", SOURCE), ("10.0.0.0/8", "192.0.2.1")]
        .map(|(text, next_hop)| {
            Ok(Tlv::Update(Update {
                prefix: prefix(text),
                router_id: ID,
                seqno: Seqno(7),
                metric: Metric::new(96),
                interval: centis(1600),
                next_hop: next_hop.parse().unwrap(),
            }))
        })
        .into();
    assert_eq!(read(&body), updates);
}

#[test]
fn a_finite_update_needs_a_router_id() {
    assert_eq!(
        read(&update(2, 0, 0, 0, &[])),
        error(TlvError::RouterId { kind: 8 })
    );
}

#[test]
fn a_finite_ipv4_update_over_ipv6_needs_a_next_hop_tlv() {
    let body = concat(&[ROUTER_ID, &update(1, 0, 8, 0, &[10])]);
    assert_eq!(read(&body), error(TlvError::NextHop { kind: 8 }));
    let (items, _) = read_from("192.0.2.7", &body);
    assert!(matches!(
        items[..],
        [Ok(Tlv::Update(Update { next_hop, .. }))] if next_hop.to_string() == "192.0.2.7"
    ));
}

#[test]
fn a_finite_ipv6_update_over_ipv4_needs_a_next_hop_tlv() {
    let route = update(2, 0, 0, 0, &[]);
    let body = concat(&[ROUTER_ID, &route]);
    assert_eq!(
        read_from("192.0.2.7", &body).0,
        error(TlvError::NextHop { kind: 8 })
    );
    let next_hop = [7, 10, 3, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    let body = concat(&[ROUTER_ID, &next_hop, &route]);
    assert!(matches!(
        read_from("192.0.2.7", &body).0[..],
        [Ok(Tlv::Update(Update { next_hop, .. }))] if next_hop.to_string() == "fe80::9"
    ));
}

#[test]
fn a_retraction_needs_neither_router_id_nor_next_hop() {
    for (encoding, text, stored) in [(1, "10.0.0.0/8", &[10][..]), (2, "2000::/8", &[0x20])] {
        let bare = update_with(encoding, 0, 8, 0, 1600, 0xFFFF, stored);
        let retraction = Ok(Tlv::Update(Update::retraction(prefix(text), centis(1600))));
        assert_eq!(read(&bare), [retraction]);
        let dressed = concat(&[ROUTER_ID, NEXT_HOP_V4, &bare]);
        assert_eq!(read(&dressed), [retraction]);
    }
}

#[test]
fn an_interval_of_zero_ignores_an_announcement_but_never_a_retraction() {
    let announcement = update_with(2, 0, 0, 0, 0, 96, &[]);
    assert_eq!(
        read(&concat(&[ROUTER_ID, &announcement])),
        error(TlvError::Interval { kind: 8 })
    );
    assert_eq!(
        read(&update_with(2, 0, 0, 0, 0, 0xFFFF, &[])),
        [Ok(Tlv::Update(Update::retraction(
            Prefix::DEFAULT_V6,
            centis(1)
        )))]
    );
}

#[test]
fn a_wildcard_update_retracts_everything_and_announces_nothing() {
    assert_eq!(
        read(&update_with(0, 0, 0, 0, 1600, 0xFFFF, &[])),
        [Ok(Tlv::WithdrawAll {
            interval: centis(1600)
        })]
    );
    assert_eq!(
        read(&concat(&[ROUTER_ID, &update(0, 0, 0, 0, &[])])),
        error(TlvError::FiniteWildcard)
    );
    assert_eq!(
        read(&update_with(0, 0, 1, 0, 1600, 0xFFFF, &[0])),
        error(TlvError::PrefixLength { kind: 8, plen: 1 })
    );
    assert_eq!(
        read(&update_with(0, 0, 0, 1, 1600, 0xFFFF, &[])),
        error(TlvError::Omitted { omitted: 1 })
    );
}

#[test]
fn an_ipv4_prefix_leads_to_an_ipv6_next_hop() {
    // RFC 9229 §2.2, §4.1: the next hop of IPv6, a compression state of its own.
    let body = concat(&[
        ROUTER_ID,
        &[7, 6, 1, 0, 192, 0, 2, 1],
        &update(1, 0x80, 24, 0, &[198, 51, 100]),
        &update(4, 0x80, 24, 0, &[10, 0, 1]),
        &update(4, 0, 24, 2, &[2]),
        &update(1, 0, 24, 2, &[101]),
        &[7, 10, 3, 0, 0, 0, 0, 0, 0, 0, 0, 8],
        &update(4, 0, 0, 0, &[]),
    ]);
    let hops: Vec<(String, String)> = read(&body)
        .into_iter()
        .map(|item| match item {
            Ok(Tlv::Update(update)) => (update.prefix.to_string(), update.next_hop.to_string()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("198.51.100.0/24", "192.0.2.1"),
        ("10.0.1.0/24", SOURCE),
        ("10.0.2.0/24", SOURCE),
        ("198.51.101.0/24", "192.0.2.1"),
        ("0.0.0.0/0", "fe80::8"),
    ];
    let expected = expected.map(|(prefix, hop)| (prefix.to_owned(), hop.to_owned()));
    assert_eq!(hops, expected);
    // Nothing may be omitted of what another encoding left, and IPv4 transport has no such next hop.
    let omitted = concat(&[
        ROUTER_ID,
        &update(1, 0x80, 24, 0, &[10, 0, 1]),
        &update(4, 0, 24, 2, &[2]),
    ]);
    assert_eq!(
        read_from(SOURCE, &omitted).0[1..],
        [Err(TlvError::Omitted { omitted: 2 })]
    );
    let bare = concat(&[ROUTER_ID, &update(4, 0, 8, 0, &[10])]);
    assert_eq!(
        read_from("192.0.2.7", &bare).0,
        [Err(TlvError::NextHop { kind: 8 })]
    );
}

#[test]
fn a_retraction_in_either_encoding_is_the_same() {
    let retraction = |encoding| read(&update_with(encoding, 0, 8, 0, 1600, 0xFFFF, &[10]));
    assert_eq!(retraction(4), retraction(1));
}

#[test]
fn an_update_of_an_unknown_encoding_is_skipped() {
    let (items, skipped) = read_from(SOURCE, &concat(&[ROUTER_ID, &update(5, 0, 8, 0, &[10])]));
    assert_eq!((items, skipped), (vec![], 1));
}

#[test]
fn a_prefix_longer_than_its_family_is_an_error() {
    for (encoding, plen, stored) in [(1, 33, 5), (2, 129, 17), (3, 129, 9), (3, 63, 0)] {
        assert_eq!(
            read(&update(encoding, 0, plen, 0, &vec![0; stored])),
            error(TlvError::PrefixLength { kind: 8, plen })
        );
    }
}

#[test]
fn omitted_octets_come_from_the_last_update_with_the_prefix_flag() {
    let body = concat(&[
        ROUTER_ID,
        &update(2, 0x80, 64, 0, &[0x20, 1, 0xD, 0xB8, 0, 0, 0, 1]),
        &update(2, 0, 64, 7, &[2]),
        &update(2, 0x80, 64, 7, &[3]),
        &update(2, 0, 128, 8, &[0, 0, 0, 0, 0, 0, 0, 4]),
        &update(2, 0, 48, 6, &[]),
    ]);
    assert_eq!(
        prefixes(&body),
        [
            "2001:db8:0:1::/64",
            "2001:db8:0:2::/64",
            "2001:db8:0:3::/64",
            "2001:db8:0:3::4/128",
            "2001:db8::/48",
        ]
    );
}

#[test]
fn the_families_have_default_prefixes_of_their_own() {
    let body = concat(&[
        ROUTER_ID,
        NEXT_HOP_V4,
        &update(1, 0x80, 24, 0, &[192, 0, 2]),
        &update(2, 0x80, 32, 0, &[0x20, 1, 0xD, 0xB8]),
        &update(1, 0, 32, 3, &[9]),
        &update(2, 0, 40, 4, &[9]),
    ]);
    assert_eq!(
        prefixes(&body),
        [
            "192.0.2.0/24",
            "2001:db8::/32",
            "192.0.2.9/32",
            "2001:db8:900::/40"
        ]
    );
    let other_family = concat(&[
        ROUTER_ID,
        NEXT_HOP_V4,
        &update(1, 0x80, 24, 0, &[192, 0, 2]),
        &update(2, 0, 32, 2, &[0xD, 0xB8]),
    ]);
    assert_eq!(prefixes(&other_family), ["192.0.2.0/24"]);
}

#[test]
fn a_default_prefix_is_cut_to_its_length() {
    let body = concat(&[
        ROUTER_ID,
        NEXT_HOP_V4,
        &update(1, 0x80, 9, 0, &[10, 0xFF]),
        &update(1, 0, 24, 2, &[7]),
    ]);
    assert_eq!(prefixes(&body), ["10.128.0.0/9", "10.128.7.0/24"]);
}

#[test]
fn octets_cannot_be_omitted_without_a_default_prefix_or_beyond_the_prefix() {
    let error = error(TlvError::Omitted { omitted: 2 });
    assert_eq!(
        read(&concat(&[ROUTER_ID, &update(2, 0, 32, 2, &[1, 2])])),
        error
    );
    let body = concat(&[
        ROUTER_ID,
        &update(2, 0, 32, 0, &[0x20, 1, 0xD, 0xB8]),
        &update(2, 0, 32, 2, &[1, 2]),
    ]);
    assert_eq!(read(&body)[1..], error);
    let body = concat(&[
        ROUTER_ID,
        &update(2, 0x80, 32, 0, &[0x20, 1, 0xD, 0xB8]),
        &update(2, 0, 8, 2, &[]),
    ]);
    assert_eq!(read(&body)[1..], error);
}

#[test]
fn a_link_local_prefix_implies_its_first_half_and_omits_nothing() {
    let body = concat(&[
        ROUTER_ID,
        &update(3, 0x80, 128, 0, &[0, 0, 0, 0, 0, 0, 0, 9]),
    ]);
    assert_eq!(prefixes(&body), ["fe80::9/128"]);
    let body = concat(&[&body, &update(3, 0, 128, 1, &[0; 7])]);
    assert_eq!(read(&body)[1..], error(TlvError::Omitted { omitted: 1 }));
    let body = concat(&[&body, &update(2, 0, 128, 8, &[0, 0, 0, 0, 0, 0, 0, 7])]);
    assert_eq!(prefixes(&body), ["fe80::9/128"]);
}

#[test]
fn the_router_id_flag_takes_the_low_octets_for_this_update_and_the_next() {
    let address = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 9];
    let id = RouterId::new([2, 0, 0, 0, 0, 0, 0, 9]);
    let body = concat(&[
        ROUTER_ID,
        &update(2, 0x40, 128, 0, &address),
        &update(2, 0, 8, 0, &[0x20]),
        NEXT_HOP_V4,
        &update(1, 0x40, 24, 0, &[192, 0, 2]),
        &update(3, 0x40, 128, 0, &[0, 0, 0, 0, 0, 0, 0, 9]),
    ]);
    let ids: Vec<_> = routes(&body).into_iter().map(|(_, id, _)| id).collect();
    assert_eq!(
        ids,
        [
            id,
            id,
            RouterId::new([0, 0, 0, 0, 192, 0, 2, 0]),
            RouterId::new([0, 0, 0, 0, 0, 0, 0, 9]),
        ]
    );
}
