//! Packets with a known meaning: written by hand after the RFC, and recorded from other routers.
//!
//! `golden/WHO/NAME.hex` holds octets in hexadecimal; `#` starts a comment, the first line says
//! where the packet comes from, and `# source: ADDRESS` who sent it. `golden/WHO/NAME.txt` is what
//! the reader makes of it, an item a line, and at the end how many TLVs it skipped.
#![expect(
    clippy::unwrap_used,
    reason = "a file of these tests that cannot be read is a failure"
)]

use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use grange_babel::wire::{PacketReader, PacketWriter, PushError, Tlv};
use proptest::prelude::*;

struct Golden {
    path: PathBuf,
    source: IpAddr,
    packet: Vec<u8>,
}

fn folder(who: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(who)
}

fn load(path: PathBuf) -> Golden {
    let text = fs::read_to_string(&path).unwrap();
    let shown = path.display();
    assert!(
        text.starts_with("# "),
        "{shown} does not say where it is from"
    );
    let source = text
        .lines()
        .find_map(|line| line.strip_prefix("# source: "))
        .unwrap_or_else(|| panic!("{shown} does not say who sent it"))
        .parse()
        .unwrap();
    let packet = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(str::split_whitespace)
        .map(|octet| u8::from_str_radix(octet, 16).unwrap())
        .collect();
    Golden {
        path,
        source,
        packet,
    }
}

/// Every packet of the folder; there is at least one, and each has its expectation.
fn goldens(who: &str) -> Vec<Golden> {
    let mut stems = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder(who)).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("hex") => stems.0.push(path.with_extension("")),
            Some("txt") => stems.1.push(path.with_extension("")),
            _ => panic!("{} is neither a packet nor an expectation", path.display()),
        }
    }
    stems.0.sort();
    stems.1.sort();
    assert!(!stems.0.is_empty(), "there is no packet in {who}");
    assert_eq!(stems.0, stems.1, "a packet or its expectation is missing");
    stems
        .0
        .into_iter()
        .map(|stem| load(stem.with_extension("hex")))
        .collect()
}

fn decoded(golden: &Golden) -> String {
    let mut reader = PacketReader::new(&golden.packet, golden.source).unwrap();
    let mut text = String::new();
    for item in reader.by_ref() {
        writeln!(text, "{item:?}").unwrap();
    }
    writeln!(text, "skipped {}", reader.skipped()).unwrap();
    text
}

fn check(who: &str) {
    for golden in goldens(who) {
        let expected = fs::read_to_string(golden.path.with_extension("txt")).unwrap();
        assert_eq!(decoded(&golden), expected, "{}", golden.path.display());
    }
}

#[test]
fn packets_written_after_the_rfc_mean_what_it_says() {
    check("rfc");
}

#[test]
fn packets_of_babeld_are_understood() {
    check("babeld");
}

#[test]
fn packets_of_bird_are_understood() {
    check("bird");
}

fn all() -> Vec<Golden> {
    ["rfc", "babeld", "bird"]
        .into_iter()
        .flat_map(goldens)
        .collect()
}

fn accepted(golden: &Golden) -> Vec<Tlv> {
    PacketReader::new(&golden.packet, golden.source)
        .unwrap()
        .flatten()
        .collect()
}

#[test]
fn every_kind_of_tlv_was_recorded() {
    let tlvs: Vec<_> = ["babeld", "bird"]
        .into_iter()
        .flat_map(goldens)
        .flat_map(|golden| accepted(&golden))
        .collect();
    let seen = |is: fn(&Tlv) -> bool| tlvs.iter().any(is);
    assert!(seen(|tlv| matches!(tlv, Tlv::Ack { .. })));
    assert!(seen(|tlv| matches!(tlv, Tlv::Hello { unicast: true, .. })));
    assert!(seen(|tlv| matches!(tlv, Tlv::Hello { unicast: false, .. })));
    assert!(seen(|tlv| matches!(tlv, Tlv::Ihu { .. })));
    assert!(seen(|tlv| matches!(tlv, Tlv::WithdrawAll { .. })));
    assert!(seen(|tlv| matches!(
        tlv,
        Tlv::RouteRequest { prefix: None }
    )));
    assert!(seen(|tlv| matches!(
        tlv,
        Tlv::RouteRequest { prefix: Some(_) }
    )));
    assert!(seen(
        |tlv| matches!(tlv, Tlv::SeqnoRequest { prefix, .. } if prefix.is_v4())
    ));
    assert!(seen(
        |tlv| matches!(tlv, Tlv::SeqnoRequest { prefix, .. } if !prefix.is_v4())
    ));
    for v4 in [true, false] {
        for retraction in [true, false] {
            assert!(tlvs.iter().any(|tlv| matches!(tlv, Tlv::Update(update)
                if update.prefix.is_v4() == v4 && update.is_retraction() == retraction)));
        }
    }
}

#[test]
fn what_others_wrote_is_written_again_with_the_same_meaning_and_no_longer() {
    for golden in all() {
        let IpAddr::V6(source) = golden.source else {
            continue;
        };
        let tlvs = accepted(&golden);
        let mut writer = PacketWriter::new(golden.packet.len(), source);
        for tlv in &tlvs {
            assert_eq!(writer.push(tlv), Ok(()), "{}", golden.path.display());
        }
        let again = Golden {
            packet: writer.finish(),
            ..golden
        };
        assert_eq!(accepted(&again), tlvs, "{}", again.path.display());
    }
}

/// Where and what to change: an octet overwritten, or the packet cut.
fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, Option<u8>)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<Option<u8>>()), 1..8)
}

proptest! {
    #[test]
    fn a_damaged_packet_is_read_without_panic_and_yields_what_can_be_written(
        which in any::<prop::sample::Index>(),
        damage in damage(),
    ) {
        let goldens = all();
        let golden = which.get(&goldens);
        let mut packet = golden.packet.clone();
        for (at, octet) in damage {
            if packet.is_empty() {
                break;
            }
            let at = at.index(packet.len());
            match octet {
                Some(octet) => packet[at] = octet,
                None => packet.truncate(at),
            }
        }
        // Cut packets are read as well: the header is made to fit.
        if let [_, _, high, low, body @ ..] = &mut packet[..] {
            let len = u16::try_from(body.len()).unwrap().to_be_bytes();
            [*high, *low] = len;
        }
        if let Ok(reader) = PacketReader::new(&packet, golden.source) {
            for tlv in reader.flatten() {
                let mut writer = PacketWriter::new(0, Ipv6Addr::LOCALHOST);
                prop_assert_ne!(writer.push(&tlv), Err(PushError::Full));
                let again = Golden {
                    path: PathBuf::new(),
                    source: IpAddr::V6(Ipv6Addr::LOCALHOST),
                    packet: writer.finish(),
                };
                prop_assert_eq!(accepted(&again), [tlv]);
            }
        }
    }
}
