//! What kernels hold: Babel routes of several routers, followed by the kernels' own announcements,
//! so that a time is that of the route's arrival and not that of a look.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use grange_linux::{EventLoop, Interest, IpPrefix, KernelEvent, Monitor, Route, RouteKind, Token};

use crate::addresses::Cidr;
use crate::bench::town::Town;
use crate::error::Failure;
use crate::netlink;

/// Protocols of routes that a daemon speaking Babel installs: BIRD's and Babel's.
const PROTOCOLS: [u8; 2] = [12, 42];
/// How long nothing may happen before the kernels are looked at, in case news were lost.
const LOOK: Duration = Duration::from_secs(2);

/// The Babel routes of several routers' kernels.
pub struct Fibs<'a> {
    town: &'a Town,
    routers: Vec<usize>,
    monitors: Vec<Monitor>,
    event_loop: EventLoop,
    routes: Vec<BTreeSet<IpPrefix>>,
}

impl<'a> Fibs<'a> {
    /// Begins to follow the kernels of these routers.
    pub fn follow(
        town: &'a Town,
        routers: impl IntoIterator<Item = usize>,
    ) -> Result<Self, Failure> {
        let routers: Vec<usize> = routers.into_iter().collect();
        let mut event_loop = EventLoop::new()?;
        let mut monitors = Vec::new();
        for (position, &router) in routers.iter().enumerate() {
            let monitor = town.namespace(router)?.enter(Monitor::new)??;
            event_loop.register(&monitor, Token(position), Interest::Read)?;
            monitors.push(monitor);
        }
        let mut fibs = Self {
            town,
            routes: vec![BTreeSet::new(); routers.len()],
            routers,
            monitors,
            event_loop,
        };
        fibs.look()?;
        Ok(fibs)
    }

    /// Usable Babel routes, in the order of the routers that are followed.
    pub fn routes(&self) -> &[BTreeSet<IpPrefix>] {
        &self.routes
    }

    /// Waits until the routes are as wanted; the time at which they were. `None` when they are not
    /// within the limit, counted from now. A look at the kernels confirms it.
    pub fn wait(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&[BTreeSet<IpPrefix>]) -> bool,
    ) -> Result<Option<Instant>, Failure> {
        let end = Instant::now() + limit;
        let mut ready = Vec::new();
        let mut events = Vec::new();
        loop {
            if wanted(&self.routes) {
                let time = Instant::now();
                self.look()?;
                if wanted(&self.routes) {
                    return Ok(Some(time));
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.look()?;
                return Ok(wanted(&self.routes).then(Instant::now));
            }
            ready.clear();
            self.event_loop.wait(Some(left.min(LOOK)), &mut ready)?;
            if ready.is_empty() {
                self.look()?;
            }
            for at in ready.iter().map(|ready| ready.token.0) {
                events.clear();
                self.monitors[at].read(&mut events)?;
                for event in events.drain(..) {
                    match event {
                        KernelEvent::RouteAdded(route) if is_babel(&route) => {
                            if route.kind == RouteKind::Unicast {
                                self.routes[at].insert(route.destination);
                            } else {
                                self.routes[at].remove(&route.destination);
                            }
                        }
                        KernelEvent::RouteRemoved(route)
                            if is_babel(&route) && route.kind == RouteKind::Unicast =>
                        {
                            self.routes[at].remove(&route.destination);
                        }
                        KernelEvent::Overrun => self.look_at(at)?,
                        _ => {}
                    }
                }
            }
        }
    }

    fn look(&mut self) -> Result<(), Failure> {
        (0..self.routers.len()).try_for_each(|at| self.look_at(at))
    }

    /// Takes what a kernel really holds, by the lab's other netlink library.
    fn look_at(&mut self, at: usize) -> Result<(), Failure> {
        let routes = netlink::routes(self.town.namespace(self.routers[at])?)?;
        let routes = routes
            .iter()
            .filter(|route| route.is_babel() && route.reachable);
        self.routes[at] = routes
            .filter_map(|route| prefix(route.destination))
            .collect();
        Ok(())
    }
}

/// The kernel's form of a prefix.
pub fn prefix(cidr: Cidr) -> Option<IpPrefix> {
    IpPrefix::new(cidr.address, cidr.plen)
}

fn is_babel(route: &Route) -> bool {
    PROTOCOLS.contains(&route.protocol)
}
