//! What the state machines want is taken from them.

use grange_linux::Family;
use grange_linux::path_socket::Path as SocketPath;
use grange_uplink::clock::Instant;
use grange_uplink::health::{Output, Portal};

use crate::agent::effect::{Effect, News};
use crate::agent::state::Agent;
use crate::config::Probe;
use crate::probing::{Answer, Question, Seen};

impl Agent {
    /// Takes what the state machines want.
    pub(super) fn drain(&mut self, now: Instant) {
        let mask = self.config.general.mask;
        let mut silent = Vec::new();
        for uplink in &mut self.uplinks {
            let path = SocketPath {
                device: uplink.section.device.clone(),
                mark: mask.mark(uplink.id),
            };
            for line in uplink.lines.iter_mut().flatten() {
                let question = |id, probe: &Probe| {
                    Effect::Ask(Box::new(Question {
                        uplink: uplink.id,
                        family: line.family,
                        id,
                        probe: probe.clone(),
                        path: path.clone(),
                    }))
                };
                while let Some(output) = line.health.poll_output() {
                    match output {
                        Output::Probe { id, target } => {
                            let target = line.targets.get(target);
                            self.effects
                                .extend(target.map(|probe| question(Some(id), probe)));
                        }
                        Output::Portal => match &line.portal {
                            Some(probe) => self.effects.push_back(question(None, probe)),
                            None => silent.push((uplink.id, line.family)),
                        },
                        Output::Changed { from, to, why } => {
                            self.dirty = true;
                            // A family that an uplink never had is no news.
                            if line.was_ready {
                                self.news.push(News {
                                    uplink: uplink.section.name.clone(),
                                    id: uplink.id,
                                    family: line.family,
                                    from,
                                    to,
                                    why,
                                });
                            }
                        }
                    }
                }
            }
        }
        for (uplink, family) in silent {
            let seen = Seen::Portal(Portal::Silent);
            self.handle_answer(
                Answer {
                    uplink,
                    family,
                    seen,
                },
                now,
            );
        }
        self.dirty |= Family::BOTH
            .into_iter()
            .any(|family| self.chosen(family) != *self.choice(family));
    }
}
