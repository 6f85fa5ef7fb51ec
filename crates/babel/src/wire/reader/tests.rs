use super::*;
use crate::metric::Metric;
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

mod source;
mod state;
mod update;

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
            timestamp: None,
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
            timestamps: None,
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
        assert_eq!(with(&[0, 129, 1, 9]), (vec![], 1));
        assert_eq!(with(&[3, 4, 0]), (error(TlvError::SubTlv { kind }), 0));
    }
}

#[test]
fn an_ignored_tlv_is_not_called_wrong() {
    skipped(&[2, 8, 0, 0, 1, 2, 0, 0, 129, 0]);
    skipped(&[5, 8, 0, 0, 0, 96, 0, 0, 129, 0]);
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
    // RFC 9229 §2.3: AEs 1 and 4 MUST be treated in the same manner
    assert_eq!(
        read(&[9, 3, 4, 8, 10]),
        [request(Some(prefix("10.0.0.0/8")))]
    );
    skipped(&[9, 3, 5, 8, 10]);
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
    assert!(matches!(
        read(&body(4, 8, 9, 2))[..],
        [Ok(Tlv::SeqnoRequest { prefix, .. })] if prefix.is_v4()
    ));
    skipped(&body(5, 8, 9, 2));
}
