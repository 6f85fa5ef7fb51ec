//! Carrying out a change of policy: ruleset, then routes, then forgotten connections, then the news. In
//! this order no connection is cut before there is another way for it.

use grange_daemon::reply::uplinkd::UplinkEvent;
use grange_linux::Family;
use grange_uplink::uplink_id::UplinkId;

use crate::agent::{Change, News, family_name};
use crate::nft;
use crate::report::reply_family;
use crate::ruleset::Held;
use crate::run::{AGAIN, Daemon, now};
use crate::servers_file;

impl Daemon<'_> {
    pub(super) fn apply(&mut self, change: &Change) {
        let before = if change.moves.is_empty() {
            Vec::new()
        } else {
            // Who is about to move is known only now.
            self.read_devices();
            self.agent.devices().to_vec()
        };
        let mut applied = true;
        if let Some(text) = &change.ruleset {
            self.counts.rulesets += 1;
            if let Err(error) = nft::apply(text) {
                self.counts.ruleset_failures += 1;
                applied = false;
                log::error!("{error}; the ruleset stays as it was, the next try is in {AGAIN:?}");
                self.retry.get_or_insert_with(|| now() + AGAIN);
            }
        }
        self.follow();
        self.follow_prefixes();
        if applied {
            let mask = self.agent.config().general.mask;
            for (family, id) in &change.forgotten {
                self.counts.flushes += 1;
                if let Err(error) =
                    self.conntrack
                        .delete_by_mark(*family, mask.mark(*id), mask.bits())
                {
                    self.trouble(
                        "conntrack",
                        format_args!("connections of a dead uplink cannot be forgotten: {error}"),
                    );
                }
            }
        }
        for news in &change.news {
            let moved = change
                .moves
                .iter()
                .any(|(family, id)| *family == news.family && *id == news.id);
            let moved = if moved {
                count(&before, news.family, Some(news.id))
            } else {
                0
            };
            self.tell(news, moved, count(&before, news.family, None));
        }
        self.note_connected();
        self.publish_resolvers();
    }

    fn tell(&mut self, news: &News, moved: u32, devices: u32) {
        self.counts.changes += 1;
        let family = family_name(news.family);
        let (name, to, why) = (&news.uplink, news.to.name(), news.why);
        if devices > 0 {
            log::info!("{name} {to} ({family}): {why}; moved {moved} of {devices} devices");
        } else {
            log::info!("{name} {to} ({family}): {why}");
        }
        let event = UplinkEvent {
            uplink: name.clone(),
            family: reply_family(news.family).to_owned(),
            from: news.from.name().to_owned(),
            to: to.to_owned(),
            why: why.to_string(),
            moved,
            devices,
        };
        self.server.publish("uplink", &event);
    }

    /// Tells dnsmasq whom to ask, if that is somebody else than before.
    pub(super) fn publish_resolvers(&mut self) {
        let general = &self.agent.config().general;
        let Some(path) = general.servers_file.clone() else {
            return;
        };
        let pid_file = general.dnsmasq_pid_file.clone();
        let text = servers_file::text(self.agent.uplinks());
        match servers_file::publish(&path, pid_file.as_deref(), &text) {
            Ok(false) => {}
            Ok(true) => log::info!("{} names other resolvers now", path.display()),
            Err(error) => self.trouble(
                "servers_file",
                format_args!("cannot hand the resolvers to dnsmasq: {error}"),
            ),
        }
    }
}

fn count(devices: &[Held], family: Family, id: Option<UplinkId>) -> u32 {
    let counted = devices
        .iter()
        .filter(|held| held.family == family && id.is_none_or(|id| id == held.id));
    u32::try_from(counted.count()).unwrap_or(u32::MAX)
}
