//! The collection of numbers for the history: each second while somebody looks, else each minute.

use core::time::Duration;

use grange_daemon::json::Value;
use grange_daemon::object;
use grange_ubus::Data;

use crate::facts::{Fact, Query, Source};
use crate::moment::Moment;
use crate::plan::{Plan, ask, maybe_said};
use crate::samples::samples;
use crate::service::output::Output;
use crate::service::schedule::{SAVE_STEP, SOON, next_step};
use crate::service::state::{Caller, Service};
use crate::way::{way, way_name};

/// Seconds are collected for so long after the last look.
const WATCHED: Duration = Duration::from_secs(30);

impl Service {
    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Moment) {
        let time = now.since_boot;
        if self
            .collecting
            .watched_until
            .is_some_and(|until| until <= time)
        {
            self.collecting.watched_until = None;
            self.history.forget_seconds();
        }
        if self.collecting.next <= time {
            self.collecting.next = next_step(time, self.is_watched());
            if !self.collecting.is_running && (self.keeps_history || self.is_watched()) {
                self.collecting.is_running = true;
                let queries = vec![
                    ask(Source::Routed, "status"),
                    // Devices are not for the graphs, and cost uplinkd a process.
                    Query {
                        params: object! { "devices": false },
                        ..ask(Source::Uplinkd, "status")
                    },
                    ask(Source::Routed, "neighbours"),
                ];
                let plan = Plan::to_know(queries);
                self.begin(Caller::Collection, ("", ""), Data::default(), plan, now);
                self.go_on(now);
            }
        }
        if self.collecting.next_save <= time {
            self.collecting.next_save = time + SAVE_STEP;
            self.save();
        }
        self.run_errands(now);
    }

    /// When [`Service::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let times = [self.collecting.next, self.collecting.next_save];
        let watched = self.collecting.watched_until;
        times
            .into_iter()
            .chain(watched)
            .chain(self.next_errand())
            .min()
    }

    /// The history is to be written down: the daemon ends.
    pub fn save(&mut self) {
        let saved = self.history.saved();
        self.outputs.push_back(Output::Save(saved));
    }

    /// Whether somebody looks.
    pub fn is_watched(&self) -> bool {
        self.collecting.watched_until.is_some()
    }

    pub(super) fn note_watched(&mut self, now: Duration) {
        if self.collecting.watched_until.is_none() {
            self.collecting.next = now;
        }
        self.collecting.watched_until = Some(now + WATCHED);
    }

    pub(super) fn collect_soon(&mut self, now: Duration) {
        self.collecting.next = self.collecting.next.min(now + SOON);
    }

    pub(super) fn collected(&mut self, facts: &[Fact], now: Moment) {
        self.collecting.is_running = false;
        let (routed, uplinkd) = (maybe_said(facts, 0), maybe_said(facts, 1));
        let fine = self.is_watched();
        for (name, values) in samples(&self.rates, uplinkd, maybe_said(facts, 2)) {
            let columns = name.kind.columns().len();
            let values = values.get(..columns).unwrap_or_default();
            self.history.note(&name, values, fine, now.since_boot);
        }
        // Where nobody is there to say, the way has not changed.
        if self.is_up(Source::Routed) || self.is_up(Source::Uplinkd) {
            let graph = Value::Null;
            let names =
                ["ipv4", "ipv6"].map(|family| way_name(&way(routed, uplinkd, &graph, family)));
            self.note_way_names(&names, now);
        }
    }
}
