//! Questions that wait for an answer.

use core::time::Duration;

use crate::blobmsg::Data;
use crate::event::CallId;

/// How many questions may wait at once.
const MOST: usize = 256;

/// A question.
#[derive(Debug)]
pub(crate) struct Pending {
    seq: u16,
    peer: u32,
    /// When it has waited long enough.
    pub(crate) deadline: Duration,
    /// What the answer is for.
    pub(crate) purpose: Purpose,
}

/// What an answer is for. Own objects are named by their place.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// Look up for the owner.
    LookUp(CallId),
    /// Look up the object of a call, then make the call.
    Find {
        call: CallId,
        method: String,
        data: Data,
        object: Option<u32>,
    },
    /// The call itself.
    Invoke(CallId),
    /// Put an object of ours on the bus.
    Add(usize),
    /// Have one of ours hear events.
    Listen,
    /// Look up what is to be subscribed to.
    FindTarget { own: usize, target: Option<u32> },
    /// Subscribe to it.
    Subscribe { own: usize, target: u32 },
}

impl Purpose {
    /// The owner's call or look-up, if it is for one; else it is for an object of ours.
    pub(crate) fn call(&self) -> Option<CallId> {
        match self {
            Self::LookUp(call) | Self::Find { call, .. } | Self::Invoke(call) => Some(*call),
            _ => None,
        }
    }
}

/// All of them. Few: a list does.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    list: Vec<Pending>,
    last_seq: u16,
}

impl Questions {
    /// Notes a question and gives it a number; `None` if too many wait.
    pub(crate) fn add(&mut self, peer: u32, deadline: Duration, purpose: Purpose) -> Option<u16> {
        if self.list.len() >= MOST {
            return None;
        }
        // The number of a question that still waits is not used again.
        let seq = loop {
            self.last_seq = self.last_seq.wrapping_add(1);
            if self.list.iter().all(|known| known.seq != self.last_seq) {
                break self.last_seq;
            }
        };
        self.list.push(Pending {
            seq,
            peer,
            deadline,
            purpose,
        });
        Some(seq)
    }

    /// The question that an answer belongs to.
    pub(crate) fn find(&mut self, seq: u16, peer: u32) -> Option<&mut Pending> {
        let mut list = self.list.iter_mut();
        list.find(|known| known.seq == seq && known.peer == peer)
    }

    /// Takes the question that has ended.
    pub(crate) fn take(&mut self, seq: u16, peer: u32) -> Option<Purpose> {
        let mut list = self.list.iter();
        let at = list.position(|known| known.seq == seq && known.peer == peer)?;
        Some(self.list.swap_remove(at).purpose)
    }

    /// Takes a question that has waited long enough.
    pub(crate) fn take_late(&mut self, now: Duration) -> Option<Purpose> {
        let at = self.list.iter().position(|known| known.deadline <= now)?;
        Some(self.list.swap_remove(at).purpose)
    }

    /// Takes any.
    pub(crate) fn pop(&mut self) -> Option<Purpose> {
        self.list.pop().map(|known| known.purpose)
    }

    /// When the first has waited long enough.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.list.iter().map(|known| known.deadline).min()
    }

    /// Whether one of our own objects is still on its way onto the bus.
    pub(crate) fn is_enlisting(&self) -> bool {
        self.list.iter().any(|known| known.purpose.call().is_none())
    }
}
