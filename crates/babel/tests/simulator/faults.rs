//! What can happen to nodes and links from outside.

use grange_babel::mac::KeySet;
use grange_babel::metric::Metric;
use grange_babel::prefix::Prefix;
use grange_babel::router::Router;

use crate::clock::{Micros, SECOND};
use crate::link::End;
use crate::mesh::Mesh;
use crate::node::{Departure, Doom, Life, addresses};
use crate::queue::Happening;

/// How long a leaving daemon stays to see its retractions acknowledged.
const LEAVING: Micros = SECOND;

impl Mesh {
    /// Takes a link's carrier away; every end is told.
    pub(crate) fn cut(&mut self, link: usize) {
        if !core::mem::replace(&mut self.net.links[link].up, false) {
            return;
        }
        self.net.links[link].cuts += 1;
        self.note(None, format!("link {link} is cut"));
        self.changed = true;
        for end in self.net.links[link].ends.clone() {
            self.tell_carriers(end.node);
        }
    }

    /// Gives a link its carrier back, and its voice.
    pub(crate) fn heal(&mut self, link: usize) {
        self.net.links[link].silent = false;
        if core::mem::replace(&mut self.net.links[link].up, true) {
            return;
        }
        self.note(None, format!("link {link} is healed"));
        self.changed = true;
        let ends = self.net.links[link].ends.clone();
        for end in &ends {
            self.tell_carriers(end.node);
        }
        // The kernel of a dead daemon may still hold routes over it, while its neighbours think that
        // nobody routes to them any more. No protocol prevents that they send such packets back by
        // a shorter prefix.
        let unwatched = |end: &End| self.net.nodes[end.node].life != Life::Running;
        if self.net.nested && ends.iter().any(unwatched) {
            self.watch.forgot();
        }
        for end in &ends {
            self.check_every_loop(end.node);
        }
    }

    /// Lets a link lose everything, or no longer, without telling anybody.
    pub(crate) fn silence(&mut self, link: usize, silent: bool) {
        self.note(None, format!("link {link} silent: {silent}"));
        self.net.links[link].silent = silent;
        self.changed = true;
    }

    /// Sets a link's loss, per mille.
    pub(crate) fn lose(&mut self, link: usize, loss: u16) {
        self.note(None, format!("link {link} loses {loss} in 1000"));
        self.net.links[link].quality.loss = loss;
    }

    /// Sets the loss from one end of a link to another, per mille.
    pub(crate) fn lose_one_way(&mut self, link: usize, from: usize, to: usize, loss: u16) {
        self.note(
            None,
            format!("link {link} loses {loss} in 1000 from {from} to {to}"),
        );
        self.net.links[link].one_way.insert((from, to), loss);
        self.changed = true;
    }

    /// Silences every link between the nodes in `half` and the others.
    pub(crate) fn partition(&mut self, half: &[usize]) {
        for link in 0..self.net.links.len() {
            let inside = |end: &End| half.contains(&end.node);
            let ends = &self.net.links[link].ends;
            if ends.iter().any(inside) && !ends.iter().all(inside) {
                self.silence(link, true);
            }
        }
    }

    /// Kills a daemon now; it starts again with its state and finds its routes in the kernel.
    pub(crate) fn crash(&mut self, node: usize, downtime: Micros) {
        if matches!(self.net.nodes[node].life, Life::Running | Life::Asleep) {
            self.perish(node, downtime);
        }
    }

    /// Kills a daemon between two of its next outputs.
    pub(crate) fn crash_between_outputs(&mut self, node: usize, outputs: u8, downtime: Micros) {
        self.net.nodes[node].doom = Some(Doom { outputs, downtime });
    }

    /// Cuts a node's power: routes, state and router-id are gone.
    pub(crate) fn reboot(&mut self, node: usize, downtime: Micros) {
        self.watch.forgot();
        self.crash(node, downtime);
        self.note(Some(node), "reboots".to_owned());
        let node = &mut self.net.nodes[node];
        node.life = Life::Off;
        node.saved = None;
        node.fib.flush();
        self.changed = true;
    }

    /// Takes a node out gracefully and brings it back later with its state but without routes.
    pub(crate) fn leave(&mut self, node: usize, downtime: Micros) {
        if self.net.nodes[node].life != Life::Running || self.net.nodes[node].leaving.is_some() {
            return;
        }
        // It comes back under the same name without its feasibility distances.
        self.watch.forgot();
        self.note(Some(node), "leaves".to_owned());
        let departure = Departure {
            at: self.now,
            downtime,
        };
        self.net.nodes[node].leaving = Some(departure);
        self.changed = true;
        self.drive(node, Router::handle_leave);
        self.push(self.now + LEAVING, Happening::Depart(node, departure));
    }

    /// Stops a daemon for a while; its kernel forwards, its clock runs on.
    pub(crate) fn suspend(&mut self, node: usize, time: Micros) {
        if self.net.nodes[node].life == Life::Running {
            self.note(Some(node), format!("sleeps for {time} us"));
            (self.net.nodes[node].life, self.net.nodes[node].slept_at) = (Life::Asleep, self.now);
            self.push(self.now + time, Happening::Wake(node));
        }
    }

    /// Lets a node originate a prefix, or changes its metric.
    pub(crate) fn originate(&mut self, node: usize, prefix: Prefix, metric: Metric) {
        self.watch.originated(node, prefix);
        self.trace.absorb_number(self.now);
        let text = format!("originates {prefix} with metric {metric}");
        self.trace.note(self.now, Some(node), text);
        self.net.nodes[node].origins.insert(prefix, metric);
        self.changed = true;
        if self.net.nodes[node].life == Life::Running {
            self.drive(node, |router, now| {
                let _ = router.handle_originate(prefix, metric, now);
            });
        }
    }

    /// Lets a node no longer originate a prefix.
    pub(crate) fn withdraw(&mut self, node: usize, prefix: Prefix) {
        if self.net.nodes[node].origins.remove(&prefix).is_none() {
            return;
        }
        self.note(Some(node), format!("withdraws {prefix}"));
        self.changed = true;
        // Nobody is there to refuse its packets, or to say that the prefix is gone: they may follow a
        // shorter prefix back to where they came from, until the neighbours' routes expire.
        if self.net.nodes[node].life != Life::Running || self.net.nodes[node].doom.is_some() {
            self.watch.excuse(prefix);
        }
        if self.net.nodes[node].life == Life::Running {
            self.drive(node, |router, now| router.handle_withdraw(prefix, now));
        }
        self.check_loop(node, prefix);
    }

    /// Changes what a port costs.
    pub(crate) fn reprice(&mut self, link: usize, cost: u16) {
        self.note(None, format!("link {link} costs {cost}"));
        self.net.links[link].cost = cost;
        for end in self.net.links[link].ends.clone() {
            self.net.nodes[end.node].ports[end.port].config.cost = Some(cost);
            self.reconfigure(end.node, end.port);
        }
    }

    /// Gives a port new addresses; `change` tells them from earlier ones.
    pub(crate) fn renumber(&mut self, node: usize, port: usize, change: u16) {
        self.note(Some(node), format!("gets new addresses on port {port}"));
        let (link_local, ipv4) = addresses(node, port, change);
        let addresses = &mut self.net.nodes[node].ports[port].addresses;
        (addresses.link_local, addresses.ipv4) = (link_local, Some(ipv4));
        self.changed = true;
        self.reconfigure(node, port);
    }

    /// Changes a port's MTU.
    pub(crate) fn resize(&mut self, node: usize, port: usize, mtu: u32) {
        self.note(Some(node), format!("has an MTU of {mtu} on port {port}"));
        self.net.nodes[node].ports[port].addresses.mtu = mtu;
        self.reconfigure(node, port);
    }

    /// Gives all ports of a node other keys.
    pub(crate) fn rekey(&mut self, node: usize, mac: &KeySet) {
        self.note(Some(node), format!("has the keys {mac:?}"));
        for port in 0..self.net.nodes[node].ports.len() {
            self.net.nodes[node].ports[port].config.mac = mac.clone();
            self.reconfigure(node, port);
        }
    }

    /// Takes a node's router away, so that the test can speak in its place.
    pub(crate) fn puppet(&mut self, node: usize) {
        let node = &mut self.net.nodes[node];
        (node.router, node.timer, node.life) = (None, None, Life::Puppet);
        node.fib.flush();
    }

    /// Ends every fault and brings every node back.
    pub(crate) fn mend(&mut self) {
        self.note(None, "all faults end".to_owned());
        for link in 0..self.net.links.len() {
            self.net.links[link].quality.loss = 0;
            self.net.links[link].one_way.clear();
            self.heal(link);
        }
        for node in 0..self.net.nodes.len() {
            self.net.nodes[node].doom = None;
            let ends = matches!(self.net.nodes[node].life, Life::Running | Life::Asleep);
            if self.net.nodes[node].leaving.is_some() && ends {
                self.perish(node, 0);
                self.net.nodes[node].life = Life::Off;
            }
            match self.net.nodes[node].life {
                Life::Crashed | Life::Off => self.push(self.now, Happening::Boot(node)),
                Life::Asleep => self.push(self.now, Happening::Wake(node)),
                Life::Running | Life::Puppet => {}
            }
        }
        self.changed = true;
    }

    fn reconfigure(&mut self, node: usize, port: usize) {
        let link = self.net.nodes[node].ports[port].link;
        if self.net.nodes[node].life == Life::Running && self.net.links[link].up {
            self.raise(node, port);
        }
    }

    fn check_every_loop(&mut self, node: usize) {
        let prefixes: Vec<Prefix> = self.net.nodes[node].fib.iter().map(|(p, _)| p).collect();
        for prefix in prefixes {
            self.check_loop(node, prefix);
        }
    }
}
