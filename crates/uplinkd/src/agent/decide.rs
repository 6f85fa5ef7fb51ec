//! What is decided: who takes new connections, who is emptied, and the ruleset that says so.

use grange_linux::{Family, IpPrefix};
use grange_uplink::buckets::Buckets;
use grange_uplink::clock::Instant;
use grange_uplink::policy::{Candidate, Choice, Emptying, choose, emptying};
use grange_uplink::uplink_id::UplinkId;

use crate::agent::effect::{Change, Effect};
use crate::agent::state::{Agent, family_name};
use crate::config::{Balance, LastResort, Policy, PolicyMember, RuleSection};
use crate::ruleset::{self, FamilyPlan, Held, Plan, RulePlan, Target};
use crate::translation::Translation;

/// The members' buckets: no rule has this name.
const MEMBERS: &str = "*members";

impl Agent {
    /// The next thing to do. A change of policy comes out when everything that happened at once is in.
    pub fn poll_effect(&mut self, now: Instant) -> Option<Effect> {
        if self.effects.is_empty() && self.dirty && !self.is_looking(now) {
            self.settle(Vec::new(), now);
        }
        self.effects.pop_front()
    }

    /// The uplinks of a rule that live, with their weights.
    pub fn choice_of(&self, rule: &RuleSection, family: Family) -> Choice {
        let members = self.members_of(rule);
        let candidates: Vec<Candidate> = self
            .uplinks
            .iter()
            .filter_map(|uplink| {
                let own = |member: &&PolicyMember| member.uplink == uplink.section.name;
                let member = members.iter().find(own)?;
                let candidate = uplink.candidate(family)?;
                Some(Candidate {
                    tier: member.tier.unwrap_or(candidate.tier),
                    weight: member.weight.unwrap_or(candidate.weight),
                    ..candidate
                })
            })
            .collect();
        choose(&candidates)
    }

    pub(super) fn chosen(&self, family: Family) -> Choice {
        let candidates: Vec<Candidate> = self
            .uplinks
            .iter()
            .filter(|uplink| uplink.section.home)
            .filter_map(|uplink| uplink.candidate(family))
            .collect();
        choose(&candidates)
    }

    /// Decides, and queues the change.
    pub(super) fn settle(&mut self, devices: Vec<Held>, now: Instant) {
        self.dirty = false;
        self.settled = true;
        let mut change = Change {
            news: std::mem::take(&mut self.news),
            ..Change::default()
        };
        let loads = self.loads();
        for (place, family) in Family::BOTH.into_iter().enumerate() {
            let choice = self.chosen(family);
            self.placements[place].follow(&choice.members, &loads);
            self.hash("", family, &choice);
            let of_members = self.choice_for_members(family);
            for uplink in &mut self.uplinks {
                let Some(candidate) = uplink.candidate(family) else {
                    continue;
                };
                let home = uplink.section.home;
                let Some(line) = uplink.line_mut(family) else {
                    continue;
                };
                // One that neighbours alone use is no spare of the home's.
                let choice = if home { &choice } else { &of_members };
                let wanted = emptying(&candidate, choice);
                if wanted > line.emptied {
                    change.moves.push((family, candidate.id));
                    if wanted == Emptying::Connections {
                        change.forgotten.push((family, candidate.id));
                    }
                }
                line.emptied = wanted;
                // While something better lives, it is only watched sparingly.
                let better = choice.tier.is_some_and(|tier| tier < candidate.tier);
                line.health.handle_standby(better, now);
            }
            let before = std::mem::replace(&mut self.choices[place], choice);
            let lives = !self.choices[place].members.is_empty();
            if !before.members.is_empty() && !lives {
                log::warn!(
                    "no uplink lives for {}: connections stay where they are until one answers; the LAN \
                     and the mesh go on",
                    family_name(family)
                );
            }
        }
        if self.config.shares() {
            for family in Family::BOTH {
                let choice = self.choice_for_members(family);
                self.hash(MEMBERS, family, &choice);
            }
        }
        for rule in self.config.rules.clone() {
            for family in Family::BOTH {
                let choice = self.choice_of(&rule, family);
                self.hash(&rule.name, family, &choice);
            }
        }
        let text = ruleset::text(&self.plan(&change.moves, devices));
        change.ruleset = Some(text);
        self.effects.push_back(Effect::Apply(Box::new(change)));
        self.drain(now);
    }

    /// Members use the shared lines of this router that live, and no neighbour's.
    fn choice_for_members(&self, family: Family) -> Choice {
        if !self.is_share_open(family) {
            return Choice::default();
        }
        let candidates: Vec<Candidate> = self
            .uplinks
            .iter()
            .filter(|uplink| uplink.section.shared)
            .filter_map(|uplink| uplink.candidate(family))
            .collect();
        choose(&candidates)
    }

    fn hash(&mut self, rule: &str, family: Family, choice: &Choice) {
        let key = (rule.to_owned(), family == Family::V4);
        let buckets = self.hashes.entry(key).or_default();
        // Buckets without an owner remember theirs: an uplink that comes back gets its own again.
        if !choice.members.is_empty() {
            buckets.assign(&choice.members);
        }
    }

    fn plan(&self, moves: &[(Family, UplinkId)], devices: Vec<Held>) -> Plan<'_> {
        let general = &self.config.general;
        let families = Family::BOTH.into_iter().zip(&self.placements);
        let families = families.map(|(family, placement)| {
            let choice = self.choice(family);
            let holders = self.uplinks.iter().filter(|uplink| {
                let line = uplink.line(family);
                line.is_some_and(|line| line.emptied == Emptying::Nobody)
            });
            FamilyPlan {
                family,
                holders: holders.map(|uplink| uplink.id).collect(),
                sources: self.sources(family),
                buckets: match general.balance {
                    _ if choice.members.is_empty() => Buckets::new(),
                    Balance::Device => placement.buckets().clone(),
                    Balance::Flow => self.buckets("", family),
                    Balance::Rules => Buckets::new(),
                },
                rules: self.rule_plans(family),
                members: self.config.shares().then(|| {
                    if self.choice_for_members(family).members.is_empty() {
                        Buckets::new()
                    } else {
                        self.buckets(MEMBERS, family)
                    }
                }),
            }
        });
        Plan {
            mask: general.mask,
            seed: self.seed,
            balance: general.balance,
            sticky_timeout: general.sticky_timeout,
            lan: &general.lan,
            bypass: &general.bypass,
            uplinks: self
                .uplinks
                .iter()
                .map(|uplink| {
                    let used = uplink.lines.each_ref().map(Option::is_some);
                    (uplink.id, uplink.section.device.as_str(), used)
                })
                .collect(),
            families: families.collect(),
            translations: self.translations(),
            emptied: moves.to_vec(),
            devices,
        }
    }

    /// Which IPv6 prefixes lead to which uplink that takes new connections.
    pub fn sources(&self, family: Family) -> Vec<(UplinkId, IpPrefix)> {
        if family == Family::V4 {
            return Vec::new();
        }
        let members = &self.choice(family).members;
        let used = self
            .uplinks
            .iter()
            .filter(|uplink| members.iter().any(|(id, _)| *id == uplink.id));
        let sources = used.flat_map(|uplink| {
            let prefixes = uplink.sources(family).iter();
            prefixes.map(|prefix| (uplink.id, *prefix))
        });
        sources.collect()
    }

    /// Prefixes of uplinks that take no new connections while others do; `None` while none does.
    pub fn idle_prefixes(&self) -> Option<Vec<IpPrefix>> {
        if self.choice(Family::V6).members.is_empty() {
            return None;
        }
        let used = self.sources(Family::V6);
        let all = self
            .uplinks
            .iter()
            .flat_map(|uplink| uplink.sources(Family::V6));
        let idle = all.filter(|prefix| used.iter().all(|(_, other)| other != *prefix));
        Some(idle.copied().collect())
    }

    fn translations(&self) -> Vec<Translation<'_>> {
        let uplinks = self.uplinks.iter();
        let all: Vec<IpPrefix> = uplinks
            .flat_map(|uplink| uplink.sources(Family::V6).iter().copied())
            .collect();
        let translated = self.uplinks.iter().filter_map(|uplink| {
            let path = uplink.line(Family::V6)?.path.as_ref()?;
            Translation::new(&uplink.section, path, &all)
        });
        translated.collect()
    }

    fn rule_plans(&self, family: Family) -> Vec<RulePlan<'_>> {
        let rules = self.config.rules.iter().filter(|rule| rule.is_for(family));
        rules
            .filter_map(|rule| {
                let lives = !self.choice_of(rule, family).members.is_empty();
                let target = match (lives, self.last_resort(rule)) {
                    (true, _) => Target::Balanced(Box::new(self.buckets(&rule.name, family))),
                    (false, LastResort::Unreachable) => Target::Refused,
                    (false, LastResort::Main) => Target::Left,
                    (false, LastResort::Balance) => return None,
                };
                Some(RulePlan { rule, target })
            })
            .collect()
    }

    fn buckets(&self, rule: &str, family: Family) -> Buckets {
        let key = (rule.to_owned(), family == Family::V4);
        self.hashes.get(&key).cloned().unwrap_or_default()
    }

    /// The uplinks of a rule: its policy's, or the one it names.
    fn members_of(&self, rule: &RuleSection) -> Vec<PolicyMember> {
        let pinned = rule.uplink.iter().map(|uplink| PolicyMember {
            uplink: uplink.clone(),
            tier: None,
            weight: None,
        });
        self.policy_of(rule)
            .map_or_else(|| pinned.collect(), |policy| policy.members.clone())
    }

    /// What happens to a rule's connections while none of its uplinks lives.
    pub fn last_resort(&self, rule: &RuleSection) -> LastResort {
        self.policy_of(rule)
            .map_or(rule.last_resort, |policy| policy.last_resort)
    }

    fn policy_of(&self, rule: &RuleSection) -> Option<&Policy> {
        let name = rule.policy.as_ref()?;
        let mut policies = self.config.policies.iter();
        policies.find(|policy| policy.name == *name)
    }
}
