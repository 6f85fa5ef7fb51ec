//! Filters: ordered rules that allow, deny or alter, with babeld's vocabulary.

use core::net::Ipv6Addr;

use crate::output::Install;
use crate::prefix::Prefix;
use crate::router_id::RouterId;

/// The four chains of rules. In each, the first rule that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// On updates received; what no rule matches is allowed.
    pub input: Vec<Rule>,
    /// On updates about to be sent; what no rule matches is allowed.
    pub output: Vec<Rule>,
    /// On what the kernel has, before it is originated; what no rule matches is denied.
    pub redistribute: Vec<Rule>,
    /// On selected routes, before they go to the kernel; what no rule matches is allowed.
    pub install: Vec<Rule>,
}

/// One rule: conditions that must all hold, and what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The destination is one of these.
    pub destination: Prefixes,
    /// The source prefix is one of these; of a route that has none it is ::/0.
    pub source: Prefixes,
    /// The update came from this neighbour.
    pub neighbour: Option<Ipv6Addr>,
    /// The originator is this router.
    pub router_id: Option<RouterId>,
    /// The kernel route has this protocol (RTPROT_*, linux/rtnetlink.h).
    pub proto: Option<u8>,
    /// The prefix is an address of this router.
    pub local: bool,
    /// The route is on this interface.
    pub interface: Option<String>,
    /// What to do.
    pub action: Action,
}

/// Conditions on a prefix that must all hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    /// It is this one or inside it.
    pub ip: Option<Prefix>,
    /// Its length is this.
    pub eq: Option<u8>,
    /// Its length is this or less.
    pub le: Option<u8>,
    /// Its length is this or more.
    pub ge: Option<u8>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// Whether the route is turned away.
    pub deny: bool,
    /// What is added to the metric; for redistribution, the metric itself.
    pub metric: u16,
    /// For redistribution: what is announced is for packets from this IPv6 prefix alone
    /// (RFC 9079). Such a rule is asked about IPv6 prefixes only.
    pub source: Option<Prefix>,
    /// For `install`: what to tell the kernel.
    pub install: Install,
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The destination.
    pub prefix: Prefix,
    /// The originator, for a Babel route.
    pub router_id: Option<RouterId>,
    /// Who announced it, for a Babel route.
    pub neighbour: Option<Ipv6Addr>,
    /// The kernel's protocol number, for a kernel route.
    pub proto: Option<u8>,
    /// Whether it is an address of this router.
    pub local: bool,
    /// The interface's name.
    pub interface: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A subject that is only a prefix; the rest is set with struct update syntax.
    pub fn of(prefix: Prefix) -> Self {
        Subject {
            prefix,
            router_id: None,
            neighbour: None,
            proto: None,
            local: false,
            interface: None,
        }
    }

    /// The same on an interface.
    #[must_use]
    pub fn on(self, interface: &'a str) -> Self {
        Subject {
            interface: Some(interface),
            ..self
        }
    }
}

impl Prefixes {
    /// Whether a prefix is one of these.
    pub fn contain(&self, prefix: &Prefix) -> bool {
        let plen = prefix.plen();
        self.ip.is_none_or(|ip| ip.contains(prefix))
            && self.eq.is_none_or(|eq| plen == eq)
            && self.le.is_none_or(|le| plen <= le)
            && self.ge.is_none_or(|ge| plen >= ge)
    }
}

impl Rule {
    /// Whether every condition of the rule holds.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        let source = subject.prefix.source().unwrap_or(Prefix::DEFAULT_V6);
        self.destination.contain(&subject.prefix)
            && self.source.contain(&source)
            && (self.action.source.is_none() || !subject.prefix.is_v4())
            && (self.neighbour.is_none() || self.neighbour == subject.neighbour)
            && (self.router_id.is_none() || self.router_id == subject.router_id)
            && (self.proto.is_none() || self.proto == subject.proto)
            && (!self.local || subject.local)
            && (self.interface.is_none() || self.interface.as_deref() == subject.interface)
    }
}

impl Filters {
    /// What the first matching rule says; `None` when none matches.
    pub fn decide(rules: &[Rule], subject: &Subject<'_>) -> Option<Action> {
        rules
            .iter()
            .find(|rule| rule.matches(subject))
            .map(|rule| rule.action)
    }

    /// The verdict of a chain that allows by default: what to do, or `None` to turn it away.
    pub fn allow(rules: &[Rule], subject: &Subject<'_>) -> Option<Action> {
        let action = Self::decide(rules, subject).unwrap_or_default();
        (!action.deny).then_some(action)
    }

    /// The verdict on a kernel route: as which prefix and with which metric to originate it, or
    /// `None` not to.
    pub fn redistributes(&self, subject: &Subject<'_>) -> Option<(Prefix, u16)> {
        let action = Self::decide(&self.redistribute, subject).filter(|action| !action.deny)?;
        let prefix = match action.source {
            None => subject.prefix,
            Some(source) => subject.prefix.destination().with_source(source).ok()?,
        };
        Some((prefix, action.metric))
    }
}

#[cfg(test)]
mod tests;
