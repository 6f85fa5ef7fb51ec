use super::*;

#[test]
fn a_promise_is_rounded_up_to_the_next_centisecond() {
    assert_eq!(
        Interval::from_duration(Duration::from_secs(4)).as_centis(),
        400
    );
    assert_eq!(
        Interval::from_duration(Duration::from_micros(10_001)).as_centis(),
        2
    );
    assert_eq!(
        Interval::from_duration(Duration::from_micros(1)).as_centis(),
        1
    );
    assert_eq!(Interval::from_duration(Duration::ZERO), Interval::ZERO);
}

#[test]
fn a_promise_that_does_not_fit_never_becomes_infinity() {
    for duration in [
        Duration::from_millis(655_350),
        Duration::from_hours(1),
        Duration::MAX,
    ] {
        assert_eq!(Interval::from_duration(duration), Interval::LONGEST);
    }
    assert!(!Interval::LONGEST.is_infinite());
}

#[test]
fn the_duration_is_the_number_of_centiseconds() {
    assert_eq!(
        Interval::from_centis(1).as_duration(),
        Duration::from_millis(10)
    );
    assert_eq!(
        Interval::INFINITE.as_duration(),
        Duration::from_millis(655_350)
    );
    assert_eq!(format!("{:?}", Interval::from_centis(1605)), "16.05s");
}
