//! Carries out a plan: cables, addresses, static routes, kernel switches.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;

use rtnetlink::packet_route::link::{InfoData, InfoVeth};
use rtnetlink::packet_route::route::RouteProtocol;
use rtnetlink::{
    Handle, LinkBridge, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder,
};

use crate::namespace::Namespace;
use crate::netlink::{NetlinkError, index_of, refused, within};
use crate::plan::{Interface, Node, Plan, Role, StaticRoute};

/// Sets the kernel's switches of a node's namespace; to be done before it has interfaces.
///
/// `fast` skips duplicate address detection, which keeps addresses unusable for a second or two.
pub fn set_switches(namespace: &Namespace, node: &Node, fast: bool) -> Result<(), NetlinkError> {
    let forwards = if node.forwards() { "1" } else { "0" };
    let accept_dad = if fast { "0" } else { "1" };
    // A switch says nothing of its own.
    let disable_ipv6 = if node.role == Role::Switch { "1" } else { "0" };
    let switches = [
        ("ipv4/ip_forward", forwards),
        ("ipv6/conf/all/forwarding", forwards),
        ("ipv6/conf/default/forwarding", forwards),
        // A namespace may inherit strict checks from the machine, and then drops what comes in by
        // another link than the answer would take: quite normal in a mesh.
        ("ipv4/conf/all/rp_filter", "0"),
        ("ipv4/conf/default/rp_filter", "0"),
        ("ipv6/conf/all/accept_ra", "0"),
        ("ipv6/conf/default/accept_ra", "0"),
        ("ipv6/conf/all/accept_dad", accept_dad),
        ("ipv6/conf/default/accept_dad", accept_dad),
        ("ipv6/conf/all/disable_ipv6", disable_ipv6),
        ("ipv6/conf/default/disable_ipv6", disable_ipv6),
        ("ipv4/ping_group_range", "0 2147483647"),
    ];
    let failed = namespace.enter(|| {
        switches.into_iter().find_map(|(path, value)| {
            fs::write(format!("/proc/sys/net/{path}"), value)
                .err()
                .map(|error| (path, error))
        })
    })?;
    match failed {
        None => Ok(()),
        Some((path, error)) => {
            let namespace = namespace.name();
            let what = format!("set {path} in {namespace}: {error}");
            Err(refused(what)(rtnetlink::Error::RequestFailed))
        }
    }
}

/// Lays the cables whose first end is at this node, straight between the two namespaces.
pub fn lay_cables(plan: &Plan, namespaces: &[Namespace], node: usize) -> Result<(), NetlinkError> {
    let own = plan
        .cables
        .iter()
        .filter(|cable| cable.ends[0].node == node);
    for cable in own {
        let [near, far] = cable.ends.map(|end| Plug {
            namespace: &namespaces[end.node],
            interface: &plan.interface(end).name,
        });
        match cable.switch {
            None => lay(near, far)?,
            Some(switch) => {
                let namespace = &namespaces[switch];
                for (end, port) in [near, far].into_iter().zip(PORTS) {
                    let port = Plug {
                        namespace,
                        interface: port,
                    };
                    lay(end, port)?;
                }
                bridge(namespace)?;
            }
        }
    }
    Ok(())
}

/// The ports of a switch, and the bridge that joins them.
const PORTS: [&str; 2] = ["one", "two"];
const BRIDGE: &str = "bridge";

/// Where an end of a piece of cable goes.
#[derive(Clone, Copy)]
struct Plug<'a> {
    namespace: &'a Namespace,
    interface: &'a str,
}

fn lay(near: Plug<'_>, far: Plug<'_>) -> Result<(), NetlinkError> {
    within(near.namespace, async |handle| {
        let peer = LinkMessageBuilder::<LinkUnspec>::new()
            .name(far.interface.to_owned())
            .setns_by_fd(far.namespace.file().as_raw_fd())
            .build();
        let pair = LinkMessageBuilder::<LinkVeth>::new(near.interface, far.interface)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
            .build();
        let what = format!("lay a cable from {} to {}", near.interface, far.interface);
        handle
            .link()
            .add(pair)
            .execute()
            .await
            .map_err(refused(what))
    })
}

/// Joins the ports of a switch.
fn bridge(namespace: &Namespace) -> Result<(), NetlinkError> {
    within(namespace, async |handle| {
        let what = format!("make a bridge in {}", namespace.name());
        let message = LinkMessageBuilder::<LinkBridge>::new(BRIDGE).up().build();
        let made = handle.link().add(message).execute().await;
        made.map_err(refused(what))?;
        let bridge = index_of(&handle, BRIDGE).await?;
        for port in PORTS {
            let message = LinkUnspec::new_with_index(index_of(&handle, port).await?)
                .controller(bridge)
                .up()
                .build();
            let what = format!("plug {port} into the bridge in {}", namespace.name());
            let plugged = handle.link().set(message).execute().await;
            plugged.map_err(refused(what))?;
        }
        Ok(())
    })
}

/// Gives a node its addresses and routes and switches its interfaces on.
pub fn configure(namespace: &Namespace, node: &Node) -> Result<(), NetlinkError> {
    within(namespace, async |handle| {
        let lo = index_of(&handle, "lo").await?;
        switch(&handle, lo, "lo", true).await?;
        for cidr in &node.loopback {
            let request = handle.address().add(lo, cidr.address, cidr.plen).replace();
            request
                .execute()
                .await
                .map_err(refused(format!("add address {cidr} to lo")))?;
        }
        for interface in &node.interfaces {
            configure_interface(&handle, interface).await?;
        }
        Ok(())
    })
}

/// Switches an interface on and gives it (again) what it is to have.
pub fn plug_in(namespace: &Namespace, interface: &Interface) -> Result<(), NetlinkError> {
    within(namespace, async |handle| {
        configure_interface(&handle, interface).await
    })
}

/// Switches an interface off. The kernel forgets its IPv6 addresses and all routes over it.
pub fn unplug(namespace: &Namespace, interface: &str) -> Result<(), NetlinkError> {
    within(namespace, async |handle| {
        let index = index_of(&handle, interface).await?;
        switch(&handle, index, interface, false).await
    })
}

async fn configure_interface(handle: &Handle, interface: &Interface) -> Result<(), NetlinkError> {
    let index = index_of(handle, &interface.name).await?;
    switch(handle, index, &interface.name, true).await?;
    for cidr in &interface.addresses {
        let what = format!("add address {cidr} to {}", interface.name);
        let request = handle
            .address()
            .add(index, cidr.address, cidr.plen)
            .replace();
        request.execute().await.map_err(refused(what))?;
    }
    for route in &interface.routes {
        add_route(handle, index, route).await?;
    }
    Ok(())
}

async fn switch(handle: &Handle, index: u32, name: &str, up: bool) -> Result<(), NetlinkError> {
    let message = LinkUnspec::new_with_index(index);
    let message = if up { message.up() } else { message.down() };
    let what = format!("switch {name} {}", if up { "on" } else { "off" });
    handle
        .link()
        .set(message.build())
        .execute()
        .await
        .map_err(refused(what))
}

async fn add_route(handle: &Handle, index: u32, route: &StaticRoute) -> Result<(), NetlinkError> {
    let StaticRoute {
        destination,
        via,
        metric,
    } = *route;
    let message = match (destination.address, via) {
        (IpAddr::V4(to), IpAddr::V4(via)) => RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(to, destination.plen)
            .gateway(via)
            .output_interface(index)
            .protocol(RouteProtocol::Static)
            .priority(metric)
            .build(),
        (IpAddr::V6(to), IpAddr::V6(via)) => RouteMessageBuilder::<Ipv6Addr>::new()
            .destination_prefix(to, destination.plen)
            .gateway(via)
            .output_interface(index)
            .protocol(RouteProtocol::Static)
            .priority(metric)
            .build(),
        // A plan never mixes families.
        _ => return Ok(()),
    };
    let what = format!("add route {destination} via {via}");
    handle
        .route()
        .add(message)
        .replace()
        .execute()
        .await
        .map_err(refused(what))
}
