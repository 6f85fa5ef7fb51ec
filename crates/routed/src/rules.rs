//! The policy rules that keep neighbours' packets in the mesh and the home's own out of trouble.
//!
//! | priority | packets | looked up in |
//! |---|---|---|
//! | 900 | all | `main` without its default route |
//! | 910 | all | our table without its default route |
//! | 4000 | from a mesh interface | our table |
//! | 4001 | from a mesh interface, while we announce a default route ourselves | `main` |
//! | 4002 | from a mesh interface | nothing: unreachable |
//! | 32770 | all, after `main` and `default` | our table |
//!
//! Without 4002 a neighbour's packet for a far gateway would leave by this home's private uplink.

use grange_linux::route::{PROTOCOL_BABEL, TABLE_MAIN};
use grange_linux::{Family, Kernel, KernelError, KernelErrorKind, Rule, RuleAction, RuleChange};

/// `main` without its default: what is near goes before everything.
const MAIN_SPECIFIC: u32 = 900;
/// Our table without its default.
const MESH_SPECIFIC: u32 = 910;
/// A neighbour's packets: our table.
const TRANSIT_MESH: u32 = 4000;
/// A neighbour's packets: `main`, while we share an uplink.
const TRANSIT_UPLINK: u32 = 4001;
/// A neighbour's packets: no further.
const TRANSIT_END: u32 = 4002;
/// A home without an uplink of its own.
const MESH_DEFAULT: u32 = 32770;
/// The priorities that are ours.
const PRIORITIES: [u32; 6] = [
    MAIN_SPECIFIC,
    MESH_SPECIFIC,
    TRANSIT_MESH,
    TRANSIT_UPLINK,
    TRANSIT_END,
    MESH_DEFAULT,
];

/// For which families this router announces a default route itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// 0.0.0.0/0.
    pub v4: bool,
    /// `::/0`.
    pub v6: bool,
}

/// How making the rules right went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesReport {
    /// Rules added.
    pub added: usize,
    /// Rules removed.
    pub removed: usize,
    /// The first change that the kernel refused.
    pub failure: Option<KernelError>,
}

impl Sharing {
    fn with(self, family: Family) -> bool {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }
}

/// The rules there should be. With Babel's routes in `main` there are none.
pub fn wanted(table: u32, mesh_interfaces: &[String], sharing: Sharing) -> Vec<Rule> {
    if table == TABLE_MAIN {
        return Vec::new();
    }
    let mut rules = Vec::new();
    for family in Family::BOTH {
        let rule = |priority, action| Rule {
            protocol: PROTOCOL_BABEL,
            ..Rule::new(family, priority, action)
        };
        // The refusal comes first: while the rest is being added, nothing may slip through.
        for name in mesh_interfaces {
            let from_mesh = |priority, action| Rule {
                iif: Some(name.clone()),
                ..rule(priority, action)
            };
            rules.push(from_mesh(TRANSIT_END, RuleAction::Unreachable));
            rules.push(from_mesh(TRANSIT_MESH, RuleAction::Lookup(table)));
            if sharing.with(family) {
                rules.push(from_mesh(TRANSIT_UPLINK, RuleAction::Lookup(TABLE_MAIN)));
            }
        }
        let without_default = |priority, table| Rule {
            suppress_prefixlength: Some(0),
            ..rule(priority, RuleAction::Lookup(table))
        };
        rules.push(without_default(MAIN_SPECIFIC, TABLE_MAIN));
        rules.push(without_default(MESH_SPECIFIC, table));
        rules.push(rule(MESH_DEFAULT, RuleAction::Lookup(table)));
    }
    rules
}

/// Makes the kernel's rules of ours those that are wanted; what is not ours is not looked at.
pub fn reconcile(kernel: &mut impl Kernel, wanted: &[Rule]) -> Result<RulesReport, KernelError> {
    let mut missing: Vec<&Rule> = wanted.iter().collect();
    let mut changes = Vec::new();
    for rule in kernel.rules()?.into_iter().filter(is_ours) {
        match missing.iter().position(|wanted| **wanted == rule) {
            // Keeping the order of what is missing matters more than speed: there are a few dozen.
            Some(index) => drop(missing.remove(index)),
            None => changes.push(RuleChange::Delete(rule)),
        }
    }
    // A deletion may end the sharing of an uplink and goes first; a wrong lookup by priority 4000
    // ends in 4002 all the while.
    changes.extend(missing.into_iter().cloned().map(RuleChange::Add));
    if changes.is_empty() {
        return Ok(RulesReport::default());
    }
    let mut report = RulesReport::default();
    for (change, result) in changes.iter().zip(kernel.change_rules(&changes)) {
        let (done, harmless) = match change {
            RuleChange::Add(_) => (&mut report.added, KernelErrorKind::Exists),
            RuleChange::Delete(_) => (&mut report.removed, KernelErrorKind::NotFound),
        };
        match result {
            Ok(()) => *done += 1,
            Err(error) if error.kind() == harmless => {}
            Err(error) => {
                report.failure.get_or_insert(error);
            }
        }
    }
    Ok(report)
}

/// Whether a rule is one that we made, or would have to.
pub fn is_ours(rule: &Rule) -> bool {
    rule.protocol == PROTOCOL_BABEL && PRIORITIES.contains(&rule.priority)
}

#[cfg(test)]
mod tests;
