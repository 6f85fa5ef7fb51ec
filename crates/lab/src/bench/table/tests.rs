use super::*;
use crate::bench::figure::Unit;

const ROW: Row = Row {
    name: "chain",
    about: "",
    figures: &[Figure {
        name: "all routes",
        unit: Unit::Seconds,
        goal: Goal::Both(0.5, 1.0),
    }],
    runs: [3, 2, 1],
    at_once: 1,
    measure: |_| Ok(Vec::new()),
};

#[test]
fn a_line_has_median_worst_and_ratio_of_each_daemon() {
    let mut results = Results::default();
    for value in [0.4, 0.1, 0.2] {
        results.add(Daemon::Routed, vec![value]);
    }
    results.add(Daemon::Babeld, vec![4.0]);
    results.add(Daemon::Babeld, vec![f64::INFINITY]);
    results.add(Daemon::Bird, vec![3.0]);
    assert_eq!(
        render(&ROW, &results),
        "| chain | all routes | 0.200 s, 0.400 s (3) | never, never (2) | 3.00 s, 3.00 s (1) \
         | - | 15 | median ≤ 0.500 s, all ≤ 1 s | yes |"
    );
}

#[test]
fn one_bad_run_misses_a_goal_for_all() {
    let mut results = Results::default();
    results.add(Daemon::Routed, vec![0.4]);
    results.add(Daemon::Routed, vec![1.1]);
    assert!(
        render(&ROW, &results).ends_with("| **no** |"),
        "{}",
        render(&ROW, &results)
    );
}
