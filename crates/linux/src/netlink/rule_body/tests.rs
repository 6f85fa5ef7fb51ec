use netlink_packet_core::{Emitable, Parseable};
use netlink_packet_route::rule::RuleMessage;
use proptest::prelude::*;

use super::{describe, read};
use crate::ip_prefix::IpPrefix;
use crate::kernel_error::KernelErrorKind;
use crate::rule::{Family, Rule, RuleAction};

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("short");
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn bytes(rule: &Rule) -> Vec<u8> {
    describe(rule).expect("expressible")
}

/// What another reader makes of a message, and then writes.
fn second_opinion(message: &[u8]) -> Vec<u8> {
    let message = RuleMessage::parse(message).expect("a rule");
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut bytes);
    bytes
}

#[test]
fn a_rule_is_laid_out_as_the_kernel_reads_it() {
    let rule = Rule {
        protocol: 42,
        suppress_prefixlength: Some(0),
        iif: Some("mesh0".to_owned()),
        ..Rule::new(Family::V4, 910, RuleAction::Lookup(42))
    };
    let expected = [
        vec![2, 0, 0, 0, 42, 0, 0, 1, 0, 0, 0, 0],
        attribute(6, &910_u32.to_ne_bytes()),
        attribute(21, &[42]),
        attribute(15, &42_u32.to_ne_bytes()),
        attribute(3, b"mesh0\0"),
        attribute(14, &0_u32.to_ne_bytes()),
    ]
    .concat();
    assert_eq!(bytes(&rule), expected);
}

#[test]
fn every_shape_of_rule_is_read_back_as_it_was_written() {
    let prefix = |address: &str, plen| IpPrefix::new(address.parse().expect("an address"), plen);
    let v6 = Rule::new(Family::V6, 4002, RuleAction::Unreachable);
    let rules = [
        Rule {
            protocol: 42,
            ..v6.clone()
        },
        Rule {
            fwmark: Some((0x100, 0x3f00)),
            users: Some((64_001, 64_002)),
            invert: true,
            ..v6.clone()
        },
        Rule {
            from: prefix("2001:db8::", 32),
            to: prefix("fd00::", 8),
            ..v6
        },
        Rule {
            oif: Some("a-name-of-15-oc".to_owned()),
            tos: 16,
            ..Rule::new(Family::V4, 0, RuleAction::Lookup(100_000))
        },
        Rule::new(Family::V4, 5, RuleAction::Other(8)),
    ];
    for rule in rules {
        assert_eq!(second_opinion(&bytes(&rule)), bytes(&rule));
        assert_eq!(read(&bytes(&rule)), Some(rule));
    }
}

#[test]
fn what_the_kernel_says_for_nothing_is_nothing() {
    let payload = [
        vec![2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0],
        attribute(15, &254_u32.to_ne_bytes()),
        attribute(14, &u32::MAX.to_ne_bytes()),
        attribute(6, &32_766_u32.to_ne_bytes()),
        attribute(21, &[2]),
    ]
    .concat();
    let expected = Rule {
        protocol: 2,
        ..Rule::new(Family::V4, 32_766, RuleAction::Lookup(254))
    };
    assert_eq!(read(&payload), Some(expected));
}

#[test]
fn names_too_long_for_the_kernel_are_refused() {
    for name in ["", "a-name-of-16-oct", "nul\0"] {
        let rule = Rule {
            iif: Some(name.to_owned()),
            ..Rule::new(Family::V4, 1, RuleAction::Unreachable)
        };
        let error = describe(&rule).expect_err(name);
        assert_eq!(error.kind(), KernelErrorKind::Unsupported);
    }
}

#[test]
fn a_prefix_of_the_other_family_is_refused() {
    let rule = Rule {
        from: Some(IpPrefix::DEFAULT_V6),
        ..Rule::new(Family::V4, 1, RuleAction::Unreachable)
    };
    let error = describe(&rule).expect_err("mixed");
    assert_eq!(error.kind(), KernelErrorKind::Unsupported);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_none() || bytes.len() >= 12);
    }

    #[test]
    fn no_attributes_panic(
        attributes in proptest::collection::vec(
            (0_u16..26, proptest::collection::vec(any::<u8>(), 0..20)), 0..8),
    ) {
        let attributes: Vec<u8> =
            attributes.iter().flat_map(|(kind, value)| attribute(*kind, value)).collect();
        let payload = [vec![10, 64, 64, 0, 254, 0, 0, 1, 0, 0, 0, 0], attributes].concat();
        prop_assert!(read(&payload).is_none_or(|rule| rule.family == Family::V6));
    }
}
