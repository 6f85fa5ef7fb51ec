use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[test]
fn a_cent_left_over_goes_to_the_largest_remainder() {
    assert_eq!(by_weight(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
    assert_eq!(by_weight(10, &[5, 3, 2]), Some(vec![5, 3, 2]));
    assert_eq!(by_weight(1, &[1, 3]), Some(vec![0, 1]));
    assert_eq!(by_weight(5, &[0, 0]), None);
    assert_eq!(by_weight(5, &[]), None);
    assert_eq!(by_weight(0, &[7]), Some(vec![0]));
}

proptest! {
    #[test]
    fn shares_add_up_for_any_input(total: u64, weights in vec(any::<u128>(), 1..200)) {
        match by_weight(total, &weights) {
            Some(shares) => {
                let sum: u128 = shares.iter().map(|share| u128::from(*share)).sum();
                prop_assert_eq!(sum, u128::from(total));
            }
            None => prop_assert!(weights.iter().all(|weight| *weight == 0)),
        }
    }

    #[test]
    fn no_share_is_further_than_one_from_its_exact_part(
        total in 0_u64..1_000_000_000,
        weights in vec(0_u64..1_000_000_000_000, 1..100),
    ) {
        let wide: Vec<u128> = weights.iter().map(|weight| u128::from(*weight)).collect();
        let sum: u128 = wide.iter().sum();
        prop_assume!(sum > 0);
        for (share, weight) in by_weight(total, &wide).unwrap().iter().zip(&wide) {
            let exact = u128::from(total) * weight;
            prop_assert!((u128::from(*share) * sum).abs_diff(exact) < sum);
        }
    }
}
