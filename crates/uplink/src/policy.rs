//! Which uplinks take new flows, and which are emptied.

use crate::health::State;
use crate::uplink_id::UplinkId;

/// What happens to those who were moved away when a better uplink is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailBack {
    /// They stay where they are; new devices and flows go to the better one.
    Soft,
    /// They are sent back at once, and their connections break.
    Hard,
}

/// An uplink, as far as the choice goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub id: UplinkId,
    /// The lowest tier with a living uplink is used.
    pub tier: u8,
    /// Its part among those of its tier; 0 takes part only when it is alone.
    pub weight: u32,
    /// Its state.
    pub state: State,
    /// Down, and answering again.
    pub recovering: bool,
    /// So full that new flows had better go elsewhere.
    pub busy: bool,
    /// Costs by the byte: nothing spills over to it.
    pub metered: bool,
    /// Of its weight, see [`crate::health::Health::quality_percent`].
    pub quality_percent: u8,
    /// What those do who sit on it when something better is back.
    pub fail_back: FailBack,
}

/// The uplinks that new flows use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The highest of their tiers; `None` when there is none.
    pub tier: Option<u8>,
    /// With weights above 0, in the order of their numbers.
    pub members: Vec<(UplinkId, u32)>,
    /// None is up: these are the ones that at least answer again.
    pub is_makeshift: bool,
}

/// Who has to leave an uplink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emptying {
    /// Nobody.
    Nobody,
    /// Devices choose anew with their next connection; connections stay.
    Devices,
    /// Connections too: they are dead, or cost money.
    Connections,
}

/// Chooses: the living of the lowest tier; while all of them are busy, those of the next tier too, except
/// what costs by the byte. Where none lives, those that answer again.
pub fn choose(candidates: &[Candidate]) -> Choice {
    let live = |c: &&Candidate| c.state.is_live();
    let recovering = |c: &&Candidate| c.recovering && matches!(c.state, State::Down | State::Init);
    let tier_of = |wanted: &dyn Fn(&&Candidate) -> bool| {
        candidates.iter().filter(wanted).map(|c| c.tier).min()
    };
    let (tier, is_makeshift) = match tier_of(&live) {
        Some(tier) => (Some(tier), false),
        None => match tier_of(&recovering) {
            Some(tier) => (Some(tier), true),
            None => return Choice::default(),
        },
    };
    let mut tier = tier;
    let mut members: Vec<&Candidate> = candidates
        .iter()
        .filter(|c| Some(c.tier) == tier && if is_makeshift { recovering(c) } else { live(c) })
        .collect();
    while !is_makeshift && members.iter().all(|c| c.busy) {
        let spare = |c: &&Candidate| live(c) && !c.metered && Some(c.tier) > tier;
        let Some(next) = tier_of(&spare) else {
            break;
        };
        members.extend(candidates.iter().filter(|c| spare(c) && c.tier == next));
        tier = Some(next);
    }
    // An uplink of weight 0 is for when the others of its tier are gone.
    let weighty = members.iter().any(|c| c.weight > 0);
    let mut members: Vec<(UplinkId, u32)> = members
        .into_iter()
        .filter(|c| c.weight > 0 || !weighty)
        .map(|c| {
            let weight = c
                .weight
                .max(1)
                .saturating_mul(u32::from(c.quality_percent.clamp(1, 100)));
            (c.id, weight)
        })
        .collect();
    members.sort_unstable();
    Choice {
        tier,
        members,
        is_makeshift,
    }
}

/// Who has to leave this uplink, given what was chosen.
///
/// Connections are never broken for nothing: with nobody to take them they stay, for the uplink may come
/// back sooner than anything else.
pub fn emptying(candidate: &Candidate, choice: &Choice) -> Emptying {
    let is_member = choice.members.iter().any(|(id, _)| *id == candidate.id);
    if choice.members.is_empty() || is_member {
        return Emptying::Nobody;
    }
    match candidate.state {
        State::Down | State::Captive | State::Capped => Emptying::Connections,
        State::Drained => Emptying::Devices,
        State::Init => Emptying::Nobody,
        State::Up | State::Degraded => match candidate.fail_back {
            FailBack::Soft => Emptying::Nobody,
            FailBack::Hard => Emptying::Connections,
        },
    }
}

#[cfg(test)]
mod tests;
