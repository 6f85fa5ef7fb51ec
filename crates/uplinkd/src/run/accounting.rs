//! Counting the members' bytes: the table, the reading, the files.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::Duration;

use grange_daemon::run_dir::RunDir;
use grange_linux::traffic;
use grange_uplink::quota;
use grange_uplink::uplink_id::UplinkId;

use crate::account;
use crate::bill;
use crate::config::UplinkSection;
use crate::date::{Date, Month};
use crate::ledger_file::{Bytes, Ledger};
use crate::nft;
use crate::offload;
use crate::run::{Daemon, now};
use crate::uplink::{Quota, Uplink};

/// How often the counters are read: what a flushed ruleset can lose.
const COUNT_STEP: Duration = Duration::from_mins(1);
/// The same while a monthly cap is nearly reached.
const NEARLY_STEP: Duration = Duration::from_secs(5);
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
        let config = self.agent.config();
        let capped = config
            .uplinks
            .iter()
            .any(|uplink| uplink.cap_bytes.is_some());
        capped || !config.members.is_empty()
    }

    /// Makes the table what the configuration wants, without touching a counter; no process where it is that
    /// already.
    pub(super) fn make_account_table(&mut self) {
        let Some(text) = account::text(self.agent.config()) else {
            return;
        };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let wanted = Some(hasher.finish());
        if self.accounted == wanted {
            return;
        }
        match nft::apply(&text) {
            Ok(()) => self.accounted = wanted,
            Err(error) => log::error!("members are not counted: {error}"),
        }
    }

    /// The same when the table may be gone.
    pub(super) fn put_account_table_back(&mut self) {
        self.accounted = None;
        self.make_account_table();
    }

    /// What is to be said where packets pass by the counters.
    pub(super) fn offload_warning(&self) -> Option<String> {
        let is_billed = !self.agent.config().members.is_empty();
        is_billed
            .then(|| offload::warning(&self.options.config))
            .flatten()
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
        if !self.agent.config().members.is_empty() {
            self.count_members(today);
        }
        self.note_devices(today, |_| true);
        self.follow_cap(today);
        self.follow_caps(today);
        if self.has_tunnels {
            self.balances = bill::balances(self.agent.config(), &self.ledger, today);
        }
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

    /// Notes what the devices of some uplinks have carried: a file is read, no program is run.
    pub(super) fn note_devices(&mut self, today: Date, wanted: impl Fn(&UplinkSection) -> bool) {
        let text = fs::read_to_string(traffic::FILE).unwrap_or_default();
        let sections = self.agent.uplinks().iter().map(|uplink| &uplink.section);
        for section in sections.filter(|section| wanted(section)) {
            if let Some(counters) = traffic::counters(&text, &section.device) {
                let total = Bytes {
                    up: counters.tx_bytes,
                    down: counters.rx_bytes,
                };
                self.ledger.note_device(today, &section.name, total);
            }
        }
    }

    /// Notes what the table has counted; makes it where somebody took it away.
    fn count_members(&mut self, today: Date) {
        match nft::list(account::TABLE) {
            Ok(Some(listing)) => {
                let members = &self.agent.config().members;
                self.ledger
                    .note(today, account::counters(&listing), |prefix| {
                        let owner = members
                            .iter()
                            .find(|member| member.prefixes.contains(&prefix));
                        owner.map(|member| member.name.clone())
                    });
            }
            Ok(None) => self.put_account_table_back(),
            Err(error) => self.trouble("count", format_args!("cannot read the counters: {error}")),
        }
    }

    /// Tells the agent how the monthly caps stand.
    fn follow_caps(&mut self, today: Date) {
        let standing = |uplink: &Uplink| {
            let section = &uplink.section;
            let cap_bytes = section.cap_bytes?;
            let Month { year, month } = today.month;
            let period = quota::period(year, month, today.day, section.billing_day);
            let start = Date {
                month: Month {
                    year: period.year,
                    month: period.month,
                },
                day: period.start_day,
            };
            Some(Quota {
                used_bytes: self.ledger.carried_since(&section.name, start),
                cap_bytes,
                period,
            })
        };
        let uplinks = self.agent.uplinks().iter();
        let standings: Vec<(UplinkId, Option<Quota>)> = uplinks
            .map(|uplink| (uplink.id, standing(uplink)))
            .collect();
        for (id, quota) in standings {
            let nearly = |quota: &Quota| quota.used_bytes >= quota.cap_bytes / 10 * 9;
            if quota.as_ref().is_some_and(nearly) {
                self.next_count = now() + NEARLY_STEP;
            }
            self.agent.handle_quota(id, quota, now());
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
