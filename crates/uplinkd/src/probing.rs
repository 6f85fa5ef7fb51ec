//! The sockets of the probes: each asks over its uplink alone, and says what it saw.

pub mod answer;
mod attempt;
mod question;

use litemap::LiteMap;
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use grange_linux::path_socket::Path;
use grange_linux::{EchoSocket, EventLoop, Family, Interest, Token};
use grange_uplink::clock::Instant;
use grange_uplink::health::Portal;
use grange_uplink::uplink_id::UplinkId;

use crate::config::Check;
use crate::probing::answer::Progress;
use crate::probing::attempt::Attempt;
pub use crate::probing::question::Question;

/// Probes over TCP and UDP under way at most; more are lost, which is what they would be anyway.
const MOST_ATTEMPTS: usize = 64;
/// How long one may take; the core gives up sooner.
const PATIENCE: Duration = Duration::from_secs(5);
/// Echo requests whose targets are remembered for each uplink and family.
const REMEMBERED: usize = 64;

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Over which uplink.
    pub uplink: UplinkId,
    /// In which family.
    pub family: Family,
    /// What it says.
    pub seen: Seen,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The target of this probe answers.
    Alive(u16),
    /// The check for login pages.
    Portal(Portal),
}

/// All sockets of probes.
#[derive(Debug)]
pub struct Probing {
    first_token: usize,
    identifier: u16,
    echoes: LiteMap<(UplinkId, Family), Echo>,
    attempts: Vec<Option<(Attempt, Question, Instant)>>,
    answers: VecDeque<Answer>,
}

#[derive(Debug)]
struct Echo {
    socket: EchoSocket,
    path: Path,
    asked: VecDeque<(u16, IpAddr)>,
}

impl Probing {
    /// No sockets yet; tokens from the given one on are used. The identifier marks our echo requests.
    pub fn new(first_token: usize, identifier: u16) -> Self {
        Self {
            first_token,
            identifier,
            echoes: LiteMap::new(),
            attempts: Vec::new(),
            answers: VecDeque::new(),
        }
    }

    /// Whether a token is one of these.
    pub fn owns(&self, token: Token) -> bool {
        token.0 >= self.first_token
    }

    /// Sends a probe. An error is for the log: to the core it is a lost probe.
    pub fn ask(
        &mut self,
        event_loop: &mut EventLoop,
        question: Question,
        now: Instant,
    ) -> io::Result<()> {
        match (&question.probe.check, question.id) {
            (Check::Icmp, Some(id)) => self.echo(event_loop, &question, id),
            _ => self.attempt(event_loop, question, now),
        }
    }

    /// A socket has something to say.
    pub fn handle_ready(&mut self, event_loop: &mut EventLoop, token: Token) {
        let Some(place) = token.0.checked_sub(self.first_token) else {
            return;
        };
        match place.checked_sub(ECHO_TOKENS) {
            None => self.hear_echoes(place),
            Some(slot) => self.advance(event_loop, slot),
        }
    }

    /// Gives up on what took too long.
    pub fn handle_timeout(&mut self, event_loop: &mut EventLoop, now: Instant) {
        for slot in 0..self.attempts.len() {
            let late = |(_, _, deadline): &(Attempt, Question, Instant)| *deadline <= now;
            if self.attempts[slot].as_ref().is_some_and(late) {
                self.end(event_loop, slot, None);
            }
        }
    }

    /// When [`Probing::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let attempts = self.attempts.iter().flatten();
        attempts.map(|(_, _, deadline)| *deadline).min()
    }

    /// The next answer.
    pub fn poll_answer(&mut self) -> Option<Answer> {
        self.answers.pop_front()
    }

    /// Closes the sockets of an uplink and family: its device is another one now.
    pub fn forget(&mut self, event_loop: &mut EventLoop, uplink: UplinkId, family: Family) {
        if let Some(echo) = self.echoes.remove(&(uplink, family)) {
            let _ = event_loop.deregister(&echo.socket);
        }
    }

    fn echo(&mut self, event_loop: &mut EventLoop, question: &Question, id: u16) -> io::Result<()> {
        let key = (question.uplink, question.family);
        if self
            .echoes
            .get(&key)
            .is_some_and(|echo| echo.path != question.path)
        {
            self.forget(event_loop, question.uplink, question.family);
        }
        if !self.echoes.contains_key(&key) {
            let socket = EchoSocket::open(question.family, &question.path, self.identifier)?;
            let token = Token(self.first_token + echo_place(question.uplink, question.family));
            event_loop.register(&socket, token, Interest::Read)?;
            let echo = Echo {
                socket,
                path: question.path.clone(),
                asked: VecDeque::new(),
            };
            self.echoes.insert(key, echo);
        }
        let Some(echo) = self.echoes.get_mut(&key) else {
            return Ok(());
        };
        if echo.asked.len() >= REMEMBERED {
            echo.asked.pop_front();
        }
        echo.asked.push_back((id, question.probe.address));
        let sent = echo.socket.send(question.probe.address, id);
        if sent.is_err() {
            // The device may have gone and come back under the same name.
            self.forget(event_loop, question.uplink, question.family);
        }
        sent
    }

    fn hear_echoes(&mut self, place: usize) {
        let found = self
            .echoes
            .iter_mut()
            .find(|((uplink, family), _)| echo_place(*uplink, *family) == place);
        let Some((&(uplink, family), echo)) = found else {
            return;
        };
        // A socket's error was left behind by a send; the next read is past it.
        while let Ok(Some((from, id))) = echo.socket.receive() {
            if echo.asked.contains(&(id, from)) {
                self.answers.push_back(Answer {
                    uplink,
                    family,
                    seen: Seen::Alive(id),
                });
            }
        }
    }

    fn attempt(
        &mut self,
        event_loop: &mut EventLoop,
        question: Question,
        now: Instant,
    ) -> io::Result<()> {
        let free = self.attempts.iter().position(Option::is_none);
        let slot = match free {
            Some(slot) => slot,
            None if self.attempts.len() < MOST_ATTEMPTS => {
                self.attempts.push(None);
                self.attempts.len() - 1
            }
            None => return Ok(()),
        };
        let opened = Attempt::open(&question).and_then(|attempt| {
            let token = Token(self.first_token + ECHO_TOKENS + slot);
            event_loop.register(&attempt, token, Interest::ReadWrite)?;
            Ok(attempt)
        });
        match opened {
            Ok(attempt) => {
                self.attempts[slot] = Some((attempt, question, now + PATIENCE));
                self.advance(event_loop, slot);
                Ok(())
            }
            Err(error) => {
                self.tell(&question, None);
                Err(error)
            }
        }
    }

    fn advance(&mut self, event_loop: &mut EventLoop, slot: usize) {
        let Some(Some((attempt, question, _))) = self.attempts.get_mut(slot) else {
            return;
        };
        match attempt.advance(&question.probe.check) {
            Progress::Waiting => {}
            Progress::Failed => self.end(event_loop, slot, None),
            Progress::Answered(portal) => self.end(event_loop, slot, Some(portal)),
        }
    }

    fn end(&mut self, event_loop: &mut EventLoop, slot: usize, outcome: Option<Portal>) {
        if let Some((attempt, question, _)) = self.attempts.get_mut(slot).and_then(Option::take) {
            let _ = event_loop.deregister(&attempt);
            self.tell(&question, outcome);
        }
    }

    fn tell(&mut self, question: &Question, outcome: Option<Portal>) {
        let seen = match (question.id, outcome) {
            (None, outcome) => Seen::Portal(outcome.unwrap_or(Portal::Silent)),
            (Some(id), Some(_)) => Seen::Alive(id),
            // The core counts what is not answered.
            (Some(_), None) => return,
        };
        self.answers.push_back(Answer {
            uplink: question.uplink,
            family: question.family,
            seen,
        });
    }
}

/// Tokens of echo sockets come first: two for each uplink.
const ECHO_TOKENS: usize = 2 * (UplinkId::MOST as usize + 1);

fn echo_place(uplink: UplinkId, family: Family) -> usize {
    2 * usize::from(uplink.number()) + usize::from(family == Family::V6)
}
