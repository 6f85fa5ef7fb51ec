use super::*;

#[test]
fn times_are_shown_in_the_unit_that_matters() {
    let hour = 3_600_000;
    for (ms, shown) in [
        (0, "0.0 s"),
        (3_250, "3.2 s"),
        (9_999, "9.9 s"),
        (10_000, "10 s"),
        (119_999, "119 s"),
        (120_000, "2 min"),
        (2 * hour - 1, "119 min"),
        (2 * hour + 300_000, "2 h 5 min"),
        (50 * hour, "2 d 2 h"),
    ] {
        assert_eq!(duration(ms), shown, "{ms}");
    }
    assert!(duration(u64::MAX).contains(" d "));
}

#[test]
fn amounts_of_data_are_shown_with_a_decimal_prefix() {
    for (amount, shown) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 KB"),
        (999_999, "999.9 KB"),
        (1_000_000, "1.0 MB"),
        (1_440_000_000, "1.4 GB"),
        (u64::MAX, "18446.7 PB"),
    ] {
        assert_eq!(bytes(amount), shown, "{amount}");
    }
}

#[test]
fn nouns_agree_with_their_number() {
    assert_eq!(count(1, "route"), "1 route");
    assert_eq!(count(0, "route"), "0 routes");
    assert_eq!(count(2, "prefix"), "2 prefixes");
}
