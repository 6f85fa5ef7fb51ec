use super::*;
use crate::metric::Metric;
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

const SOURCE: &str = "fe80::1";

fn packet(body: &[u8]) -> Vec<u8> {
    let mut packet = Header::emit(body.len().try_into().unwrap()).to_vec();
    packet.extend(body);
    packet
}

fn read_from(source: &str, body: &[u8]) -> (Vec<Result<Tlv, TlvError>>, u32) {
    let packet = packet(body);
    let mut reader = PacketReader::new(&packet, source.parse().unwrap()).unwrap();
    let items = reader.by_ref().collect();
    (items, reader.skipped())
}

fn read(body: &[u8]) -> Vec<Result<Tlv, TlvError>> {
    let (items, skipped) = read_from(SOURCE, body);
    assert_eq!(skipped, 0);
    items
}

fn skipped(body: &[u8]) {
    assert_eq!(read_from(SOURCE, body), (vec![], 1));
}

fn concat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn error<T: Copy>(error: TlvError) -> Vec<Result<T, TlvError>> {
    vec![Err(error)]
}

fn centis(centis: u16) -> Interval {
    Interval::from_centis(centis)
}

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

const ROUTER_ID: &[u8] = &[6, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1];
const ID: RouterId = RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]);
const NEXT_HOP_V4: &[u8] = &[7, 6, 1, 0, 192, 0, 2, 1];

/// An Update with metric 96, seqno 7 and an interval of 16 s.
fn update(encoding: u8, flags: u8, plen: u8, omitted: u8, stored: &[u8]) -> Vec<u8> {
    update_with(encoding, flags, plen, omitted, 1600, 96, stored)
}

fn update_with(
    encoding: u8,
    flags: u8,
    plen: u8,
    omitted: u8,
    interval: u16,
    metric: u16,
    stored: &[u8],
) -> Vec<u8> {
    let mut tlv = vec![8, u8::try_from(10 + stored.len()).unwrap()];
    tlv.extend([encoding, flags, plen, omitted]);
    tlv.extend(interval.to_be_bytes());
    tlv.extend([0, 7]);
    tlv.extend(metric.to_be_bytes());
    tlv.extend(stored);
    tlv
}

fn with_sub_tlvs(mut tlv: Vec<u8>, sub_tlvs: &[u8]) -> Vec<u8> {
    tlv.extend(sub_tlvs);
    tlv[1] = u8::try_from(tlv.len() - 2).unwrap();
    tlv
}

/// The prefixes, router-ids and next hops of the finite Updates, errors left out.
fn routes(body: &[u8]) -> Vec<(String, RouterId, String)> {
    read_from(SOURCE, body)
        .0
        .into_iter()
        .filter_map(|item| match item {
            Ok(Tlv::Update(update)) => Some((
                update.prefix.to_string(),
                update.router_id,
                update.next_hop.to_string(),
            )),
            _ => None,
        })
        .collect()
}

fn prefixes(body: &[u8]) -> Vec<String> {
    routes(body)
        .into_iter()
        .map(|(prefix, ..)| prefix)
        .collect()
}

#[test]
fn padding_is_silent() {
    assert_eq!(read(&[0, 0, 1, 0, 1, 3, 9, 9, 9, 0]), []);
}

#[test]
fn an_unknown_tlv_is_skipped_and_counted() {
    skipped(&[11, 2, 1, 2]);
    skipped(&[255, 0]);
}

#[test]
fn what_follows_the_body_is_not_read() {
    let mut packet = packet(&[3, 2, 1, 2]);
    packet.extend([3, 2, 3, 4, 99]);
    let reader = PacketReader::new(&packet, SOURCE.parse().unwrap()).unwrap();
    assert_eq!(reader.collect::<Vec<_>>(), [Ok(Tlv::Ack { nonce: 0x0102 })]);
}

#[test]
fn a_lying_length_ends_the_packet_and_keeps_what_came_before() {
    assert_eq!(
        read(&[3, 2, 1, 2, 4, 7, 0, 0, 0, 0, 0, 0]),
        [
            Ok(Tlv::Ack { nonce: 0x0102 }),
            Err(TlvError::Overrun { kind: 4 })
        ]
    );
}

#[test]
fn an_acknowledgement_request_needs_an_interval() {
    assert_eq!(
        read(&[2, 6, 0xFF, 0xFF, 1, 2, 0, 50]),
        [Ok(Tlv::AckRequest {
            nonce: 0x0102,
            interval: centis(50)
        })]
    );
    assert_eq!(
        read(&[2, 6, 0, 0, 1, 2, 0, 0]),
        error(TlvError::Interval { kind: 2 })
    );
}

#[test]
fn a_hello_is_multicast_or_unicast_and_other_flags_are_ignored() {
    let hello = |unicast, interval| {
        Ok(Tlv::Hello {
            unicast,
            seqno: Seqno(0x0102),
            interval: centis(interval),
        })
    };
    assert_eq!(
        read(&[4, 6, 0x7F, 0xFF, 1, 2, 1, 0x90]),
        [hello(false, 400)]
    );
    assert_eq!(read(&[4, 6, 0xFF, 0xFF, 1, 2, 0, 0]), [hello(true, 0)]);
}

#[test]
fn an_ihu_names_its_receiver_in_any_encoding() {
    let ihu = |address: Option<&str>| {
        Ok(Tlv::Ihu {
            rxcost: Cost::new(96),
            interval: centis(1200),
            address: address.map(|address| address.parse().unwrap()),
        })
    };
    assert_eq!(read(&[5, 6, 0, 9, 0, 96, 4, 0xB0]), [ihu(None)]);
    assert_eq!(
        read(&[5, 10, 1, 0, 0, 96, 4, 0xB0, 192, 0, 2, 1]),
        [ihu(Some("192.0.2.1"))]
    );
    assert_eq!(
        read(&[5, 14, 3, 0, 0, 96, 4, 0xB0, 0, 0, 0, 0, 0, 0, 0, 9]),
        [ihu(Some("fe80::9"))]
    );
    let v6 = [5, 22, 2, 0, 0, 96, 4, 0xB0, 0x20, 1, 0xD, 0xB8];
    assert_eq!(
        read(&concat(&[&v6, &[0; 11], &[9]])),
        [ihu(Some("2001:db8::9"))]
    );
    skipped(&[5, 10, 4, 0, 0, 96, 4, 0xB0, 192, 0, 2, 1]);
    assert_eq!(
        read(&[5, 6, 0, 0, 0, 96, 0, 0]),
        error(TlvError::Interval { kind: 5 })
    );
}

#[test]
fn a_tlv_shorter_than_its_fields_is_an_error_at_every_length() {
    let whole: [&[u8]; 8] = [
        &[2, 6, 0, 0, 1, 2, 0, 50],
        &[3, 2, 1, 2],
        &[4, 6, 0, 0, 1, 2, 0, 0],
        &[5, 14, 3, 0, 0, 96, 4, 0xB0, 0, 0, 0, 0, 0, 0, 0, 9],
        ROUTER_ID,
        NEXT_HOP_V4,
        &[9, 5, 1, 24, 10, 0, 0],
        &[10, 17, 1, 24, 0, 7, 9, 0, 2, 0, 0, 0, 0, 0, 0, 1, 10, 0, 0],
    ];
    let update = update(1, 0, 24, 0, &[10, 0, 0]);
    for tlv in whole.into_iter().chain([&update[..]]) {
        let kind = tlv[0];
        for len in 2..tlv.len() {
            let mut cut = tlv[..len].to_vec();
            cut[1] = u8::try_from(len - 2).unwrap();
            assert_eq!(read(&cut), error(TlvError::Truncated { kind }), "{cut:?}");
        }
        assert!(!matches!(
            read(&concat(&[ROUTER_ID, NEXT_HOP_V4, tlv])).last(),
            Some(Err(_))
        ));
    }
}

#[test]
fn every_tlv_bears_sub_tlvs_behind_its_fields() {
    let tlvs: [&[u8]; 7] = [
        &[2, 6, 0, 0, 1, 2, 0, 50],
        &[3, 2, 1, 2],
        &[4, 6, 0, 0, 1, 2, 0, 0],
        &[5, 14, 3, 0, 0, 96, 4, 0xB0, 0, 0, 0, 0, 0, 0, 0, 9],
        &[9, 5, 1, 24, 10, 0, 0],
        &[9, 2, 0, 0],
        &[10, 17, 1, 24, 0, 7, 9, 0, 2, 0, 0, 0, 0, 0, 0, 1, 10, 0, 0],
    ];
    let update = update(2, 0x40, 128, 0, &[9; 16]);
    for tlv in tlvs.into_iter().chain([&update[..]]) {
        let plain = read(tlv);
        assert!(plain[0].is_ok());
        let kind = tlv[0];
        let with = |sub_tlvs| read_from(SOURCE, &with_sub_tlvs(tlv.to_vec(), sub_tlvs));
        assert_eq!(with(&[0, 1, 2, 0, 0, 112, 1, 9]), (plain, 0));
        assert_eq!(with(&[0, 128, 1, 9]), (vec![], 1));
        assert_eq!(with(&[3, 4, 0]), (error(TlvError::SubTlv { kind }), 0));
    }
}

#[test]
fn an_ignored_tlv_is_not_called_wrong() {
    skipped(&[2, 8, 0, 0, 1, 2, 0, 0, 128, 0]);
    skipped(&[5, 8, 0, 0, 0, 96, 0, 0, 128, 0]);
}

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
fn an_update_of_an_unknown_encoding_is_skipped() {
    let (items, skipped) = read_from(SOURCE, &concat(&[ROUTER_ID, &update(4, 0, 8, 0, &[10])]));
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
    let mandatory = |tlv: &[u8]| with_sub_tlvs(tlv.to_vec(), &[128, 0]);
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
    assert_eq!(after(&update(4, 0x80, 8, 0, &[10])), (true, true));
    assert_eq!(after(&update(4, 0x40, 8, 0, &[10])), (false, false));
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

#[test]
fn a_route_request_is_for_one_prefix_or_for_all() {
    let request = |prefix| Ok(Tlv::RouteRequest { prefix });
    assert_eq!(read(&[9, 2, 0, 0]), [request(None)]);
    assert_eq!(
        read(&[9, 4, 1, 9, 10, 0xFF]),
        [request(Some(prefix("10.128.0.0/9")))]
    );
    assert_eq!(read(&[9, 2, 2, 0]), [request(Some(Prefix::DEFAULT_V6))]);
    assert_eq!(
        read(&[9, 3, 0, 8, 0]),
        error(TlvError::PrefixLength { kind: 9, plen: 8 })
    );
    skipped(&[9, 3, 4, 8, 10]);
}

#[test]
fn a_seqno_request_names_a_prefix_a_router_and_a_hop_count() {
    let body = |encoding, plen, hops, id: u8| {
        let mut body = vec![10, 15, encoding, plen, 0, 7, hops, 0xFF];
        body.extend([id; 8]);
        body.push(0x20);
        body
    };
    assert_eq!(
        read(&body(2, 8, 9, 2)),
        [Ok(Tlv::SeqnoRequest {
            prefix: prefix("2000::/8"),
            seqno: Seqno(7),
            hop_count: 9,
            router_id: RouterId::new([2; 8]),
        })]
    );
    assert_eq!(read(&body(2, 8, 0, 2)), error(TlvError::HopCount));
    for reserved in [0x00, 0xFF] {
        assert_eq!(
            read(&body(2, 8, 9, reserved)),
            error(TlvError::RouterId { kind: 10 })
        );
    }
    assert_eq!(
        read(&[10, 14, 0, 0, 0, 7, 9, 0, 2, 0, 0, 0, 0, 0, 0, 1]),
        error(TlvError::Encoding {
            kind: 10,
            encoding: 0
        })
    );
    skipped(&body(4, 8, 9, 2));
}
