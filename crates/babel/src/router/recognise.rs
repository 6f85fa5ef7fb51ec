//! A neighbour whose address has changed is known again.
//!
//! Babel knows neighbours by their address alone. Whoever changes it leaves a neighbour behind that never
//! speaks again: who waits for its word, waits for nobody. The one under the new address has the same
//! routes through us, so that its word counts instead.

use core::net::Ipv6Addr;
use core::time::Duration;

use crate::clock::Instant;
use crate::link::InterfaceId;
use crate::neighbour::NeighbourId;
use crate::router::links::FEW;
use crate::router::state::Router;

/// How long those who live have had to answer what is asked at our start, when somebody new is
/// usable: they do so at once.
const ANSWERED: Duration = Duration::from_millis(500);

impl Router {
    /// Somebody is usable: it may be one who relied on us before a restart.
    pub(super) fn expect_recognition(&mut self, now: Instant) {
        if !self.remembered.is_empty() {
            self.recognise_at = Some(now + ANSWERED);
        }
    }

    /// Takes somebody new for one who relied on us before the restart and is not heard.
    pub(super) fn recognise(&mut self, now: Instant) {
        if self.recognise_at.take_if(|at| *at <= now).is_none() {
            return;
        }
        let mut recognised = false;
        for index in 0..self.remembered.len() {
            let Some((interface, old, new)) = self.successor(index) else {
                continue;
            };
            recognised = true;
            if let Some((_, address)) = self.remembered.get_mut(index) {
                *address = new;
            }
            if let Some(amends) = &mut self.amends
                && amends.owed.contains(&(interface, old))
            {
                amends.owed.retain(|owed| *owed != (interface, old));
                amends.owed.push((interface, new));
                amends.tries = 0;
            }
            self.disown_adopted(interface, Some(old), now);
        }
        if recognised {
            self.hold_all_adopted(now);
            self.save();
        }
    }

    /// Where somebody remembered was, under which address, and under which it is now: one for one.
    fn successor(&self, index: usize) -> Option<(InterfaceId, Ipv6Addr, Ipv6Addr)> {
        let (name, old) = self.remembered.get(index)?;
        let mut interfaces = self.interfaces.values();
        let interface = interfaces.find(|interface| interface.config.name == *name)?;
        if self.neighbours.id_of(interface.id, *old).is_some() {
            return None;
        }
        let is_known = |address: Ipv6Addr| {
            self.remembered
                .iter()
                .any(|(known, remembered)| known == name && *remembered == address)
        };
        let new = self
            .neighbours
            .on(interface.id)
            .find(|neighbour| !neighbour.cost.is_infinite() && !is_known(neighbour.address))?;
        Some((interface.id, *old, new.address))
    }

    /// Whether a neighbour that answers no probe has fallen silent where somebody new has appeared since.
    pub(super) fn is_superseded(&self, id: NeighbourId) -> bool {
        let Some(old) = self.neighbours.find(id).filter(|old| old.is_silent()) else {
            return false;
        };
        let others = || {
            self.neighbours
                .on(old.interface)
                .filter(|other| other.id != id)
        };
        others().count() <= FEW && others().any(|other| other.created() > old.last_hello())
    }

    /// Forgets somebody whose place another has taken, and waits for it no longer.
    pub(super) fn forget_superseded(&mut self, id: NeighbourId, now: Instant) {
        self.forget_neighbour(id, now);
        self.release_holds(&[id], now);
        self.hold_all_adopted(now);
    }
}
