//! What others ask by the control socket.

use std::net::IpAddr;
use std::time::Duration;

use grange_daemon::config_file::{self, Configuration as _};
use grange_daemon::control_error::ControlError;
use grange_daemon::json::Value;
use grange_daemon::logging;
use grange_daemon::reply::uplinkd as reply;
use grange_linux::{Kernel as _, Signal};

use crate::account;
use crate::config::Config;
use crate::control::{Answer, Request, handle};
use crate::explain::{self, Place};
use crate::facts::Facts;
use crate::nft;
use crate::routing;
use crate::ruleset;
use crate::run::{Daemon, Flow, accounting, now, prefixes};
use crate::saved::NAME;

impl Daemon<'_> {
    pub(super) fn answer_calls(&mut self) -> Flow {
        while let Some(call) = self.server.poll_call(&mut self.event_loop) {
            match call.method.as_str() {
                // Whoever asks each second does not want a process for it each time.
                "status" if call.params.get("devices").and_then(Value::as_bool) == Some(false) => {}
                "status" | "uplinks" | "metrics" => self.read_devices(),
                "usage" | "bill" => self.count(),
                _ => {}
            }
            let warnings: Vec<String> = self
                .warnings
                .iter()
                .chain(&self.config_error)
                .cloned()
                .chain(self.offload_warning())
                .collect();
            let request = handle(
                &mut self.agent,
                Facts {
                    counts: &self.counts,
                    ledger: &self.ledger,
                    peers: &self.peers,
                    warnings: &warnings,
                    public_key: self.public_key.as_ref(),
                },
                &call.method,
                &call.params,
                now(),
            );
            match request {
                Request::Answered(outcome) => self.server.reply(call.client, outcome),
                Request::Explain(question) => {
                    let place = self.place_of(question.address);
                    let reply = explain::explain(&self.agent, &question, &place);
                    self.server.reply(call.client, Ok(Answer::Explained(reply)));
                }
                Request::Reload => {
                    let outcome = self.reload().map(|warnings| Answer::Reloaded { warnings });
                    self.server.reply(call.client, outcome);
                }
                Request::PublicKey => {
                    let outcome = self.public_key().map(Answer::Text);
                    let outcome = outcome.map_err(|error| ControlError::failed(error.to_string()));
                    self.server.reply(call.client, outcome);
                }
                Request::Leave(wait) => {
                    let outcome = self.leave().map(Answer::Left);
                    let left = outcome.is_ok();
                    self.server.reply(call.client, outcome);
                    if left {
                        // Replies are written while the next call is looked for.
                        while self.server.poll_call(&mut self.event_loop).is_some() {}
                        self.wait_for_signal(wait);
                        return Flow::End;
                    }
                }
            }
            self.carry_out();
        }
        Flow::On
    }

    /// Where the kernel's neighbour cache has an address.
    fn place_of(&mut self, address: IpAddr) -> Place {
        let neighbours = self.kernel.neighbours().unwrap_or_default();
        let mut known = neighbours.iter().filter(|entry| entry.address == address);
        let Some(entry) = known.find(|entry| entry.ether_address.is_some()) else {
            return Place::default();
        };
        let links = self.kernel.links().unwrap_or_default();
        let link = links.into_iter().find(|link| link.index == entry.index);
        let octets = entry.ether_address.unwrap_or_default();
        Place {
            device: link.map(|link| link.name),
            ether: Some(octets.map(|octet| format!("{octet:02x}")).join(":")),
        }
    }

    /// Takes the configuration as it is in the file now, or keeps the old one; what is odd about it.
    pub(super) fn reload(&mut self) -> Result<Vec<String>, ControlError> {
        match config_file::load::<Config>(&self.options.config) {
            Ok((config, warnings)) => {
                logging::set_level(config.level(self.options));
                if !config.general.enabled {
                    log::info!(
                        "option enabled is 0: leaving the uplinks alone from the next start on"
                    );
                }
                self.agent
                    .handle_config(self.logical.resolve(&config), now());
                self.configured = config;
                self.config_error = None;
                self.make_account_table();
                self.follow_hours();
                self.make_tunnels();
                log::info!("the configuration was read again");
                self.look();
                self.carry_out();
                Ok(warnings)
            }
            Err(error) => {
                log::error!("{error}; the configuration stays as it was");
                self.config_error = Some(format!(
                    "the configuration file is not in use, the one before goes on: {error}"
                ));
                Err(ControlError::refused(error))
            }
        }
    }

    /// Does nothing more until a signal ends it, or the time is over.
    fn wait_for_signal(&mut self, wait: Duration) {
        let deadline = now() + wait;
        let mut ready = Vec::new();
        while now() < deadline {
            let told = self
                .signals
                .read()
                .is_ok_and(|signal| matches!(signal, Some(Signal::Terminate | Signal::Interrupt)));
            let left = now().until(deadline);
            if told || self.event_loop.wait(Some(left), &mut ready).is_err() {
                return;
            }
        }
    }

    fn leave(&mut self) -> Result<reply::Left, ControlError> {
        self.count();
        self.write_ledger();
        let removal = [ruleset::removal(), account::removal()].concat();
        nft::apply(&removal).map_err(|error| ControlError::failed(error.to_string()))?;
        self.remove_tunnels();
        self.prefer_all_but(&[]);
        self.shape_nothing();
        let removed = routing::remove_all(&mut self.kernel)
            .map_err(|error| ControlError::failed(error.to_string()))?;
        // Nothing remains that numbers and counters would have to agree with.
        let _ = self.run_dir.remove_state(NAME);
        let _ = self.run_dir.remove_state(accounting::RECENT);
        let _ = self.run_dir.remove_state(prefixes::NAME);
        log::info!("left: the table is gone, with {removed} routes and rules");
        Ok(reply::Left {
            removed: u32::try_from(removed).unwrap_or(u32::MAX),
        })
    }
}
