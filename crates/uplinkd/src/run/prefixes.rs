//! Deprecating the home's addresses of uplinks that take no new connections.

use grange_daemon::run_dir::RunDir;
use grange_linux::{IpPrefix, KernelError, PreferableAddress, PreferenceControl};

use crate::lan_prefixes::LanPrefixes;
use crate::run::Daemon;

/// The name of the state in the run directory.
pub(super) const NAME: &str = "deprecated";

/// What an earlier run has deprecated.
pub(super) fn load(run_dir: &RunDir) -> LanPrefixes {
    let state = run_dir.read_state(NAME).ok().flatten();
    LanPrefixes::parse(&state.unwrap_or_default())
}

impl Daemon<'_> {
    /// Makes the home's addresses deprecated or preferred as their uplinks are used.
    pub(super) fn follow_prefixes(&mut self) {
        // While no uplink lives, one is as good as the other.
        if let Some(idle) = self.agent.idle_prefixes() {
            self.prefer_all_but(&idle);
        }
    }

    /// Makes the home's addresses preferred that are deprecated because of us, but for those in these prefixes.
    pub(super) fn prefer_all_but(&mut self, idle: &[IpPrefix]) {
        if idle.is_empty() && self.lan_prefixes.is_empty() {
            return;
        }
        if let Err(error) = self.try_prefer_all_but(idle) {
            self.trouble(
                "prefixes",
                format_args!("addresses of the LAN keep their preference: {error}"),
            );
        }
    }

    fn try_prefer_all_but(&mut self, idle: &[IpPrefix]) -> Result<(), KernelError> {
        let mut control = PreferenceControl::new()?;
        let lan = self.agent.lan_indices().to_vec();
        let mut there = control.addresses()?;
        there.retain(|address: &PreferableAddress| lan.contains(&address.index));
        let before = self.lan_prefixes.clone();
        let changes = self.lan_prefixes.follow(&there, idle);
        if self.lan_prefixes != before {
            // Before the changes: who is killed in between must know whose they are.
            let text = self.lan_prefixes.text();
            if let Err(error) = self.run_dir.write_state(NAME, text.as_bytes()) {
                self.trouble("state", format_args!("cannot write the state: {error}"));
            }
        }
        for (address, preferred) in changes {
            if let Err(error) = control.set(address, preferred) {
                // The next look tries again.
                self.lan_prefixes = before;
                return Err(error);
            }
            let what = if preferred {
                "preferred again"
            } else {
                "deprecated"
            };
            log::info!(
                "{} of the LAN is {what}: hosts are told by router advertisements",
                address.address
            );
        }
        Ok(())
    }
}
