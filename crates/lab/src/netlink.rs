//! Asking the kernel inside a namespace for links, addresses and routes, with rtnetlink.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use futures_util::TryStreamExt;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::link::LinkAttribute;
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteMessage, RouteType, RouteVia,
};
use rtnetlink::{Handle, RouteMessageBuilder, new_connection};

use crate::addresses::Cidr;
use crate::namespace::{Namespace, NamespaceError};

/// A request to the kernel failed.
#[derive(Debug, thiserror::Error)]
pub enum NetlinkError {
    /// The namespace cannot be entered.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// No socket or no runtime.
    #[error("cannot open a netlink socket")]
    Socket(#[source] std::io::Error),
    /// The kernel refused.
    #[error("the kernel refuses to {what}")]
    Refused {
        /// What was asked for.
        what: String,
        /// Its answer.
        #[source]
        source: rtnetlink::Error,
    },
}

/// A unicast, unreachable, prohibit or blackhole route of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelRoute {
    /// Table: 254 is `main`, 42 is Grange's.
    pub table: u32,
    /// To where.
    pub destination: Cidr,
    /// Who installed it (rtnetlink's `RTPROT_*`: 4 static, 12 bird, 42 babel).
    pub protocol: u8,
    /// Its priority.
    pub metric: u32,
    /// Next hop, of either family.
    pub via: Option<IpAddr>,
    /// Outgoing interface.
    pub interface: Option<String>,
    /// False for unreachable, prohibit and blackhole.
    pub reachable: bool,
}

impl KernelRoute {
    /// Installed by a daemon that speaks Babel.
    pub fn is_babel(&self) -> bool {
        matches!(self.protocol, 12 | 42)
    }
}

/// Runs `work` with a netlink connection inside the namespace.
pub fn within<T, F>(
    namespace: &Namespace,
    work: impl FnOnce(Handle) -> F + Send,
) -> Result<T, NetlinkError>
where
    T: Send,
    F: Future<Output = Result<T, NetlinkError>>,
{
    namespace.enter(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .map_err(NetlinkError::Socket)?;
        runtime.block_on(async {
            let (connection, handle, _) = new_connection().map_err(NetlinkError::Socket)?;
            tokio::spawn(connection);
            work(handle).await
        })
    })?
}

/// Puts a name on what the kernel refused.
pub fn refused(what: impl Into<String>) -> impl FnOnce(rtnetlink::Error) -> NetlinkError {
    move |source| NetlinkError::Refused {
        what: what.into(),
        source,
    }
}

/// The index of an interface in the namespace that the handle is in.
pub async fn index_of(handle: &Handle, name: &str) -> Result<u32, NetlinkError> {
    let mut links = handle.link().get().match_name(name.to_owned()).execute();
    let what = || format!("find interface {name}");
    match links.try_next().await.map_err(refused(what()))? {
        Some(link) => Ok(link.header.index),
        None => Err(refused(what())(rtnetlink::Error::RequestFailed)),
    }
}

/// All routes of both families except those of table `local` and the kernel's own of multicast
/// and link-local prefixes.
pub fn routes(namespace: &Namespace) -> Result<Vec<KernelRoute>, NetlinkError> {
    within(namespace, async |handle| {
        let names = interface_names(&handle).await?;
        let mut routes = Vec::new();
        for any in [
            RouteMessageBuilder::<Ipv4Addr>::new().build(),
            RouteMessageBuilder::<Ipv6Addr>::new().build(),
        ] {
            let mut dump = handle.route().get(any).execute();
            while let Some(message) = dump.try_next().await.map_err(refused("list routes"))? {
                routes.extend(kernel_route(message, &names));
            }
        }
        Ok(routes)
    })
}

async fn interface_names(handle: &Handle) -> Result<BTreeMap<u32, String>, NetlinkError> {
    let mut names = BTreeMap::new();
    let mut links = handle.link().get().execute();
    while let Some(link) = links.try_next().await.map_err(refused("list interfaces"))? {
        let name = link
            .attributes
            .into_iter()
            .find_map(|attribute| match attribute {
                LinkAttribute::IfName(name) => Some(name),
                _ => None,
            });
        names.extend(name.map(|name| (link.header.index, name)));
    }
    Ok(names)
}

fn kernel_route(message: RouteMessage, names: &BTreeMap<u32, String>) -> Option<KernelRoute> {
    let header = message.header;
    let reachable = match header.kind {
        RouteType::Unicast => true,
        RouteType::Unreachable | RouteType::Prohibit | RouteType::BlackHole => false,
        _ => return None,
    };
    let any = match header.address_family {
        AddressFamily::Inet => IpAddr::from([0_u8; 4]),
        _ => IpAddr::from([0_u16; 8]),
    };
    let mut route = KernelRoute {
        table: header.table.into(),
        destination: Cidr {
            address: any,
            plen: header.destination_prefix_length,
        },
        protocol: header.protocol.into(),
        metric: 0,
        via: None,
        interface: None,
        reachable,
    };
    for attribute in message.attributes {
        match attribute {
            RouteAttribute::Table(table) => route.table = table,
            RouteAttribute::Priority(metric) => route.metric = metric,
            RouteAttribute::Oif(index) => route.interface = names.get(&index).cloned(),
            RouteAttribute::Destination(address) => route.destination.address = ip(&address)?,
            RouteAttribute::Gateway(address) => route.via = ip(&address),
            RouteAttribute::Via(RouteVia::Inet(address)) => route.via = Some(address.into()),
            RouteAttribute::Via(RouteVia::Inet6(address)) => route.via = Some(address.into()),
            _ => {}
        }
    }
    let of_the_link = match route.destination.address {
        IpAddr::V6(address) => address.is_multicast() || address.is_unicast_link_local(),
        IpAddr::V4(_) => false,
    };
    (!of_the_link).then_some(route)
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(v4) => Some((*v4).into()),
        RouteAddress::Inet6(v6) => Some((*v6).into()),
        _ => None,
    }
}
