//! Sources: the best distance ever announced for a prefix, by originator
//! (RFC 8966 §3.2.5, §3.5.1, §3.7.3).
//!
//! Each destination of the route table holds its own: nearly always there is one of each.

use core::time::Duration;

use crate::clock::{Instant, Tick};
use crate::few::Few;
use crate::metric::Metric;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

/// How long a feasibility distance is remembered after its last announcement.
// RFC 8966 appendix B: Source GC time: 3 minutes
pub(crate) const GC_TIME: Duration = Duration::from_mins(3);

/// A feasibility distance and when it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The originator.
    pub(crate) router_id: RouterId,
    /// The seqno of the best announcement.
    pub(crate) seqno: Seqno,
    /// Its metric.
    pub(crate) metric: Metric,
    /// When it is forgotten.
    pub(crate) expires: Tick,
}

/// The table was full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source table is full")]
pub(crate) struct SourceTableFull;

/// The sources of one destination.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(Few<Source>);

impl Source {
    /// Whether a distance is strictly better than this one, hence feasible.
    // RFC 8966 §3.5.1: seqno' < seqno, or seqno = seqno' and metric < metric'
    pub(crate) fn is_beaten_by(&self, seqno: Seqno, metric: Metric) -> bool {
        seqno.is_newer_than(self.seqno) || seqno == self.seqno && metric < self.metric
    }
}

impl Sources {
    /// The feasibility distance of an originator, if any was ever announced.
    pub(crate) fn find(&self, router_id: RouterId) -> Option<&Source> {
        self.0.iter().find(|source| source.router_id == router_id)
    }

    /// Notes that a finite distance is about to be announced; whether it is of a new source, for which
    /// there must be `room`.
    ///
    /// Without a place in the table the announcement must not be made: later we could not tell
    /// whether a route leads back to us.
    // RFC 8966 §3.7.3: before sending an update with finite metric, a node updates the
    // feasibility distance
    pub(crate) fn announce(
        &mut self,
        router_id: RouterId,
        seqno: Seqno,
        metric: Metric,
        room: bool,
        now: Instant,
    ) -> Result<bool, SourceTableFull> {
        let expires = Tick::after(now + GC_TIME);
        let known = self
            .0
            .iter_mut()
            .find(|source| source.router_id == router_id);
        if let Some(source) = known {
            if source.is_beaten_by(seqno, metric) {
                source.seqno = seqno;
                source.metric = metric;
            }
            source.expires = expires;
            return Ok(false);
        }
        if !room {
            return Err(SourceTableFull);
        }
        self.0.push(Source {
            router_id,
            seqno,
            metric,
            expires,
        });
        Ok(true)
    }

    /// Forgets what has not been announced for long; how many those are.
    pub(crate) fn forget(&mut self, now: Instant) -> usize {
        let before = self.0.len();
        while self
            .0
            .take_if(|source| source.expires.instant(now) <= now)
            .is_some()
        {}
        before - self.0.len()
    }

    /// When the next one is to be forgotten.
    pub(crate) fn next_expiry(&self, now: Instant) -> Option<Instant> {
        self.0
            .iter()
            .map(|source| source.expires.instant(now))
            .min()
    }

    /// Every entry.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
