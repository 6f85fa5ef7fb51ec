//! Bringing the core, the rules and the settings in line with what the kernel has.

use grange_babel::clock::Instant;
use grange_babel::link::{InterfaceId, LinkKind};
use grange_babel::metric::Metric;
use grange_babel::seqno::Seqno;
use grange_linux::{Kernel, Rule};

use crate::agent::state::{Agent, Effect};
use crate::interfaces::{InterfaceChange, Up};
use crate::redistribute::{OriginChange, sources};
use crate::resync::Tables;
use crate::rules::{self, RulesReport, Sharing};
use crate::sysctls;

impl<K: Kernel> Agent<K> {
    /// Brings the core, the preferred sources and the rules in line with what the kernel has.
    pub(super) fn follow(&mut self, now: Instant) {
        self.follow_interfaces(now);
        if self.leaving.is_some() {
            return;
        }
        self.follow_origins(now);
        self.follow_sources(now);
        self.follow_rules(now);
    }

    pub(super) fn follow_interfaces(&mut self, now: Instant) {
        if self.leaving.is_some() {
            return;
        }
        for change in self.interfaces.update(&self.config) {
            match change {
                InterfaceChange::Down { index, name, why } => {
                    self.journal
                        .decision(now, format_args!("Babel stops on {name}: {why}"));
                    self.core.handle_interface_down(InterfaceId(index), now);
                    self.effects.push_back(Effect::Leave(index));
                }
                InterfaceChange::Up { index, up, again } => {
                    // Rules and settings come before the first packet.
                    self.follow_rules(now);
                    self.bring_up(index, &up, again, now);
                }
            }
        }
    }

    fn bring_up(&mut self, index: u32, up: &Up, again: bool, now: Instant) {
        let hello = match self.state.hello.get(&up.config.name) {
            Some(seqno) => *seqno,
            None => Seqno(self.random.next_u16()),
        };
        let id = InterfaceId(index);
        let (config, link) = (up.config.clone(), up.link);
        if let Err(error) = self.core.handle_interface_up(id, config, link, hello, now) {
            self.interfaces.refused(index);
            let text = format_args!("Babel does not start on {}: {error}", up.config.name);
            self.journal.trouble(now, "interface refused", text);
            return;
        }
        self.effects.push_back(Effect::Join(index));
        let verb = if again {
            "goes on with new settings"
        } else {
            "starts"
        };
        let v4 = link
            .ipv4
            .map_or_else(|| "no IPv4".to_owned(), |v4| v4.to_string());
        let kind = match up.config.kind {
            LinkKind::Wired => "wired",
            LinkKind::Wireless => "wireless",
        };
        let (name, local, mtu) = (&up.config.name, link.link_local, link.mtu);
        self.journal.decision(
            now,
            format_args!("Babel {verb} on {name}: {local}, {v4}, MTU {mtu}, {kind}"),
        );
    }

    pub(super) fn follow_origins(&mut self, now: Instant) {
        for change in self
            .redistribution
            .update(&self.config, &self.interfaces, &self.leases)
        {
            match change {
                OriginChange::Withdraw(prefix) => {
                    self.journal.decision(now, format_args!("no longer announcing {prefix}: nothing that the filters allow stands for it"));
                    self.core.handle_withdraw(prefix, now);
                }
                OriginChange::Originate(prefix, origin) => {
                    let metric = Metric::new(origin.metric);
                    match self.core.handle_originate(prefix, metric, now) {
                        Ok(()) => {
                            let text = format_args!(
                                "announcing {prefix} with metric {metric}: {}",
                                origin.from.describe(&self.interfaces)
                            );
                            self.journal.decision(now, text);
                        }
                        Err(error) => {
                            self.redistribution.refused(prefix);
                            self.journal
                                .trouble(now, "origin refused", format_args!("{error}"));
                        }
                    }
                }
            }
        }
        // A default route for packets from one source is a default route too.
        let origins = self.redistribution.origins();
        let announces = |v4: bool| {
            let mut prefixes = origins.keys();
            prefixes.any(|prefix| prefix.plen() == 0 && prefix.is_v4() == v4)
        };
        self.sharing = Sharing {
            v4: announces(true),
            v6: announces(false),
        };
    }

    pub(super) fn follow_sources(&mut self, now: Instant) {
        let configured = self.config.general.mesh_addresses;
        let found = sources(configured, &self.interfaces, self.redistribution.origins());
        let is_lost = configured.v4.is_some_and(|v4| found.v4 != Some(v4))
            || configured.v6.is_some_and(|v6| found.v6 != Some(v6));
        if is_lost {
            let text =
                "an address of `option mesh_address` is on no interface: routes go without it";
            self.journal
                .trouble(now, "mesh address", format_args!("{text}"));
        }
        self.fib.set_sources(found);
    }

    pub(super) fn follow_rules(&mut self, now: Instant) {
        let names = self.interfaces.mesh_names(&self.config);
        let wanted = rules::wanted(self.config.general.table, &names, self.sharing);
        if self.rules.as_ref() != Some(&wanted) {
            let is_repair = self.rules.take().is_none() && self.started < now;
            match rules::reconcile(&mut self.kernel, &wanted) {
                Ok(report) => self.rules_made(wanted, report, is_repair, now),
                Err(error) => self.reading_failed(Tables::RULES, &error, now),
            }
        }
        self.follow_sysctls(now);
    }

    pub(super) fn rules_made(
        &mut self,
        wanted: Vec<Rule>,
        report: RulesReport,
        is_repair: bool,
        now: Instant,
    ) {
        let (added, removed) = (report.added, report.removed);
        if added + removed > 0 {
            let why = match (is_repair, self.sharing) {
                _ if wanted.is_empty() => "with `option table main` there are none",
                (true, _) => "they were not as we left them",
                (
                    false,
                    Sharing {
                        v4: false,
                        v6: false,
                    },
                ) => "neighbours' packets stay in the mesh",
                (false, Sharing { v4: true, v6: true }) => "neighbours may use our uplink",
                (
                    false,
                    Sharing {
                        v4: true,
                        v6: false,
                    },
                ) => "neighbours may use our IPv4 uplink",
                (
                    false,
                    Sharing {
                        v4: false,
                        v6: true,
                    },
                ) => "neighbours may use our IPv6 uplink",
            };
            self.journal.decision(
                now,
                format_args!("policy rules: {added} added, {removed} removed: {why}"),
            );
        }
        if is_repair {
            self.counters.rules_repaired += u64::try_from(added + removed).unwrap_or(0);
        }
        match report.failure {
            None => self.rules = Some(wanted),
            Some(error) => self.reading_failed(Tables::RULES, &error, now),
        }
    }

    /// Sets what the kernel must do on the mesh interfaces there are; a device that was made anew has
    /// its settings anew.
    pub(super) fn follow_sysctls(&mut self, now: Instant) {
        let names = self.interfaces.mesh_names(&self.config);
        let present = names
            .into_iter()
            .filter_map(|name| Some((self.interfaces.index_of(&name)?, name)));
        let wanted = (self.config.general.forwarding, present.collect::<Vec<_>>());
        if self.sysctls.as_ref() == Some(&wanted) {
            return;
        }
        let names: Vec<String> = wanted.1.iter().map(|(_, name)| name.clone()).collect();
        let settings = sysctls::wanted(wanted.0, &names);
        let noted = self.state.sysctls.len();
        for (path, error) in sysctls::apply(&mut self.kernel, &settings, &mut self.state.sysctls) {
            self.journal
                .trouble(now, "sysctl", format_args!("cannot set {path}: {error}"));
        }
        self.sysctls = Some(wanted);
        if self.state.sysctls.len() != noted {
            self.save();
        }
    }
}
