//! From a topology to what has to exist: nodes, their interfaces, the cables between them.
//!
//! Nothing here touches the kernel; the module `wiring` carries a plan out.

use std::net::IpAddr;

use crate::addresses::{Cidr, INTERNET_V4, INTERNET_V6, RouterAddresses, UplinkAddresses};
use crate::topology::graph::{Link, Topology};
use crate::topology::name::NodeName;
use crate::topology::quantity::{Loss, Rate};

/// Everything that has to exist for a topology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Nodes: each gets a namespace. Routers first, at the positions they have in the topology.
    pub nodes: Vec<Node>,
    /// Cables: each is a pair of veth interfaces.
    pub cables: Vec<Cable>,
}

/// A namespace and what is in it, apart from daemons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: NodeName,
    /// What it is.
    pub role: Role,
    /// Addresses on `lo`.
    pub loopback: Vec<Cidr>,
    /// Interfaces; each is an end of one cable.
    pub interfaces: Vec<Interface>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The router at this position of the topology.
    Router(usize),
    /// The laptop in the home of the router at this position.
    Laptop(usize),
    /// The provider of the uplink at this position.
    Provider(usize),
    /// The rest of the world.
    Internet,
    /// The switch in the middle of a cable. Its bridge and ports are no [`Node::interfaces`].
    Switch,
}

/// An interface with what netifd (or a laptop's DHCP client) would have given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name, at most 15 bytes.
    pub name: String,
    /// Its addresses besides the link-local one.
    pub addresses: Vec<Cidr>,
    /// Static routes out of it, in table `main`.
    pub routes: Vec<StaticRoute>,
    /// What arrives here is dropped with this probability.
    pub loss: Option<Loss>,
    /// What leaves here is limited to this rate.
    pub rate: Option<Rate>,
    /// Whether traffic that leaves here gets this interface's address (a home's `wan`).
    pub masquerade: bool,
}

/// A static route (`proto static`, as netifd and people write them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaticRoute {
    /// To where.
    pub destination: Cidr,
    /// By way of.
    pub via: IpAddr,
    /// The route's priority; 0 leaves it to the kernel (0 for IPv4, 1024 for IPv6).
    pub metric: u32,
}

/// A cable between two interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cable {
    /// Both ends: position in [`Plan::nodes`] and there in [`Node::interfaces`].
    pub ends: [End; 2],
    /// What the cable is for.
    pub kind: CableKind,
    /// Position in [`Plan::nodes`] of the switch in its middle.
    pub switch: Option<usize>,
}

/// One end of a cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Position in [`Plan::nodes`].
    pub node: usize,
    /// Position in [`Node::interfaces`].
    pub interface: usize,
}

/// What a cable is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CableKind {
    /// Between two routers.
    Mesh,
    /// Between a router and its laptop.
    Home,
    /// Between a router and its provider.
    Uplink,
    /// Between a provider and the internet.
    Backbone,
}

impl Plan {
    /// Works out the plan of a topology.
    pub fn new(topology: &Topology) -> Self {
        let mut plan = Self {
            nodes: Vec::new(),
            cables: Vec::new(),
        };
        for (position, router) in topology.routers.iter().enumerate() {
            let own = RouterAddresses::new(position);
            let loopback = vec![Cidr::v4(own.mesh_v4(), 32), Cidr::v6(own.mesh_v6(), 128)];
            plan.add(router.name.clone(), Role::Router(position), loopback);
        }
        for link in &topology.links {
            plan.mesh_link(topology, link);
        }
        plan.homes(topology);
        plan.uplinks(topology);
        plan
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name.as_str() == name)
    }

    /// The interface at this end of a cable.
    pub fn interface(&self, end: End) -> &Interface {
        &self.nodes[end.node].interfaces[end.interface]
    }

    /// The cables between two nodes.
    pub fn cables_between(&self, a: &str, b: &str) -> Vec<Cable> {
        let joins = |cable: &&Cable| {
            let [x, y] = cable.ends.map(|end| self.nodes[end.node].name.as_str());
            (x, y) == (a, b) || (x, y) == (b, a)
        };
        self.cables.iter().filter(joins).copied().collect()
    }

    fn add(&mut self, name: NodeName, role: Role, loopback: Vec<Cidr>) -> usize {
        self.nodes.push(Node {
            name,
            role,
            loopback,
            interfaces: Vec::new(),
        });
        self.nodes.len() - 1
    }

    fn connect(&mut self, kind: CableKind, ends: [(usize, Interface); 2]) {
        let ends = ends.map(|(node, interface)| {
            let interfaces = &mut self.nodes[node].interfaces;
            interfaces.push(interface);
            End {
                node,
                interface: interfaces.len() - 1,
            }
        });
        self.cables.push(Cable {
            ends,
            kind,
            switch: None,
        });
    }

    fn mesh_link(&mut self, topology: &Topology, link: &Link) {
        let [a, b] = link.ends;
        let end = |router: usize, peer: usize| {
            let own = RouterAddresses::new(router).mesh_v4();
            let mut interface = plain(mesh_interface(&topology.routers[peer].name));
            interface.loss = link.loss;
            interface.rate = link.rate;
            if !link.without_ipv4 {
                interface.addresses.push(Cidr::v4(own, 32));
            }
            (router, interface)
        };
        self.connect(CableKind::Mesh, [end(a, b), end(b, a)]);
        if link.switched {
            let [a, b] = link.ends.map(|router| &topology.routers[router].name);
            let switch = self.add(a.switch(b), Role::Switch, Vec::new());
            if let Some(cable) = self.cables.last_mut() {
                cable.switch = Some(switch);
            }
        }
    }

    fn homes(&mut self, topology: &Topology) {
        for (position, router) in topology.routers.iter().enumerate() {
            if !router.laptop {
                continue;
            }
            let own = RouterAddresses::new(position);
            let laptop = self.add(router.name.laptop(), Role::Laptop(position), Vec::new());
            let mut lan = plain("lan".to_owned());
            lan.addresses = own.lan().to_vec();
            let mut card = plain("eth0".to_owned());
            card.addresses = own.laptop().to_vec();
            card.routes = defaults(own.lan(), 0);
            self.connect(CableKind::Home, [(position, lan), (laptop, card)]);
        }
    }

    fn uplinks(&mut self, topology: &Topology) {
        if topology.uplinks.is_empty() {
            return;
        }
        let loopback = vec![Cidr::v4(INTERNET_V4, 32), Cidr::v6(INTERNET_V6, 128)];
        let internet = self.add(NodeName::internet(), Role::Internet, loopback);
        let mut used = vec![0; topology.routers.len()];
        for (position, uplink) in topology.uplinks.iter().enumerate() {
            let own = UplinkAddresses::new(position);
            let provider = self.add(
                uplink.provider.clone(),
                Role::Provider(position),
                Vec::new(),
            );
            let mut wan = plain(wan_interface(used[uplink.router]));
            wan.addresses = own.wan().to_vec();
            wan.rate = uplink.rate;
            wan.masquerade = true;
            // netifd gives a second uplink a metric of its own, or one default replaces the other.
            wan.routes = defaults(own.provider(), 10 * used[uplink.router]);
            used[uplink.router] += 1;
            let mut line = plain("line".to_owned());
            line.addresses = own.provider().to_vec();
            line.rate = uplink.rate;
            line.routes = vec![route(own.delegated(), own.wan())];
            self.connect(CableKind::Uplink, [(uplink.router, wan), (provider, line)]);

            let mut up = plain("up".to_owned());
            up.addresses = own.upstream().to_vec();
            up.routes = defaults(own.internet(), 0);
            let mut down = plain(uplink.provider.as_str().chars().take(15).collect());
            down.addresses = own.internet().to_vec();
            down.routes = back_to(own);
            self.connect(CableKind::Backbone, [(provider, up), (internet, down)]);
        }
    }
}

impl Node {
    /// Whether it passes packets on.
    pub fn forwards(&self) -> bool {
        !matches!(self.role, Role::Laptop(_) | Role::Switch)
    }
}

/// Name of a router's interface towards a neighbour.
pub fn mesh_interface(peer: &NodeName) -> String {
    format!("mesh-{peer}")
}

/// The neighbour behind an interface: the inverse of [`mesh_interface`].
pub fn peer_of(interface: &str) -> &str {
    interface.strip_prefix("mesh-").unwrap_or(interface)
}

/// Name of a router's interface towards its provider: `wan`, then `wan2`.
pub fn wan_interface(uplinks_before: u32) -> String {
    match uplinks_before {
        0 => "wan".to_owned(),
        n => format!("wan{}", n + 1),
    }
}

fn plain(name: String) -> Interface {
    Interface {
        name,
        addresses: Vec::new(),
        routes: Vec::new(),
        loss: None,
        rate: None,
        masquerade: false,
    }
}

fn defaults(gateway: [Cidr; 2], metric: u32) -> Vec<StaticRoute> {
    let default = |gateway: Cidr| {
        let any = if gateway.is_v4() {
            IpAddr::from([0_u8; 4])
        } else {
            IpAddr::from([0_u16; 8])
        };
        StaticRoute {
            destination: Cidr {
                address: any,
                plen: 0,
            },
            via: gateway.address,
            metric,
        }
    };
    gateway.map(default).to_vec()
}

/// The internet's routes to the home's end of an uplink, by way of the provider.
fn back_to(own: UplinkAddresses) -> Vec<StaticRoute> {
    let towards = own.provider().into_iter().chain([own.delegated()]);
    towards
        .map(|line| route(network(line), own.upstream()))
        .collect()
}

/// A route by whichever of the two gateways is of its family.
fn route(destination: Cidr, gateways: [Cidr; 2]) -> StaticRoute {
    let [v4, v6] = gateways;
    StaticRoute {
        destination,
        via: if destination.is_v4() { v4 } else { v6 }.address,
        metric: 0,
    }
}

fn network(cidr: Cidr) -> Cidr {
    let address = match cidr.address {
        IpAddr::V4(a) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(cidr.plen)).unwrap_or(0);
            IpAddr::from((u32::from(a) & mask).to_be_bytes())
        }
        IpAddr::V6(a) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(cidr.plen))
                .unwrap_or(0);
            IpAddr::from((u128::from(a) & mask).to_be_bytes())
        }
    };
    Cidr {
        address,
        plen: cidr.plen,
    }
}

#[cfg(test)]
mod tests;
