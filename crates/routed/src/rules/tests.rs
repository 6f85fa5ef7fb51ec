use grange_linux::{
    Kernel, KernelError, KernelErrorKind, RecordingKernel, Rule, RuleAction, RuleChange,
};

use super::{Sharing, reconcile, wanted};

fn lines(rules: &[Rule]) -> Vec<String> {
    let mut ours: Vec<&Rule> = rules.iter().filter(|rule| rule.protocol == 42).collect();
    ours.sort_by_key(|rule| (rule.family, rule.priority, rule.iif.clone()));
    ours.iter().map(|rule| line(rule)).collect()
}

fn line(rule: &Rule) -> String {
    let iif = rule
        .iif
        .as_ref()
        .map_or_else(String::new, |iif| format!(" iif {iif}"));
    let action = match rule.action {
        RuleAction::Lookup(table) => format!(" lookup {table}"),
        RuleAction::Unreachable => " unreachable".to_owned(),
        RuleAction::Other(number) => format!(" action {number}"),
    };
    let suppress = rule
        .suppress_prefixlength
        .map_or_else(String::new, |s| format!(" suppress {s}"));
    format!(
        "{:?} {}:{iif}{action}{suppress}",
        rule.family, rule.priority
    )
}

fn names() -> Vec<String> {
    vec!["mesh0".to_owned(), "mesh1".to_owned()]
}

#[test]
fn the_rules_are_those_of_the_design() {
    let rules = wanted(
        42,
        &names(),
        Sharing {
            v4: true,
            v6: false,
        },
    );
    assert_eq!(
        lines(&rules),
        [
            "V4 900: lookup 254 suppress 0",
            "V4 910: lookup 42 suppress 0",
            "V4 4000: iif mesh0 lookup 42",
            "V4 4000: iif mesh1 lookup 42",
            "V4 4001: iif mesh0 lookup 254",
            "V4 4001: iif mesh1 lookup 254",
            "V4 4002: iif mesh0 unreachable",
            "V4 4002: iif mesh1 unreachable",
            "V4 32770: lookup 42",
            "V6 900: lookup 254 suppress 0",
            "V6 910: lookup 42 suppress 0",
            "V6 4000: iif mesh0 lookup 42",
            "V6 4000: iif mesh1 lookup 42",
            "V6 4002: iif mesh0 unreachable",
            "V6 4002: iif mesh1 unreachable",
            "V6 32770: lookup 42",
        ]
    );
    assert!(rules.iter().all(|rule| rule.protocol == 42));
}

#[test]
fn in_table_main_there_are_none() {
    assert_eq!(wanted(254, &names(), Sharing { v4: true, v6: true }), []);
}

#[test]
fn only_the_difference_is_made() {
    let mut kernel = RecordingKernel::new();
    let first = wanted(42, &names(), Sharing::default());
    assert_eq!(reconcile(&mut kernel, &first).unwrap().added, 14);
    assert_eq!(
        reconcile(&mut kernel, &first).unwrap(),
        super::RulesReport::default()
    );
    let second = wanted(
        42,
        &names(),
        Sharing {
            v4: false,
            v6: true,
        },
    );
    let report = reconcile(&mut kernel, &second).unwrap();
    assert_eq!((report.added, report.removed), (2, 0));
    let report = reconcile(&mut kernel, &first).unwrap();
    assert_eq!((report.added, report.removed), (0, 2));
    assert_eq!(lines(kernel.all_rules()), lines(&first));
}

#[test]
fn the_refusal_stands_before_anything_can_be_looked_up() {
    let rules = wanted(42, &names(), Sharing { v4: true, v6: true });
    for name in names() {
        for family in grange_linux::Family::BOTH {
            let of_interface: Vec<u32> = rules
                .iter()
                .filter(|rule| rule.family == family && rule.iif.as_ref() == Some(&name))
                .map(|rule| rule.priority)
                .collect();
            assert_eq!(of_interface, [4002, 4000, 4001]);
        }
    }
}

#[test]
fn the_rules_of_others_are_left_alone_also_at_our_priorities_and_with_our_protocol() {
    let mut kernel = RecordingKernel::new();
    let family = grange_linux::Family::V4;
    let others = [
        Rule::new(family, 900, RuleAction::Lookup(7)),
        Rule {
            protocol: 42,
            ..Rule::new(family, 100, RuleAction::Lookup(7))
        },
    ];
    for rule in &others {
        assert!(kernel.change_rules(&[RuleChange::Add(rule.clone())])[0].is_ok());
    }
    reconcile(&mut kernel, &wanted(42, &names(), Sharing::default())).unwrap();
    reconcile(&mut kernel, &[]).unwrap();
    assert!(others.iter().all(|rule| kernel.all_rules().contains(rule)));
    assert_eq!(kernel.all_rules().len(), 5 + 2);
}

#[test]
fn a_rule_that_is_wrong_is_exchanged() {
    let mut kernel = RecordingKernel::new();
    let family = grange_linux::Family::V4;
    let wrong = Rule {
        protocol: 42,
        ..Rule::new(family, 910, RuleAction::Lookup(7))
    };
    assert!(kernel.change_rules(&[RuleChange::Add(wrong.clone())])[0].is_ok());
    let report = reconcile(&mut kernel, &wanted(42, &[], Sharing::default())).unwrap();
    assert_eq!((report.added, report.removed), (6, 1));
    assert!(!kernel.all_rules().contains(&wrong));
}

#[test]
fn a_refused_rule_is_reported_and_the_rest_is_made() {
    let mut kernel = RecordingKernel::new();
    kernel.fail_nth(1, KernelError::new(KernelErrorKind::NoBuffers));
    let report = reconcile(&mut kernel, &wanted(42, &[], Sharing::default())).unwrap();
    assert_eq!(report.added, 5);
    assert_eq!(report.failure.unwrap().kind(), KernelErrorKind::NoBuffers);
}
