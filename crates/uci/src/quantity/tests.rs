use super::*;

#[test]
fn durations_have_units_and_decimals() {
    for (word, micros) in [
        ("4", Some(4_000_000)),
        ("0.5", Some(500_000)),
        ("500ms", Some(500_000)),
        ("1.5ms", Some(1500)),
        ("2s", Some(2_000_000)),
        ("1.5m", Some(90_000_000)),
        ("12h", Some(43_200_000_000)),
        ("1d", Some(86_400_000_000)),
        ("0.000001", Some(1)),
        ("0.0000001", None),
        ("", None),
        ("s", None),
        (".5", None),
        ("4.", None),
        ("1.2.3", None),
        ("-1", None),
        ("1 s", None),
        ("1w", None),
        ("0x10", None),
        ("99999999999999999999", None),
        ("18446744073709551615d", None),
    ] {
        assert_eq!(duration(word), micros.map(Duration::from_micros), "{word}");
    }
}

#[test]
fn a_shown_duration_can_be_read_back() {
    for (duration_ms, shown) in [(0, "0s"), (1, "1ms"), (1500, "1500ms"), (60_000, "60s")] {
        let written = Duration::from_millis(duration_ms);
        assert_eq!(seconds(written), shown);
        assert_eq!(duration(shown), Some(written));
    }
}
