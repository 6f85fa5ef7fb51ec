//! Source prefixes (RFC 9079).

use super::*;

/// The sub-TLV for 2001:db8:a::/48.
const FROM: &[u8] = &[128, 7, 48, 0x20, 1, 0xD, 0xB8, 0, 0xA];
const SEQNO_REQUEST: &[u8] = &[10, 14, 2, 0, 0, 7, 9, 0, 2, 0, 0, 0, 0, 0, 0, 1];

fn specific() -> Prefix {
    prefix("::/0 from 2001:db8:a::/48")
}

fn all_with(sub_tlvs: &[u8]) -> [Vec<u8>; 3] {
    [
        with_sub_tlvs(update_with(2, 0, 0, 0, 1600, 0xFFFF, &[]), sub_tlvs),
        with_sub_tlvs(vec![9, 2, 2, 0], sub_tlvs),
        with_sub_tlvs(SEQNO_REQUEST.to_vec(), sub_tlvs),
    ]
}

#[test]
fn updates_and_requests_have_a_source_prefix() {
    let [update, route_request, seqno_request] = all_with(FROM);
    assert_eq!(
        read(&update),
        [Ok(Tlv::Update(Update::retraction(
            specific(),
            centis(1600)
        )))]
    );
    let request = Tlv::RouteRequest {
        prefix: Some(specific()),
    };
    assert_eq!(read(&route_request), [Ok(request)]);
    assert!(matches!(
        read(&seqno_request)[..],
        [Ok(Tlv::SeqnoRequest { prefix, .. })] if prefix == specific()
    ));
    let body = concat(&[
        ROUTER_ID,
        &with_sub_tlvs(super::update(2, 0, 0, 0, &[]), FROM),
    ]);
    assert_eq!(prefixes(&body), ["::/0 from 2001:db8:a::/48"]);
}

#[test]
fn extra_octets_and_bits_behind_a_source_prefix_are_ignored() {
    for sub_tlv in [
        &[128, 9, 48, 0x20, 1, 0xD, 0xB8, 0, 0xA, 9, 9][..],
        &[0, 128, 7, 47, 0x20, 1, 0xD, 0xB8, 0, 0xB, 1, 0],
    ] {
        let [_, request, _] = all_with(sub_tlv);
        let prefix = prefix(if sub_tlv[0] == 0 {
            "::/0 from 2001:db8:a::/47"
        } else {
            "::/0 from 2001:db8:a::/48"
        });
        let prefix = Some(prefix);
        assert_eq!(read(&request), [Ok(Tlv::RouteRequest { prefix })]);
    }
}

#[test]
fn a_wrong_source_prefix_makes_the_tlv_wrong() {
    let twice = [FROM, FROM].concat();
    for sub_tlvs in [
        &[128, 0][..],
        &[128, 1, 0],
        &[128, 6, 48, 0x20, 1, 0xD, 0xB8, 0],
        &[
            128, 18, 129, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
        &twice,
    ] {
        for tlv in all_with(sub_tlvs) {
            assert_eq!(read(&tlv), error(TlvError::Source { kind: tlv[0] }));
            // Beside something unknown nothing is wrong.
            skipped(&with_sub_tlvs(tlv, &[129, 0]));
        }
    }
}

#[test]
fn a_wildcard_with_a_source_prefix_is_ignored() {
    let retraction = update_with(0, 0, 0, 0, 1600, 0xFFFF, &[]);
    for tlv in [retraction, vec![9, 2, 0, 0]] {
        let kind = tlv[0];
        assert_eq!(
            read(&with_sub_tlvs(tlv, FROM)),
            error(TlvError::Source { kind })
        );
    }
}

#[test]
fn a_source_specific_ipv4_route_is_ignored_and_its_prefix_remembered() {
    let first = with_sub_tlvs(update(1, 0x80, 16, 0, &[10, 1]), &[128, 2, 8, 10]);
    let second = update(1, 0, 24, 2, &[7]);
    let body = concat(&[ROUTER_ID, NEXT_HOP_V4, &first, &second]);
    assert_eq!(prefixes(&body), ["10.1.7.0/24"]);
    assert_eq!(read_from(SOURCE, &body).1, 1);
}
