//! What the loop does for neighbours: tunnels, the exchange, the lease.

use std::io;
use std::net::UdpSocket;

use grange_daemon::client::ClientError;
use grange_linux::{Family, Interest, VxlanControl};
use grange_uplink::exchange::Role;
use grange_uplink::exchange::packet::LONGEST;

use crate::date::Date;
use crate::ledger_file::{Bytes, DEVICE};
use crate::nft;
use crate::peers::{Heard, Noted};
use crate::run::{AGAIN, Daemon, EXCHANGE, now};
use crate::tunnel;
use crate::tunnel_table::{self, EXCHANGE_PORT};

/// Datagrams that are read in one turn.
const TURN: usize = 64;

impl Daemon<'_> {
    /// Makes tunnels, their table and their sessions what the configuration wants.
    pub(super) fn make_tunnels(&mut self) {
        let config = self.agent.config();
        let tunnels = tunnel::wanted(config);
        let table = tunnel_table::text(config);
        self.peers.handle_config(config, now());
        if tunnels.is_empty() && !self.has_tunnels {
            return;
        }
        // The table first: no packet may come through a tunnel that nobody guards.
        if let Err(error) = nft::apply(&table) {
            log::error!("no tunnels are made: {error}");
            return;
        }
        self.has_tunnels = !tunnels.is_empty();
        let made = VxlanControl::new()
            .map_err(|error| error.to_string())
            .and_then(|mut control| {
                tunnel::reconcile(&mut control, &tunnels).map_err(|error| error.to_string())
            });
        if let Err(error) = made {
            self.trouble(
                "tunnels",
                format_args!("tunnels cannot be made (is kmod-vxlan installed?): {error}"),
            );
            self.remake.get_or_insert_with(|| now() + AGAIN);
        }
        self.open_exchange();
    }

    /// Takes tunnels and their table away.
    pub(super) fn remove_tunnels(&mut self) {
        if let Ok(mut control) = VxlanControl::new()
            && let Err(error) = tunnel::reconcile(&mut control, &[])
        {
            self.trouble("tunnels", format_args!("a tunnel stays: {error}"));
        }
        let _ = nft::apply(&tunnel_table::removal());
        self.has_tunnels = false;
        self.follow_lease([false; 2]);
    }

    /// Reads what has come from other routers.
    pub(super) fn hear_peers(&mut self) {
        let mut buffer = [0; LONGEST + 1];
        for _ in 0..TURN {
            let Some(socket) = &self.exchange else {
                return;
            };
            match socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    let octets = buffer.get(..length).unwrap_or(&[]);
                    self.peers.handle_datagram(from.ip(), octets, now());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier datagram: its receiver is not up yet.
                Err(_) => {}
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
        let mut changed = false;
        while let Some(heard) = self.peers.poll_heard() {
            match heard {
                Heard::Gateway(router, report) => {
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
        while let Some((router, datagram)) = self.peers.poll_output() {
            let sent = self
                .exchange
                .as_ref()
                .map(|socket| socket.send_to(&datagram, (router, EXCHANGE_PORT)));
            if let Some(Err(error)) = sent {
                log::debug!("{router} is not told: {error}");
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

    fn open_exchange(&mut self) {
        let wanted = self.agent.config().general.mesh_address;
        let bound = self.exchange.as_ref();
        let bound = bound.and_then(|socket| socket.local_addr().ok());
        if bound.map(|address| address.ip()) == wanted {
            return;
        }
        if let Some(old) = self.exchange.take() {
            let _ = self.event_loop.deregister(&old);
        }
        let Some(address) = wanted else {
            return;
        };
        let opened = UdpSocket::bind((address, EXCHANGE_PORT)).and_then(|socket| {
            socket.set_nonblocking(true)?;
            self.event_loop
                .register(&socket, EXCHANGE, Interest::Read)?;
            Ok(socket)
        });
        match opened {
            Ok(socket) => self.exchange = Some(socket),
            Err(error) => {
                self.trouble(
                    "exchange",
                    format_args!("cannot use the mesh address {address}: {error}"),
                );
                self.remake.get_or_insert_with(|| now() + AGAIN);
            }
        }
    }
}
