//! What holds for any TLVs in any order.

use proptest::prelude::*;

use super::*;

fn interval() -> impl Strategy<Value = Interval> {
    (1..=u16::MAX).prop_map(Interval::from_centis)
}

/// Router-ids from a small pool, so that packets share them.
fn router_id() -> impl Strategy<Value = RouterId> {
    prop_oneof![
        (1..4u8).prop_map(|last| RouterId::new([2, 0, 0, 0, 0, 0, 0, last])),
        any::<[u8; 8]>()
            .prop_map(RouterId::new)
            .prop_filter("reserved", |id| id.is_valid()),
    ]
}

/// Prefixes of which many share octets, and some end in a router-id of the pool.
fn prefix() -> impl Strategy<Value = Prefix> {
    let v4 = prop_oneof![
        (0..0x400u32).prop_map(|low| 0x0A00_0000 | low),
        any::<u32>()
    ];
    let v6 = prop_oneof![
        (0..4u128, 0..4u128).prop_map(|(net, host)| 0xFD00 << 112 | net << 64 | 2 << 56 | host),
        any::<u128>(),
    ];
    prop_oneof![
        (v4, 0..=32u8).prop_map(|(bits, plen)| Prefix::v4(bits.into(), plen).unwrap()),
        (
            (v6, prop_oneof![Just(128u8), 0..=128u8]),
            (any::<u128>(), prop_oneof![Just(0u8), 0..=128u8])
        )
            .prop_map(|(destination, source)| {
                let [destination, source] =
                    [destination, source].map(|(bits, plen)| Prefix::v6(bits.into(), plen));
                destination.unwrap().with_source(source.unwrap()).unwrap()
            }),
    ]
}

fn next_hop(prefix: Prefix) -> impl Strategy<Value = IpAddr> {
    let low = 1..4u8;
    low.prop_map(move |low| match prefix {
        Prefix::V4(_) if low < 3 => IpAddr::from([192, 0, 2, low]),
        // By RFC 9229.
        Prefix::V4(_) => SOURCE.into(),
        Prefix::V6(_) if low == 3 => "2001:db8::1".parse().unwrap(),
        _ => IpAddr::V6(Ipv6Addr::from_bits(SOURCE.to_bits() + u128::from(low) - 1)),
    })
}

fn metric() -> impl Strategy<Value = Metric> {
    prop_oneof![3 => any::<u16>().prop_map(Metric::new), 1 => Just(Metric::INFINITY)]
}

fn any_update() -> impl Strategy<Value = Update> {
    prefix().prop_flat_map(|prefix| {
        (
            router_id(),
            any::<u16>(),
            metric(),
            interval(),
            next_hop(prefix),
        )
            .prop_map(
                move |(router_id, seqno, metric, interval, next_hop)| Update {
                    prefix,
                    router_id,
                    seqno: Seqno(seqno),
                    metric,
                    interval,
                    next_hop,
                },
            )
    })
}

fn any_tlv() -> impl Strategy<Value = Tlv> {
    let address = prop_oneof![
        Just(None),
        any::<IpAddr>().prop_map(Some),
        any::<u64>().prop_map(|low| Some(IpAddr::V6(Ipv6Addr::from_bits(
            0xFE80 << 112 | u128::from(low)
        )))),
    ];
    prop_oneof![
            1 => (any::<u16>(), interval())
                .prop_map(|(nonce, interval)| Tlv::AckRequest { nonce, interval }),
            1 => any::<u16>().prop_map(|nonce| Tlv::Ack { nonce }),
            1 => (any::<bool>(), any::<u16>(), any::<u16>(), any::<Option<u32>>()).prop_map(|(unicast, seqno, interval, timestamp)| {
                Tlv::Hello {
                    unicast,
                    seqno: Seqno(seqno),
                    interval: Interval::from_centis(interval),
    timestamp,
                }
            }),
            1 => (any::<u16>(), interval(), address, any::<Option<(u32, u32)>>()).prop_map(|(rxcost, interval, address, timestamps)| Tlv::Ihu {
                rxcost: Cost::new(rxcost),
                interval,
                address,
    timestamps: timestamps.map(|(origin, receive)| Timestamps { origin, receive }),
            }),
            8 => any_update().prop_map(Tlv::Update),
            1 => interval().prop_map(|interval| Tlv::WithdrawAll { interval }),
            1 => proptest::option::of(prefix()).prop_map(|prefix| Tlv::RouteRequest { prefix }),
            1 => (prefix(), any::<u16>(), 1..=u8::MAX, router_id()).prop_map(
                |(prefix, seqno, hop_count, router_id)| Tlv::SeqnoRequest {
                    prefix,
                    seqno: Seqno(seqno),
                    hop_count,
                    router_id,
                }
            ),
        ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        tlvs in proptest::collection::vec(any_tlv(), 0..80),
        capacity in 0..2000usize,
    ) {
        let mut writer = PacketWriter::new(capacity, SOURCE);
        let mut expected = Vec::new();
        for tlv in tlvs {
            let before = writer.len();
            match writer.push(&tlv) {
                Ok(()) => expected.push(as_received(tlv)),
                Err(error) => {
                    prop_assert_eq!(error, PushError::Full);
                    prop_assert_eq!(writer.len(), before);
                }
            }
        }
        let len = writer.len();
        let packet = writer.finish();
        prop_assert_eq!(packet.len(), len);
        prop_assert!(packet.len() <= capacity.max(PacketWriter::LEAST));
        let mut reader = PacketReader::new(&packet, IpAddr::V6(SOURCE)).unwrap();
        let read: Result<Vec<_>, _> = reader.by_ref().collect();
        prop_assert_eq!(read, Ok(expected));
        prop_assert_eq!(reader.skipped(), 0);
    }

    #[test]
    fn compression_does_not_change_the_meaning(
        updates in proptest::collection::vec(any_update(), 1..20),
    ) {
        let together = written(&updates);
        let apart: Vec<_> = updates
            .iter()
            .map(|update| written(core::slice::from_ref(update)))
            .collect();
        let apart: Vec<_> = apart.iter().flat_map(|packet| read(packet)).collect();
        prop_assert_eq!(read(&together), apart);
    }

    #[test]
    fn no_octets_whatever_make_the_reader_panic_or_run_away(
        body in proptest::collection::vec(any::<u8>(), 0..600),
        source in any::<IpAddr>(),
    ) {
        let mut packet = Header::emit(body.len().try_into().unwrap()).to_vec();
        packet.extend(&body);
        let reader = PacketReader::new(&packet, source).unwrap();
        prop_assert!(reader.count() <= body.len().div_ceil(2));
        let _ = PacketReader::new(&body, source).map(Iterator::count);
    }

    #[test]
    fn no_damage_to_a_packet_makes_the_reader_panic_or_yield_nonsense(
        updates in proptest::collection::vec(any_update(), 1..20),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut packet = written(&updates);
        for (index, octet) in damage {
            let at = index.index(packet.len());
            packet[at] = octet;
        }
        if let Ok(reader) = PacketReader::new(&packet, IpAddr::V6(SOURCE)) {
            for tlv in reader.flatten() {
                // What was accepted can be written again.
                let mut again = writer();
                again.push(&tlv).unwrap();
                prop_assert_eq!(read(&again.finish()), [tlv]);
            }
        }
    }
}
