//! What speaks for another router that has our router-id.

use crate::clock::Instant;

/// Announcements under our router-id that cannot stem from us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspicion {
    /// When the first was heard.
    pub(crate) since: Instant,
    /// When the last was heard.
    pub(crate) last: Instant,
    /// When the caller was told last.
    pub(crate) told: Option<Instant>,
}
