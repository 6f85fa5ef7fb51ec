//! A daemon's control socket, as its client: a function of octets and time.
//!
//! Questions are sent one after the other and answered in that order; events of the kinds subscribed to come
//! between.

use core::time::Duration;
use std::collections::VecDeque;

use grange_daemon::json::Value;
use grange_daemon::line_buffer::LineBuffer;
use grange_daemon::object;
use grange_linux::{Protocol, SendQueue, StreamClient};

use crate::clean::{clean, cleaned};

/// The longest line that is read: some thousand routes.
pub const LONGEST_LINE_BYTES: usize = 2 << 20;
/// Questions that may wait.
const MOST_WAITING: usize = 64;
/// How soon a lost connection is tried again, first and later.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LONGEST_RETRY: Duration = Duration::from_secs(5);
/// A connection that lasted so long is tried again at once: one that breaks at every answer is not.
const STEADY: Duration = Duration::from_secs(10);
/// How long a daemon has for its first answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer: a code for programs, words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `not_running`, `timeout`, `busy`, or what the daemon says.
    pub code: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// What happened.
#[derive(Debug, PartialEq)]
pub enum LinkEvent {
    /// The daemon answers.
    Up,
    /// It does not any more.
    Down,
    /// The answer to a question.
    Reply {
        /// The question's number.
        tag: u32,
        /// What it says.
        outcome: Result<Value, Problem>,
    },
    /// Something we subscribed to.
    News {
        /// Its kind.
        kind: String,
        /// What it says.
        data: Value,
    },
}

/// A link on the daemon's socket.
pub type DaemonSocket = StreamClient<DaemonLink>;

/// A client of one daemon.
#[derive(Debug)]
pub struct DaemonLink {
    daemon: &'static str,
    kinds: &'static [&'static str],
    phase: Phase,
    connected_at: Duration,
    retry: Duration,
    inbox: LineBuffer,
    outgoing: SendQueue,
    waiting: VecDeque<Waiting>,
    events: VecDeque<LinkEvent>,
    refused_lines: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resting(Duration),
    Wanting,
    /// Connected; has not said anything yet.
    Connected,
    Up,
    /// The connection must be closed.
    Broken,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// `None` is our own subscription.
    tag: Option<u32>,
    deadline: Duration,
}

impl DaemonLink {
    /// A client that wants a connection, and news of these kinds.
    pub fn new(daemon: &'static str, kinds: &'static [&'static str]) -> Self {
        Self {
            daemon,
            kinds,
            phase: Phase::Wanting,
            connected_at: Duration::ZERO,
            retry: FIRST_RETRY,
            inbox: LineBuffer::default(),
            outgoing: SendQueue::default(),
            waiting: VecDeque::new(),
            events: VecDeque::new(),
            refused_lines: 0,
        }
    }

    /// Asks; the answer comes with that tag, or the reason why there is none.
    pub fn ask(&mut self, tag: u32, method: &str, params: &Value, deadline: Duration) {
        let problem = match self.phase {
            Phase::Connected | Phase::Up if self.waiting.len() < MOST_WAITING => {
                return self.send(Some(tag), method, params, deadline);
            }
            Phase::Connected | Phase::Up => Problem {
                code: "busy".to_owned(),
                message: format!("{} has too much to answer: try again", self.daemon),
            },
            _ => self.not_running(),
        };
        self.reply(Some(tag), Err(problem));
    }

    /// Lines that were no reply and no event.
    pub fn refused_lines(&self) -> u32 {
        self.refused_lines
    }

    fn send(&mut self, tag: Option<u32>, method: &str, params: &Value, deadline: Duration) {
        let request = object! { "method": method, "params": params };
        let line = format!("{request}\n");
        self.outgoing.end().extend_from_slice(line.as_bytes());
        self.waiting.push_back(Waiting { tag, deadline });
    }

    fn line(&mut self, line: &str) {
        // An empty line is how a server finds out whether we are still there.
        if line.is_empty() {
            return;
        }
        let Ok(Value::Object(mut members)) = Value::parse(line.as_bytes()) else {
            self.refused_lines = self.refused_lines.wrapping_add(1);
            self.phase = Phase::Broken;
            return;
        };
        if let Some(kind) = members.get("event").and_then(Value::as_str) {
            let kind = cleaned(kind).into_owned();
            let mut data = members.remove("data").unwrap_or_default();
            clean(&mut data);
            return self.events.push_back(LinkEvent::News { kind, data });
        }
        let Some(waiting) = self.waiting.pop_front() else {
            // A subscriber that was too slow is told so, and sent away.
            self.phase = Phase::Broken;
            return;
        };
        let outcome = match (members.remove("result"), members.remove("error")) {
            (Some(mut result), None) => {
                clean(&mut result);
                Ok(result)
            }
            (_, error) => {
                let error = error.unwrap_or_default();
                let word = |name: &str| {
                    let text = error.get(name).and_then(Value::as_str);
                    cleaned(text.unwrap_or("failed")).into_owned()
                };
                Err(Problem {
                    code: word("code"),
                    message: word("message"),
                })
            }
        };
        if self.phase == Phase::Connected {
            self.phase = Phase::Up;
            self.events.push_back(LinkEvent::Up);
        }
        self.reply(waiting.tag, outcome);
    }

    fn reply(&mut self, tag: Option<u32>, outcome: Result<Value, Problem>) {
        if let Some(tag) = tag {
            self.events.push_back(LinkEvent::Reply { tag, outcome });
        }
    }

    fn not_running(&self) -> Problem {
        Problem {
            code: "not_running".to_owned(),
            message: format!(
                "{0} is not running: start it with `/etc/init.d/{0} start`",
                self.daemon
            ),
        }
    }
}

impl Protocol for DaemonLink {
    type Event = LinkEvent;

    fn handle_connected(&mut self, now: Duration) {
        self.phase = Phase::Connected;
        self.connected_at = now;
        let params = object! { "kinds": self.kinds.iter().copied().collect::<Value>() };
        self.send(None, "subscribe", &params, now + PATIENCE);
    }

    fn handle_disconnected(&mut self, now: Duration) {
        if matches!(self.phase, Phase::Resting(_)) {
            return;
        }
        let problem = match self.phase {
            Phase::Broken => Problem {
                code: "protocol".to_owned(),
                message: format!(
                    "{} gives no proper answer: are both of one version?",
                    self.daemon
                ),
            },
            _ => self.not_running(),
        };
        if self.phase == Phase::Up && now.saturating_sub(self.connected_at) >= STEADY {
            self.retry = FIRST_RETRY;
        }
        self.phase = Phase::Resting(now + self.retry);
        self.retry = (self.retry * 2).min(LONGEST_RETRY);
        self.inbox = LineBuffer::default();
        self.outgoing = SendQueue::default();
        self.events.push_back(LinkEvent::Down);
        while let Some(waiting) = self.waiting.pop_front() {
            self.reply(waiting.tag, Err(problem.clone()));
        }
    }

    fn handle_bytes(&mut self, octets: &[u8], _: Duration) {
        self.inbox.push(octets);
        while let Some(line) = self.inbox.next_line() {
            self.line(&String::from_utf8_lossy(&line));
        }
        if self.inbox.len() > LONGEST_LINE_BYTES {
            self.refused_lines = self.refused_lines.wrapping_add(1);
            self.phase = Phase::Broken;
        }
    }

    fn handle_sent(&mut self, count: usize) {
        self.outgoing.handle_sent(count);
    }

    fn handle_timeout(&mut self, now: Duration) {
        if let Phase::Resting(until) = self.phase
            && until <= now
        {
            self.phase = Phase::Wanting;
        }
        // Answers come in order: when one is late, so are those behind it, and its own would be taken for theirs.
        if self.waiting.iter().any(|waiting| waiting.deadline <= now) {
            let problem = Problem {
                code: "timeout".to_owned(),
                message: format!(
                    "{0} does not answer in time: see what it said last with `logread -e {0}`",
                    self.daemon
                ),
            };
            while let Some(waiting) = self.waiting.pop_front() {
                self.reply(waiting.tag, Err(problem.clone()));
            }
            self.phase = Phase::Broken;
        }
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Duration> {
        let resting = match self.phase {
            Phase::Resting(until) => Some(until),
            _ => None,
        };
        let deadlines = self.waiting.iter().map(|waiting| waiting.deadline);
        deadlines.chain(resting).min()
    }

    fn outgoing(&self) -> &[u8] {
        self.outgoing.waiting()
    }

    fn wants_connection(&self) -> bool {
        self.phase == Phase::Wanting
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Connected | Phase::Up)
    }
}

#[cfg(test)]
mod tests;
