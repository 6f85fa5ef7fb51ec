use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn id(number: u8) -> UplinkId {
    UplinkId::new(number).unwrap()
}

#[test]
fn five_three_two_is_exact_to_a_bucket() {
    let mut buckets = Buckets::new();
    buckets.assign(&[(id(1), 5), (id(2), 3), (id(3), 2)]);
    assert_eq!(
        [1, 2, 3].map(|number| buckets.held_by(id(number))),
        [128, 77, 51]
    );
    let first: Vec<u8> = buckets.owners()[..10]
        .iter()
        .map(|owner| owner.unwrap().number())
        .collect();
    assert_eq!(first, [1, 2, 3, 1, 1, 2, 1, 3, 2, 1], "interleaved");
}

#[test]
fn without_weights_nobody_owns_anything() {
    let mut buckets = Buckets::new();
    assert_eq!(buckets.assign(&[]), 0);
    buckets.assign(&[(id(9), 1)]);
    assert_eq!(buckets.runs(), [(0, 255, id(9))]);
    assert_eq!(buckets.assign(&[(id(9), 0)]), 256);
    assert_eq!(buckets, Buckets::new());
}

fn weights() -> impl Strategy<Value = Vec<(UplinkId, u32)>> {
    vec(1_u32..=1_000_000, 1..=60).prop_map(|weights| {
        let numbered = weights.into_iter().zip(1_u8..);
        numbered
            .map(|(weight, number)| (id(number), weight))
            .collect()
    })
}

/// An uplink's exact part, in buckets, rounded up.
fn rounded_up(weights: &[(UplinkId, u32)], who: UplinkId) -> usize {
    let total: u64 = weights.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let own = weights.iter().find(|(id, _)| *id == who);
    let own = own.map_or(0, |(_, weight)| u64::from(*weight));
    usize::try_from((own * 256).div_ceil(total)).unwrap()
}

proptest! {
    #[test]
    fn a_fresh_assignment_is_within_a_bucket_of_the_weights(weights in weights()) {
        let mut buckets = Buckets::new();
        prop_assert_eq!(buckets.assign(&weights), COUNT);
        for &(who, _) in &weights {
            let held = buckets.held_by(who);
            let most = rounded_up(&weights, who);
            prop_assert!(held <= most && held + 2 >= most, "{held} of {most}");
        }
    }

    #[test]
    fn when_uplinks_die_no_bucket_of_a_living_one_moves(
        weights in weights(),
        deaths in vec(any::<bool>(), 60),
    ) {
        let mut buckets = Buckets::new();
        buckets.assign(&weights);
        let before = buckets.clone();
        let living: Vec<_> = weights.iter().zip(&deaths).filter(|(_, dead)| !**dead)
            .map(|(weight, _)| *weight).collect();
        prop_assume!(!living.is_empty());
        let moved = buckets.assign(&living);
        let is_living = |owner: &Option<UplinkId>| living.iter().any(|(id, _)| Some(*id) == *owner);
        let orphans = before.owners.iter().filter(|owner| !is_living(owner)).count();
        prop_assert_eq!(moved, orphans);
        for (old, new) in before.owners.iter().zip(&buckets.owners) {
            prop_assert!(!is_living(old) || old == new);
        }
    }

    #[test]
    fn any_change_moves_no_more_than_it_must(first in weights(), second in weights()) {
        let mut buckets = Buckets::new();
        buckets.assign(&first);
        let must: usize = first.iter().map(|&(who, _)| {
            buckets.held_by(who).saturating_sub(rounded_up(&second, who))
        }).sum();
        prop_assert_eq!(buckets.assign(&second), must);
        prop_assert_eq!(buckets.assign(&second), 0, "the same weights again move nothing");
    }
}
