//! What grange-routed answers, method by method.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// The reply to `status`: the router in one page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The daemon's name, `grange-routed`.
    pub name: String,
    /// The daemon's version.
    pub version: String,
    /// This router's router-id, 8 octets with colons.
    pub router_id: String,
    /// This router's own sequence number.
    pub seqno: u16,
    /// Seconds since the daemon started.
    pub uptime_s: u64,
    /// The daemon's process id.
    pub pid: u32,
    /// The kernel table the routes go to (42, or 254 which is `main`).
    pub table: u32,
    /// Interfaces configured that exist and can be used.
    pub interfaces_up: u32,
    /// Interfaces configured.
    pub interfaces: u32,
    /// Neighbours that are heard.
    pub neighbours: u32,
    /// Routes known, selected or not.
    pub routes: u32,
    /// Routes that are in the kernel.
    pub routes_installed: u32,
    /// Prefixes this router announces as its own.
    pub xroutes: u32,
    /// Entries of the source table.
    pub sources: u32,
    /// The default route that is used, per family.
    pub default_route: PerFamily<DefaultRoute>,
    /// Whether this router announces a default route of its own, per family.
    pub sharing: PerFamily<Sharing>,
    /// The leases of this router's gateway announcements.
    pub gateways: Vec<Gateway>,
    /// What an operator should know and do something about; empty when all is well.
    pub warnings: Vec<String>,
    /// Every counter by its name; they only grow while the daemon runs.
    pub counters: BTreeMap<Cow<'static, str>, u64>,
}

/// One value for each address family; none is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PerFamily<T> {
    /// For IPv4.
    pub ipv4: Option<T>,
    /// For IPv6.
    pub ipv6: Option<T>,
}

/// A default route in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultRoute {
    /// The neighbour's address that packets are sent to.
    pub via: IpAddr,
    /// The interface they leave by.
    pub interface: String,
    /// The router that announces the default route.
    pub router_id: String,
    /// Its metric from here.
    pub metric: Option<u16>,
}

/// A default route that this router announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// The metric it is announced with.
    pub metric: u16,
}

/// What an interface is made of, as far as link costs care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// A cable: it works or it does not.
    #[default]
    Wired,
    /// Radio: packets are lost by degrees.
    Wireless,
}

/// One interface, in the reply to `interfaces`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// The kernel's name.
    pub name: String,
    /// The kernel's index; `null` while there is no such device.
    pub index: Option<u32>,
    /// Babel runs on it.
    pub up: bool,
    /// Why Babel does not run on it, in words.
    pub why_down: Option<String>,
    /// Wired or wireless.
    pub kind: LinkKind,
    /// The largest packet, octets.
    pub mtu: u16,
    /// The address that Babel sends from.
    pub link_local: Option<Ipv6Addr>,
    /// The IPv4 address that is announced as next hop; none means IPv4 via IPv6.
    pub ipv4: Option<Ipv4Addr>,
    /// The cost of receiving over it when nothing is lost.
    pub cost: u16,
    /// Milliseconds between Hellos.
    pub hello_interval_ms: u64,
    /// Milliseconds between full updates.
    pub update_interval_ms: u64,
    /// Neighbours heard on it.
    pub neighbours: u32,
    /// Babel packets sent.
    pub packets_sent: u64,
    /// Babel packets received, well formed or not.
    pub packets_received: u64,
    /// Octets of Babel packets sent.
    pub bytes_sent: u64,
    /// Octets of Babel packets received.
    pub bytes_received: u64,
}

/// How well a neighbour is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NeighbourState {
    /// Both directions work.
    Up,
    /// It is heard, but does not say that it hears us.
    #[serde(rename = "one-way")]
    #[default]
    Oneway,
    /// The kernel cannot reach it; we have asked it to answer at once.
    Suspect,
    /// Its Hellos have stopped.
    Lost,
}

/// One neighbour, in the reply to `neighbours`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its link-local address.
    pub address: Ipv6Addr,
    /// The interface it is heard on.
    pub interface: String,
    /// The last 16 multicast Hellos, newest first in the highest bit, four hexadecimal digits.
    pub reach: String,
    /// The same for unicast Hellos.
    #[serde(default)]
    pub unicast_reach: String,
    /// The cost of receiving from it; `null` is infinity.
    pub rxcost: Option<u16>,
    /// The cost of sending to it, as it says; `null` is infinity.
    pub txcost: Option<u16>,
    /// The cost of the link, computed from both; `null` is infinity.
    pub cost: Option<u16>,
    /// Routes learnt from it.
    #[serde(default)]
    pub routes: u32,
    /// Milliseconds since its last Hello.
    #[serde(default)]
    pub last_hello_ms: Option<u64>,
    /// The smoothed round-trip time in microseconds; `null` where it is not measured or not known.
    #[serde(default)]
    pub rtt_us: Option<u32>,
    /// What it adds to the cost.
    #[serde(default)]
    pub rtt_cost: Option<u16>,
    /// How well it is heard.
    #[serde(default)]
    pub state: NeighbourState,
    /// The keys that its last packet was signed with, by name; an empty list where that packet was not
    /// authentic, `null` where the interface has no keys.
    #[serde(default)]
    pub keys: Option<Vec<String>>,
}

/// One route, in the reply to `routes`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact that can hold without the others"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The destination, ADDRESS/LENGTH.
    pub prefix: String,
    /// The router that announces it.
    pub router_id: String,
    /// The next hop.
    pub via: IpAddr,
    /// The interface of the next hop.
    pub interface: String,
    /// The neighbour that told us.
    pub neighbour: Ipv6Addr,
    /// The metric from here; `null` is infinity: a retracted route.
    pub metric: Option<u16>,
    /// The metric that selection goes by; `null` is infinity.
    pub smoothed_metric: Option<u16>,
    /// The metric that the neighbour announced; `null` is infinity.
    pub refmetric: Option<u16>,
    /// The sequence number of the announcement.
    pub seqno: u16,
    /// Milliseconds since the last update.
    pub age_ms: u64,
    /// Milliseconds until it is forgotten without another update.
    pub expires_ms: Option<u64>,
    /// It may be used without risking a loop.
    pub feasible: bool,
    /// It is the one in use.
    pub selected: bool,
    /// It is in the kernel.
    pub installed: bool,
    /// It was found in the kernel at start and not confirmed yet.
    pub adopted: bool,
}

/// One prefix of our own, in the reply to `xroutes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Xroute {
    /// The prefix, ADDRESS/LENGTH.
    pub prefix: String,
    /// The metric it is announced with.
    pub metric: u16,
    /// Where it comes from, such as `kernel: static dev wan`, `local address` or `gateway lease`.
    pub from: String,
}

/// One entry of the source table, in the reply to `sources`: the best that we ever announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The prefix, ADDRESS/LENGTH.
    pub prefix: String,
    /// The router that announces it.
    pub router_id: String,
    /// The sequence number of the feasibility distance.
    pub seqno: u16,
    /// The metric of the feasibility distance.
    pub metric: Option<u16>,
    /// Milliseconds until it is forgotten unless it is confirmed.
    #[serde(default)]
    pub expires_ms: u64,
}

/// An address family, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// One gateway announcement, in the replies to `gateway show`, `gateway set` and `gateway clear`
/// (each replies with the list that holds afterwards).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// The family of the default route.
    pub family: Family,
    /// The metric it is announced with.
    pub metric: u16,
    /// Milliseconds until the lease runs out; `null` without a lease.
    pub expires_ms: Option<u64>,
    /// It is announced now.
    pub announced: bool,
}

/// The reply to `netjson`: a `NetworkGraph` of what this router knows (`NetJSON` 0.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkGraph {
    /// Always `NetworkGraph`.
    pub r#type: Cow<'static, str>,
    /// Always `babel`.
    pub protocol: Cow<'static, str>,
    /// The daemon's version.
    pub version: String,
    /// The unit of `cost`; babel's metrics have no name, so `null`.
    pub metric: Option<String>,
    /// This router's router-id.
    pub router_id: String,
    /// This router, its neighbours and the routers that announce what it knows.
    pub nodes: Vec<NetworkNode>,
    /// The links between them that this router knows.
    pub links: Vec<NetworkLink>,
}

/// A node of a [`NetworkGraph`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkNode {
    /// A router-id, or a neighbour's link-local address with its interface.
    pub id: String,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The addresses known of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_addresses: Vec<IpAddr>,
}

/// A link of a [`NetworkGraph`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkLink {
    /// The `id` of one end.
    pub source: String,
    /// The `id` of the other end.
    pub target: String,
    /// The link's cost, or the metric of the path to a router that is not a neighbour.
    pub cost: u16,
    /// What the cost is, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_text: Option<String>,
}

/// What happened to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// Something about it is different.
    Changed,
    /// It is gone.
    Removed,
}

/// The `data` of an event of kind `interface`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceEvent {
    /// What happened to it.
    pub change: Change,
    /// The kernel's name.
    pub name: String,
    /// Babel runs on it now.
    pub up: bool,
}

/// The `data` of an event of kind `neighbour`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourEvent {
    /// What happened to it.
    pub change: Change,
    /// Its link-local address.
    pub address: Ipv6Addr,
    /// The interface it is heard on.
    pub interface: String,
    /// The cost of the link now; `null` is infinity.
    pub cost: Option<u16>,
}

/// The `data` of an event of kind `route`: the selected route to a prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteEvent {
    /// What happened to it.
    pub change: Change,
    /// The destination, ADDRESS/LENGTH.
    pub prefix: String,
    /// The router that announces it; `null` when the route is gone.
    pub router_id: Option<String>,
    /// The next hop; `null` when the route is gone or unreachable.
    pub via: Option<IpAddr>,
    /// The interface of the next hop.
    pub interface: Option<String>,
    /// The metric from here; `null` is infinity.
    pub metric: Option<u16>,
}

/// The `data` of an event of kind `xroute`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct XrouteEvent {
    /// What happened to it.
    pub change: Change,
    /// The prefix, ADDRESS/LENGTH.
    pub prefix: String,
    /// The metric it is announced with.
    pub metric: u16,
}

/// The `data` of an event of kind `duplicate-router-id`: another router has ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateRouterIdEvent {
    /// The router-id of both.
    pub router_id: String,
    /// The one that this router has taken instead; `null` when it keeps the one that is configured.
    pub new_router_id: Option<String>,
    /// The link-local address of the neighbour who said so: the other router, or one on the way to it.
    pub address: Ipv6Addr,
    /// The interface it was heard on.
    pub interface: String,
    /// What the other router announces, ADDRESS/LENGTH.
    pub prefix: String,
}

/// The kinds of events that grange-routed publishes, for [`crate::control::Server::bind`].
pub const EVENT_KINDS: &[&str] = &[
    "interface",
    "neighbour",
    "route",
    "xroute",
    "duplicate-router-id",
];

/// The reply to `leave`: what was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Left {
    /// Prefixes of our own that were retracted.
    pub retracted: u32,
    /// Routes that were taken out of the kernel.
    pub removed: u32,
}

impl<T> Default for PerFamily<T> {
    fn default() -> Self {
        Self {
            ipv4: None,
            ipv6: None,
        }
    }
}

impl NetworkGraph {
    /// An empty graph as that router sees it.
    pub fn new(version: &str, router_id: String) -> Self {
        Self {
            r#type: Cow::Borrowed("NetworkGraph"),
            protocol: Cow::Borrowed("babel"),
            version: version.to_owned(),
            metric: None,
            router_id,
            nodes: Vec::new(),
            links: Vec::new(),
        }
    }
}
