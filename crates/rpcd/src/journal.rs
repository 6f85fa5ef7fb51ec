//! What happened lately, in words.

use core::time::Duration;
use std::collections::VecDeque;
use std::fmt::Write as _;

use grange_daemon::json::{Members, Value};
use grange_daemon::object;

use crate::facts::Source;
use crate::moment::Moment;
use crate::rows::{member, number, text};

/// Events kept.
pub const MOST_EVENTS: usize = 200;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number; the first is 1.
    pub seq: u32,
    /// When, since boot.
    pub at: Duration,
    /// When, by the wall clock.
    pub time: Option<u64>,
    /// What it is about.
    pub kind: &'static str,
    /// What happened, for programs.
    pub code: &'static str,
    /// `info`, `warning` or `error`.
    pub severity: &'static str,
    /// What happened, for people.
    pub text: String,
    /// The parts of `text`, by name.
    pub args: Vec<(&'static str, String)>,
}

/// The last events.
#[derive(Debug, Default)]
pub struct Journal {
    events: VecDeque<Event>,
    newest: u32,
}

impl Journal {
    /// A daemon answers, or does not any more.
    pub fn note_daemon(&mut self, source: Source, is_up: bool, now: Moment) {
        let daemon = source.name();
        let (code, severity, text) = if is_up {
            ("daemon_back", "info", format!("{daemon} answers"))
        } else {
            (
                "daemon_gone",
                "error",
                format!("{daemon} does not answer any more"),
            )
        };
        self.push(
            "daemon",
            code,
            severity,
            text,
            vec![("daemon", daemon.to_owned())],
            now,
        );
    }

    /// A daemon's own news. Which of them are worth a line is decided here.
    pub fn note_news(&mut self, kind: &str, data: &Value, now: Moment) {
        let change = text(data, "change");
        match kind {
            "interface" => {
                let interface = text(data, "name").to_owned();
                let is_up = change != "removed" && member(data, "up").as_bool() == Some(true);
                let (code, severity, words) = if is_up {
                    ("interface_up", "info", format!("Babel runs on {interface}"))
                } else {
                    (
                        "interface_down",
                        "warning",
                        format!("Babel does not run on {interface} any more"),
                    )
                };
                self.push(
                    "interface",
                    code,
                    severity,
                    words,
                    vec![("interface", interface)],
                    now,
                );
            }
            "neighbour" if change == "added" || change == "removed" => {
                let neighbour = text(data, "address").to_owned();
                let interface = text(data, "interface").to_owned();
                let (code, severity, words) = if change == "added" {
                    (
                        "neighbour_heard",
                        "info",
                        format!("{neighbour} is heard on {interface}"),
                    )
                } else {
                    (
                        "neighbour_lost",
                        "warning",
                        format!("{neighbour} is not heard on {interface} any more"),
                    )
                };
                let args = vec![("neighbour", neighbour), ("interface", interface)];
                self.push("neighbour", code, severity, words, args, now);
            }
            "uplink" => self.note_uplink(data, now),
            _ => {}
        }
    }

    /// The way out of a family is another one; empty is none.
    pub fn note_way(&mut self, family: &str, from: &str, to: &str, now: Moment) {
        let shown = shown(family);
        let (severity, words) = match (from, to) {
            ("", to) => ("info", format!("{shown} goes out by {to}")),
            (from, "") => (
                "error",
                format!("{shown} has no way out any more; it was {from}"),
            ),
            (from, to) => (
                "info",
                format!("{shown} goes out by {to}, no longer by {from}"),
            ),
        };
        let args = [("family", family), ("from", from), ("to", to)];
        let args = args.map(|(name, value)| (name, value.to_owned())).to_vec();
        self.push("way", "way_changed", severity, words, args, now);
    }

    /// The events, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().rev()
    }

    /// The number of the newest event, 0 before the first.
    pub fn newest(&self) -> u32 {
        self.newest
    }

    fn note_uplink(&mut self, data: &Value, now: Moment) {
        let (uplink, family, to) = (text(data, "uplink"), text(data, "family"), text(data, "to"));
        let (why, moved, devices) = (
            text(data, "why"),
            number(data, "moved"),
            number(data, "devices"),
        );
        let shown = shown(family);
        let mut words = format!("{uplink} {to} ({shown}): {why}");
        if moved > 0 {
            // Writing to a text cannot fail.
            let _ = write!(words, "; moved {moved} of {devices} devices");
        }
        let severity = match to {
            "down" | "captive" => "error",
            "degraded" | "capped" => "warning",
            _ => "info",
        };
        let args = vec![
            ("uplink", uplink.to_owned()),
            ("family", family.to_owned()),
            ("from", text(data, "from").to_owned()),
            ("to", to.to_owned()),
            ("why", why.to_owned()),
            ("moved", moved.to_string()),
            ("devices", devices.to_string()),
        ];
        self.push("uplink", "uplink_state", severity, words, args, now);
    }

    fn push(
        &mut self,
        kind: &'static str,
        code: &'static str,
        severity: &'static str,
        text: String,
        args: Vec<(&'static str, String)>,
        now: Moment,
    ) {
        self.newest = self.newest.wrapping_add(1);
        if self.events.len() >= MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(Event {
            seq: self.newest,
            at: now.since_boot,
            time: now.wall(),
            kind,
            code,
            severity,
            text,
            args,
        });
    }
}

impl Event {
    /// As it is answered.
    pub fn row(&self, now: Moment) -> Value {
        let args = self.args.iter();
        let args: Members = args
            .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
            .collect();
        object! {
            "seq": self.seq,
            "age_ms": now.age_ms(self.at),
            "time": self.time,
            "kind": self.kind,
            "code": self.code,
            "severity": self.severity,
            "text": self.text.as_str(),
            "args": args,
        }
    }
}

/// A family's name for people.
fn shown(family: &str) -> &'static str {
    if family == "ipv4" { "IPv4" } else { "IPv6" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment {
        since_boot: Duration::from_secs(9),
        wall_s: 0,
    };

    #[test]
    fn an_uplinks_news_are_told_as_the_log_tells_them() {
        let mut journal = Journal::default();
        let data = json!({"uplink": "wan2", "family": "ipv4", "from": "up", "to": "down",
            "why": "3 of 3 probes lost to 2 of 3 targets", "moved": 14, "devices": 40});
        journal.note_news("uplink", &data, NOW);
        journal.note_news("neighbour", &json!({"change": "changed"}), NOW);
        let texts: Vec<&str> = journal
            .newest_first()
            .map(|event| event.text.as_str())
            .collect();
        assert_eq!(
            texts,
            ["wan2 down (IPv4): 3 of 3 probes lost to 2 of 3 targets; moved 14 of 40 devices"]
        );
        // The clock has not been set.
        assert_eq!(
            journal.newest_first().next().map(|event| event.time),
            Some(None)
        );
    }

    #[test]
    fn only_the_last_events_are_kept_and_numbers_go_on() {
        let mut journal = Journal::default();
        for _ in 0..MOST_EVENTS + 5 {
            journal.note_daemon(Source::Routed, false, NOW);
        }
        assert_eq!(journal.newest_first().count(), MOST_EVENTS);
        assert_eq!(journal.newest(), 205);
    }
}
