use super::monotonic_micros;

#[test]
fn time_does_not_go_back_and_counts_microseconds_since_boot() {
    let first = monotonic_micros();
    let uptime = std::fs::read_to_string("/proc/uptime").expect("proc is mounted");
    let second = monotonic_micros();
    assert!(second >= first);
    // The kernel's own idea, in seconds; a machine that slept has a larger uptime.
    let seconds: f64 = uptime
        .split(' ')
        .next()
        .and_then(|s| s.parse().ok())
        .expect("a number");
    let monotonic = std::time::Duration::from_micros(first).as_secs_f64();
    assert!(
        monotonic > 0.0 && monotonic <= seconds + 1.0,
        "{monotonic} s of {seconds} s"
    );
}
