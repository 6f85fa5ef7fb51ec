use super::*;

const SECOND: u64 = 1_000_000;

#[test]
fn a_cause_speaks_once_in_its_interval_and_then_says_how_much_was_held_back() {
    let mut throttle = Throttle::new(Duration::from_secs(10));
    assert_eq!(throttle.allow("short packet", 5 * SECOND), Some(0));
    for _ in 0..3 {
        assert_eq!(throttle.allow("short packet", 6 * SECOND), None);
    }
    assert_eq!(throttle.allow("short packet", 15 * SECOND - 1), None);
    assert_eq!(throttle.allow("short packet", 15 * SECOND), Some(4));
    assert_eq!(throttle.allow("short packet", 30 * SECOND), Some(0));
}

#[test]
fn causes_do_not_silence_each_other() {
    let mut throttle = Throttle::new(Duration::from_secs(10));
    assert_eq!(throttle.allow("a", 0), Some(0));
    assert_eq!(throttle.allow("b", 0), Some(0));
    assert_eq!(throttle.allow("a", 1), None);
}

#[test]
fn a_clock_that_goes_back_does_not_open_the_gate() {
    let mut throttle = Throttle::new(Duration::from_secs(10));
    assert_eq!(throttle.allow("a", 100 * SECOND), Some(0));
    assert_eq!(throttle.allow("a", 0), None);
    assert_eq!(throttle.allow("a", u64::MAX), Some(1));
}

#[test]
fn memory_is_bounded_and_the_quietest_cause_is_forgotten_first() {
    let names: Vec<&'static str> = (0..=MOST_CAUSES)
        .map(|n| &*Box::leak(n.to_string().into_boxed_str()))
        .collect();
    let mut throttle = Throttle::new(Duration::from_hours(1));
    for (now, name) in (0..).zip(&names) {
        assert_eq!(throttle.allow(name, now), Some(0));
    }
    assert_eq!(throttle.causes.len(), MOST_CAUSES);
    assert_eq!(throttle.allow(names[1], 100), None);
    assert_eq!(throttle.allow(names[0], 100), Some(0));
}
