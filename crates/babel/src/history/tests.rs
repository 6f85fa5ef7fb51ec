use super::*;

const FOUR_SECONDS: Duration = Duration::from_secs(4);

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

#[test]
fn hellos_in_order_fill_the_history() {
    let mut history = HelloHistory::default();
    for n in 0..3 {
        assert_eq!(
            history.record(Seqno(65534).plus(n), FOUR_SECONDS, at(0)),
            Continuity::Continues
        );
    }
    assert_eq!(history.bits(), 0xE000);
    assert_eq!(history.received_of_last_six(), (3, 3));
    assert!(!history.is_lossy());
}

#[test]
fn a_gap_counts_as_losses() {
    let mut history = HelloHistory::default();
    history.record(Seqno(1), FOUR_SECONDS, at(0));
    history.record(Seqno(4), FOUR_SECONDS, at(0));
    assert_eq!(history.bits(), 0b1001 << 12);
    assert!(history.is_lossy());
}

#[test]
fn a_step_back_undoes_history_instead_of_counting_losses() {
    let mut history = HelloHistory::default();
    for n in 0..16 {
        history.record(Seqno(n), FOUR_SECONDS, at(0));
    }
    assert_eq!(
        history.record(Seqno(9), FOUR_SECONDS, at(0)),
        Continuity::Continues
    );
    assert_eq!(history.bits(), 0xFFC0);
    assert!(!history.is_lossy());
}

#[test]
fn a_jump_of_more_than_sixteen_is_a_reboot() {
    let mut history = HelloHistory::default();
    history.record(Seqno(100), FOUR_SECONDS, at(0));
    assert_eq!(
        history.record(Seqno(118), FOUR_SECONDS, at(0)),
        Continuity::Rebooted
    );
    assert_eq!(
        history.record(Seqno(84), FOUR_SECONDS, at(0)),
        Continuity::Rebooted
    );
}

#[test]
fn missing_hellos_are_counted_until_none_is_left() {
    let mut history = HelloHistory::default();
    history.record(Seqno(0), FOUR_SECONDS, at(0));
    assert!(!history.handle_timeout(at(5999)));
    assert!(history.handle_timeout(at(6000)));
    assert_eq!(history.bits(), 0x4000);
    assert!(history.handle_timeout(at(3_600_000)));
    assert!(history.is_empty());
    assert_eq!(
        history.poll_timeout(),
        Some(at(4500)),
        "only the suspicion is left"
    );
}

#[test]
fn a_late_hello_is_suspicious_once() {
    let mut history = HelloHistory::default();
    history.record(Seqno(0), FOUR_SECONDS, at(0));
    assert!(!history.take_lateness(at(4499)));
    assert!(history.take_lateness(at(4500)));
    assert!(!history.take_lateness(at(4501)));
}

#[test]
fn an_unscheduled_hello_keeps_the_old_promise() {
    let mut history = HelloHistory::default();
    history.record(Seqno(0), FOUR_SECONDS, at(0));
    history.record(Seqno(1), Duration::ZERO, at(3000));
    assert!(history.handle_timeout(at(6000)));
}
