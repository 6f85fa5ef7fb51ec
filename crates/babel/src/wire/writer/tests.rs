use super::*;
use crate::metric::Cost;
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::wire::reader::PacketReader;

mod properties;

const SOURCE: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1);
const ID: RouterId = RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]);

fn writer() -> PacketWriter {
    PacketWriter::new(1452, SOURCE)
}

fn update(prefix: &str, next_hop: &str) -> Update {
    Update {
        prefix: prefix.parse().unwrap(),
        router_id: ID,
        seqno: Seqno(7),
        metric: Metric::new(96),
        interval: Interval::from_centis(1600),
        next_hop: next_hop.parse().unwrap(),
    }
}

fn retraction(prefix: &str, next_hop: &str) -> Update {
    Update {
        metric: Metric::INFINITY,
        ..update(prefix, next_hop)
    }
}

fn written(updates: &[Update]) -> Vec<u8> {
    let mut writer = writer();
    for update in updates {
        writer.push(&Tlv::Update(*update)).unwrap();
    }
    writer.finish()
}

fn read(packet: &[u8]) -> Vec<Tlv> {
    PacketReader::new(packet, IpAddr::V6(SOURCE))
        .unwrap()
        .map(|tlv| tlv.unwrap())
        .collect()
}

/// Type and octets after the length of each TLV.
fn tlvs(packet: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut rest = &packet[4..];
    let mut tlvs = Vec::new();
    while let [kind, len, tail @ ..] = rest {
        let (body, tail) = tail.split_at(usize::from(*len));
        tlvs.push((*kind, body.to_vec()));
        rest = tail;
    }
    tlvs
}

fn kinds(packet: &[u8]) -> Vec<u8> {
    tlvs(packet).into_iter().map(|(kind, _)| kind).collect()
}

/// What the reader is to make of a TLV that was written.
fn as_received(tlv: Tlv) -> Tlv {
    match tlv {
        Tlv::Update(update) if update.is_retraction() => {
            Tlv::Update(Update::retraction(update.prefix, update.interval))
        }
        other => other,
    }
}

#[test]
fn an_empty_packet_is_a_header() {
    assert!(writer().is_empty());
    assert_eq!(writer().len(), 4);
    assert_eq!(writer().finish(), [42, 2, 0, 0]);
}

#[test]
fn the_router_id_is_written_once_and_again_when_it_changes() {
    let other = Update {
        router_id: RouterId::new([9; 8]),
        ..update("2001:db8:1::/48", "fe80::1")
    };
    let first = update("2001:db8::/48", "fe80::1");
    assert_eq!(
        kinds(&written(&[first, first, other, other, first])),
        [6, 8, 8, 6, 8, 8, 6, 8]
    );
}

#[test]
fn the_own_address_needs_no_next_hop_and_another_one_does() {
    let own = update("2001:db8::/48", "fe80::1");
    let foreign = update("2001:db8::/48", "fe80::2");
    let v4 = update("10.0.0.0/8", "192.0.2.1");
    assert_eq!(kinds(&written(&[own])), [6, 8]);
    assert_eq!(
        kinds(&written(&[v4, own, v4, foreign, v4, foreign, own])),
        [7, 6, 8, 8, 8, 7, 8, 8, 8, 7, 8]
    );
}

#[test]
fn shared_octets_are_omitted() {
    let packet = written(&[
        update("2001:db8:0:1::/64", "fe80::1"),
        update("2001:db8:0:2::/64", "fe80::1"),
        update("2001:db8:0:2::/56", "fe80::1"),
    ]);
    let updates: Vec<_> = tlvs(&packet).split_off(1);
    let omitted: Vec<_> = updates.iter().map(|(_, body)| body[3]).collect();
    let lens: Vec<_> = updates.iter().map(|(_, body)| body.len()).collect();
    assert_eq!(omitted, [0, 7, 7]);
    assert_eq!(lens, [18, 11, 10]);
}

#[test]
fn the_default_route_leaves_the_default_prefix_alone() {
    let packet = written(&[
        update("2001:db8:0:1::/64", "fe80::1"),
        update("::/0", "fe80::1"),
        update("2001:db8:0:2::/64", "fe80::1"),
    ]);
    assert_eq!(tlvs(&packet)[3].1[3], 7);
}

#[test]
fn a_host_route_that_ends_in_the_router_id_carries_it() {
    let host = update("2001:db8::200:0:0:1/128", "fe80::1");
    let packet = written(&[host, host, update("2001:db8::/32", "fe80::1")]);
    assert_eq!(kinds(&packet), [8, 8, 8]);
    assert_eq!(tlvs(&packet)[0].1[1], 0xC0);
    assert_eq!(tlvs(&packet)[1].1[1], 0x80);
    assert_eq!(
        read(&packet)[2],
        Tlv::Update(update("2001:db8::/32", "fe80::1"))
    );
}

#[test]
fn an_ipv4_prefix_never_carries_the_router_id() {
    let host = Update {
        router_id: RouterId::new([0, 0, 0, 0, 192, 0, 2, 1]),
        ..update("192.0.2.1/32", "192.0.2.1")
    };
    assert_eq!(kinds(&written(&[host])), [7, 6, 8]);
}

#[test]
fn a_retraction_brings_the_router_id_and_next_hop_that_peers_go_by() {
    assert_eq!(
        kinds(&written(&[retraction("10.0.0.0/8", "192.0.2.1")])),
        [7, 6, 8]
    );
    assert_eq!(
        kinds(&written(&[retraction("2001:db8::/48", "fe80::1")])),
        [6, 8]
    );
}

#[test]
fn a_retraction_is_written_without_what_nobody_knows() {
    let interval = Interval::from_centis(1600);
    for prefix in ["10.0.0.0/8", "2001:db8::/48"] {
        let retraction = Update::retraction(prefix.parse().unwrap(), interval);
        let packet = written(&[retraction]);
        assert_eq!(kinds(&packet), [8]);
        assert_eq!(read(&packet), [Tlv::Update(retraction)]);
    }
}

#[test]
fn a_wildcard_retraction_is_ten_octets() {
    let mut writer = writer();
    let interval = Interval::from_centis(1600);
    writer.push(&Tlv::WithdrawAll { interval }).unwrap();
    assert_eq!(
        tlvs(&writer.finish()),
        [(8, vec![0, 0, 0, 0, 6, 0x40, 0, 0, 0xFF, 0xFF])]
    );
}

#[test]
fn what_no_packet_can_hold_is_refused_and_changes_nothing() {
    let good = update("2001:db8::/48", "fe80::1");
    let zero = Interval::ZERO;
    let bad = [
        Tlv::AckRequest {
            nonce: 1,
            interval: zero,
        },
        Tlv::Ihu {
            rxcost: Cost::new(96),
            interval: zero,
            address: None,
            timestamps: None,
        },
        Tlv::WithdrawAll { interval: zero },
        Tlv::Update(Update {
            interval: zero,
            ..good
        }),
        Tlv::Update(Update {
            router_id: RouterId::new([0; 8]),
            ..good
        }),
        Tlv::Update(Update {
            router_id: RouterId::new([0xFF; 8]),
            ..good
        }),
        Tlv::Update(update("2001:db8::/48", "192.0.2.1")),
        Tlv::Update(update("2001:db8::/48", "::")),
        Tlv::Update(update("2001:db8::/48", "ff02::1:6")),
        Tlv::Update(update("10.0.0.0/8", "ff02::1:6")),
        Tlv::Update(update("10.0.0.0/8", "0.0.0.0")),
        Tlv::SeqnoRequest {
            prefix: good.prefix,
            seqno: Seqno(1),
            hop_count: 0,
            router_id: ID,
        },
        Tlv::SeqnoRequest {
            prefix: good.prefix,
            seqno: Seqno(1),
            hop_count: 1,
            router_id: RouterId::new([0; 8]),
        },
    ];
    let mut writer = writer();
    for tlv in bad {
        assert!(
            matches!(writer.push(&tlv), Err(PushError::Invalid { .. })),
            "{tlv:?}"
        );
        assert!(writer.is_empty(), "{tlv:?}");
    }
    writer.push(&Tlv::Update(good)).unwrap();
    assert_eq!(read(&writer.finish()), [Tlv::Update(good)]);
}

#[test]
fn a_tlv_that_does_not_fit_leaves_the_state_as_it_was() {
    let mut writer = PacketWriter::new(0, SOURCE);
    let hello = Tlv::Hello {
        unicast: false,
        seqno: Seqno(1),
        interval: Interval::ZERO,
        timestamp: None,
    };
    let v4 = Tlv::Update(update("10.1.2.0/24", "192.0.2.1"));
    while writer.len() + 12 <= PacketWriter::LEAST {
        writer.push(&hello).unwrap();
    }
    let before = writer.len();
    assert_eq!(writer.push(&v4), Err(PushError::Full));
    assert_eq!(writer.len(), before);
    assert_eq!(writer.state.router_id(), None);
    assert_eq!(writer.state.default_prefix(Encoding::V4), None);
    writer.push(&Tlv::Ack { nonce: 1 }).unwrap();
}

#[test]
fn the_largest_tlv_fits_into_the_smallest_packet() {
    let mut writer = PacketWriter::new(0, SOURCE);
    let largest = update("2001:db8:1:2:3:4:5:6/128", "2001:db8::1");
    writer.push(&Tlv::Update(largest)).unwrap();
    assert_eq!(writer.len(), 4 + 20 + 12 + 28);
}

#[test]
fn a_packet_never_outgrows_what_udp_can_carry() {
    let mut writer = PacketWriter::new(usize::MAX, SOURCE);
    let request = Tlv::RouteRequest { prefix: None };
    while writer.push(&request).is_ok() {}
    let packet = writer.finish();
    assert!(packet.len() <= PacketWriter::GREATEST);
    assert_eq!(read(&packet).len(), (PacketWriter::GREATEST - 4) / 4);
}
