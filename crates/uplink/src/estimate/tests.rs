use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_timeout_is_three_round_trips_but_never_under_a_quarter_of_a_second() {
    let mut estimate = Estimate::default();
    assert_eq!(estimate.timeout(), ms(1000));
    estimate.note_reply(ms(20));
    assert_eq!(estimate.timeout(), ms(250));
    for _ in 0..100 {
        estimate.note_reply(ms(300));
    }
    let timeout = estimate.timeout();
    assert!(timeout > ms(890) && timeout <= ms(900), "{timeout:?}");
    for _ in 0..100 {
        estimate.note_reply(ms(5000));
    }
    assert_eq!(estimate.timeout(), ms(3000));
}

#[test]
fn a_late_answer_lengthens_the_timeout_at_once() {
    let mut estimate = Estimate::default();
    estimate.note_reply(ms(20));
    estimate.note_late_reply(ms(600));
    assert_eq!(estimate.timeout(), ms(1800));
}

#[test]
fn quality_falls_with_loss_and_comes_back() {
    let mut estimate = Estimate::default();
    estimate.note_reply(ms(20));
    assert_eq!(estimate.quality_percent(ms(500)), 100);
    for turn in 0..200 {
        if turn % 5 == 0 {
            estimate.note_loss();
        } else {
            estimate.note_reply(ms(20));
        }
    }
    let loss = estimate.loss_permille();
    assert!((150..=250).contains(&loss), "{loss}");
    assert!(estimate.quality_percent(ms(500)) < 50);
    for _ in 0..200 {
        estimate.note_loss();
    }
    assert_eq!(estimate.quality_percent(ms(500)), 10);
    for _ in 0..300 {
        estimate.note_reply(ms(20));
    }
    assert_eq!(estimate.quality_percent(ms(500)), 100);
    assert_eq!(estimate.quality_percent(ms(10)), 50);
}
