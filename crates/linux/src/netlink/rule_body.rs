//! Policy rules, between the crate's message and ours.

use netlink_packet_core::Parseable;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::rule::{RuleAction as WireAction, RuleAttribute, RuleFlags, RuleMessage};

use crate::ip_prefix::IpPrefix;
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::netlink::attribute::keep;
use crate::rule::{Family, Rule, RuleAction};

/// `struct fib_rule_hdr`.
const HEADER: usize = 12;
/// `FRA_DST`, `_SRC`, `_IIFNAME`, `_PRIORITY`, `_FWMARK`, `_SUPPRESS_PREFIXLEN`, `_TABLE`, `_FWMASK`,
/// `_OIFNAME`, `_PROTOCOL`.
const KINDS: [u16; 10] = [1, 2, 3, 6, 10, 14, 15, 16, 17, 21];
/// What the kernel says for "not set".
const NO_SUPPRESSION: u32 = u32::MAX;
/// Longest interface name in octets: `IFNAMSIZ` less the NUL.
const NAME_OCTETS: usize = 15;

/// A request for the rules of a family.
pub(crate) fn dump(family: Family) -> RuleMessage {
    let mut message = RuleMessage::default();
    message.header.family = wire_family(family);
    message
}

/// The message that adds a rule, or deletes the same one.
pub(crate) fn describe(rule: &Rule) -> Result<RuleMessage, KernelError> {
    let mut message = RuleMessage::default();
    let attributes = &mut message.attributes;
    attributes.push(RuleAttribute::Priority(rule.priority));
    attributes.push(RuleAttribute::Protocol(rule.protocol.into()));
    let header = &mut message.header;
    header.family = wire_family(rule.family);
    header.tos = rule.tos;
    if rule.invert {
        header.flags |= RuleFlags::Invert;
    }
    header.action = match rule.action {
        RuleAction::Lookup(table) => {
            header.table = u8::try_from(table).unwrap_or(0);
            attributes.push(RuleAttribute::Table(table));
            WireAction::ToTable
        }
        RuleAction::Unreachable => WireAction::Unreachable,
        RuleAction::Other(number) => number.into(),
    };
    if let Some(from) = checked(rule, rule.from)? {
        header.src_len = from.plen;
        attributes.push(RuleAttribute::Source(from.address));
    }
    if let Some(to) = checked(rule, rule.to)? {
        header.dst_len = to.plen;
        attributes.push(RuleAttribute::Destination(to.address));
    }
    if let Some(name) = &rule.iif {
        attributes.push(RuleAttribute::Iifname(interface(name)?));
    }
    if let Some(name) = &rule.oif {
        attributes.push(RuleAttribute::Oifname(interface(name)?));
    }
    if let Some((mark, mask)) = rule.fwmark {
        attributes.push(RuleAttribute::FwMark(mark));
        attributes.push(RuleAttribute::FwMask(mask));
    }
    attributes.extend(
        rule.suppress_prefixlength
            .map(RuleAttribute::SuppressPrefixLen),
    );
    Ok(message)
}

/// Reads a rule; `None` for another family or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Rule> {
    let message = RuleMessage::parse(&keep(payload, HEADER, &KINDS)?).ok()?;
    let header = &message.header;
    let family = match header.family {
        AddressFamily::Inet => Family::V4,
        AddressFamily::Inet6 => Family::V6,
        _ => return None,
    };
    let mut table = u32::from(header.table);
    let mut mark = None;
    let mut mask = None;
    let mut rule = Rule::new(family, 0, RuleAction::Other(header.action.into()));
    rule.tos = header.tos;
    rule.invert = header.flags.contains(RuleFlags::Invert);
    for attribute in message.attributes {
        match attribute {
            RuleAttribute::Priority(value) => rule.priority = value,
            RuleAttribute::Protocol(value) => rule.protocol = value.into(),
            RuleAttribute::Table(value) => table = value,
            RuleAttribute::Iifname(name) => rule.iif = Some(name),
            RuleAttribute::Oifname(name) => rule.oif = Some(name),
            RuleAttribute::Source(value) => rule.from = IpPrefix::new(value, header.src_len),
            RuleAttribute::Destination(value) => rule.to = IpPrefix::new(value, header.dst_len),
            RuleAttribute::FwMark(value) => mark = Some(value),
            RuleAttribute::FwMask(value) => mask = Some(value),
            RuleAttribute::SuppressPrefixLen(value) if value != NO_SUPPRESSION => {
                rule.suppress_prefixlength = Some(value);
            }
            _ => {}
        }
    }
    // A mask of zero matches every mark; a mark without a mask has all bits.
    rule.fwmark = match (mark, mask) {
        (None, None | Some(0)) => None,
        (mark, mask) => Some((mark.unwrap_or(0), mask.unwrap_or(u32::MAX))),
    };
    match header.action {
        WireAction::ToTable => rule.action = RuleAction::Lookup(table),
        WireAction::Unreachable => rule.action = RuleAction::Unreachable,
        _ => {}
    }
    Some(rule)
}

fn wire_family(family: Family) -> AddressFamily {
    match family {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    }
}

fn checked(rule: &Rule, prefix: Option<IpPrefix>) -> Result<Option<IpPrefix>, KernelError> {
    match prefix {
        Some(prefix) if prefix.is_v4() != (rule.family == Family::V4) => {
            Err(KernelError::new(KernelErrorKind::Unsupported)
                .with_detail("prefix of another family than the rule's"))
        }
        other => Ok(other),
    }
}

fn interface(name: &str) -> Result<String, KernelError> {
    if name.is_empty() || name.len() > NAME_OCTETS || name.contains('\0') {
        return Err(KernelError::new(KernelErrorKind::Unsupported).with_detail("interface name"));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests;
