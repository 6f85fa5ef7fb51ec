//! What the event loop is to do.

use grange_linux::Family;
use grange_uplink::health::{Reason, State};
use grange_uplink::uplink_id::UplinkId;

use crate::probing::Question;

/// What the event loop is to do.
#[derive(Debug)]
pub enum Effect {
    /// Send a probe.
    Ask(Box<Question>),
    /// Close the sockets of an uplink: its device is another one.
    Forget(UplinkId, Family),
    /// Give the kernel a new ruleset, then routes, then forget connections, then tell.
    Apply(Box<Change>),
    /// Make routes and rules right: the probes that follow need them.
    Routes,
    /// Write this down for a restart.
    Save(String),
}

/// One step from one policy to the next.
#[derive(Debug, Default)]
pub struct Change {
    /// For nft; `None` leaves the table as it is.
    pub ruleset: Option<String>,
    /// Connections to be forgotten afterwards: they would only wait for a dead uplink.
    pub forgotten: Vec<(Family, UplinkId)>,
    /// Whether devices are being moved, which the log tells.
    pub moves: Vec<(Family, UplinkId)>,
    /// What to say.
    pub news: Vec<News>,
}

/// A change of an uplink's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The uplink's name.
    pub uplink: String,
    /// Its number.
    pub id: UplinkId,
    /// In which family.
    pub family: Family,
    /// What it was.
    pub from: State,
    /// What it is.
    pub to: State,
    /// Why.
    pub why: Reason,
}
