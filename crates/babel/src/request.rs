//! The table of pending seqno requests, our own and those we forwarded
//! (RFC 8966 §3.2.7, §3.8.1.2, §3.8.2.1).

use litemap::LiteMap;

use core::time::Duration;

use crate::clock::Instant;
use crate::neighbour::NeighbourId;
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

/// The initial hop count of our requests.
// RFC 8966 §3.8.2.1: 64 is a suitable default value
pub(crate) const HOP_COUNT: u8 = 64;

/// How often one of our own requests is sent, over somewhat more than a minute. It ends sooner
/// when nobody announces the destination any more; as long as somebody does, it may be reachable.
const COPIES: u8 = 20;

/// The pause after the first copy; it doubles with each.
///
/// RFC 8966 appendix B suggests 2 s. A starved destination drops every packet meanwhile, a request
/// is one small packet, and duplicates are suppressed on the way.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause between two copies.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// For how long the same request is not forwarded again: shorter than the pause after which its
/// sender repeats it, so that a repetition makes up for a loss further on.
const SUPPRESSION: Duration = Duration::from_millis(150);

/// For how long we remember who is waiting for a reply.
const MEMORY: Duration = Duration::from_secs(4);

/// How many neighbours are remembered as waiting for the same reply.
const REQUESTERS: usize = 8;

/// A request not yet satisfied.
#[derive(Clone, Debug)]
struct Request {
    seqno: Seqno,
    /// On whose behalf it was forwarded.
    requesters: Vec<NeighbourId>,
    /// Copies of our own that may still be sent; zero for one that was only forwarded.
    copies: u8,
    pause: Duration,
    /// When the next copy is due, or when the request is forgotten.
    at: Instant,
    /// When it last left us.
    sent_at: Instant,
}

/// What to do with a request that a neighbour sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forwarding {
    /// Send it on.
    Forward,
    /// The same, or a stronger one, has just been sent on.
    Redundant,
    /// There is no room to remember it.
    Refused,
}

/// Pending requests by source.
#[derive(Clone, Debug)]
pub(crate) struct RequestTable {
    requests: LiteMap<(Prefix, RouterId), Request>,
    limit: usize,
}

impl RequestTable {
    /// An empty table of at most `limit` entries.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            requests: LiteMap::new(),
            limit,
        }
    }

    /// Begins a request of our own, which is due at once. Whether it is a new one and there was
    /// room.
    pub(crate) fn begin(
        &mut self,
        prefix: Prefix,
        router_id: RouterId,
        seqno: Seqno,
        now: Instant,
    ) -> bool {
        if let Some(request) = self.requests.get_mut(&(prefix, router_id)) {
            if request.copies > 0 && request.seqno.is_at_least(seqno) {
                return false;
            }
            if seqno.is_newer_than(request.seqno) {
                request.seqno = seqno;
            }
            request.copies = COPIES;
            request.pause = FIRST_PAUSE;
            request.at = now;
            return true;
        }
        self.insert((prefix, router_id), seqno, None, COPIES, now)
    }

    /// Notes a neighbour's request that we cannot satisfy ourselves.
    pub(crate) fn forward(
        &mut self,
        prefix: Prefix,
        router_id: RouterId,
        seqno: Seqno,
        requester: NeighbourId,
        now: Instant,
    ) -> Forwarding {
        if let Some(request) = self.requests.get_mut(&(prefix, router_id)) {
            if !request.requesters.contains(&requester) && request.requesters.len() < REQUESTERS {
                request.requesters.push(requester);
            }
            // RFC 8966 §3.8.1.2: avoid forwarding the request if the node has recently sent a
            // request with the same prefix, router-id, and a seqno that is not smaller
            if request.seqno.is_at_least(seqno) && now.since(request.sent_at) < SUPPRESSION {
                return Forwarding::Redundant;
            }
            if seqno.is_newer_than(request.seqno) {
                request.seqno = seqno;
            }
            request.sent_at = now;
            if request.copies == 0 {
                request.at = now + MEMORY;
            }
            return Forwarding::Forward;
        }
        if self.insert((prefix, router_id), seqno, Some(requester), 0, now) {
            Forwarding::Forward
        } else {
            Forwarding::Refused
        }
    }

    /// Ends the request that a route with this seqno satisfies: who was waiting for it.
    pub(crate) fn satisfy(
        &mut self,
        prefix: Prefix,
        router_id: RouterId,
        seqno: Seqno,
    ) -> Option<Vec<NeighbourId>> {
        let request = self.requests.get(&(prefix, router_id))?;
        if !seqno.is_at_least(request.seqno) {
            return None;
        }
        self.requests
            .remove(&(prefix, router_id))
            .map(|request| request.requesters)
    }

    /// Gives up our own interest in a prefix: it is routed again, or nothing is left to ask.
    pub(crate) fn cancel(&mut self, prefix: Prefix) {
        let first = self.requests.find_index(&(prefix, RouterId::new([0; 8])));
        let (Ok(mut index) | Err(mut index)) = first;
        while let Some((key, _)) = self.requests.get_indexed(index)
            && key.0 == prefix
        {
            let key = *key;
            if let Some(request) = self.requests.get_mut(&key) {
                request.copies = 0;
                if request.requesters.is_empty() {
                    self.requests.remove(&key);
                    continue;
                }
            }
            index += 1;
        }
    }

    /// The requests of our own whose next copy is due; forgets those that nobody waits for.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<(Prefix, RouterId, Seqno)> {
        let mut due = Vec::new();
        self.requests
            .retain(|_, request| request.at > now || request.copies > 0);
        for ((prefix, router_id), request) in &mut self.requests {
            if request.at > now {
                continue;
            }
            due.push((*prefix, *router_id, request.seqno));
            request.sent_at = now;
            request.copies -= 1;
            request.at = now
                + if request.copies == 0 {
                    MEMORY
                } else {
                    request.pause
                };
            request.pause = (request.pause * 2).min(LONGEST_PAUSE);
        }
        due
    }

    /// When to call [`Self::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.requests.values().map(|request| request.at).min()
    }

    /// How many requests are pending.
    pub(crate) fn len(&self) -> usize {
        self.requests.len()
    }

    fn insert(
        &mut self,
        key: (Prefix, RouterId),
        seqno: Seqno,
        requester: Option<NeighbourId>,
        copies: u8,
        now: Instant,
    ) -> bool {
        if self.requests.len() >= self.limit {
            return false;
        }
        self.requests.insert(
            key,
            Request {
                seqno,
                requesters: requester.into_iter().collect(),
                copies,
                pause: FIRST_PAUSE,
                at: if copies == 0 { now + MEMORY } else { now },
                sent_at: now,
            },
        );
        true
    }
}

#[cfg(test)]
mod tests;
