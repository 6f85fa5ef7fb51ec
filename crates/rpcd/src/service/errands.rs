//! Jobs: tests of links, and uplinks that look at themselves.

use core::time::Duration;

use grange_daemon::object;
use grange_ubus::Data;

use crate::daemon_link::Problem;
use crate::facts::{Fact, Query, Source};
use crate::jobs::{JobId, MOST_RUNNING};
use crate::linktest::LinkTest;
use crate::moment::Moment;
use crate::plan::{Made, Plan, Refusal, ask, said};
use crate::rows::{list, text};
use crate::service::output::Output;
use crate::service::state::{Caller, Service};
use crate::uplinks::uplink_row;

/// How long an uplink has to look at itself: three probes, and login pages.
const PROBE: Duration = Duration::from_secs(3);

impl Service {
    /// An answer to a ping.
    pub fn handle_pong(&mut self, job: JobId, sequence: u16, now: Moment) {
        let mut tests = self.tests.iter_mut();
        if let Some((_, test)) = tests.find(|(id, _)| *id == job) {
            test.handle_answer(sequence, now.since_boot);
        }
        self.run_errands(now);
    }

    /// Pings cannot be sent: the job has failed.
    pub fn handle_ping_failed(&mut self, job: JobId, why: &str, now: Moment) {
        let problem = Problem {
            code: "failed".to_owned(),
            message: format!("cannot ping: {why}"),
        };
        self.tests.retain(|(id, _)| *id != job);
        self.jobs.end(job, Err(problem), now.since_boot);
        self.outputs.push_back(Output::PingsEnd(job));
    }

    pub(super) fn start(
        &mut self,
        errand: Made,
        object: &'static str,
        method: &'static str,
        now: Duration,
    ) -> Result<JobId, Problem> {
        let busy = || Problem {
            code: "busy".to_owned(),
            message: format!("{MOST_RUNNING} jobs run already: wait for one of them"),
        };
        let job = self.jobs.start(object, method, now).ok_or_else(busy)?;
        match errand {
            Made::LinkTest {
                address,
                interface,
                count,
            } => {
                let test = LinkTest::new(address, interface, count, now);
                self.tests.push((job, test));
            }
            Made::Probe { uplink } => self.probes.push((job, uplink, now + PROBE)),
            Made::Reply(reply) => self.jobs.end(job, Ok(reply), now),
        }
        Ok(job)
    }

    pub(super) fn next_errand(&self) -> Option<Duration> {
        let tests = self.tests.iter().map(|(_, test)| test.poll_timeout());
        let probes = self.probes.iter().map(|(_, _, until)| *until);
        tests.chain(probes).min()
    }

    pub(super) fn run_errands(&mut self, now: Moment) {
        let time = now.since_boot;
        for (job, test) in &mut self.tests {
            while let Some(sequence) = test.poll_ping(time) {
                self.outputs.push_back(Output::Ping {
                    job: *job,
                    address: test.address,
                    interface: test.interface.clone(),
                    sequence,
                });
            }
            self.jobs.progress(*job, test.progress_percent());
        }
        while let Some(place) = self.tests.iter().position(|(_, test)| test.is_done(time)) {
            let (job, test) = self.tests.remove(place);
            self.jobs.end(job, Ok(test.result()), time);
            self.outputs.push_back(Output::PingsEnd(job));
        }
        let is_over = |(_, _, until): &&mut (_, _, Duration)| *until <= time;
        while let Some((job, _, until)) = self.probes.iter_mut().find(is_over) {
            // The row stays until the rows are there: it has the uplink's name.
            *until = Duration::MAX;
            let job = *job;
            let rows = Query {
                max_age: Duration::ZERO,
                ..ask(Source::Uplinkd, "uplinks")
            };
            let plan = Plan::to_know(vec![rows]);
            self.begin(
                Caller::Job(job),
                ("grange.uplink", "probe"),
                Data::default(),
                plan,
                now,
            );
        }
    }

    /// The rows of an uplink that has looked at itself.
    pub(super) fn probed(&mut self, job: JobId, facts: &[Fact], now: Moment) {
        let Some(place) = self.probes.iter().position(|(id, _, _)| *id == job) else {
            return;
        };
        let (_, uplink, _) = self.probes.remove(place);
        let outcome = match said(facts, 0) {
            Ok(rows) => {
                let rows = list(rows).iter().filter(|row| text(row, "name") == uplink);
                let rows: Vec<_> = rows.map(|row| uplink_row(row, &self.rates)).collect();
                Ok(object! { "uplinks": rows })
            }
            Err(Refusal::Problem(problem)) => Err(problem),
            Err(Refusal::Status(status)) => Err(Problem {
                code: "failed".to_owned(),
                message: status.to_string(),
            }),
        };
        self.jobs.end(job, outcome, now.since_boot);
    }
}
