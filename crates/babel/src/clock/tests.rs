use super::*;

#[test]
fn a_tick_is_the_nearest_tenth_of_a_second_on_either_side() {
    for (micros, before, after) in [
        (0, 0, 0),
        (1, 0, 100_000),
        (100_000, 100_000, 100_000),
        (12_345_678, 12_300_000, 12_400_000),
    ] {
        let instant = Instant::from_micros(micros);
        assert_eq!(Tick::before(instant).instant(instant).as_micros(), before);
        assert_eq!(Tick::after(instant).instant(instant).as_micros(), after);
    }
}

#[test]
fn a_tick_stands_for_what_is_nearest_whenever_now_is() {
    let year = Duration::from_hours(24 * 365);
    for now in [0, 5, 13, 14, 1000] {
        let now = Instant::default() + year * now;
        for distance in [Duration::ZERO, Duration::from_secs(1), year * 6] {
            for instant in [now + distance, now - distance] {
                assert_eq!(Tick::before(instant).instant(now), instant);
            }
        }
    }
    let (now, later) = (u64::MAX - 5_000_000, u64::MAX - 3_000_000);
    let tick = Tick::before(Instant::from_micros(later));
    let instant = tick.instant(Instant::from_micros(now)).as_micros();
    assert!(later - instant < 100_000);
}
