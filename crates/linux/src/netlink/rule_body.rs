//! `struct fib_rule_hdr` (linux/fib_rules.h): a policy rule.
//!
//! ```text
//! 0        1                    2               3     4       5          7        8       12
//! | family | destination length | source length | tos | table | reserved | action | flags | attributes ...
//! ```

use crate::ip_prefix::IpPrefix;
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::netlink::attribute::{Attributes, ip, number, push, push_ip, push_number, text};
use crate::netlink::frame::number32;
use crate::netlink::number::{family, family_is_v4};
use crate::rule::{Family, Rule, RuleAction};

const HEADER: usize = 12;

const FRA_DST: u16 = 1;
const FRA_SRC: u16 = 2;
const FRA_IIFNAME: u16 = 3;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
const FRA_SUPPRESS_PREFIXLEN: u16 = 14;
const FRA_TABLE: u16 = 15;
const FRA_FWMASK: u16 = 16;
const FRA_OIFNAME: u16 = 17;
const FRA_UID_RANGE: u16 = 20;
const FRA_PROTOCOL: u16 = 21;

const FR_ACT_TO_TBL: u8 = 1;
const FR_ACT_UNREACHABLE: u8 = 7;
const FIB_RULE_INVERT: u32 = 2;

/// What the kernel says for "not set".
const NO_SUPPRESSION: u32 = u32::MAX;
/// Longest interface name in octets: `IFNAMSIZ` less the NUL.
const NAME_OCTETS: usize = 15;

/// A request for the rules of a family.
pub(crate) fn dump(family: Family) -> Vec<u8> {
    let mut message = vec![0; HEADER];
    if let Some(first) = message.first_mut() {
        *first = wire_family(family);
    }
    message
}

/// The message that adds a rule, or deletes the same one.
pub(crate) fn describe(rule: &Rule) -> Result<Vec<u8>, KernelError> {
    let from = checked(rule, rule.from)?;
    let to = checked(rule, rule.to)?;
    let (action, table) = match rule.action {
        RuleAction::Lookup(table) => (FR_ACT_TO_TBL, Some(table)),
        RuleAction::Unreachable => (FR_ACT_UNREACHABLE, None),
        RuleAction::Other(number) => (number, None),
    };
    let mut message = vec![
        wire_family(rule.family),
        to.map_or(0, |prefix| prefix.plen),
        from.map_or(0, |prefix| prefix.plen),
        rule.tos,
        // The header has room for 8 bits; the attribute is what counts.
        table
            .and_then(|table| u8::try_from(table).ok())
            .unwrap_or(0),
        0,
        0,
        action,
    ];
    let flags = if rule.invert { FIB_RULE_INVERT } else { 0 };
    message.extend_from_slice(&flags.to_ne_bytes());
    push_number(&mut message, FRA_PRIORITY, rule.priority);
    push(&mut message, FRA_PROTOCOL, &[rule.protocol]);
    if let Some(table) = table {
        push_number(&mut message, FRA_TABLE, table);
    }
    if let Some(from) = from {
        push_ip(&mut message, FRA_SRC, from.address);
    }
    if let Some(to) = to {
        push_ip(&mut message, FRA_DST, to.address);
    }
    if let Some(name) = &rule.iif {
        push(&mut message, FRA_IIFNAME, &interface(name)?);
    }
    if let Some(name) = &rule.oif {
        push(&mut message, FRA_OIFNAME, &interface(name)?);
    }
    if let Some((mark, mask)) = rule.fwmark {
        push_number(&mut message, FRA_FWMARK, mark);
        push_number(&mut message, FRA_FWMASK, mask);
    }
    if let Some((first, last)) = rule.users {
        // struct fib_rule_uid_range
        let range = [first.to_ne_bytes(), last.to_ne_bytes()].concat();
        push(&mut message, FRA_UID_RANGE, &range);
    }
    if let Some(length) = rule.suppress_prefixlength {
        push_number(&mut message, FRA_SUPPRESS_PREFIXLEN, length);
    }
    Ok(message)
}

/// Reads a rule; `None` for another family or something malformed.
pub(crate) fn read(payload: &[u8]) -> Option<Rule> {
    let (header, attributes) = payload.split_first_chunk::<HEADER>()?;
    let [family, to_len, from_len, tos, table, _, _, action, ..] = *header;
    let v4 = family_is_v4(family)?;
    let mut table = u32::from(table);
    let mut mark = None;
    let mut mask = None;
    let family = if v4 { Family::V4 } else { Family::V6 };
    let mut rule = Rule::new(family, 0, RuleAction::Other(action));
    rule.tos = tos;
    rule.invert = number32(header, 8)? & FIB_RULE_INVERT != 0;
    for (kind, value) in Attributes::new(attributes) {
        match kind {
            FRA_PRIORITY => rule.priority = number(value)?,
            FRA_PROTOCOL => rule.protocol = *value.first()?,
            FRA_TABLE => table = number(value)?,
            FRA_IIFNAME => rule.iif = Some(text(value)),
            FRA_OIFNAME => rule.oif = Some(text(value)),
            FRA_SRC => rule.from = IpPrefix::new(ip(v4, value)?, from_len),
            FRA_DST => rule.to = IpPrefix::new(ip(v4, value)?, to_len),
            FRA_FWMARK => mark = Some(number(value)?),
            FRA_FWMASK => mask = Some(number(value)?),
            FRA_UID_RANGE => {
                let (first, last) = value.split_at_checked(4)?;
                rule.users = Some((number(first)?, number(last)?));
            }
            FRA_SUPPRESS_PREFIXLEN => {
                rule.suppress_prefixlength =
                    Some(number(value)?).filter(|length| *length != NO_SUPPRESSION);
            }
            _ => {}
        }
    }
    // A mask of zero matches every mark; a mark without a mask has all bits.
    rule.fwmark = match (mark, mask) {
        (None, None | Some(0)) => None,
        (mark, mask) => Some((mark.unwrap_or(0), mask.unwrap_or(u32::MAX))),
    };
    match action {
        FR_ACT_TO_TBL => rule.action = RuleAction::Lookup(table),
        FR_ACT_UNREACHABLE => rule.action = RuleAction::Unreachable,
        _ => {}
    }
    Some(rule)
}

fn wire_family(of: Family) -> u8 {
    family(of == Family::V4)
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

/// A name with its final NUL.
fn interface(name: &str) -> Result<Vec<u8>, KernelError> {
    if name.is_empty() || name.len() > NAME_OCTETS || name.contains('\0') {
        return Err(KernelError::new(KernelErrorKind::Unsupported).with_detail("interface name"));
    }
    Ok([name.as_bytes(), b"\0"].concat())
}

#[cfg(test)]
mod tests;
