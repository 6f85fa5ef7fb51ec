//! What the tables hold, as plain values for whoever asks.

use core::net::Ipv6Addr;
use core::time::Duration;

use crate::link::{InterfaceConfig, InterfaceId, LinkAddresses, NextHop};
use crate::metric::{Cost, Metric};
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;

/// A row of the interface table (RFC 8966 §3.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceStatus<'a> {
    /// Which.
    pub id: InterfaceId,
    /// How it is configured.
    pub config: &'a InterfaceConfig,
    /// Its addresses.
    pub link: LinkAddresses,
    /// The next multicast Hello's number.
    pub hello_seqno: Seqno,
    /// How many neighbours are heard there.
    pub neighbours: usize,
    /// Packets sent there.
    pub packets_sent: u64,
    /// Octets in them.
    pub bytes_sent: u64,
    /// Packets received there.
    pub packets_received: u64,
    /// Octets in them.
    pub bytes_received: u64,
}

/// A row of the neighbour table (RFC 8966 §3.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeighbourStatus {
    /// The interface it is heard on.
    pub interface: InterfaceId,
    /// Its link-local address.
    pub address: Ipv6Addr,
    /// Multicast Hello history, the newest in the highest bit.
    pub reach: u16,
    /// Unicast Hello history, the newest in the highest bit.
    pub unicast_reach: u16,
    /// What its packets cost to receive.
    pub rxcost: Cost,
    /// What it says ours cost to receive.
    pub txcost: Cost,
    /// The link's cost.
    pub cost: Cost,
    /// How many routes it announces.
    pub routes: usize,
    /// Time since its last Hello.
    pub last_hello: Duration,
    /// Whether a probe found it dead though its Hellos have not run out.
    pub silent: bool,
    /// The smoothed round-trip time, where it is measured and known (RFC 9616).
    pub rtt: Option<Duration>,
    /// What it adds to the cost.
    pub rtt_penalty: u16,
    /// The names of the keys that its last packet was signed with, none where it was not authentic;
    /// `None` where the interface has no keys.
    pub signed_with: Option<Vec<String>>,
}

/// A row of the route table (RFC 8966 §3.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteStatus {
    /// The destination.
    pub prefix: Prefix,
    /// The originator.
    pub router_id: RouterId,
    /// The neighbour's address who announced it.
    pub neighbour: Ipv6Addr,
    /// Where packets go.
    pub next_hop: NextHop,
    /// The metric here.
    pub metric: Metric,
    /// The same, smoothed over time.
    pub smoothed_metric: Metric,
    /// The metric the neighbour announced.
    pub refmetric: Metric,
    /// The seqno it announced.
    pub seqno: Seqno,
    /// Time since it was learnt.
    pub age: Duration,
    /// Time until it expires.
    pub expires_in: Duration,
    /// Whether it obeys the feasibility condition.
    pub feasible: bool,
    /// Whether it is the one used and announced.
    pub selected: bool,
    /// Whether it is in the kernel.
    pub installed: bool,
    /// Whether it was found in the kernel at the start and not yet confirmed by a newer seqno.
    pub adopted: bool,
}

/// A prefix originated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginStatus {
    /// The destination.
    pub prefix: Prefix,
    /// The metric it is announced with.
    pub metric: Metric,
}

/// A row of the source table (RFC 8966 §3.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// The destination.
    pub prefix: Prefix,
    /// The originator.
    pub router_id: RouterId,
    /// The feasibility distance's seqno.
    pub seqno: Seqno,
    /// The feasibility distance's metric.
    pub metric: Metric,
    /// Time until it is forgotten.
    pub expires_in: Duration,
}
