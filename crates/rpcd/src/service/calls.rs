//! From a call to its answer.

use core::time::Duration;
use std::rc::Rc;

use grange_daemon::json::Value;
use grange_daemon::object;
use grange_ubus::{Data, Status};

use litemap::LiteMap;

use crate::daemon_link::{LinkEvent, Problem};
use crate::facts::Source;
use crate::methods::plan;
use crate::moment::Moment;
use crate::page::message;
use crate::plan::{Known, Made, Plan, Refusal};
use crate::service::output::{AskerId, Output};
use crate::service::state::{Call, Caller, MOST_CALLS, Service};
use crate::way::way_name;

/// How long a composite reply is good for all who ask.
const REPLY_KEPT: Duration = Duration::from_millis(900);
/// How long a daemon has for an answer, and for something it does.
const ANSWER_IN: Duration = Duration::from_millis(1500);
const DO_IN: Duration = Duration::from_secs(8);
/// The router in one page.
const OVERVIEW: (&str, &str) = ("grange", "status");

impl Service {
    /// Somebody calls a method. The arguments have the types that the method says.
    pub fn handle_call(
        &mut self,
        asker: AskerId,
        object: &'static str,
        method: &'static str,
        arguments: Data,
        now: Moment,
    ) {
        self.counters.calls = self.counters.calls.wrapping_add(1);
        let is_overview = (object, method) == OVERVIEW;
        if is_overview || (object, method) == ("grange", "history") {
            self.note_watched(now.since_boot);
        }
        if is_overview
            && let Some((made, data)) = &self.overview
            && now.since_boot.saturating_sub(*made) < REPLY_KEPT
        {
            let outcome = Ok(Rc::clone(data));
            return self.outputs.push_back(Output::Answer { asker, outcome });
        }
        if self.calls.len() >= MOST_CALLS {
            self.counters.refused = self.counters.refused.wrapping_add(1);
            return self.answer(asker, Err(Status::NO_MEMORY));
        }
        match plan(object, method, arguments.table()) {
            Ok(plan) => {
                self.begin(Caller::Asker(asker), (object, method), arguments, plan, now);
                self.go_on(now);
            }
            Err(status) => self.answer(asker, Err(status)),
        }
    }

    /// A daemon says something.
    pub fn handle_link(&mut self, source: Source, event: LinkEvent, now: Moment) {
        match event {
            LinkEvent::Up => self.note_daemon(source, true, now),
            LinkEvent::Down => self.note_daemon(source, false, now),
            LinkEvent::Reply { tag, outcome } => {
                self.facts.handle_reply(tag, outcome);
                self.go_on(now);
            }
            LinkEvent::News { kind, data } => {
                self.journal.note_news(&kind, &data, now);
                self.overview = None;
            }
        }
    }

    fn note_daemon(&mut self, source: Source, is_up: bool, now: Moment) {
        let Some(known) = self.is_up.get_mut(source.index()) else {
            return;
        };
        if *known == is_up {
            return;
        }
        *known = is_up;
        let wanted = |tag| self.calls.iter().any(|call| call.tags.contains(&tag));
        self.facts.forget(source, wanted);
        self.journal.note_daemon(source, is_up, now);
        self.overview = None;
        self.collect_soon(now.since_boot);
    }

    pub(super) fn begin(
        &mut self,
        caller: Caller,
        (object, method): (&'static str, &'static str),
        arguments: Data,
        plan: Plan,
        now: Moment,
    ) {
        if self.rates.is_due(now.since_boot) {
            self.outputs.push_back(Output::ReadCounters);
        }
        let mut tags = Vec::with_capacity(plan.queries.len());
        for query in plan.queries {
            let (tag, is_new) = self.facts.want(&query, now.since_boot);
            tags.push(tag);
            if is_new {
                self.counters.questions = self.counters.questions.wrapping_add(1);
                let patience = if query.max_age.is_zero() {
                    DO_IN
                } else {
                    ANSWER_IN
                };
                self.outputs.push_back(Output::Ask {
                    source: query.source,
                    tag,
                    method: query.method,
                    params: query.params,
                    deadline: now.since_boot + patience,
                });
            }
        }
        self.calls.push(Call {
            caller,
            object,
            method,
            arguments,
            tags,
            build: plan.build,
        });
    }

    /// Answers all calls whose facts are there.
    pub(super) fn go_on(&mut self, now: Moment) {
        let facts = &self.facts;
        let is_whole = |call: &Call| call.tags.iter().all(|tag| facts.fact(*tag).is_some());
        let (whole, waiting) = core::mem::take(&mut self.calls)
            .into_iter()
            .partition(is_whole);
        self.calls = waiting;
        let mut made = LiteMap::new();
        for call in whole {
            self.finish(&call, &mut made, now);
        }
        let wanted = |tag| self.calls.iter().any(|call| call.tags.contains(&tag));
        self.facts.tidy(now.since_boot, wanted);
    }

    fn finish(
        &mut self,
        call: &Call,
        made: &mut LiteMap<(&'static str, &'static str, Vec<u8>), Rc<Data>>,
        now: Moment,
    ) {
        let facts: Vec<_> = call
            .tags
            .iter()
            .filter_map(|tag| self.facts.fact(*tag))
            .collect();
        let asker = match call.caller {
            Caller::Asker(asker) => asker,
            Caller::Collection => return self.collected(&facts, now),
            Caller::Job(job) => return self.probed(job, &facts, now),
        };
        // A thousand who ask the same at once get the same octets.
        let key = (call.object, call.method, call.arguments.as_bytes().to_vec());
        if let Some(data) = made.get(&key) {
            return self.answer(asker, Ok(Rc::clone(data)));
        }
        let known = Known {
            journal: &self.journal,
            history: &self.history,
            jobs: &self.jobs,
            rates: &self.rates,
            now,
        };
        let outcome = match (call.build)(&known, call.arguments.table(), &facts) {
            Ok(Made::Reply(reply)) => {
                let is_overview = (call.object, call.method) == OVERVIEW;
                if is_overview && !reply["connected"].is_null() {
                    // Somebody is told the way out; if it is another one, that is written down.
                    let names = ["ipv4", "ipv6"].map(|family| way_name(&reply["way"][family]));
                    self.note_way_names(&names, now);
                }
                let outcome = message(reply);
                if let Ok(data) = &outcome {
                    if is_overview {
                        self.overview = Some((now.since_boot, Rc::clone(data)));
                    }
                    made.insert(key, Rc::clone(data));
                }
                outcome
            }
            Ok(errand) => match self.start(errand, call.object, call.method, now.since_boot) {
                Ok(job) => message(object! { "job": job.0.to_string() }),
                Err(problem) => message(failure(&problem)),
            },
            Err(Refusal::Problem(problem)) => message(failure(&problem)),
            Err(Refusal::Status(status)) => Err(status),
        };
        self.answer(asker, outcome);
    }

    pub(super) fn note_way_names(&mut self, names: &[String; 2], now: Moment) {
        for ((family, known), name) in ["ipv4", "ipv6"].iter().zip(&mut self.ways).zip(names) {
            if let Some(before) = known.as_ref().filter(|before| *before != name) {
                self.journal.note_way(family, before, name, now);
            }
            *known = Some(name.clone());
        }
    }

    fn answer(&mut self, asker: AskerId, outcome: Result<Rc<Data>, Status>) {
        if outcome.is_err() {
            self.counters.failures = self.counters.failures.wrapping_add(1);
        }
        self.outputs.push_back(Output::Answer { asker, outcome });
    }
}

fn failure(problem: &Problem) -> Value {
    object! { "error": problem.to_json() }
}
