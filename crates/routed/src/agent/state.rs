//! What the agent knows.

use std::collections::VecDeque;
use std::net::Ipv6Addr;

use grange_babel::clock::Instant;
use grange_babel::limits::Limits;
use grange_babel::output::Destination;
use grange_babel::router::{Router, RouterConfig};
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;
use grange_linux::{IpPrefix, Kernel, KernelError, Rule};

use crate::config::{Config, protocol_name, table_name};
use crate::fib::{Fib, Place};
use crate::gateway::Leases;
use crate::hush::Hush;
use crate::interfaces::Interfaces;
use crate::journal::Journal;
use crate::news::News;
use crate::random::Random;
use crate::redistribute::Redistribution;
use crate::resync::{Resync, Tables};
use crate::rules::Sharing;
use crate::state::State;
use crate::stations::Stations;

/// The agent.
#[derive(Debug)]
pub struct Agent<K> {
    pub(super) kernel: K,
    pub(super) config: Config,
    pub(super) core: Router,
    pub(super) interfaces: Interfaces,
    pub(super) redistribution: Redistribution,
    pub(super) leases: Leases,
    pub(super) fib: Fib,
    /// The rules as last made, `None` when they must be looked at again.
    pub(super) rules: Option<Vec<Rule>>,
    /// Forwarding and the mesh interfaces that kernel settings were last made for.
    pub(super) sysctls: Option<(bool, Vec<(u32, String)>)>,
    pub(super) sharing: Sharing,
    pub(super) hush: Hush,
    pub(super) stations: Stations,
    pub(super) resync: Resync,
    pub(super) state: State,
    pub(super) random: Random,
    pub(super) journal: Journal,
    pub(super) counters: AgentCounters,
    pub(super) effects: VecDeque<Effect>,
    pub(super) started: Instant,
    pub(super) config_error: Option<String>,
    pub(super) leaving: Option<Leaving>,
    /// When another router-id was taken because somebody else had the same.
    pub(super) renamed: Option<Instant>,
    /// What to say of another router with our router-id, and when it was heard.
    pub(super) double: Option<(Instant, String)>,
}

/// Something to do outside, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Hear Babel's multicast group on the interface of that index.
    Join(u32),
    /// Stop hearing it.
    Leave(u32),
    /// Send a packet.
    Send {
        /// The index of the interface to send on.
        interface: u32,
        /// The address to send from: the one that the packet is signed for.
        source: Ipv6Addr,
        /// To whom.
        destination: Destination,
        /// The UDP payload.
        payload: Vec<u8>,
    },
    /// Write the state before anything that follows is sent.
    Save(String),
    /// Tell the subscribers.
    Publish(News),
}

/// What happened between core and kernel; each only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentCounters {
    /// Announcements of the kernel's that were lost.
    pub overruns: u64,
    /// Times the kernel's tables were read again.
    pub resyncs: u64,
    /// Questions that the kernel did not answer.
    pub kernel_errors: u64,
    /// Rules that were gone or wrong and were put right.
    pub rules_repaired: u64,
    /// Neighbours that the kernel could not reach.
    pub suspects: u64,
}

/// Why the agent does not start or does not take a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The kernel does not answer.
    #[error("the kernel does not answer: {0}")]
    Kernel(#[from] KernelError),
    /// Somebody else has routes with our metric in our table.
    #[error(
        "table {table} has a route to {} of protocol {protocol} with metric {metric}: choose another \
         `option metric`, one of us would replace the other's routes",
        prefix(destination)
    )]
    MetricTaken {
        /// The table.
        table: String,
        /// The metric.
        metric: u32,
        /// The route's destination.
        destination: IpPrefix,
        /// The route's protocol.
        protocol: String,
    },
}

/// What leaving has taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Prefixes of our own.
    pub retracted: usize,
    /// Routes in the kernel.
    pub removed: usize,
}

impl<K: Kernel> Agent<K> {
    /// Takes up what an earlier run left, and starts. `now` must never run backwards.
    pub fn start(
        mut kernel: K,
        config: Config,
        saved: State,
        mut random: Random,
        now: Instant,
    ) -> Result<Self, StartError> {
        let mut fib = Fib::new(place(&config), config.tables());
        refuse_twin(&fib, place(&config), &mut kernel)?;
        let router_id = router_id(&config, &saved, &mut random);
        let core = Router::new(
            RouterConfig {
                router_id,
                seqno: saved.seqno.unwrap_or_else(|| Seqno(random.next_u16())),
                filters: config.filters.clone(),
                limits: Limits::default(),
                smoothing_half_life: config.general.smoothing_half_life,
                seed: random.next(),
                entropy: random.entropy(),
            },
            now,
        );
        let adopted = fib.adopt(&mut kernel)?;
        let mut agent = Self {
            kernel,
            config,
            core,
            interfaces: Interfaces::default(),
            redistribution: Redistribution::default(),
            leases: Leases::default(),
            fib,
            rules: None,
            sysctls: None,
            sharing: Sharing::default(),
            hush: Hush::default(),
            stations: Stations::default(),
            resync: Resync::default(),
            state: saved,
            random,
            journal: Journal::new(now),
            counters: AgentCounters::default(),
            effects: VecDeque::new(),
            started: now,
            config_error: None,
            leaving: None,
            renamed: None,
            double: None,
        };
        if !adopted.is_empty() {
            let count = adopted.len();
            agent.journal.decision(
                now,
                format_args!("took over {count} routes that were in the kernel"),
            );
        }
        let remembered = agent.state.neighbours.clone();
        agent.core.handle_remembered(remembered, now);
        for route in adopted {
            agent.core.handle_adopted(route.prefix, route.next_hop, now);
        }
        agent.read_tables(
            Tables {
                fib: false,
                ..Tables::ALL
            },
            now,
        );
        agent.follow(now);
        agent.drain(now);
        Ok(agent)
    }

    /// The next thing to do outside; drain to `None` after every `handle_*`.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Agent::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.core.poll_timeout(),
            self.resync.due(),
            self.leases.next_expiry(),
            self.fib.next_retry(),
            self.leaving.is_none().then(|| self.hush.next_look()),
            self.leaving.is_none().then(|| self.stations.next_look()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The protocol core.
    pub fn core(&self) -> &Router {
        &self.core
    }

    /// The configuration that holds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Notes why the configuration file is not the one that holds, for whoever asks.
    pub fn set_config_error(&mut self, error: Option<String>) {
        self.config_error = error;
    }

    /// Why the configuration file is not the one that holds.
    pub fn config_error(&self) -> Option<&str> {
        self.config_error.as_deref()
    }

    /// The interfaces.
    pub fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// What we announce.
    pub fn redistribution(&self) -> &Redistribution {
        &self.redistribution
    }

    /// The leases.
    pub fn leases(&self) -> &Leases {
        &self.leases
    }

    /// The kernel's routes of ours.
    pub fn fib(&self) -> &Fib {
        &self.fib
    }

    /// What happened between core and kernel.
    pub fn counters(&self) -> &AgentCounters {
        &self.counters
    }

    /// The log.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// How many log messages were left out.
    pub fn suppressed_messages(&self) -> u64 {
        self.journal.suppressed()
    }

    /// When the agent was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The kernel, for tests to look at and to change.
    pub fn kernel(&mut self) -> &mut K {
        &mut self.kernel
    }
}

pub(super) fn place(config: &Config) -> Place {
    Place {
        table: config.general.table,
        metric: config.general.metric,
    }
}

fn router_id(config: &Config, saved: &State, random: &mut Random) -> RouterId {
    config
        .general
        .router_id
        .or(saved.router_id)
        .unwrap_or_else(|| random.router_id())
}

pub(super) fn refuse_twin(
    fib: &Fib,
    place: Place,
    kernel: &mut impl Kernel,
) -> Result<(), StartError> {
    match fib.foreign_twin(kernel)? {
        None => Ok(()),
        Some(route) => Err(StartError::MetricTaken {
            table: table_name(place.table),
            metric: place.metric,
            destination: route.destination,
            protocol: protocol_name(route.protocol),
        }),
    }
}

fn prefix(destination: &IpPrefix) -> String {
    if destination.is_default() {
        "default".to_owned()
    } else {
        destination.to_string()
    }
}
