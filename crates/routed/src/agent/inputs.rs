//! What the agent is told: packets, time, commands.

use grange_babel::clock::Instant;
use grange_babel::router::Datagram;
use grange_linux::{Family, Kernel, KernelEvent};

use crate::agent::state::{Agent, Leaving, StartError, place, refuse_twin};
use crate::config::{Config, Logical};
use crate::fib::Fib;
use crate::gateway::{Lease, default_prefix};
use crate::resync::Tables;
use crate::rules;
use crate::sysctls;

impl<K: Kernel> Agent<K> {
    /// A packet came in on the Babel port.
    pub fn handle_packet(&mut self, datagram: Datagram<'_>, now: Instant) {
        let before = *self.core.counters();
        self.core.handle_packet(datagram, now);
        let counters = self.core.counters();
        let why = if counters.mac_missing > before.mac_missing {
            "it has no MAC"
        } else if counters.mac_wrong > before.mac_wrong {
            "none of its MACs is right by our keys"
        } else {
            ""
        };
        if !why.is_empty() {
            let verb = if counters.mac_permitted > before.mac_permitted {
                "accepted all the same"
            } else {
                "refused"
            };
            let (source, name) = (
                datagram.source.ip(),
                self.interfaces.name(datagram.interface.0),
            );
            let text = format_args!("a packet of {source} on {name} is {verb}: {why}");
            self.journal.trouble(now, "authentication", text);
        }
        self.drain(now);
    }

    /// The kernel announced something.
    pub fn handle_kernel_events(&mut self, events: &[KernelEvent], now: Instant) {
        for event in events {
            self.handle_kernel_event(event, now);
        }
        self.drain(now);
    }

    /// Time has passed; call it when [`Agent::poll_timeout`] says, or at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(tables) = self.resync.take(now) {
            self.read_tables(tables, now);
            self.follow(now);
        }
        for family in self.leases.expire(now) {
            let prefix = default_prefix(family);
            self.journal.decision(
                now,
                format_args!("the lease on announcing {prefix} has run out"),
            );
            self.follow(now);
        }
        if self.fib.next_retry().is_some_and(|at| at <= now) {
            self.read_fib(now);
        }
        if self.hush.next_look() <= now {
            self.listen(now);
        }
        if self.stations.next_look() <= now {
            self.ask_radios(now);
        }
        if self.core.poll_timeout().is_some_and(|at| at <= now) {
            self.core.handle_timeout(now);
        }
        self.drain(now);
    }

    /// Takes another configuration; on an error the old one goes on.
    pub fn handle_config(&mut self, mut config: Config, now: Instant) -> Result<(), StartError> {
        config.logical = self.config.logical.clone();
        let new_place = place(&config);
        if new_place != place(&self.config) {
            let fib = Fib::new(new_place, config.tables());
            refuse_twin(&fib, new_place, &mut self.kernel)?;
        }
        let old = std::mem::replace(&mut self.config, config);
        let new = &self.config;
        if let Some(id) = new.general.router_id
            && id != self.core.router_id()
        {
            self.journal
                .decision(now, format_args!("the router-id is {id} from now on"));
            self.core.handle_router_id(id, now);
            self.double = None;
        }
        if new.general.smoothing_half_life != old.general.smoothing_half_life {
            let text = "the new smoothing half-life is taken at the next start";
            self.journal.decision(now, format_args!("{text}"));
        }
        self.fib.set_place(new_place, new.tables());
        if new.filters != old.filters {
            self.core.handle_filters(new.filters.clone(), now);
        }
        if new.general.import_tables != old.general.import_tables {
            self.read_tables(Tables::IMPORTS, now);
        }
        self.follow(now);
        self.drain(now);
        Ok(())
    }

    /// netifd has told what its interfaces are now.
    pub fn handle_logical(&mut self, logical: Logical, now: Instant) {
        if logical != self.config.logical {
            self.config.logical = logical;
            self.follow(now);
            self.drain(now);
        }
    }

    /// Takes out, renews or changes a lease on announcing a default route.
    pub fn handle_lease(&mut self, family: Family, lease: Lease, now: Instant) {
        let known = self.leases.lease(family).is_some();
        self.leases.set(family, lease);
        if !known {
            let prefix = default_prefix(family);
            self.journal.decision(
                now,
                format_args!("somebody took a lease on announcing {prefix}"),
            );
        }
        self.follow(now);
        self.drain(now);
    }

    /// Gives a lease back.
    pub fn handle_lease_cleared(&mut self, family: Family, now: Instant) {
        if self.leases.clear(family) {
            let prefix = default_prefix(family);
            self.journal.decision(
                now,
                format_args!("the lease on announcing {prefix} was given back"),
            );
        }
        self.follow(now);
        self.drain(now);
    }

    /// Whether anybody is subscribed to events.
    pub fn handle_watch(&mut self, on: bool) {
        self.core.handle_watch(on);
    }

    /// Retracts everything and takes our routes out of the kernel. Go on serving packets for a moment, so
    /// that neighbours can acknowledge, and then call [`Agent::finish_leaving`].
    pub fn handle_leave(&mut self, now: Instant) {
        if self.leaving.is_some() {
            return;
        }
        self.journal
            .decision(now, format_args!("leaving the mesh: it was asked for"));
        let (retracted, removed) = (
            self.redistribution.origins().len(),
            self.fib.installed_count(),
        );
        self.leaving = Some(Leaving { retracted, removed });
        self.core.handle_leave(now);
        self.drain(now);
    }

    /// Takes the last traces of ours out of the kernel; what was taken back since
    /// [`Agent::handle_leave`].
    pub fn finish_leaving(&mut self, now: Instant) -> Leaving {
        self.fib.remove_all(&mut self.kernel, now);
        // The rules that hold neighbours' packets back go last.
        sysctls::restore(&mut self.kernel, &mut self.state.sysctls);
        if let Err(error) = rules::reconcile(&mut self.kernel, &[]) {
            self.kernel_failed("rules", &error, now);
        }
        self.note_exact_numbers();
        self.save();
        self.leaving.unwrap_or_default()
    }

    /// The state to write at a stop that leaves the kernel as it is.
    pub fn final_state(&mut self) -> String {
        self.note_exact_numbers();
        self.state.to_text()
    }
}
