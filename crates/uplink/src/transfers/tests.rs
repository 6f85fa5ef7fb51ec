use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[test]
fn groups_that_settle_among_themselves_save_a_payment() {
    // The greedy way takes four: the largest debtor pays the largest creditor first.
    let list = transfers(&[7, 5, 4, -9, -7]);
    assert_eq!(list.len(), 3, "{list:?}");
    let list = transfers(&[10, -10, 3, -3, 0]);
    assert_eq!(list.len(), 2);
    assert_eq!(transfers(&[]), []);
    assert_eq!(transfers(&[0, 0]), []);
    assert_eq!(
        transfers(&[3333, -1166, -2167]),
        [
            Transfer {
                from: 2,
                to: 0,
                cents: 2167
            },
            Transfer {
                from: 1,
                to: 0,
                cents: 1166
            },
        ]
    );
}

/// The fewest payments there can be, found by trying every way to split into groups.
fn fewest(balances: &[i64]) -> usize {
    fn most_groups(left: &[i64]) -> Option<usize> {
        let (first, rest) = match left.split_first() {
            None => return Some(0),
            Some((first, rest)) => (*first, rest),
        };
        let mut best = None;
        for set in 0_u32..1 << rest.len() {
            let inside = |bit: usize| set >> bit & 1 == 1;
            let sum: i64 = rest
                .iter()
                .enumerate()
                .filter(|(bit, _)| inside(*bit))
                .map(|(_, b)| b)
                .sum();
            if first + sum == 0 {
                let others: Vec<i64> = rest
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| !inside(*bit))
                    .map(|(_, b)| *b)
                    .collect();
                best = best.max(most_groups(&others).map(|groups| groups + 1));
            }
        }
        best
    }
    let open: Vec<i64> = balances
        .iter()
        .copied()
        .filter(|balance| *balance != 0)
        .collect();
    open.len() - most_groups(&open).unwrap()
}

proptest! {
    #[test]
    fn a_small_village_pays_as_seldom_as_can_be(mut balances in vec(-6_i64..=6, 0..7)) {
        balances.push(-balances.iter().sum::<i64>());
        prop_assert_eq!(transfers(&balances).len(), fewest(&balances));
    }

    #[test]
    fn any_balances_end_without_a_panic(balances in vec(any::<i64>(), 0..30)) {
        transfers(&balances);
    }
}
