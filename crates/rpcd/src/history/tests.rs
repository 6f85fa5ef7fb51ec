use core::time::Duration;

use super::*;
use crate::history::state::FORGOTTEN;

const MINUTE: Duration = Duration::from_mins(1);

fn uplink(name: &str) -> Name {
    Name {
        kind: Kind::Uplink,
        name: name.to_owned(),
        family: "ipv4".to_owned(),
    }
}

fn link(name: String) -> Name {
    Name {
        kind: Kind::Link,
        name,
        family: String::new(),
    }
}

fn last(history: &History, name: &Name, span: Span, now: Duration) -> Option<u32> {
    let values = history.find(name).map(|series| series.values(span, 0, now));
    values.unwrap_or_default().last().copied().flatten()
}

#[test]
fn minutes_and_hours_are_means_and_seconds_are_kept_while_somebody_looks() {
    let mut history = History::default();
    let wan = uplink("wan");
    let now = Duration::from_hours(5);
    for (second, value) in [(0, 100), (1, 300)] {
        let now = now + Duration::from_secs(second);
        history.note(&wan, &[Some(value), None, None, None], true, now);
    }
    let now = now + Duration::from_secs(1);
    assert_eq!(last(&history, &wan, Span::FiveMinutes, now), Some(300));
    assert_eq!(last(&history, &wan, Span::Day, now), Some(200));
    assert_eq!(last(&history, &wan, Span::Month, now), Some(200));
    history.note(&wan, &[Some(600), None, None, None], false, now + MINUTE);
    assert_eq!(last(&history, &wan, Span::Day, now + MINUTE), Some(600));
    let hour = last(&history, &wan, Span::Month, now + MINUTE);
    assert_eq!(hour, Some(333));
    history.forget_seconds();
    assert_eq!(last(&history, &wan, Span::FiveMinutes, now), None);
    assert_eq!(last(&history, &wan, Span::Day, now + MINUTE), Some(600));
}

#[test]
fn whatever_is_measured_the_rings_take_no_more_than_they_may() {
    let mut history = History::default();
    for number in 0..200 {
        let name = link(format!("fe80::{number:x}%mesh0"));
        history.note(&name, &[Some(96), Some(16)], true, MINUTE);
        assert!(history.bytes() <= MOST_BYTES);
    }
    let kept = history.all().len();
    assert!((40..60).contains(&kept), "{kept}");
    // One that has long been gone gives way to one that is there.
    let late = MINUTE + FORGOTTEN;
    history.note(&uplink("wan"), &[Some(1); 4], false, late);
    assert_eq!(last(&history, &uplink("wan"), Span::Day, late), Some(1));
    assert!(history.bytes() <= MOST_BYTES);
}

#[test]
fn eight_uplinks_and_twenty_links_fit() {
    let mut history = History::default();
    for number in 0..8 {
        history.note(
            &uplink(&format!("wan{number}")),
            &[Some(1); 4],
            false,
            MINUTE,
        );
    }
    for number in 0..20 {
        history.note(
            &link(format!("fe80::{number}%m")),
            &[Some(1); 2],
            false,
            MINUTE,
        );
    }
    assert_eq!(history.all().len(), 28);
}

#[test]
fn the_coarse_part_survives_a_restart_and_not_a_reboot() {
    let mut history = History::default();
    let now = Duration::from_hours(30);
    history.note(
        &uplink("wan"),
        &[Some(5), Some(6), None, Some(7)],
        true,
        now,
    );
    history.note(
        &link("fe80::1%mesh0".to_owned()),
        &[Some(96), Some(16)],
        true,
        now,
    );
    let saved = history.saved();
    let back = History::restored(&saved, now + MINUTE);
    assert_eq!(back.saved(), saved);
    assert_eq!(last(&back, &uplink("wan"), Span::Day, now), Some(5));
    assert!(History::restored(&saved, MINUTE).all().is_empty());
    // Cut off anywhere, nothing of what is left is made up.
    for length in (0..saved.len()).step_by(97) {
        let back = History::restored(saved.get(..length).unwrap_or_default(), now);
        assert!(back.all().len() < 2);
    }
}
