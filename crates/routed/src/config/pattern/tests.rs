use super::{ParsePatternError, Pattern};

fn matches(pattern: &str, name: &str) -> bool {
    Pattern::parse(pattern).unwrap().matches(name)
}

#[test]
fn a_name_matches_itself_only() {
    assert!(matches("mesh0", "mesh0"));
    assert!(!matches("mesh0", "mesh01"));
    assert!(!matches("mesh0", "mesh"));
    assert!(!matches("mesh0", ""));
}

#[test]
fn wildcards_are_those_of_the_shell() {
    for (pattern, name, fits) in [
        ("mesh-*", "mesh-park", true),
        ("mesh-*", "mesh-", true),
        ("mesh-*", "mesh", false),
        ("*", "anything", true),
        ("*", "", true),
        ("wlan?-mesh", "wlan0-mesh", true),
        ("wlan?-mesh", "wlan10-mesh", false),
        ("*-mesh*", "phy0-mesh0", true),
        ("*-mesh*", "a-mes-mesh", true),
        ("*a*b*c", "xaxbxbc", true),
        ("*a*b*c", "xaxbxbd", false),
        ("eth[0-2]", "eth1", true),
        ("eth[0-2]", "eth3", false),
        ("eth[!0-2]", "eth3", true),
        ("eth[!0-2]", "eth0", false),
        ("eth[02].5", "eth2.5", true),
        ("x[]a]", "x]", true),
        ("x[!]a]", "xb", true),
        ("x[a-]", "x-", true),
        ("eth0.*", "eth0.12", true),
    ] {
        assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
    }
}

#[test]
fn only_a_name_without_wildcards_is_literal() {
    assert_eq!(
        Pattern::parse("br-lan.1@x").unwrap().literal(),
        Some("br-lan.1@x")
    );
    assert_eq!(Pattern::parse("br*").unwrap().literal(), None);
}

#[test]
fn what_cannot_be_an_interface_name_is_refused() {
    assert_eq!(Pattern::parse(""), Err(ParsePatternError::Empty));
    assert_eq!(
        Pattern::parse("a b"),
        Err(ParsePatternError::Character(' '))
    );
    assert_eq!(
        Pattern::parse("a/b"),
        Err(ParsePatternError::Character('/'))
    );
    assert_eq!(
        Pattern::parse("abcdefghijklmnop"),
        Err(ParsePatternError::TooLong)
    );
    assert_eq!(Pattern::parse("eth[0"), Err(ParsePatternError::OpenSet));
    assert_eq!(Pattern::parse("eth[]"), Err(ParsePatternError::OpenSet));
}

#[test]
fn many_stars_do_not_take_exponential_time() {
    let pattern = "*a".repeat(31);
    assert!(!matches(&pattern, "aaaaaaaaaaaaaab"));
}
