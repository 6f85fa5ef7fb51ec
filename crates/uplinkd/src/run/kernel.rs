//! The kernel's tables: what it says of them, and what is made right there.

use grange_linux::{Kernel as _, KernelError, KernelEvent, sysctl};

use crate::nft;
use crate::paths::Tables;
use crate::returns;
use crate::routing::{self, Routing};
use crate::ruleset;
use crate::run::{AGAIN, Daemon, SETTLING, now};
use crate::tunnel_address::{SHARE_DEVICE, SHARE_WIREGUARD};

impl Daemon<'_> {
    pub(super) fn hear_kernel(&mut self) {
        let mut events = Vec::new();
        if let Err(error) = self.monitor.read(&mut events) {
            self.trouble("monitor", format_args!("cannot hear the kernel: {error}"));
            events.push(KernelEvent::Overrun);
        }
        let matters = |event: &KernelEvent| match event {
            KernelEvent::LinkChanged(_)
            | KernelEvent::LinkRemoved(_)
            | KernelEvent::AddressAdded(_)
            | KernelEvent::AddressRemoved(_)
            | KernelEvent::Overrun => true,
            KernelEvent::RouteAdded(route) => route.destination.is_default() && route.table == 254,
            KernelEvent::RouteRemoved(route) => {
                let own = 254..=1060;
                (route.destination.is_default() && own.contains(&route.table))
                    || route.table == returns::TABLE
            }
            KernelEvent::RuleRemoved(rule) => routing::is_ours(rule),
            KernelEvent::RuleAdded(_) | KernelEvent::NeighbourFailed { .. } => false,
        };
        // A lost carrier cannot wait for the swarm.
        let urgent = |event: &KernelEvent| {
            matches!(event, KernelEvent::LinkChanged(link) if !link.is_usable())
                || matches!(event, KernelEvent::LinkRemoved(_))
        };
        if events.iter().any(urgent) {
            self.look();
        } else if events.iter().any(matters) {
            self.look.get_or_insert_with(|| now() + SETTLING);
        }
    }

    pub(super) fn hear_nft(&mut self) {
        match self.nft_monitor.has_lost(ruleset::TABLE) {
            Ok(false) => {}
            Ok(true) => {
                self.counts.restored += 1;
                // Whoever flushed one table has flushed the other.
                self.put_account_table_back();
                self.make_tunnels();
                self.agent.handle_lost_table(now());
            }
            Err(error) => self.trouble("nft", format_args!("cannot hear nftables: {error}")),
        }
    }

    /// Reads the kernel's tables and follows them.
    pub(super) fn look(&mut self) {
        self.look = None;
        match Tables::read(&mut self.kernel) {
            Ok(tables) => {
                self.agent.handle_tables(&tables, now());
                self.loosen_filters();
                self.reconcile();
                self.follow_prefixes();
                self.shape();
            }
            Err(error) => {
                self.trouble(
                    "tables",
                    format_args!("cannot read the kernel's tables: {error}"),
                );
                self.look = Some(now() + AGAIN);
            }
        }
        self.carry_out();
    }

    /// Makes routes and rules right, whatever the kernel has.
    fn reconcile(&mut self) {
        let wanted = self.agent.wanted();
        let made = routing::reconcile(&mut self.kernel, &wanted);
        self.note_routing(wanted, made);
    }

    /// The same when nothing but our own wishes has changed since the last time: what the kernel has is known.
    pub(super) fn follow(&mut self) {
        let wanted = self.agent.wanted();
        match &self.routed {
            Some(routed) if *routed == wanted => {}
            Some(routed) => {
                let made = routing::follow(&mut self.kernel, routed, &wanted);
                self.note_routing(wanted, made);
            }
            None => self.reconcile(),
        }
    }

    fn note_routing(&mut self, wanted: Routing, made: Result<usize, KernelError>) {
        self.routed = made.is_ok().then_some(wanted);
        if let Err(error) = made {
            self.trouble(
                "routes",
                format_args!("the kernel refuses routes or rules: {error}"),
            );
            self.look.get_or_insert_with(|| now() + AGAIN);
        }
    }

    /// A strict reverse path filter drops what comes back by another uplink than `main` would take.
    fn loosen_filters(&mut self) {
        let devices: Vec<String> = self
            .agent
            .uplinks()
            .iter()
            .map(|uplink| uplink.section.device.clone())
            .chain(
                [SHARE_DEVICE, SHARE_WIREGUARD]
                    .into_iter()
                    .filter(|_| self.has_tunnels)
                    .map(str::to_owned),
            )
            .collect();
        for device in devices {
            let path = sysctl::ipv4_rp_filter(&device);
            let all = self.kernel.sysctl(&sysctl::ipv4_rp_filter("all"));
            let own = self.kernel.sysctl(&path);
            let (Ok(all), Ok(own)) = (all, own) else {
                continue;
            };
            if own != "2" && (all == "1" || own == "1") {
                match self.kernel.set_sysctl(&path, "2") {
                    Ok(()) => log::info!("the reverse path filter of {device} is loose now (2)"),
                    Err(error) => self.trouble("rp_filter", format_args!("{path}: {error}")),
                }
            }
        }
    }

    /// What another balancer has left would go on setting marks, and sending marked packets elsewhere.
    pub(super) fn warn_of_others(&mut self) {
        let is_legacy = ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"]
            .into_iter()
            .any(|file| {
                let tables = std::fs::read_to_string(file).unwrap_or_default();
                tables.lines().any(|table| table == "mangle")
            });
        if is_legacy {
            self.warn_of(
                "legacy iptables has a mangle table loaded, perhaps left over from mwan3: if it sets marks, \
                 connections leave by the wrong uplink; see iptables-legacy -t mangle -S"
                    .to_owned(),
            );
        }
        let chains = nft::list_chains().unwrap_or_default();
        if let Some(table) = mwan3_table(&chains) {
            self.warn_of(format!(
                "{table} has chains of mwan3 that set marks: connections leave by the wrong uplink; see nft \
                 list {table}. /etc/init.d/mwan3 stop takes them away, or a restart of the firewall"
            ));
        }
        let rules = self.kernel.rules().unwrap_or_default();
        let foreign = rules.iter().find(|rule| routing::is_in_our_way(rule));
        if let Some(rule) = foreign {
            self.warn_of(format!(
                "ip rule has a rule of somebody else at priority {}, perhaps left over from mwan3: it may send \
                 connections by the wrong uplink; take it away with ip rule del pref {0}",
                rule.priority
            ));
        }
    }

    fn warn_of(&mut self, text: String) {
        log::warn!("{text}");
        self.warnings.push(text);
    }
}

/// The table that has a chain of mwan3, in the output of `nft list chains`: `table ip mangle`.
fn mwan3_table(chains: &str) -> Option<&str> {
    let mut table = None;
    for line in chains.lines().map(str::trim) {
        if line.starts_with("table ") {
            table = Some(line.trim_end_matches('{').trim());
        } else if line.starts_with("chain mwan3_") {
            return table;
        }
    }
    None
}
