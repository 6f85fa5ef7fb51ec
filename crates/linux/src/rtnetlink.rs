//! The real kernel, over a netlink socket of its own.

use litemap::LiteMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::address::Address;
use crate::kernel::{Kernel, RouteChange, RuleChange};
use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::link::{Link, PROC_NET_DEV, SYSFS_NET, is_wireless, packets};
use crate::neighbour::Neighbour;
use crate::netlink::number::{
    NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELROUTE, RTM_DELRULE, RTM_GETADDR, RTM_GETLINK,
    RTM_GETNEIGH, RTM_GETROUTE, RTM_GETRULE, RTM_NEWROUTE, RTM_NEWRULE,
};
use crate::netlink::request_socket::{Request, RequestSocket};
use crate::netlink::{
    address_body, generic_body, link_body, neighbour_body, route_body, rule_body, station_body,
};
use crate::route::Route;
use crate::rule::{Family, Rule};
use crate::station::Station;
use crate::sys::number;
use crate::sysctl;

/// The real kernel. Every call waits for its answer, at most some seconds.
#[derive(Debug)]
pub struct RtNetlink {
    socket: RequestSocket,
    /// The socket for radios and the number of their family, once there was something to ask.
    radios: Option<(RequestSocket, u16)>,
}

impl RtNetlink {
    /// Opens the socket, in the network namespace of the calling thread.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            socket: RequestSocket::new(number::NETLINK_ROUTE)?,
            radios: None,
        })
    }

    /// Whether the kernel has a family of generic netlink of that name, and its number.
    pub fn generic_family(name: &str) -> Result<Option<u16>, KernelError> {
        let mut socket = RequestSocket::new(number::NETLINK_GENERIC)?;
        family(&mut socket, name)
    }
}

impl Kernel for RtNetlink {
    fn links(&mut self) -> Result<Vec<Link>, KernelError> {
        let wireless = |name: &str| is_wireless(Path::new(SYSFS_NET), name);
        let read = |payload: &[u8]| link_body::read(payload, wireless);
        self.socket.dump(RTM_GETLINK, &link_body::dump(), read)
    }

    fn addresses(&mut self) -> Result<Vec<Address>, KernelError> {
        self.socket
            .dump(RTM_GETADDR, &address_body::dump(), address_body::read)
    }

    fn routes(
        &mut self,
        table: Option<u32>,
        protocol: Option<u8>,
    ) -> Result<Vec<Route>, KernelError> {
        self.map_routes(table, protocol, |route| Some(*route))
    }

    fn map_routes<T>(
        &mut self,
        table: Option<u32>,
        protocol: Option<u8>,
        mut keep: impl FnMut(&Route) -> Option<T>,
    ) -> Result<Vec<T>, KernelError> {
        // Kernels without strict checks ignore the filter, so that it is applied here as well.
        let mut read = |payload: &[u8]| {
            let route = route_body::read(payload)?;
            let is_meant = table.is_none_or(|table| table == route.table)
                && protocol.is_none_or(|protocol| protocol == route.protocol);
            is_meant.then(|| keep(&route))?
        };
        let mut routes = Vec::new();
        for v4 in [true, false] {
            let request = route_body::dump(v4, table, protocol);
            match self.socket.dump(RTM_GETROUTE, &request, &mut read) {
                Ok(found) => routes.extend(found),
                // Nobody has used this table yet.
                Err(error) if table.is_some() && error.kind() == KernelErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(routes)
    }

    fn rules(&mut self) -> Result<Vec<Rule>, KernelError> {
        let mut rules = Vec::new();
        for family in Family::BOTH {
            let request = rule_body::dump(family);
            rules.extend(self.socket.dump(RTM_GETRULE, &request, rule_body::read)?);
        }
        Ok(rules)
    }

    fn neighbours(&mut self) -> Result<Vec<Neighbour>, KernelError> {
        self.socket
            .dump(RTM_GETNEIGH, &neighbour_body::dump(), neighbour_body::read)
    }

    fn stations(&mut self, index: u32) -> Result<Vec<Station>, KernelError> {
        if self.radios.is_none() {
            let mut socket = RequestSocket::new(number::NETLINK_GENERIC)?;
            let number = family(&mut socket, station_body::FAMILY)?;
            self.radios = number.map(|number| (socket, number));
        }
        let Some((socket, number)) = &mut self.radios else {
            return Ok(Vec::new());
        };
        match socket.dump(*number, &station_body::dump(index), station_body::read) {
            // A device above the radio, such as a VLAN's.
            Err(error) if error.kind() == KernelErrorKind::NoDevice => Ok(Vec::new()),
            Err(error) => {
                // The module of radios may have been loaded anew, under another number.
                self.radios = None;
                Err(error)
            }
            stations => stations,
        }
    }

    fn packets(&mut self) -> LiteMap<String, (u32, u32)> {
        // Of the network namespace of this process, as the socket is.
        fs::read_to_string(PROC_NET_DEV).map_or_else(|_| LiteMap::new(), |text| packets(&text))
    }

    fn change_routes(&mut self, changes: &[RouteChange]) -> Vec<Result<(), KernelError>> {
        let request = |change: &RouteChange| {
            let (kind, flags, body) = match change {
                RouteChange::Add(route) => (
                    RTM_NEWROUTE,
                    NLM_F_CREATE | NLM_F_EXCL,
                    route_body::set(route)?,
                ),
                RouteChange::Replace(route) => (
                    RTM_NEWROUTE,
                    NLM_F_CREATE | NLM_F_REPLACE,
                    route_body::set(route)?,
                ),
                RouteChange::Delete(route) => (RTM_DELROUTE, 0, route_body::delete(route)?),
            };
            Ok(Request { kind, flags, body })
        };
        self.socket.change(changes.iter().map(request))
    }

    fn change_rules(&mut self, changes: &[RuleChange]) -> Vec<Result<(), KernelError>> {
        let request = |change: &RuleChange| {
            let (kind, flags, rule) = match change {
                RuleChange::Add(rule) => (RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule),
                RuleChange::Delete(rule) => (RTM_DELRULE, 0, rule),
            };
            Ok(Request {
                kind,
                flags,
                body: rule_body::describe(rule)?,
            })
        };
        self.socket.change(changes.iter().map(request))
    }

    fn sysctl(&mut self, path: &str) -> Result<String, KernelError> {
        sysctl::read(path)
    }

    fn set_sysctl(&mut self, path: &str, value: &str) -> Result<(), KernelError> {
        sysctl::write(path, value)
    }
}

/// The number of a family of generic netlink.
fn family(socket: &mut RequestSocket, name: &str) -> Result<Option<u16>, KernelError> {
    let read = |payload: &[u8]| generic_body::read_family(payload, name);
    let found = socket.dump(generic_body::CONTROLLER, &generic_body::families(), read)?;
    Ok(found.first().copied())
}
