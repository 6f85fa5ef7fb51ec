//! A policy rule: which table a packet is looked up in.

use crate::ip_prefix::IpPrefix;

/// The address family of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];
}

/// What a matching rule does (`FR_ACT_*`, linux/fib_rules.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleAction {
    /// Looks the packet up in this table.
    Lookup(u32),
    /// Refuses the packet with "unreachable".
    Unreachable,
    /// An action this crate does not need, by number.
    Other(u8),
}

/// A policy rule (`ip rule`).
///
/// Build one with [`Rule::new`] and struct update syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The family whose packets it sees.
    pub family: Family,
    /// Rules are tried in rising order.
    pub priority: u32,
    /// Who made it (`RTPROT_*`); 2 is the kernel.
    pub protocol: u8,
    /// What it does.
    pub action: RuleAction,
    /// Only packets from this interface.
    pub iif: Option<String>,
    /// Only packets that go out of this interface (sockets bound to it).
    pub oif: Option<String>,
    /// Only packets from there.
    pub from: Option<IpPrefix>,
    /// Only packets to there.
    pub to: Option<IpPrefix>,
    /// Only packets with this type of service.
    pub tos: u8,
    /// Only packets whose mark, under the mask, is this: (mark, mask).
    pub fwmark: Option<(u32, u32)>,
    /// Only packets of sockets whose user is one of these, first and last (`ip rule add uidrange`).
    pub users: Option<(u32, u32)>,
    /// Ignores results whose prefix is at most this long: 0 is "without its default".
    pub suppress_prefixlength: Option<u32>,
    /// Matches packets that the above does not match (`ip rule add not ...`).
    pub invert: bool,
}

impl Rule {
    /// A rule for all packets of a family, protocol 0 (unspecified).
    pub const fn new(family: Family, priority: u32, action: RuleAction) -> Self {
        Self {
            family,
            priority,
            protocol: 0,
            action,
            iif: None,
            oif: None,
            from: None,
            to: None,
            tos: 0,
            fwmark: None,
            users: None,
            suppress_prefixlength: None,
            invert: false,
        }
    }
}
