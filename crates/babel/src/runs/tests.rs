use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert(u16),
    Remove(u16),
    PopFirst,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // A few keys, so that many meet.
    let key = 0_u16..300;
    let step = prop_oneof![
        6 => key.clone().prop_map(Step::Insert),
        5 => key.prop_map(Step::Remove),
        1 => Just(Step::PopFirst),
    ];
    proptest::collection::vec(step, 0..900)
}

proptest! {
    #[test]
    fn runs_hold_what_a_b_tree_holds(steps in steps(), sorted in 0_u16..600, after in 0_u16..700) {
        let mut runs = Runs::default();
        let mut tree = BTreeMap::new();
        for key in (0..sorted).step_by(2) {
            *runs.get_or_insert_with(key, || 0) += 1;
            tree.insert(key, 1);
        }
        for step in steps {
            match step {
                Step::Insert(key) => {
                    let value = runs.get_or_insert_with(key, || 0);
                    *value += 1;
                    *tree.entry(key).or_insert(0) += 1;
                }
                Step::Remove(key) => prop_assert_eq!(runs.remove(&key), tree.remove(&key)),
                Step::PopFirst => prop_assert_eq!(runs.pop_first(), tree.pop_first()),
            }
            prop_assert_eq!(runs.len(), tree.len());
        }
        prop_assert!(runs.iter_after(None).eq(tree.iter()));
        let rest = tree.range(after + 1..);
        prop_assert!(runs.iter_after(Some(after)).eq(rest));
        for key in 0..700 {
            prop_assert_eq!(runs.get(&key), tree.get(&key));
        }
        for (_, value) in runs.iter_mut() {
            *value = 0;
        }
        prop_assert!(runs.iter_after(None).all(|(_, value)| *value == 0));
        prop_assert!(runs.runs.iter().all(|run| !run.is_empty() && run.len() <= RUN));
    }
}

#[test]
fn what_arrives_in_order_leaves_no_gaps() {
    let mut runs = Runs::default();
    for key in 0..10_000 {
        runs.get_or_insert_with(key, || ());
    }
    let room: usize = runs.runs.iter().map(Vec::capacity).sum();
    assert!(room < 10_000 + RUN, "{room}");
    let mut runs = Runs::default();
    for key in 0..10_000 {
        runs.get_or_insert_with(10_000 - key, || ());
        runs.get_or_insert_with(20_000 + key, || ());
        runs.get_or_insert_with(100_000 + key, || ());
    }
    let room: usize = runs.runs.iter().map(Vec::capacity).sum();
    assert!(room < 31_000, "{room}");
}

#[test]
fn what_arrives_in_any_order_leaves_few_gaps() {
    let mut runs = Runs::default();
    for key in 0..10_000_u32 {
        runs.get_or_insert_with(key.wrapping_mul(0x9E37_79B9), || ());
    }
    let room: usize = runs.runs.iter().map(Vec::capacity).sum();
    assert!(room < 13_000, "{room}");
}
