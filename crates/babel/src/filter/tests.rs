use super::*;

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

#[test]
fn the_first_matching_rule_decides() {
    let rules = [
        Rule {
            destination: Prefixes {
                ip: Some(prefix("10.0.0.0/8")),
                ge: Some(24),
                ..Prefixes::default()
            },
            action: Action {
                deny: true,
                ..Action::default()
            },
            ..Rule::default()
        },
        Rule {
            destination: Prefixes {
                ip: Some(prefix("10.0.0.0/8")),
                ..Prefixes::default()
            },
            action: Action {
                metric: 128,
                ..Action::default()
            },
            ..Rule::default()
        },
    ];
    let decide = |text| Filters::allow(&rules, &Subject::of(prefix(text))).map(|a| a.metric);
    assert_eq!(decide("10.1.2.0/24"), None);
    assert_eq!(decide("10.1.0.0/16"), Some(128));
    assert_eq!(decide("fd00::/8"), Some(0));
}

#[test]
fn redistribution_is_denied_unless_a_rule_allows() {
    let filters = Filters {
        redistribute: vec![Rule {
            local: true,
            interface: Some("lo".into()),
            action: Action {
                metric: 7,
                ..Action::default()
            },
            ..Rule::default()
        }],
        ..Filters::default()
    };
    let local = Subject {
        local: true,
        ..Subject::of(prefix("10.0.0.1/32"))
    };
    let announced = (local.prefix, 7);
    assert_eq!(filters.redistributes(&local.on("lo")), Some(announced));
    assert_eq!(filters.redistributes(&local.on("eth0")), None);
    assert_eq!(filters.redistributes(&local), None);
}

#[test]
fn each_condition_can_refuse() {
    let subject = Subject {
        router_id: "02:00:00:00:00:00:00:01".parse().ok(),
        neighbour: "fe80::1".parse().ok(),
        proto: Some(4),
        ..Subject::of(prefix("fd00::/64")).on("mesh0")
    };
    for rule in [
        Rule {
            destination: Prefixes {
                ip: Some(prefix("fd01::/16")),
                ..Prefixes::default()
            },
            ..Rule::default()
        },
        Rule {
            destination: Prefixes {
                eq: Some(63),
                ..Prefixes::default()
            },
            ..Rule::default()
        },
        Rule {
            destination: Prefixes {
                le: Some(63),
                ..Prefixes::default()
            },
            ..Rule::default()
        },
        Rule {
            destination: Prefixes {
                ge: Some(65),
                ..Prefixes::default()
            },
            ..Rule::default()
        },
        Rule {
            neighbour: "fe80::2".parse().ok(),
            ..Rule::default()
        },
        Rule {
            router_id: "02:00:00:00:00:00:00:02".parse().ok(),
            ..Rule::default()
        },
        Rule {
            proto: Some(3),
            ..Rule::default()
        },
        Rule {
            local: true,
            ..Rule::default()
        },
        Rule {
            interface: Some("mesh1".into()),
            ..Rule::default()
        },
    ] {
        assert!(!rule.matches(&subject), "{rule:?}");
    }
    assert!(Rule::default().matches(&subject));
}

#[test]
fn rules_ask_for_the_source_prefix_too() {
    let matches = |rule: &Rule, text: &str| rule.matches(&Subject::of(prefix(text)));
    let inside = Rule {
        source: Prefixes {
            ip: Some(prefix("2001:db8::/32")),
            ge: Some(40),
            ..Prefixes::default()
        },
        ..Rule::default()
    };
    assert!(matches(&inside, "::/0 from 2001:db8:1::/48"));
    assert!(!matches(&inside, "::/0 from 2001:db8::/32"), "too short");
    assert!(!matches(&inside, "::/0") && !matches(&inside, "10.0.0.0/8"));
    let plain = Rule {
        source: Prefixes {
            eq: Some(0),
            ..Prefixes::default()
        },
        ..Rule::default()
    };
    assert!(matches(&plain, "::/0") && matches(&plain, "10.0.0.0/8"));
    assert!(!matches(&plain, "::/0 from 2001:db8::/32"));
    let short = Rule {
        destination: Prefixes {
            ip: Some(prefix("::/0")),
            eq: Some(0),
            ..Prefixes::default()
        },
        source: Prefixes {
            le: Some(32),
            ..Prefixes::default()
        },
        ..Rule::default()
    };
    assert!(matches(&short, "::/0") && matches(&short, "::/0 from 2001:db8::/32"));
    assert!(!matches(&short, "::/0 from 2001:db8:1::/48"));
}

#[test]
fn what_is_redistributed_may_be_given_a_source_prefix() {
    let given = Rule {
        action: Action {
            metric: 5,
            source: Some(prefix("2001:db8::/32")),
            ..Action::default()
        },
        ..Rule::default()
    };
    let filters = Filters {
        redistribute: vec![given],
        ..Filters::default()
    };
    let verdict = |text: &str| filters.redistributes(&Subject::of(prefix(text)));
    let announced = Some((prefix("::/0 from 2001:db8::/32"), 5));
    assert_eq!(verdict("::/0"), announced);
    assert_eq!(
        verdict("::/0 from 2001:db8:a::/48"),
        announced,
        "the rule decides"
    );
    assert_eq!(verdict("0.0.0.0/0"), None, "IPv4 routes have no source");
}
