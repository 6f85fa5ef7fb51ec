use std::time::Duration;

use grange_babel::clock::Instant;
use log::LevelFilter;

use super::{BURST, Journal};

#[test]
fn a_link_that_flaps_does_not_fill_the_log() {
    log::set_max_level(LevelFilter::Info);
    let start = Instant::from_micros(0);
    let mut journal = Journal::new(start);
    for _ in 0..BURST {
        journal.decision(start, format_args!("up"));
    }
    assert_eq!(journal.suppressed(), 0);
    for _ in 0..1000 {
        journal.decision(start, format_args!("up"));
    }
    assert_eq!(journal.suppressed(), 1000);
    // Two seconds later there is room for one more line, an hour later for a burst again.
    let later = start + Duration::from_secs(2);
    journal.decision(later, format_args!("up"));
    journal.decision(later, format_args!("up"));
    assert_eq!(journal.suppressed(), 1001);
    let much_later = later + Duration::from_hours(1);
    for _ in 0..=BURST {
        journal.decision(much_later, format_args!("up"));
    }
    assert_eq!(journal.suppressed(), 1002);
}

#[test]
fn trouble_is_logged_once_a_minute_for_each_cause() {
    let start = Instant::from_micros(0);
    let mut journal = Journal::new(start);
    journal.trouble(start, "send", format_args!("no"));
    journal.trouble(start, "send", format_args!("no"));
    journal.trouble(start, "receive", format_args!("no"));
    assert_eq!(journal.suppressed(), 1);
    journal.trouble(start + Duration::from_mins(1), "send", format_args!("no"));
    assert_eq!(journal.suppressed(), 1);
}
