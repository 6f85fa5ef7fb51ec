//! This router's router-id, and what to do when another router has the same.

use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::output::Twin;
use grange_daemon::reply::routed::DuplicateRouterIdEvent;
use grange_linux::Kernel;

use crate::agent::state::{Agent, Effect};
use crate::news::News;

/// How often another router-id is taken: two routers hardly make up the same one twice, so that more
/// would only serve somebody who wants routes to change.
const AGAIN: Duration = Duration::from_hours(1);
/// For how long after it was last heard another router with our router-id is spoken of.
const PRESENT: Duration = Duration::from_mins(3);

impl<K: Kernel> Agent<K> {
    /// Another router has our router-id. One that was made up is exchanged for another; one that
    /// somebody has chosen stays, and he is told.
    pub(super) fn meet_twin(&mut self, twin: &Twin, now: Instant) {
        let (router_id, address, prefix) = (twin.router_id, twin.address, twin.prefix);
        let name = self.interfaces.name(twin.interface.0);
        let heard = format!(
            "another router has the router-id {router_id} too: neighbour {address} on {name} tells of its {prefix}"
        );
        let lately = self.renamed.is_some_and(|at| now.since(at) < AGAIN);
        let fresh =
            (self.config.general.router_id.is_none() && !lately).then(|| self.random.router_id());
        if let Some(fresh) = fresh {
            self.renamed = Some(now);
            let text = format_args!("{heard}; this one is {fresh} from now on");
            self.journal.trouble(now, "router-id", text);
            self.core.handle_router_id(fresh, now);
        } else {
            let remedy = if lately {
                "this one has changed its own within the last hour: look for who imitates it"
            } else {
                "neither reaches what the other announces: give one of them another `option router_id`, or none"
            };
            let text = format!("{heard}; {remedy}");
            self.journal
                .trouble(now, "router-id", format_args!("{text}"));
            self.double = Some((now, text));
        }
        self.effects
            .push_back(Effect::Publish(News::DuplicateRouterId(
                DuplicateRouterIdEvent {
                    router_id: router_id.to_string(),
                    new_router_id: fresh.map(|id| id.to_string()),
                    address,
                    interface: name,
                    prefix: prefix.to_string(),
                },
            )));
    }

    /// What an operator should know of another router with our router-id.
    pub fn double(&self, now: Instant) -> Option<&str> {
        let (at, text) = self.double.as_ref()?;
        (now.since(*at) < PRESENT).then_some(text.as_str())
    }
}
