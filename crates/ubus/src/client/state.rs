//! What a client knows, and the life of its connection.

use core::time::Duration;
use std::collections::VecDeque;

use grange_linux::{Protocol, SendQueue};

use crate::client::own::Own;
use crate::client::pending::{Pending, Purpose, Questions};
use crate::event::{CallId, Event};
use crate::frame::Inbox;
use crate::message::{Composer, Header, Kind};
use crate::status::Status;

/// How long the first attempt to connect again waits, and how long the later ones do at most.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LONGEST_RETRY: Duration = Duration::from_secs(10);
/// How long ubusd has to greet, and to answer what it answers itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How much may wait for a ubusd that does not read: two of the longest messages and what goes with them.
const MOST_OUTGOING: usize = (2 << 20) + (1 << 16);

/// A client of ubusd.
#[derive(Debug)]
pub struct Client {
    phase: Phase,
    retry: Duration,
    pub(crate) inbox: Inbox,
    outgoing: SendQueue,
    pub(crate) generation: u32,
    pub(crate) questions: Questions,
    last_call: u32,
    pub(crate) own: Vec<Own>,
    pub(crate) is_ready: bool,
    pub(crate) events: VecDeque<Event>,
    pub(crate) refused_messages: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not before that time.
    Resting(Duration),
    /// Somebody is to connect.
    Wanting,
    /// Connected; the greeting is due by then.
    Greeting(Duration),
    /// Greeted.
    Running,
    /// ubusd does not read what is sent: the connection must be closed.
    Stuck,
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A client that wants a connection.
    pub fn new() -> Self {
        Self {
            phase: Phase::Wanting,
            retry: FIRST_RETRY,
            inbox: Inbox::default(),
            outgoing: SendQueue::default(),
            generation: 0,
            questions: Questions::default(),
            last_call: 0,
            own: Vec::new(),
            is_ready: false,
            events: VecDeque::new(),
            refused_messages: 0,
        }
    }

    /// Whether ubusd has greeted.
    pub fn is_connected(&self) -> bool {
        self.phase == Phase::Running
    }

    /// How many messages could not be read.
    pub fn refused_messages(&self) -> u32 {
        self.refused_messages
    }

    /// ubusd has greeted.
    pub(crate) fn greeted(&mut self) {
        if matches!(self.phase, Phase::Greeting(_)) {
            self.phase = Phase::Running;
            self.retry = FIRST_RETRY;
            self.events.push_back(Event::Connected);
        }
    }

    /// A number for a call.
    pub(crate) fn next_call(&mut self) -> CallId {
        self.last_call = self.last_call.wrapping_add(1);
        CallId(self.last_call)
    }

    /// A question that is not answered.
    fn give_up(&mut self, call: Option<CallId>, status: Status) {
        if let Some(call) = call {
            self.events.push_back(Event::Done { call, status });
        }
    }

    /// Sends a question; its answer must come before `deadline`.
    pub(crate) fn ask(
        &mut self,
        (kind, peer): (Kind, u32),
        deadline: Duration,
        purpose: Purpose,
        compose: impl FnOnce(Composer<'_>) -> Composer<'_>,
    ) {
        let call = purpose.call();
        let status = if self.phase == Phase::Running {
            match self.questions.add(peer, deadline, purpose) {
                Some(seq) => return self.send(Header { kind, seq, peer }, compose),
                None => Status::NO_MEMORY,
            }
        } else {
            Status::CONNECTION_FAILED
        };
        self.give_up(call, status);
    }

    /// Sends a message.
    pub(crate) fn send(
        &mut self,
        header: Header,
        compose: impl FnOnce(Composer<'_>) -> Composer<'_>,
    ) {
        if self.phase != Phase::Running {
            return;
        }
        let outgoing = self.outgoing.end();
        compose(Composer::new(outgoing, header)).finish();
        if outgoing.len() > MOST_OUTGOING {
            self.phase = Phase::Stuck;
        }
    }

    /// The question that a message answers.
    pub(crate) fn question(&mut self, header: Header) -> Option<&mut Pending> {
        self.questions.find(header.seq, header.peer)
    }
}

impl Protocol for Client {
    type Event = Event;

    fn handle_connected(&mut self, now: Duration) {
        self.generation = self.generation.wrapping_add(1);
        self.phase = Phase::Greeting(now + PATIENCE);
    }

    fn handle_disconnected(&mut self, now: Duration) {
        if matches!(self.phase, Phase::Resting(_)) {
            return;
        }
        if matches!(self.phase, Phase::Running | Phase::Stuck) {
            self.events.push_back(Event::Disconnected);
        }
        self.phase = Phase::Resting(now + self.retry);
        self.retry = (self.retry * 2).min(LONGEST_RETRY);
        self.inbox.clear();
        self.outgoing = SendQueue::default();
        self.is_ready = false;
        for own in &mut self.own {
            own.reset();
        }
        while let Some(purpose) = self.questions.pop() {
            self.give_up(purpose.call(), Status::CONNECTION_FAILED);
        }
    }

    fn handle_bytes(&mut self, octets: &[u8], now: Duration) {
        self.receive(octets, now);
    }

    fn handle_sent(&mut self, count: usize) {
        self.outgoing.handle_sent(count);
    }

    fn handle_timeout(&mut self, now: Duration) {
        match self.phase {
            Phase::Resting(until) if until <= now => self.phase = Phase::Wanting,
            Phase::Greeting(until) if until <= now => self.handle_disconnected(now),
            _ => {}
        }
        while let Some(purpose) = self.questions.take_late(now) {
            if purpose.call().is_none() {
                // ubusd answers these itself. It has dropped the answer, or hangs.
                return self.handle_disconnected(now);
            }
            self.give_up(purpose.call(), Status::TIMEOUT);
        }
        self.enlist_again(now);
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Duration> {
        let of_phase = match self.phase {
            Phase::Resting(until) | Phase::Greeting(until) => Some(until),
            Phase::Wanting | Phase::Running | Phase::Stuck => None,
        };
        let retries = self.own.iter().filter_map(|own| own.retry);
        (retries.chain(of_phase).chain(self.questions.deadline())).min()
    }

    fn outgoing(&self) -> &[u8] {
        self.outgoing.waiting()
    }

    fn wants_connection(&self) -> bool {
        self.phase == Phase::Wanting
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Greeting(_) | Phase::Running)
    }
}
