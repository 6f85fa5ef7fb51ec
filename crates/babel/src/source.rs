//! The source table: the best distance ever announced, by prefix and originator
//! (RFC 8966 §3.2.5, §3.5.1, §3.7.3).

use std::collections::BTreeMap;

use core::time::Duration;

use crate::clock::Instant;
use crate::metric::Metric;
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

/// How long a feasibility distance is remembered after its last announcement.
// RFC 8966 appendix B: Source GC time: 3 minutes
pub(crate) const GC_TIME: Duration = Duration::from_mins(3);

/// A feasibility distance and when it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The seqno of the best announcement.
    pub(crate) seqno: Seqno,
    /// Its metric.
    pub(crate) metric: Metric,
    /// When it is forgotten.
    pub(crate) expires: Instant,
}

/// The table was full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source table is full")]
pub(crate) struct SourceTableFull;

/// Feasibility distances, as many as the ceiling allows.
#[derive(Clone, Debug)]
pub(crate) struct SourceTable {
    sources: BTreeMap<(Prefix, RouterId), Source>,
    limit: usize,
    /// No entry expires before this.
    sweep_at: Option<Instant>,
}

impl Source {
    /// Whether a distance is strictly better than this one, hence feasible.
    // RFC 8966 §3.5.1: seqno' < seqno, or seqno = seqno' and metric < metric'
    pub(crate) fn is_beaten_by(&self, seqno: Seqno, metric: Metric) -> bool {
        seqno.is_newer_than(self.seqno) || seqno == self.seqno && metric < self.metric
    }
}

impl SourceTable {
    /// An empty table of at most `limit` entries.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            sources: BTreeMap::new(),
            limit,
            sweep_at: None,
        }
    }

    /// Notes that a finite distance is about to be announced.
    ///
    /// Without a place in the table the announcement must not be made: later we could not tell
    /// whether a route leads back to us.
    // RFC 8966 §3.7.3: before sending an update with finite metric, a node updates the
    // feasibility distance
    pub(crate) fn announce(
        &mut self,
        prefix: Prefix,
        router_id: RouterId,
        seqno: Seqno,
        metric: Metric,
        now: Instant,
    ) -> Result<(), SourceTableFull> {
        let expires = now + GC_TIME;
        if let Some(source) = self.sources.get_mut(&(prefix, router_id)) {
            if source.is_beaten_by(seqno, metric) {
                source.seqno = seqno;
                source.metric = metric;
            }
            source.expires = expires;
            return Ok(());
        }
        if self.sources.len() >= self.limit {
            return Err(SourceTableFull);
        }
        self.sources.insert(
            (prefix, router_id),
            Source {
                seqno,
                metric,
                expires,
            },
        );
        self.sweep_at = Some(self.sweep_at.map_or(expires, |at| at.min(expires)));
        Ok(())
    }

    /// Forgets what has not been announced for long.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.sweep_at.is_none_or(|at| at > now) {
            return;
        }
        self.sources.retain(|_, source| source.expires > now);
        self.sweep_at = self.sources.values().map(|source| source.expires).min();
    }

    /// When to call [`Self::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.sweep_at
    }

    /// The feasibility distance of a source, if any was ever announced.
    pub(crate) fn find(&self, prefix: Prefix, router_id: RouterId) -> Option<&Source> {
        self.sources.get(&(prefix, router_id))
    }

    /// Every entry.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Prefix, RouterId, &Source)> {
        self.sources
            .iter()
            .map(|((prefix, router_id), source)| (*prefix, *router_id, source))
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.sources.len()
    }
}

#[cfg(test)]
mod tests;
