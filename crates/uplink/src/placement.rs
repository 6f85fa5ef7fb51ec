//! Where new devices go: by weight, and away from what is busy.

use crate::buckets::Buckets;
use crate::uplink_id::UplinkId;

/// What an uplink carries now, against what it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Which.
    pub id: UplinkId,
    /// The fuller of its two directions, in per cent of its capacity.
    pub percent: u8,
}

/// The buckets of new devices. Devices that are placed stay where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    buckets: Buckets,
    busy: Vec<(UplinkId, u8)>,
}

/// Load counts in steps of this many per cent, so that the buckets do not follow every packet.
const STEP_PERCENT: u8 = 25;

impl Placement {
    /// Places nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Follows weights and loads; whether the buckets are others now.
    ///
    /// A free uplink counts with its whole weight, one that is three quarters full with a quarter of
    /// it, and a full one with a tenth: devices must go somewhere when all are full.
    pub fn follow(&mut self, weights: &[(UplinkId, u32)], loads: &[Load]) -> bool {
        let mut busy: Vec<(UplinkId, u8)> = Vec::new();
        let weights: Vec<(UplinkId, u32)> = weights
            .iter()
            .map(|&(id, weight)| {
                let load = loads.iter().find(|load| load.id == id);
                let percent = load.map_or(0, |load| load.percent.min(100));
                let step = self.step(id, percent);
                busy.push((id, step));
                let free = u32::from(100 - step * STEP_PERCENT).max(10);
                (id, weight.saturating_mul(free))
            })
            .collect();
        self.busy = busy;
        // Nobody moves when a bucket does, so they are dealt anew: evenly interleaved.
        let mut buckets = Buckets::new();
        buckets.assign(&weights);
        let changed = buckets != self.buckets;
        self.buckets = buckets;
        changed
    }

    /// The buckets, for a round robin over them.
    pub const fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// The load's step; it goes down only when it is well below the step's edge.
    fn step(&self, id: UplinkId, percent: u8) -> u8 {
        let known = self.busy.iter().find(|(known, _)| *known == id);
        let rising = percent / STEP_PERCENT;
        let falling = percent.saturating_add(10) / STEP_PERCENT;
        match known {
            Some(&(_, step)) if step > rising => step.min(falling),
            _ => rising,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> UplinkId {
        UplinkId::new(number).unwrap()
    }

    #[test]
    fn new_devices_avoid_what_is_busy() {
        let weights = [(id(1), 1), (id(2), 1)];
        let mut placement = Placement::new();
        assert!(placement.follow(&weights, &[]));
        assert_eq!(placement.buckets().held_by(id(1)), 128);
        let load = |percent| [Load { id: id(1), percent }];
        assert!(placement.follow(&weights, &load(80)));
        assert_eq!(placement.buckets().held_by(id(1)), 51);
        assert!(!placement.follow(&weights, &load(90)), "the same step");
        assert!(!placement.follow(&weights, &load(70)), "hardly less");
        assert!(placement.follow(&weights, &load(50)));
        assert!(placement.follow(&weights, &load(100)));
        assert_eq!(
            placement.buckets().held_by(id(1)),
            23,
            "a tenth of its weight"
        );
    }
}
