//! A router of the neighbourhood: a namespace and the shipped routing agent in it.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

use crate::daemon::Daemon;
use crate::namespace::Namespace;
use crate::netlink::Netlink;

/// Announces its own address and whatever static routes it has in fd42::/16.
const CONFIG: &str = "\
config interface
\tlist ifname 'mesh-*'
\toption type 'wired'

config filter
\toption type 'redistribute'
\toption local '1'
\toption ip 'fd43::/16'

config filter
\toption type 'redistribute'
\toption proto 'static'
\toption ip 'fd42::/16'
";

pub(crate) struct Router {
    pub(crate) number: u8,
    pub(crate) namespace: Namespace,
    daemon: Option<Daemon>,
}

impl Router {
    pub(crate) fn new(number: u8) -> io::Result<Self> {
        let namespace = Namespace::new()?;
        let address = Self::address(number);
        namespace.run(move || {
            let netlink = Netlink::open()?;
            netlink.set_up("lo", true)?;
            netlink.add_address(address.into())
        })?;
        Ok(Self {
            number,
            namespace,
            daemon: None,
        })
    }

    pub(crate) fn start(&mut self, programs: &Path, work: &Path) -> io::Result<()> {
        let folder = work.join(format!("r{}", self.number));
        let daemon = Daemon::start(&self.namespace, "grange-routed", programs, &folder, CONFIG)?;
        self.daemon = Some(daemon);
        Ok(())
    }

    pub(crate) fn daemon(&self) -> io::Result<&Daemon> {
        self.daemon
            .as_ref()
            .ok_or_else(|| io::Error::other("the daemon is not running"))
    }

    /// Takes it out, for its end.
    pub(crate) fn take_daemon(&mut self) -> io::Result<Daemon> {
        self.daemon
            .take()
            .ok_or_else(|| io::Error::other("the daemon is not running"))
    }

    /// The mesh address of a router.
    pub(crate) fn address(number: u8) -> Ipv6Addr {
        Ipv6Addr::new(0xfd43, 0, 0, 0, 0, 0, 0, number.into())
    }

    /// Packets that an interface has sent.
    pub(crate) fn sent(&self, interface: &str) -> io::Result<u64> {
        let interface = interface.to_owned();
        self.namespace.run(move || {
            fs::read_to_string("/proc/thread-self/net/dev")?
                .lines()
                .find_map(|line| {
                    let (name, counters) = line.split_once(':')?;
                    (name.trim() == interface)
                        .then(|| counters.split_whitespace().nth(9)?.parse().ok())?
                })
                .ok_or_else(|| io::Error::other("no such interface in /proc/net/dev"))
        })
    }

    /// How many of the thousand routes its kernel has, in whichever table.
    pub(crate) fn foreign_routes(&self) -> io::Result<usize> {
        self.namespace.run(|| {
            Ok(fs::read_to_string("/proc/thread-self/net/ipv6_route")?
                .lines()
                .filter(|line| line.starts_with("fd42"))
                .count())
        })
    }

    /// Adds or removes static routes.
    pub(crate) fn change_routes(&self, count: u16, add: bool) -> io::Result<()> {
        self.namespace.run(move || {
            let netlink = Netlink::open()?;
            for number in 0..count {
                let address = Ipv6Addr::new(0xfd42, 0, 0, 0, 0, 0, 1, number);
                netlink.change_route(IpAddr::V6(address), add)?;
            }
            Ok(())
        })
    }
}
