//! What the loop does for neighbours: tunnels, the exchange, the lease.

use std::io;
use std::net::{IpAddr, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use grange_daemon::client::ClientError;
use grange_linux::{
    Family, Interest, IpPrefix, KernelError, Token, VxlanControl, WireguardControl, WireguardKey,
    clock,
};
use grange_uplink::clock::Instant;
use grange_uplink::exchange::Role;
use grange_uplink::exchange::packet::LONGEST;

use crate::date::Date;
use crate::ledger_file::{Bytes, DEVICE};
use crate::nft;
use crate::peers::{Heard, Noted};
use crate::run::{AGAIN, Daemon, EXCHANGE, INNER_EXCHANGE, now};
use crate::tunnel::{self, Tunnel};
use crate::tunnel_address::{INNER_NETWORK, inner_address};
use crate::tunnel_table::{self, EXCHANGE_PORT};
use crate::wireguard_key;
use crate::wireguard_tunnel::{self, WireguardTunnel};

/// Datagrams that are read in one turn.
const TURN: usize = 64;
/// How exactly the hours are kept at which is shared.
const HOURS_STEP: Duration = Duration::from_secs(5);

impl Daemon<'_> {
    /// Makes tunnels, their table and their sessions what the configuration wants.
    pub(super) fn make_tunnels(&mut self) {
        let config = self.agent.config();
        let tunnels = tunnel::wanted(config);
        let proved = wireguard_tunnel::wanted(config);
        let is_empty = tunnels.is_empty() && proved.is_empty();
        let table = tunnel_table::text(config);
        self.peers.handle_config(config, now());
        if is_empty && !self.has_tunnels {
            return;
        }
        // The table first: no packet may come through a tunnel that nobody guards.
        if let Err(error) = nft::apply(&table) {
            log::error!("no tunnels are made: {error}");
            return;
        }
        self.has_tunnels = !is_empty;
        if let Err(error) = self.make_devices(&tunnels, &proved) {
            self.trouble("tunnels", format_args!("tunnels cannot be made: {error}"));
            self.remake.get_or_insert_with(|| now() + AGAIN);
        }
        let own = self.agent.config().general.mesh_address;
        let inner = own.filter(|_| !proved.is_empty()).map(inner_address);
        let (outer, old) = (self.exchange.take(), self.inner_exchange.take());
        self.exchange = self.opened(outer, EXCHANGE, own);
        self.inner_exchange = self.opened(old, INNER_EXCHANGE, inner);
    }

    /// Makes the devices of both kinds; both are tried, whatever becomes of the other.
    fn make_devices(
        &mut self,
        tunnels: &[Tunnel],
        proved: &[WireguardTunnel],
    ) -> Result<(), Trouble> {
        let mut wireguard = WireguardControl::new()?;
        wireguard_tunnel::retire(&mut wireguard, proved)?;
        let plain = VxlanControl::new().map_err(Trouble::from);
        let plain = plain.and_then(|mut control| {
            tunnel::reconcile(&mut control, tunnels).map_err(Trouble::Vxlan)
        });
        if !proved.is_empty() {
            let key = self.private_key()?;
            let made = wireguard_tunnel::reconcile(&mut wireguard, proved, &key);
            self.public_key = made.map_err(Trouble::Wireguard)?;
        }
        plain.map(drop)
    }

    /// This router's public key for WireGuard.
    pub(super) fn public_key(&mut self) -> Result<String, Trouble> {
        if self.public_key.is_none() {
            let key = self.private_key()?;
            let mut control = WireguardControl::new()?;
            let asked = wireguard_tunnel::public_key(&mut control, &key);
            self.public_key = asked.map_err(Trouble::Wireguard)?;
        }
        Ok(self
            .public_key
            .as_ref()
            .map(wireguard_key::print)
            .unwrap_or_default())
    }

    fn private_key(&self) -> Result<WireguardKey, Trouble> {
        let dir = &self.agent.config().general.state_dir;
        wireguard_key::own(dir).map_err(|source| Trouble::Key {
            path: dir.join(wireguard_key::FILE),
            source,
        })
    }

    /// Takes tunnels and their table away.
    pub(super) fn remove_tunnels(&mut self) {
        if let Ok(mut control) = VxlanControl::new()
            && let Err(error) = tunnel::reconcile(&mut control, &[])
        {
            self.trouble("tunnels", format_args!("a tunnel stays: {error}"));
        }
        let retired = WireguardControl::new()
            .map_err(Trouble::from)
            .and_then(|mut control| Ok(wireguard_tunnel::retire(&mut control, &[])?));
        if let Err(error) = retired {
            self.trouble("tunnels", format_args!("a tunnel stays: {error}"));
        }
        let _ = nft::apply(&tunnel_table::removal());
        self.has_tunnels = false;
        self.follow_lease([false; 2]);
    }

    /// Reads what has come from other routers.
    pub(super) fn hear_peers(&mut self) {
        let mut buffer = [0; LONGEST + 1];
        for socket in self.exchange.iter().chain(&self.inner_exchange) {
            for _ in 0..TURN {
                match socket.recv_from(&mut buffer) {
                    Ok((length, from)) => {
                        let octets = buffer.get(..length).unwrap_or(&[]);
                        self.peers.handle_datagram(from.ip(), octets, now());
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // An ICMP error of an earlier datagram: its receiver is not up yet.
                    Err(_) => {}
                }
            }
        }
    }

    /// Tells other routers what there is to tell, and acts on what they have said.
    pub(super) fn follow_neighbours(&mut self) {
        let time = now();
        if self.remake.is_some_and(|at| at <= time) {
            self.remake = None;
            self.make_tunnels();
            self.look();
        }
        if !self.has_tunnels {
            return;
        }
        let is_due = self.peers.poll_timeout().is_some_and(|at| at <= time);
        if let (true, Some(today)) = (is_due, Date::today()) {
            // What gateways are told.
            self.note_devices(today, |section| section.remote.is_some());
        }
        let report = self.agent.share_report();
        let (config, ledger) = (self.agent.config(), &self.ledger);
        let balances = &self.balances;
        let noted_of = |role, name: &str| match role {
            Role::Gateway => Noted {
                bytes: ledger.total(DEVICE, name),
                balance: None,
            },
            Role::Member => {
                let shared = config.shared_uplinks();
                Noted {
                    bytes: shared.map(|uplink| ledger.total(name, &uplink.name)).sum(),
                    balance: balances.get(name).copied(),
                }
            }
        };
        self.peers.handle_own(&report, noted_of, time);
        self.peers.handle_timeout(time);
        let (mut changed, mut heard_gateway) = (false, false);
        while let Some(heard) = self.peers.poll_heard() {
            match heard {
                Heard::Gateway(router, report) => {
                    heard_gateway = true;
                    changed |= self.agent.handle_gateway(router, report.as_ref(), time);
                }
                Heard::Claim(role, name, bytes) => {
                    if let Some(today) = Date::today() {
                        self.ledger.note_claim(today, role, &name, bytes);
                    }
                }
            }
        }
        if changed {
            self.look();
        }
        if heard_gateway {
            self.publish_resolvers();
        }
        while let Some((address, datagram)) = self.peers.poll_output() {
            let socket = if is_inner(address) {
                &self.inner_exchange
            } else {
                &self.exchange
            };
            let sent = socket
                .as_ref()
                .map(|socket| socket.send_to(&datagram, (address, EXCHANGE_PORT)));
            if let Some(Err(error)) = sent {
                log::debug!("{address} is not told: {error}");
            }
        }
        self.follow_lease(self.wanted_leases());
    }

    /// Looks whether members have used up what the owner gives in a month.
    pub(super) fn follow_cap(&mut self, today: Date) {
        let config = self.agent.config();
        let Some(cap) = config.share.as_ref().and_then(|share| share.cap_bytes) else {
            self.agent.handle_share_capped(false);
            return;
        };
        let month = self.ledger.month(today.month);
        let used = config.peers().flat_map(|(member, _)| {
            let shared = config.shared_uplinks();
            shared.filter_map(|uplink| month.get(&(member.name.clone(), uplink.name.clone())))
        });
        let used = used.copied().sum::<Bytes>().both();
        self.agent.handle_share_capped(used >= cap);
    }

    pub(super) fn poll_hours(&self) -> Option<Instant> {
        let share = self.agent.config().share.as_ref();
        let has_hours = share.is_some_and(|share| !share.hours.is_empty());
        has_hours.then_some(self.next_hours)
    }

    /// Looks whether it is an hour at which the owner shares. Without a clock it is none, if he has set any.
    pub(super) fn follow_hours(&mut self) {
        self.next_hours = now() + HOURS_STEP;
        let share = self.agent.config().share.as_ref();
        let hours = share.map_or_else(Vec::new, |share| share.hours.clone());
        let time = Date::today().and_then(|_| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            clock::local(i64::try_from(since.as_secs()).ok()?)
        });
        let is_open =
            time.is_some_and(|(day, minute)| hours.iter().any(|hours| hours.contains(day, minute)));
        if self
            .agent
            .handle_share_asleep(!hours.is_empty() && !is_open)
        {
            let shown: Vec<String> = hours.iter().map(ToString::to_string).collect();
            let shown = shown.join(", ");
            match time {
                _ if hours.is_empty() => log::info!("sharing begins: hours are set no more"),
                None => {
                    log::info!("nothing is shared: hours are set ({shown}), and the clock is not");
                }
                Some(_) if is_open => log::info!("sharing begins: it is within {shown}"),
                Some((_, minute)) => log::info!(
                    "sharing ends: {:02}:{:02} is not within {shown}; connections stay, new ones are refused",
                    minute / 60,
                    minute % 60
                ),
            }
        }
    }

    /// For which families a default route may be announced.
    pub(super) fn wanted_leases(&self) -> [bool; 2] {
        let share = self.agent.config().share.as_ref();
        let announce = share.is_none_or(|share| share.announce);
        Family::BOTH.map(|family| announce && self.agent.is_share_open(family))
    }

    fn follow_lease(&mut self, wanted: [bool; 2]) {
        match self.lease.follow(wanted, now()) {
            // Somebody else may announce it, or nobody.
            Ok(()) | Err(ClientError::NotRunning { .. }) => {}
            Err(error) => self.trouble("lease", format_args!("no lease on the default: {error}")),
        }
    }

    /// The socket of the exchange on an address: the one that there is, if it is that.
    fn opened(
        &mut self,
        old: Option<UdpSocket>,
        token: Token,
        wanted: Option<IpAddr>,
    ) -> Option<UdpSocket> {
        let bound = old.as_ref().and_then(|socket| socket.local_addr().ok());
        if bound.map(|address| address.ip()) == wanted {
            return old;
        }
        if let Some(old) = old {
            let _ = self.event_loop.deregister(&old);
        }
        let address = wanted?;
        let opened = UdpSocket::bind((address, EXCHANGE_PORT)).and_then(|socket| {
            socket.set_nonblocking(true)?;
            self.event_loop.register(&socket, token, Interest::Read)?;
            Ok(socket)
        });
        match opened {
            Ok(socket) => Some(socket),
            Err(error) => {
                self.trouble(
                    "exchange",
                    format_args!("cannot use the address {address}: {error}"),
                );
                self.remake.get_or_insert_with(|| now() + AGAIN);
                None
            }
        }
    }
}

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// No socket, or a table that cannot be read.
    #[error(transparent)]
    Socket(#[from] io::Error),
    /// A device that is not wanted stays.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// Of the kind without keys.
    #[error("vxlan (is kmod-vxlan installed?): {0}")]
    Vxlan(KernelError),
    /// Of the kind with keys; there is no other instead.
    #[error("WireGuard (is kmod-wireguard installed?): {0}")]
    Wireguard(KernelError),
    /// The key file.
    #[error("{}: {source}", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

/// Whether an address is one inside WireGuard.
fn is_inner(address: IpAddr) -> bool {
    IpPrefix::parse(INNER_NETWORK).is_some_and(|network| network.contains(address))
}
