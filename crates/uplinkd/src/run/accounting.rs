//! Counting the members' bytes: the table, the reading, the files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use grange_daemon::run_dir::RunDir;

use crate::account;
use crate::date::Date;
use crate::ledger_file::{Bytes, Ledger};
use crate::nft;
use crate::run::{Daemon, now};
use crate::traffic;

/// How often the counters are read: what a flushed ruleset can lose.
const COUNT_STEP: Duration = Duration::from_mins(1);
/// How often the lasting file is written: flash wears out.
pub(super) const WRITE_STEP: Duration = Duration::from_hours(1);
/// The lasting file.
const LASTING: &str = "uplink-ledger";
/// What is newer, in the run directory.
pub(super) const RECENT: &str = "ledger";

/// The ledger as it was left.
pub(super) fn load(state_dir: &Path, run_dir: &RunDir) -> Ledger {
    let lasting = fs::read(state_dir.join(LASTING)).unwrap_or_default();
    let recent = run_dir
        .read_state(RECENT)
        .ok()
        .flatten()
        .unwrap_or_default();
    Ledger::parse(&lasting, &recent)
}

impl Daemon<'_> {
    pub(super) fn is_counting(&self) -> bool {
        !self.agent.config().members.is_empty()
    }

    /// Makes the table what the configuration wants, without touching a counter.
    pub(super) fn make_account_table(&mut self) {
        let Some(text) = account::text(self.agent.config()) else {
            return;
        };
        if let Err(error) = nft::apply(&text) {
            log::error!("members are not counted: {error}");
        }
    }

    /// Reads the counters and notes what is new, in the run directory at once.
    pub(super) fn count(&mut self) {
        self.next_count = now() + COUNT_STEP;
        if !self.is_counting() {
            return;
        }
        let Some(today) = Date::today() else {
            // The kernel goes on counting; it belongs to the day on which the clock is set.
            return;
        };
        match nft::list(account::TABLE) {
            Ok(Some(listing)) => {
                let counters = account::counters(&listing);
                let members = &self.agent.config().members;
                self.ledger.note(today, &counters, |prefix| {
                    let owner = members
                        .iter()
                        .find(|member| member.prefixes.contains(&prefix));
                    owner.map(|member| member.name.clone())
                });
            }
            Ok(None) => self.make_account_table(),
            Err(error) => self.trouble("count", format_args!("cannot read the counters: {error}")),
        }
        let text = fs::read_to_string(traffic::FILE).unwrap_or_default();
        for uplink in self.agent.uplinks() {
            if let Some(counters) = traffic::counters(&text, &uplink.section.device) {
                let total = Bytes {
                    up: counters.tx_bytes,
                    down: counters.rx_bytes,
                };
                self.ledger.note_device(today, &uplink.section.name, total);
            }
        }
        self.follow_cap(today);
        if self.next_write <= now() {
            self.write_ledger();
        }
        if let Err(error) = self
            .run_dir
            .write_state(RECENT, self.ledger.recent().as_bytes())
        {
            self.trouble("ledger", format_args!("cannot note the counters: {error}"));
        }
    }

    /// Writes the lasting file.
    pub(super) fn write_ledger(&mut self) {
        self.next_write = now() + WRITE_STEP;
        let (true, Some(today)) = (self.is_counting(), Date::today()) else {
            return;
        };
        let path = self.agent.config().general.state_dir.join(LASTING);
        let text = self.ledger.lasting(today);
        let fresh = path.with_extension("new");
        let written = fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &path));
        match written {
            Ok(()) => {
                let recent = self.ledger.recent();
                if let Err(error) = self.run_dir.write_state(RECENT, recent.as_bytes()) {
                    self.trouble("ledger", format_args!("cannot note the counters: {error}"));
                }
            }
            Err(error) => {
                let path = path.display();
                self.trouble("ledger", format_args!("cannot write {path}: {error}"));
            }
        }
    }
}
