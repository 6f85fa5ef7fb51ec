//! What a client tells its owner.

use crate::blobmsg::Data;
use crate::status::Status;

/// A call or look-up that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// An object of ours: one we publish, or one that hears events or notifications for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(pub usize);

/// Somebody who waits for an answer. Answer as often as there is something to say, and finish once; without
/// that, he waits until his own patience ends.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the caller waits until it is finished"]
pub struct RequestId {
    /// Which connection it came by: one that has ended cannot be answered any more.
    pub(crate) generation: u32,
    pub(crate) seq: u16,
    pub(crate) peer: u32,
    pub(crate) object: u32,
    pub(crate) no_reply: bool,
}

/// Somebody calls a method of an object we publish.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// Who is to be answered.
    pub id: RequestId,
    /// Which object.
    pub object: ObjectKey,
    /// Which of its methods.
    pub method: &'static str,
    /// The arguments. Those that the method names have their types; others may be there.
    pub arguments: Data,
    /// Whose process the caller is, as ubusd says.
    pub user: Option<String>,
    /// The group of the caller's process, as ubusd says.
    pub group: Option<String>,
}

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// ubusd has greeted: calls can be made.
    Connected,
    /// All that was to be published, listened for and subscribed to is so, or its path was not there or
    /// taken. What is asked for now misses nothing.
    Ready,
    /// The connection ended, and all calls with it. It will be tried again.
    Disconnected,
    /// An object that was looked up.
    Found {
        /// By which look-up.
        call: CallId,
        /// Its path.
        path: String,
        /// Its number, as long as it lives.
        object: u32,
        /// A table for each method, with the number of each argument's type.
        signature: Data,
    },
    /// An answer. Nearly all calls have one or none; the end is told by [`Event::Done`].
    Answer {
        /// To which call.
        call: CallId,
        /// What it says.
        data: Data,
    },
    /// A call or look-up has ended.
    Done {
        /// Which.
        call: CallId,
        /// How.
        status: Status,
    },
    /// Somebody calls us.
    Request(Request),
    /// Whether anybody subscribes to an object of ours has changed.
    Subscribers {
        /// Which.
        object: ObjectKey,
        /// Whether there is somebody now.
        any: bool,
    },
    /// ubusd refused an object of ours: its path is taken, or we may not. It will be tried again.
    Refused {
        /// Which.
        object: ObjectKey,
        /// Why.
        status: Status,
    },
    /// An event that we listen for.
    Heard {
        /// Its name, such as `network.interface`.
        name: String,
        /// What it says.
        data: Data,
    },
    /// An object that we subscribe to is there; what it said before is lost.
    Subscribed(ObjectKey),
    /// An object that we subscribe to has gone; we subscribe again when it is back.
    Unsubscribed(ObjectKey),
    /// An object that we subscribe to says something.
    Notified {
        /// Our subscription.
        subscription: ObjectKey,
        /// What it is, such as `interface.update`.
        name: String,
        /// What it says.
        data: Data,
    },
}
