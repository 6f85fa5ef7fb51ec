use std::time::Duration;

use grange_babel::clock::Instant;

use super::{Resync, Tables};

const START: Instant = Instant::from_micros(1_000_000);

fn after(millis: u64) -> Instant {
    START + Duration::from_millis(millis)
}

#[test]
fn events_that_come_together_are_one_reading() {
    let mut resync = Resync::default();
    resync.request(Tables::LINKS, START);
    resync.request(Tables::RULES, after(10));
    assert_eq!(resync.due(), Some(after(20)));
    assert_eq!(resync.take(after(19)), None);
    assert_eq!(resync.take(after(20)), Some(Tables::ALL));
    assert_eq!(resync.take(after(20)), None);
}

#[test]
fn a_storm_of_events_leaves_pauses_that_grow_with_the_tables() {
    let mut resync = Resync::default();
    resync.done(0, START);
    resync.request(Tables::FIB, START);
    assert_eq!(resync.due(), Some(after(50)));
    let mut resync = Resync::default();
    resync.done(10_000, START);
    resync.request(Tables::FIB, START);
    assert_eq!(resync.due(), Some(after(1000)));
    // After quiet times there is no pause.
    assert_eq!(resync.take(after(1000)), Some(Tables::FIB));
    resync.request(Tables::IMPORTS, after(5000));
    assert_eq!(resync.due(), Some(after(5020)));
}

#[test]
fn what_failed_waits_longer_unless_there_is_news() {
    let mut resync = Resync::default();
    resync.retry(Tables::RULES, START);
    assert_eq!(resync.due(), Some(after(1000)));
    resync.request(Tables::FIB, after(100));
    assert_eq!(resync.due(), Some(after(120)));
    let both = Tables {
        fib: true,
        ..Tables::RULES
    };
    assert_eq!(resync.take(after(120)), Some(both));
}
