//! What must hold for any octets given to the Babel decoder.
//!
//! The fuzz targets call these, and so does the ordinary test that replays the corpus
//! (crates/babel/tests/corpus_replay.rs).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use grange_babel::wire::{PacketReader, PacketWriter, Tlv, TlvError};

const SOURCE_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const SOURCE_V6: Ipv6Addr = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1);

/// Reading ends, without a panic, and each announcement is complete.
#[allow(dead_code, reason = "each fuzz target uses one of these")]
pub(crate) fn packet(data: &[u8]) {
    for source in [IpAddr::V6(SOURCE_V6), IpAddr::V4(SOURCE_V4)] {
        let Ok(mut reader) = PacketReader::new(data, source) else {
            continue;
        };
        let mut items = 0;
        while let Some(item) = reader.next() {
            items += 1;
            match item {
                Ok(tlv) => check(&tlv),
                Err(TlvError::Overrun { .. }) => assert!(reader.next().is_none()),
                Err(_) => {}
            }
        }
        assert!(items + reader.skipped() as usize <= data.len() / 2);
    }
}

fn check(tlv: &Tlv) {
    match tlv {
        Tlv::AckRequest { interval, .. }
        | Tlv::Ihu { interval, .. }
        | Tlv::WithdrawAll { interval } => assert!(!interval.is_zero()),
        Tlv::Update(update) => {
            assert!(!update.interval.is_zero());
            assert!(update.prefix.is_v4() || update.next_hop.is_ipv6());
            assert_eq!(update.router_id.is_valid(), !update.is_retraction());
            assert_eq!(update.next_hop.is_unspecified(), update.is_retraction());
        }
        Tlv::SeqnoRequest {
            hop_count,
            router_id,
            ..
        } => {
            assert!(*hop_count > 0);
            assert!(router_id.is_valid());
        }
        Tlv::Ack { .. } | Tlv::Hello { .. } | Tlv::RouteRequest { .. } => {}
    }
}

/// What was read can be written, and is then read as the same.
#[allow(dead_code, reason = "each fuzz target uses one of these")]
pub(crate) fn roundtrip(data: &[u8]) {
    let source = IpAddr::V6(SOURCE_V6);
    let Ok(reader) = PacketReader::new(data, source) else {
        return;
    };
    let tlvs: Vec<Tlv> = reader.flatten().collect();
    // Compressed by another hand, the TLVs may need more room: several packets then.
    let capacity = data
        .len()
        .clamp(PacketWriter::LEAST, PacketWriter::GREATEST);
    let mut again = Vec::new();
    let mut writer = PacketWriter::new(capacity, SOURCE_V6);
    for tlv in &tlvs {
        if writer.push(tlv).is_err() {
            let full = std::mem::replace(&mut writer, PacketWriter::new(capacity, SOURCE_V6));
            again.extend(read(full, capacity));
            writer.push(tlv).expect("an empty packet holds any TLV");
        }
    }
    again.extend(read(writer, capacity));
    assert_eq!(again, tlvs);
}

fn read(writer: PacketWriter, capacity: usize) -> Vec<Tlv> {
    let len = writer.len();
    let packet = writer.finish();
    assert!(packet.len() == len && len <= capacity);
    let mut reader = PacketReader::new(&packet, IpAddr::V6(SOURCE_V6)).expect("a header");
    let tlvs = reader
        .by_ref()
        .map(|tlv| tlv.expect("a valid TLV"))
        .collect();
    assert_eq!(reader.skipped(), 0);
    tlvs
}
