//! A row of the route table: who announces a destination, and which route is in use
//! (RFC 8966 §3.2.6).

use core::time::Duration;

use crate::clock::{Instant, Tick};
use crate::few::Few;
use crate::link::NextHop;
use crate::metric::{Cost, FiniteMetric, Metric};
use crate::neighbour::NeighbourId;
use crate::next_hop::NextHopId;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::source::Sources;
use crate::wire::Interval;

/// A route announced by a neighbour; a retracted one is removed, not kept.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// Who announced it.
    pub(crate) neighbour: NeighbourId,
    /// Who originates it.
    pub(crate) router_id: RouterId,
    /// The announced seqno.
    pub(crate) seqno: Seqno,
    /// The announced metric, finite.
    pub(crate) refmetric: Metric,
    /// What an input filter adds.
    pub(crate) extra: u16,
    /// Where packets go.
    pub(crate) next_hop: NextHopId,
    /// How often it is announced.
    interval: Interval,
    /// When it is taken for lost.
    expires: Tick,
    /// When it was learnt.
    learnt: Tick,
    /// Whether the neighbour was asked to announce it again before it expires.
    pub(crate) asked: bool,
    /// From when on a newer seqno may be asked for only because the route would be better.
    pub(crate) may_improve: Tick,
    smoothed: u16,
    smoothed_at: Tick,
}

/// Everything known of one destination.
#[derive(Clone, Debug, Default)]
pub(crate) struct Destination {
    /// What neighbours announce, one each.
    pub(crate) routes: Few<Route>,
    /// What we announced of it, by originator.
    pub(crate) sources: Sources,
    /// The metric with which we originate it ourselves.
    pub(crate) own: Option<FiniteMetric>,
    /// What is used and announced, as selection last saw it.
    pub(crate) best: Option<Best>,
    /// The metric that was announced last.
    pub(crate) told: Metric,
    /// What the kernel was told.
    pub(crate) installed: Installed,
    /// Set while neighbours may still send us packets for a route that is gone.
    pub(crate) hold: Option<Box<Hold>>,
    /// Set while the kernel's route from before a restart awaits confirmation.
    pub(crate) adopted: Option<Box<Adopted>>,
}

/// A selected route in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Best {
    /// Who announced it; `None` when it is ours.
    pub(crate) neighbour: Option<NeighbourId>,
    /// Who originates it.
    pub(crate) router_id: RouterId,
    /// Its seqno.
    pub(crate) seqno: Seqno,
    /// Its metric here.
    pub(crate) metric: Metric,
}

/// What the kernel does with packets for the destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Installed {
    /// Whatever a shorter prefix says.
    #[default]
    Nothing,
    /// Forwards them.
    Via(NextHopId),
    /// Refuses them.
    Unreachable,
}

/// A retraction under way (RFC 8966 §3.5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// What was announced last.
    pub(crate) router_id: RouterId,
    /// Its seqno.
    pub(crate) seqno: Seqno,
    /// Since when.
    pub(crate) since: Instant,
    /// When every neighbour's copy has expired, acknowledged or not.
    pub(crate) until: Instant,
    /// Who has not acknowledged the retraction yet.
    pub(crate) owed: Vec<NeighbourId>,
    /// Whether it ends when nobody owes anything any more; otherwise time alone ends it.
    pub(crate) by_acknowledgement: bool,
    /// How far it is.
    pub(crate) phase: Phase,
}

/// A route found in the kernel at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adopted {
    /// Where it leads; `None` once it is unreachable.
    pub(crate) next_hop: Option<NextHop>,
    /// What the next hop announced first: nothing we announced before was newer than that.
    pub(crate) floor: Option<(RouterId, Seqno)>,
    /// Nobody relies on what we announced before any more: any route will do.
    pub(crate) free: bool,
    /// When an unheard next hop is given up.
    pub(crate) heard_by: Instant,
    /// When nobody can remember what we announced before.
    pub(crate) until: Instant,
}

/// How far the retraction of a prefix is.
///
/// Once is not enough: on a radio a multicast packet waits for sleeping stations and a unicast one
/// overtakes it, so that an older announcement may arrive after the retraction. Believed, it would
/// live until it expires, and what the neighbour sends us for it would follow a shorter
/// prefix back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Everybody is told.
    Telling,
    /// Everybody knows; by then nothing older is under way, and everybody is told again.
    Known(Instant),
    /// Everybody is told again.
    Repeating,
    /// Packets are let through again. The retraction is still part of the next full update.
    Released,
}

impl Hold {
    /// When to look at it again.
    pub(crate) fn due(&self) -> Instant {
        match self.phase {
            Phase::Known(at) => at.min(self.until),
            _ => self.until,
        }
    }
}

impl Adopted {
    /// Whether a route is newer than anything we can have announced before the restart.
    pub(crate) fn is_beaten_by(&self, router_id: RouterId, seqno: Seqno) -> bool {
        self.free
            || self
                .floor
                .is_some_and(|(known, floor)| known == router_id && seqno.is_newer_than(floor))
    }
}

impl Route {
    /// A route just learnt; [`Route::refresh`] says for how long it is believed.
    pub(crate) fn new(
        neighbour: NeighbourId,
        router_id: RouterId,
        next_hop: NextHopId,
        now: Instant,
    ) -> Self {
        Self {
            neighbour,
            router_id,
            seqno: Seqno(0),
            refmetric: Metric::INFINITY,
            extra: 0,
            next_hop,
            interval: Interval::ZERO,
            expires: Tick::after(now),
            learnt: Tick::before(now),
            asked: false,
            may_improve: Tick::before(now),
            smoothed: 0xFFFF,
            smoothed_at: Tick::before(now),
        }
    }

    /// Notes that it was announced, and when that is repeated.
    // RFC 8966 appendix B: Route Expiry time: 3.5 times the advertised update interval
    pub(crate) fn refresh(&mut self, interval: Interval, now: Instant) {
        self.interval = interval;
        self.expires = Tick::after(now + interval.as_duration() * 7 / 2);
        self.asked = false;
    }

    /// When it was announced last.
    pub(crate) fn refreshed(&self, now: Instant) -> Instant {
        self.expires(now) - self.interval.as_duration() * 7 / 2
    }

    /// When it is taken for lost.
    pub(crate) fn expires(&self, now: Instant) -> Instant {
        self.expires.instant(now)
    }

    /// When it was learnt.
    pub(crate) fn learnt(&self, now: Instant) -> Instant {
        self.learnt.instant(now)
    }

    /// Its metric over a link of that cost.
    // RFC 8966 §3.5.2: the additive metric is the RECOMMENDED default
    pub(crate) fn metric(&self, cost: Cost) -> Metric {
        self.refmetric.plus_cost(cost).plus(self.extra)
    }

    /// Its smoothed metric, given what it is now.
    // RFC 8966 A.3: an exponentially smoothed average of m(R)
    pub(crate) fn smooth(&mut self, metric: Metric, half_life: Duration, now: Instant) -> Metric {
        let smoothed_at = self.smoothed_at.instant(now);
        let tick = Tick::before(now);
        // A route that comes (back) starts from its metric: there is no past to average with.
        if half_life.is_zero() || metric.is_infinite() || self.smoothed == 0xFFFF {
            self.smoothed = metric.value();
        } else if tick != self.smoothed_at {
            let passed = tick.instant(now).since(smoothed_at).as_micros();
            let half_life = half_life.as_micros().max(1);
            let halvings = u32::try_from(passed / half_life).unwrap_or(31).min(31);
            let whole = i64::from(self.smoothed) - i64::from(metric.value());
            // Between two halvings a straight line is close enough.
            let part = i64::try_from((passed % half_life) * 1024 / half_life).unwrap_or(0);
            let rest = (whole >> halvings) * (2048 - part) / 2048;
            let value = (i64::from(metric.value()) + rest).clamp(0, 0xFFFE);
            self.smoothed = u16::try_from(value).unwrap_or(0xFFFE);
        }
        self.smoothed_at = tick;
        Metric::new(self.smoothed)
    }

    /// The smoothed metric as last computed.
    pub(crate) fn smoothed(&self) -> Metric {
        Metric::new(self.smoothed)
    }

    /// When to ask for it before it expires.
    pub(crate) fn ask_at(&self, now: Instant) -> Instant {
        self.expires(now) - self.interval.as_duration() / 2
    }
}

impl Destination {
    /// The route that a neighbour announces.
    pub(crate) fn via(&self, neighbour: NeighbourId) -> Option<&Route> {
        self.routes
            .iter()
            .find(|route| route.neighbour == neighbour)
    }

    /// The route that a neighbour announces, to change it.
    pub(crate) fn via_mut(&mut self, neighbour: NeighbourId) -> Option<&mut Route> {
        self.routes
            .iter_mut()
            .find(|route| route.neighbour == neighbour)
    }

    /// Whether it is selected.
    pub(crate) fn selects(&self, neighbour: NeighbourId) -> bool {
        self.best
            .is_some_and(|best| best.neighbour == Some(neighbour))
    }

    /// Whether there is nothing but perhaps the memory of what we announced.
    pub(crate) fn is_idle(&self) -> bool {
        self.own.is_none()
            && self.routes.is_empty()
            && self.best.is_none()
            && self.hold.is_none()
            && self.adopted.is_none()
            && self.installed == Installed::Nothing
    }
}

#[cfg(test)]
mod tests;
