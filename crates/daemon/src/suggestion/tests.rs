use super::*;

const METHODS: [&str; 6] = [
    "status",
    "routes",
    "xroutes",
    "neighbours",
    "gateway set",
    "leave",
];

#[test]
fn a_typing_mistake_finds_its_name() {
    for (typed, meant) in [
        ("route", "routes"),
        ("staus", "status"),
        ("sttaus", "status"),
        ("neighbors", "neighbours"),
        ("neigh", "neighbours"),
        ("gatewayset", "gateway set"),
        ("xroute", "xroutes"),
        ("gateway ste", "gateway set"),
    ] {
        assert_eq!(nearest(typed, METHODS), Some(meant), "{typed}");
    }
}

#[test]
fn something_else_altogether_finds_nothing() {
    let long = "x".repeat(10_000);
    for typed in ["", "firewall", "zzzzz", long.as_str()] {
        assert_eq!(nearest(typed, METHODS), None);
    }
}
