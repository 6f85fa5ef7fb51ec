//! What the daemons have said, and to which question: each question is asked once, however many want to know.

use core::time::Duration;
use std::rc::Rc;

use grange_daemon::json::Value;

use crate::daemon_link::Problem;

/// Answers kept at most, besides those that somebody waits for.
const MOST_KEPT: usize = 48;
/// How long an answer is kept for nobody.
const KEPT: Duration = Duration::from_secs(10);

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// grange-routed.
    Routed,
    /// grange-uplinkd.
    Uplinkd,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Routed, Self::Uplinkd];

    /// The daemon's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Routed => "grange-routed",
            Self::Uplinkd => "grange-uplinkd",
        }
    }

    /// Its place in a table of all.
    pub fn index(self) -> usize {
        match self {
            Self::Routed => 0,
            Self::Uplinkd => 1,
        }
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Who is asked.
    pub source: Source,
    /// The method of its control socket.
    pub method: &'static str,
    /// Its parameters.
    pub params: Value,
    /// How old an answer may be; zero for what is done rather than asked.
    pub max_age: Duration,
}

/// An answer.
pub type Fact = Rc<Result<Value, Problem>>;

/// Questions and answers.
#[derive(Debug, Default)]
pub struct Facts {
    entries: Vec<Entry>,
    last_tag: u32,
}

#[derive(Debug)]
struct Entry {
    tag: u32,
    query: Query,
    asked: Duration,
    fact: Option<Fact>,
}

impl Facts {
    /// The tag under which the answer to a question is, or will be; and whether it must be asked now.
    pub fn want(&mut self, query: &Query, now: Duration) -> (u32, bool) {
        let fresh = |entry: &&Entry| {
            let same = entry.query.source == query.source
                && entry.query.method == query.method
                && entry.query.params == query.params;
            // What is on its way is young enough for everybody, unless it does something.
            let young = entry.fact.is_none() || now.saturating_sub(entry.asked) < query.max_age;
            same && young && !query.max_age.is_zero()
        };
        if let Some(entry) = self.entries.iter().find(fresh) {
            return (entry.tag, false);
        }
        self.last_tag = self.last_tag.wrapping_add(1);
        self.entries.push(Entry {
            tag: self.last_tag,
            query: query.clone(),
            asked: now,
            fact: None,
        });
        (self.last_tag, true)
    }

    /// An answer has come.
    pub fn handle_reply(&mut self, tag: u32, outcome: Result<Value, Problem>) {
        let mut entries = self.entries.iter_mut();
        if let Some(entry) = entries.find(|entry| entry.tag == tag) {
            entry.fact = Some(Rc::new(outcome));
        }
    }

    /// Forgets what a daemon has said: it has gone.
    pub fn forget(&mut self, source: Source, is_wanted: impl Fn(u32) -> bool) {
        self.entries.retain(|entry| {
            entry.query.source != source || entry.fact.is_none() || is_wanted(entry.tag)
        });
    }

    /// Forgets what nobody needs. `is_wanted` says of a tag whether somebody waits for it.
    pub fn tidy(&mut self, now: Duration, is_wanted: impl Fn(u32) -> bool) {
        let keep = |entry: &Entry| {
            entry.fact.is_none()
                || is_wanted(entry.tag)
                || now.saturating_sub(entry.asked) < KEPT && !entry.query.max_age.is_zero()
        };
        self.entries.retain(keep);
        let over = self.entries.len().saturating_sub(MOST_KEPT);
        let mut left = over;
        self.entries.retain(|entry| {
            let goes = left > 0 && entry.fact.is_some() && !is_wanted(entry.tag);
            left -= usize::from(goes);
            !goes
        });
    }

    /// The answer under a tag, once it is there.
    pub fn fact(&self, tag: u32) -> Option<Fact> {
        let entry = self.entries.iter().find(|entry| entry.tag == tag)?;
        entry.fact.clone()
    }

    /// How many questions and answers there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(limit: u32, max_age: u64) -> Query {
        Query {
            source: Source::Routed,
            method: "routes",
            params: json!({ "limit": limit }),
            max_age: Duration::from_secs(max_age),
        }
    }

    #[test]
    fn a_question_is_asked_once_for_all_who_want_to_know() {
        let mut facts = Facts::default();
        let second = Duration::from_secs(1);
        assert_eq!(facts.want(&query(1, 1), second), (1, true));
        assert_eq!(facts.want(&query(1, 1), second * 9), (1, false));
        assert_eq!(facts.want(&query(2, 1), second), (2, true));
        facts.handle_reply(1, Ok(json!([])));
        assert_eq!(facts.fact(1).as_deref(), Some(&Ok(json!([]))));
        assert_eq!(facts.want(&query(1, 1), second * 3 / 2), (1, false));
        assert_eq!(facts.want(&query(1, 1), second * 2), (3, true));
    }

    #[test]
    fn what_does_something_is_never_taken_from_memory() {
        let mut facts = Facts::default();
        assert_eq!(facts.want(&query(1, 0), Duration::ZERO), (1, true));
        assert_eq!(facts.want(&query(1, 0), Duration::ZERO), (2, true));
    }

    #[test]
    fn answers_are_forgotten_unless_somebody_waits() {
        let mut facts = Facts::default();
        for limit in 0..200 {
            let (tag, _) = facts.want(&query(limit, 1), Duration::ZERO);
            facts.handle_reply(tag, Ok(Value::Null));
        }
        facts.tidy(Duration::ZERO, |tag| tag <= 60);
        assert_eq!(facts.len(), 60);
        facts.tidy(Duration::from_secs(11), |tag| tag == 3);
        assert_eq!(facts.len(), 1);
    }
}
