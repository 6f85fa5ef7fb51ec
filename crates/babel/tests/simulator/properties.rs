//! Random networks, random troubles: no loops, everything routed in the end, nothing left behind.

use proptest::test_runner::{Config, FileFailurePersistence, TestError, TestRunner};

use crate::schedule::{Case, Flavour, cases};

/// How many cases of each property run when nobody asks for more (`PROPTEST_CASES`).
const CASES: u32 = 64;

/// Where failing cases are kept, to be tried first from then on.
const KEPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/simulator/failures.proptest-regressions"
);

fn for_many_cases(name: &'static str, flavour: Flavour, check: fn(&Case, Flavour)) {
    let usual = Config::default();
    let config = Config {
        cases: match std::env::var_os("PROPTEST_CASES") {
            Some(_) => usual.cases,
            None => CASES,
        },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(KEPT))),
        source_file: Some(file!()),
        test_name: Some(name),
        max_shrink_time: 120_000,
        ..usual
    };
    let result = TestRunner::new(config).run(&cases(flavour), |case| {
        check(&case, flavour);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => panic!("{reason}\nthe smallest case: {case:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

fn run(case: &Case, flavour: Flavour) {
    let _ = case.run(flavour);
}

#[test]
fn no_loop_ever_forms_unless_a_node_forgets() {
    for_many_cases("wired", Flavour::default(), run);
}

#[test]
fn no_loop_ever_forms_on_a_radio_channel() {
    let flavour = Flavour {
        radio: true,
        ..Flavour::default()
    };
    for_many_cases("radio", flavour, run);
}

#[test]
fn no_packet_turns_round_towards_a_default_route() {
    let flavour = Flavour {
        nested: true,
        ..Flavour::default()
    };
    for_many_cases("nested", flavour, run);
}

#[test]
fn loops_end_in_bounded_time_after_a_node_forgot() {
    let flavour = Flavour {
        amnesia: true,
        ..Flavour::default()
    };
    for_many_cases("amnesia", flavour, run);
}

#[test]
fn loops_between_rival_gateways_end_in_bounded_time() {
    let flavour = Flavour {
        nested: true,
        rivals: true,
        amnesia: true,
        ..Flavour::default()
    };
    for_many_cases("rivals", flavour, run);
}

#[test]
fn cramped_tables_stay_within_their_caps_and_make_no_loop() {
    let flavour = Flavour {
        cramped: true,
        ..Flavour::default()
    };
    for_many_cases("cramped", flavour, run);
}

#[test]
fn a_random_case_gives_the_same_trace_twice() {
    let flavour = Flavour {
        amnesia: true,
        nested: true,
        rivals: true,
        ..Flavour::default()
    };
    for_many_cases("twice", flavour, |case, flavour| {
        let (first, second) = (case.run(flavour), case.run(flavour));
        assert_eq!(first.trace.hash(), second.trace.hash());
    });
}
