//! What a network should look like once it is left alone, and how long things take.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use core::cmp::Reverse;
use core::fmt::Write;

use grange_babel::prefix::Prefix;
use grange_babel::status::{RouteStatus, SourceStatus};

use crate::clock::{Micros, SECOND};
use crate::fib::Verdict;
use crate::mesh::Mesh;
use crate::node::{Life, Node};

impl Mesh {
    /// Lets events happen until the condition holds; how long that took, or `None` when the limit
    /// came first. The condition is looked at only after something about forwarding changed.
    pub(crate) fn until(
        &mut self,
        limit: Micros,
        condition: impl Fn(&Self) -> bool,
    ) -> Option<Micros> {
        let (start, end) = (self.now, self.now + limit);
        loop {
            if core::mem::take(&mut self.changed) && condition(self) {
                return Some(self.now - start);
            }
            if !self.step_before(end) {
                self.now = end;
                return condition(self).then_some(limit);
            }
        }
    }

    /// The same with a look only every `grain`, for networks where a look is costly.
    pub(crate) fn until_coarse(
        &mut self,
        limit: Micros,
        grain: Micros,
        condition: impl Fn(&Self) -> bool,
    ) -> Option<Micros> {
        let start = self.now;
        while self.now - start < limit {
            if core::mem::take(&mut self.changed) && condition(self) {
                return Some(self.now - start);
            }
            self.run_for(grain);
        }
        None
    }

    /// Every prefix that somebody originates and delivers, and who does.
    pub(crate) fn origins(&self) -> BTreeMap<Prefix, Vec<usize>> {
        let mut origins: BTreeMap<Prefix, Vec<usize>> = BTreeMap::new();
        for (number, node) in self.net.nodes.iter().enumerate() {
            if node.forwards() {
                for prefix in node.origins.keys() {
                    origins.entry(*prefix).or_default().push(number);
                }
            }
        }
        origins
    }

    /// Whether packets from every node that forwards reach every prefix.
    pub(crate) fn is_routed(&self) -> bool {
        self.unrouted().is_none()
    }

    /// Whether, besides, no node is off.
    pub(crate) fn is_whole(&self) -> bool {
        self.net.nodes.iter().all(Node::forwards) && self.is_routed()
    }

    /// Whether no kernel knows the prefix any more, not even as unreachable.
    pub(crate) fn is_forgotten(&self, prefix: &Prefix) -> bool {
        self.net
            .nodes
            .iter()
            .all(|node| node.fib.exact(prefix).is_none())
    }

    /// Whether no kernel forwards to the prefix any more.
    pub(crate) fn is_retracted(&self, prefix: &Prefix) -> bool {
        self.net
            .nodes
            .iter()
            .all(|node| !matches!(node.fib.exact(prefix), Some(Verdict::Via(_))))
    }

    /// Everything in the kernels, for a failure's report.
    pub(crate) fn leftovers(&mut self) -> String {
        let mut text = String::new();
        for node in 0..self.net.nodes.len() {
            let entries: Vec<_> = self.net.nodes[node].fib.iter().collect();
            for (prefix, verdict) in entries {
                self.explain(node, &prefix);
                let _ = write!(text, "{prefix} on {node}: {verdict:?}; ");
            }
        }
        text
    }

    /// Fails unless a healed network is in perfect order: everything reachable at the least cost,
    /// tables, kernels and feasibility distances in agreement.
    pub(crate) fn check_settled(&mut self) {
        if let Some((node, prefix)) = self.unrouted() {
            let path = self.net.path(node, &prefix);
            let what = format!("node {node} does not reach {prefix}: {path:?}");
            self.explain(node, &prefix);
            self.demand(Err(what));
        }
        for prefix in self.origins().into_keys() {
            let least = self.least_costs(&prefix);
            for (node, least) in least.iter().enumerate() {
                if self.net.nodes[node].life == Life::Running && self.cost(node, &prefix) != *least
                {
                    let path = self.net.path(node, &prefix);
                    let cost = self.cost(node, &prefix);
                    let what =
                        format!("{path:?} to {prefix} costs {cost:?}, the best is {least:?}");
                    self.explain(node, &prefix);
                    self.demand(Err(what));
                }
            }
        }
        self.check_tables();
    }

    /// Fails unless every router's tables are consistent in themselves, with its kernel, and with
    /// its neighbours' feasibility distances. True at any time between two events.
    pub(crate) fn check_tables(&self) {
        for node in 0..self.net.nodes.len() {
            let checked = self.check_router(node);
            self.demand(checked.map_err(|what| format!("node {node} {what}")));
        }
    }

    fn check_router(&self, number: usize) -> Result<(), String> {
        let node = &self.net.nodes[number];
        let (Some(router), Life::Running) = (&node.router, node.life) else {
            return Ok(());
        };
        let (now, limits) = (self.local(number), self.options.limits);
        let routes: Vec<_> = router.routes(now).collect();
        let sources: Vec<_> = router.sources(now).collect();
        let neighbours = router.neighbours(now).count();
        if routes.len() > limits.routes
            || sources.len() > limits.sources
            || neighbours > limits.neighbours
        {
            return Err("has a table over its cap".to_owned());
        }
        let mut selected = BTreeSet::new();
        for route in routes.iter().filter(|route| route.selected) {
            if !selected.insert(route.prefix) {
                return Err(format!("selects two routes to {}", route.prefix));
            }
            if !(route.feasible || route.adopted) || route.metric.is_infinite() {
                return Err(format!("selects what it must not: {route:?}"));
            }
            let distance = sources
                .iter()
                .find(|s| (s.prefix, s.router_id) == (route.prefix, route.router_id));
            if let Some(own) = distance {
                self.check_descent(number, route, own)?;
            }
        }
        for (prefix, verdict) in node.fib.iter() {
            let Verdict::Via(hop) = verdict else { continue };
            // What was adopted is no route until its next hop says so.
            let adopting = self.now - node.booted_at <= ADOPTION;
            let known = adopting
                || routes.iter().any(|route| {
                    route.prefix == prefix
                        && route.next_hop == hop
                        && (route.selected || route.adopted)
                        && route.installed
                });
            if !known {
                return Err(format!("has {prefix} via {hop:?} in its kernel only"));
            }
        }
        for route in routes.iter().filter(|route| route.installed) {
            let wanted = Verdict::Via(route.next_hop);
            if node.fib.exact(&route.prefix) != Some(wanted) {
                return Err(format!("believes in the kernel: {route:?}"));
            }
        }
        Ok(())
    }

    /// The feasibility distance falls with each hop, which is why there are no loops. Of routers
    /// that started again it is not known any more.
    // RFC 8966 §2.4: at that point in time FD(B) < FD(A)
    fn check_descent(
        &self,
        number: usize,
        route: &RouteStatus,
        own: &SourceStatus,
    ) -> Result<(), String> {
        let Some((next, _)) = self.net.next(number, &route.next_hop) else {
            return Ok(());
        };
        let (node, next) = (&self.net.nodes[number], &self.net.nodes[next]);
        let Some(router) = next
            .router
            .as_ref()
            .filter(|_| node.boots == 1 && next.boots == 1)
        else {
            return Ok(());
        };
        let now = next.clock.local(self.now);
        let theirs = router
            .sources(now)
            .find(|s| (s.prefix, s.router_id) == (own.prefix, own.router_id));
        match theirs {
            Some(theirs)
                if own.seqno.is_newer_than(theirs.seqno)
                    || own.seqno == theirs.seqno && own.metric <= theirs.metric =>
            {
                Err(format!("follows {theirs:?} with {own:?}"))
            }
            _ => Ok(()),
        }
    }

    fn unrouted(&self) -> Option<(usize, Prefix)> {
        let prefixes = self.origins();
        for node in 0..self.net.nodes.len() {
            if !self.net.nodes[node].forwards() {
                continue;
            }
            for prefix in prefixes.keys() {
                if !self.net.reaches(node, prefix) {
                    return Some((node, *prefix));
                }
            }
        }
        None
    }

    /// What a packet's way costs, the origin's metric included.
    fn cost(&self, node: usize, prefix: &Prefix) -> Option<u64> {
        let path = self.net.path(node, prefix);
        let last = self.net.nodes[*path.last()?].origins.get(prefix)?;
        let hops = path.windows(2).map(|hop| self.link_cost(hop[0], hop[1]));
        hops.sum::<Option<u64>>()
            .map(|cost| cost + u64::from(last.value()))
    }

    fn link_cost(&self, a: usize, b: usize) -> Option<u64> {
        let links = self.net.links.iter().filter(|link| {
            let at = |node| link.ends.iter().any(|end| end.node == node);
            at(a) && at(b) && link.carries(a, b) && link.carries(b, a)
        });
        links.map(|link| u64::from(link.cost)).min()
    }

    /// Dijkstra's answer for every node.
    fn least_costs(&self, prefix: &Prefix) -> Vec<Option<u64>> {
        let mut least = vec![None; self.net.nodes.len()];
        let mut queue = BinaryHeap::new();
        for (number, node) in self.net.nodes.iter().enumerate() {
            if let (Some(metric), Life::Running) = (node.origins.get(prefix), node.life) {
                queue.push(Reverse((u64::from(metric.value()), number)));
            }
        }
        while let Some(Reverse((cost, node))) = queue.pop() {
            // An origin delivers, and announces nothing but its own metric.
            let own = self.net.nodes[node].origins.get(prefix);
            let own_cost = own.map_or(cost, |own| u64::from(own.value()));
            if cost != own_cost || least[node].is_some_and(|least| least <= cost) {
                continue;
            }
            least[node] = Some(cost);
            for port in &self.net.nodes[node].ports {
                let link = &self.net.links[port.link];
                for end in &link.ends {
                    let works = link.carries(node, end.node) && link.carries(end.node, node);
                    if works && least[end.node].is_none() {
                        queue.push(Reverse((cost + u64::from(link.cost), end.node)));
                    }
                }
            }
        }
        least
    }

    /// Writes what a node and its neighbours know of a prefix into the trace.
    fn explain(&mut self, node: usize, prefix: &Prefix) {
        let mut around = BTreeSet::from([node]);
        for port in &self.net.nodes[node].ports {
            around.extend(self.net.links[port.link].ends.iter().map(|end| end.node));
        }
        for number in around {
            let now = self.local(number);
            let node = &self.net.nodes[number];
            let Some(router) = &node.router else { continue };
            let mut lines = vec![format!("{:?} {:?}", node.life, node.fib.exact(prefix))];
            let routes = router.routes(now).filter(|route| route.prefix == *prefix);
            lines.extend(routes.map(|route| format!("{route:?}")));
            let sources = router
                .sources(now)
                .filter(|source| source.prefix == *prefix);
            lines.extend(sources.map(|source| format!("{source:?}")));
            lines.extend(
                router
                    .neighbours(now)
                    .map(|neighbour| format!("{neighbour:?}")),
            );
            for line in lines {
                self.trace.note(self.now, Some(number), line);
            }
        }
    }
}

/// How long after a start the kernel may hold routes that the router has only found there.
const ADOPTION: Micros = 61 * SECOND;

/// Prints a figure of simulated time.
pub(crate) fn figure(name: &str, time: Micros) {
    eprintln!("figure: {name}: {}.{:03} ms", time / 1000, time % 1000);
}
