//! A question of the state machines.

use grange_linux::Family;
use grange_linux::path_socket::Path;
use grange_uplink::uplink_id::UplinkId;

use crate::config::Probe;

/// Who asks what.
#[derive(Clone, Debug)]
pub struct Question {
    /// Over which uplink.
    pub uplink: UplinkId,
    /// In which family.
    pub family: Family,
    /// The core's name for the probe; `None` is the check for login pages.
    pub id: Option<u16>,
    /// What and whom.
    pub probe: Probe,
    /// Over which device, with which mark.
    pub path: Path,
}
