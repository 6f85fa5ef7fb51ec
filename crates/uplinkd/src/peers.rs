//! The other ends of the gateway exchange: gateways this router uses, members that use this router.
//!
//! A function of datagrams and time; the event loop has the socket.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use grange_daemon::reply::uplinkd as reply;
use grange_uplink::clock::Instant;
use grange_uplink::exchange::packet::PacketView;
use grange_uplink::exchange::{Announced, Balance, Counts, Key, Report, Role, Session};

use crate::config::Config;
use crate::ledger_file::Bytes;
use crate::tunnel_address::inner_address;

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A gateway says this, or has been silent for too long.
    Gateway(IpAddr, Option<Report>),
    /// A member's router, or a gateway, has counted this, all in all: who, the member's name or the
    /// uplink's.
    Claim(Role, String, Bytes),
}

/// All sessions.
#[derive(Debug)]
pub struct Peers {
    seed: [u8; 32],
    sessions: u64,
    /// By the address they speak from: that of the mesh, or the one inside WireGuard.
    peers: BTreeMap<(IpAddr, Role), Peer>,
    strangers: u32,
    /// What members were told of the shared uplinks last.
    states: [Announced; 2],
    heard: VecDeque<Heard>,
}

/// The other end of a session.
#[derive(Debug)]
struct Peer {
    /// The uplink's name, or the member's.
    name: String,
    /// Its mesh address.
    router: IpAddr,
    /// Whether WireGuard proves who speaks.
    proved: bool,
    key: Key,
    session: Session,
    told: Option<Report>,
    /// How this home stands by a gateway's ledger, also while that is silent.
    balance: Option<Balance>,
}

/// What this router has noted of a member, or of a gateway's tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Octets, counted here.
    pub bytes: Bytes,
    /// How the member stands by the ledger.
    pub balance: Option<Balance>,
}

impl Peers {
    /// Nobody yet; the seed is secret and new in each run.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            seed,
            sessions: 0,
            peers: BTreeMap::new(),
            strangers: 0,
            states: [Announced::default(); 2],
            heard: VecDeque::new(),
        }
    }

    /// Another configuration; sessions whose keys are the same go on.
    pub fn handle_config(&mut self, config: &Config, now: Instant) {
        let gateways = config.uplinks.iter().filter_map(|uplink| {
            let remote = uplink.remote.as_ref()?;
            let proved = remote.public_key.is_some();
            Some((
                remote.router,
                proved,
                Role::Gateway,
                &uplink.name,
                &remote.key,
            ))
        });
        let members = config
            .peers()
            .filter(|_| config.shares())
            .map(|(member, peer)| {
                let proved = peer.public_key.is_some();
                (peer.router, proved, Role::Member, &member.name, &peer.key)
            });
        let mut old = std::mem::take(&mut self.peers);
        for (router, proved, role, name, key) in gateways.chain(members) {
            let address = if proved {
                inner_address(router)
            } else {
                router
            };
            let place = (address, role);
            let kept = old.remove(&place).filter(|peer| peer.key == *key);
            let mut peer = kept.unwrap_or_else(|| {
                self.sessions += 1;
                let own = match place.1 {
                    Role::Gateway => Role::Member,
                    Role::Member => Role::Gateway,
                };
                Peer {
                    name: String::new(),
                    router,
                    proved,
                    key: key.clone(),
                    session: Session::new(own, key.clone(), self.fresh_seed(), now),
                    told: None,
                    balance: None,
                }
            });
            peer.name.clone_from(name);
            self.peers.insert(place, peer);
        }
    }

    /// A datagram from a mesh address.
    pub fn handle_datagram(&mut self, from: IpAddr, octets: &[u8], now: Instant) {
        let role = PacketView::new(octets).map(|view| view.role());
        let place = role.map(|role| (from.to_canonical(), role));
        let peer = place.ok().and_then(|place| {
            let peer = self.peers.get_mut(&place)?;
            Some((place, peer))
        });
        let Some((place, peer)) = peer else {
            self.strangers = self.strangers.saturating_add(1);
            return;
        };
        if let Err(refusal) = peer.session.handle_datagram(octets, now) {
            log::debug!("{} ({from}): {refusal}", peer.name);
        }
        peer.tell(place.1, now, &mut self.heard);
    }

    /// What this router has to tell its members, and to each of them what it has noted; and to each
    /// gateway what it has counted of that tunnel. Only other states are told at once: until something is to be
    /// sent, nothing else is looked up.
    pub fn handle_own(
        &mut self,
        report: &Report,
        noted_of: impl Fn(Role, &str) -> Noted,
        now: Instant,
    ) {
        let is_due = self.poll_timeout().is_some_and(|at| at <= now);
        if report.states == self.states && !is_due {
            return;
        }
        self.states = report.states;
        for ((_, role), peer) in &mut self.peers {
            let Noted { bytes, balance } = noted_of(*role, &peer.name);
            let mut own = match role {
                Role::Member => report.clone(),
                Role::Gateway => Report::default(),
            };
            own.bytes_up = bytes.up;
            own.bytes_down = bytes.down;
            own.balance = balance;
            peer.session.handle_own_report(own, now);
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        for ((_, role), peer) in &mut self.peers {
            peer.session.handle_timeout(now);
            peer.tell(*role, now, &mut self.heard);
        }
    }

    /// A datagram and where it goes.
    pub fn poll_output(&mut self) -> Option<(IpAddr, Vec<u8>)> {
        self.peers.iter_mut().find_map(|((address, _), peer)| {
            let datagram = peer.session.poll_output()?;
            Some((*address, datagram))
        })
    }

    /// What was heard.
    pub fn poll_heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    /// When [`Peers::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let sessions = self.peers.values();
        let times = sessions.flat_map(|peer| {
            let stale = peer.session.stale_at().filter(|_| peer.told.is_some());
            [peer.session.poll_timeout(), stale]
        });
        times.flatten().min()
    }

    /// The other ends, whether they answer, and what came from them.
    pub fn rows(&self, now: Instant) -> impl Iterator<Item = reply::Neighbour> {
        self.peers.iter().map(move |((_, role), peer)| {
            let counts = peer.session.counts();
            reply::Neighbour {
                name: peer.name.clone(),
                role: match role {
                    Role::Gateway => "gateway",
                    Role::Member => "member",
                }
                .to_owned(),
                router: peer.router.to_string(),
                wireguard: peer.proved,
                answers: peer.session.report(now).is_some(),
                accepted: counts.accepted,
                malformed: counts.malformed,
                unauthentic: counts.unauthentic,
                replayed: counts.replayed,
                absurd: counts.absurd,
            }
        })
    }

    /// How this home stands by the ledger of the gateway of an uplink, as it was told last.
    pub fn balance(&self, uplink: &str) -> Option<Balance> {
        let mut gateways = self
            .peers
            .iter()
            .filter(|((_, role), _)| *role == Role::Gateway);
        let (_, peer) = gateways.find(|(_, peer)| peer.name == uplink)?;
        peer.balance
    }

    /// Datagrams that were refused, from whomever they came.
    pub fn refused(&self) -> u32 {
        let peers = self.peers.values().map(|peer| peer.session.counts());
        let refused = peers.flat_map(|counts| {
            let Counts {
                malformed,
                unauthentic,
                replayed,
                absurd,
                ..
            } = counts;
            [malformed, unauthentic, replayed, absurd]
        });
        refused.fold(self.strangers, u32::saturating_add)
    }

    /// Datagrams from addresses that are nobody's, and what is no datagram of the exchange.
    pub const fn strangers(&self) -> u32 {
        self.strangers
    }

    /// No two sessions have the same: their challenges must differ.
    fn fresh_seed(&self) -> [u8; 32] {
        let mut seed = self.seed;
        for (octet, number) in seed.iter_mut().zip(self.sessions.to_be_bytes()) {
            *octet ^= number;
        }
        seed
    }
}

impl Peer {
    /// Tells what it says now, if that is something else than before.
    fn tell(&mut self, role: Role, now: Instant, heard: &mut VecDeque<Heard>) {
        let report = self.session.report(now);
        if report == self.told.as_ref() {
            return;
        }
        self.told = report.cloned();
        if role == Role::Gateway {
            heard.push_back(Heard::Gateway(self.router, self.told.clone()));
        }
        if let Some(report) = &self.told {
            self.balance = report.balance;
            let bytes = Bytes {
                up: report.bytes_up,
                down: report.bytes_down,
            };
            heard.push_back(Heard::Claim(role, self.name.clone(), bytes));
        }
    }
}

#[cfg(test)]
mod tests;
