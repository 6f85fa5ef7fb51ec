//! What the service knows, and getters.

use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;

use grange_ubus::Data;

use crate::facts::{Facts, Source};
use crate::history::History;
use crate::jobs::{JobId, Jobs};
use crate::journal::Journal;
use crate::linktest::LinkTest;
use crate::moment::Moment;
use crate::plan::Build;
use crate::rates::Rates;
use crate::service::output::{AskerId, Output};
use crate::service::schedule::Schedule;

/// Calls that may wait for an answer of a daemon.
pub const MOST_CALLS: usize = 2048;
/// What has been counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls of methods.
    pub calls: u64,
    /// Calls answered with a status other than 0.
    pub failures: u64,
    /// Calls turned away because too many waited.
    pub refused: u64,
    /// Questions to daemons.
    pub questions: u64,
}

/// The service.
#[derive(Debug)]
pub struct Service {
    pub(super) keeps_history: bool,
    pub(super) facts: Facts,
    pub(super) calls: Vec<Call>,
    pub(super) history: History,
    pub(super) journal: Journal,
    pub(super) jobs: Jobs,
    pub(super) tests: Vec<(JobId, LinkTest)>,
    pub(super) probes: Vec<(JobId, String, Duration)>,
    pub(super) rates: Rates,
    pub(super) is_up: [bool; 2],
    pub(super) ways: [Option<String>; 2],
    pub(super) overview: Option<(Duration, Rc<Data>)>,
    pub(super) collecting: Schedule,
    pub(super) outputs: VecDeque<Output>,
    pub(super) counters: Counters,
}

/// A call that waits for facts.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) caller: Caller,
    pub(super) object: &'static str,
    pub(super) method: &'static str,
    pub(super) arguments: Data,
    pub(super) tags: Vec<u32>,
    pub(super) build: Build,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Asker(AskerId),
    /// A job that asks for an uplink's rows in the end.
    Job(JobId),
    /// The collection of the history's values.
    Collection,
}

impl Service {
    /// A service that knows nothing yet, and goes on with a history.
    pub fn new(history: History, now: Duration) -> Self {
        Self {
            keeps_history: true,
            facts: Facts::default(),
            calls: Vec::new(),
            history,
            journal: Journal::default(),
            jobs: Jobs::default(),
            tests: Vec::new(),
            probes: Vec::new(),
            rates: Rates::default(),
            is_up: [false; 2],
            ways: [None, None],
            overview: None,
            collecting: Schedule::new(now),
            outputs: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// Whether numbers are collected while nobody looks.
    pub fn handle_history_option(&mut self, keeps_history: bool) {
        self.keeps_history = keeps_history;
    }

    /// The text of [`grange_linux::traffic::FILE`].
    pub fn handle_counters(&mut self, text: &str, now: Moment) {
        self.rates.handle_counters(text, now.since_boot);
    }

    /// What is to be done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether a daemon answers.
    pub fn is_up(&self, source: Source) -> bool {
        self.is_up.get(source.index()).copied().unwrap_or(false)
    }

    /// Calls that wait.
    pub fn waiting_calls(&self) -> usize {
        self.calls.len()
    }

    /// Numbers over time.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What happened.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }
}
