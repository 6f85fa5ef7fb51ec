//! What grange-uplinkd answers, method by method.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The kinds of events.
pub const EVENT_KINDS: &[&str] = &["uplink"];

/// The reply to `status`: the uplinks in one page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The daemon's name, `grange-uplinkd`.
    pub name: String,
    /// The daemon's version.
    pub version: String,
    /// Seconds since the daemon started.
    pub uptime_s: u64,
    /// The daemon's process id.
    pub pid: u32,
    /// Where new IPv4 connections go.
    pub ipv4: InUse,
    /// Where new IPv6 connections go.
    pub ipv6: InUse,
    /// Devices that sit on an uplink, as of the last look (every five minutes, and at each move).
    pub devices: u32,
    /// Every uplink.
    pub uplinks: Vec<Uplink>,
    /// Datagrams of the gateway exchange that were refused, from whomever they came.
    pub refused_datagrams: u32,
    /// This router's public key for WireGuard, where there are such tunnels.
    pub public_key: Option<String>,
    /// What an operator should know and do something about; empty when all is well.
    pub warnings: Vec<String>,
}

/// The other end of a tunnel, in the reply to `neighbours`: a gateway that this router uses, or a member that uses
/// this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Neighbour {
    /// The name of the uplink or of the member.
    pub name: String,
    /// `gateway` or `member`.
    pub role: String,
    /// The mesh address of its router.
    pub router: String,
    /// Whether the tunnel is one of WireGuard, which proves who sends.
    pub wireguard: bool,
    /// Whether it takes part in the exchange now.
    pub answers: bool,
    /// Its datagrams that were believed.
    pub accepted: u32,
    /// Refused: not understood.
    pub malformed: u32,
    /// Refused: made without the key.
    pub unauthentic: u32,
    /// Refused: there before, sent back, or of another session.
    pub replayed: u32,
    /// Refused: authentic, but it says what cannot be.
    pub absurd: u32,
}

/// Uplinks in use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InUse {
    /// Their names; empty when none lives.
    pub uplinks: Vec<String>,
    /// None is up: these are the ones that at least answer again.
    pub makeshift: bool,
}

/// One uplink in one family.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Uplink {
    /// The section's name.
    pub name: String,
    /// Its number: table 1000 + id, mark id << 8.
    pub id: u8,
    /// `ipv4` or `ipv6`.
    pub family: String,
    /// The kernel's device.
    pub device: String,
    /// init, up, degraded, captive, down, drained or capped.
    pub state: String,
    /// Why it is so, in words.
    pub why: String,
    /// For how long, milliseconds.
    pub since_ms: u64,
    /// Its tier.
    pub tier: u8,
    /// Its weight: as configured, of a neighbour's line without one what its gateway offers.
    pub weight: u32,
    /// Its part of new connections, thousandths.
    pub share_permille: u16,
    /// Smoothed round-trip time, microseconds.
    pub rtt_us: Option<u64>,
    /// How much it varies, microseconds.
    pub jitter_us: Option<u64>,
    /// Smoothed loss of probes, thousandths.
    pub loss_permille: u16,
    /// Targets that answer.
    pub targets_alive: u8,
    /// All targets.
    pub targets: u8,
    /// Providers none of whose targets answer while others' do: their trouble, not the uplink's.
    pub lost_providers: Vec<String>,
    /// Devices that sit on it, as of the last look.
    pub devices: u32,
    /// The next hop.
    pub gateway: Option<IpAddr>,
    /// This router's address there.
    pub address: Option<IpAddr>,
    /// How full it is, per cent of its capacity; `null` where that is not configured.
    pub load_percent: Option<u8>,
    /// Whether it costs by the byte.
    pub metered: bool,
    /// Octets of probes charged to the budget of a metered or spare uplink.
    pub probe_bytes: u64,
    /// Bytes both ways that it may carry in a billing period; `null` without a cap.
    pub cap_bytes: Option<u64>,
    /// Of these, used; `null` also while the clock is not set.
    pub used_bytes: Option<u64>,
    /// What it will have carried at the period's end if it goes on as so far.
    pub forecast_bytes: Option<u64>,
    /// Days left in the billing period, today with them.
    pub days_left: Option<u8>,
}

/// One policy in one family, in the reply to `policies`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// `balanced` for what everybody uses, else the rule's name.
    pub name: String,
    /// `ipv4` or `ipv6`.
    pub family: String,
    /// The tier in use.
    pub tier: Option<u8>,
    /// None is up: these are the ones that at least answer again.
    pub makeshift: bool,
    /// Who takes how much.
    pub members: Vec<PolicyMember>,
}

/// An uplink of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyMember {
    /// Its name.
    pub uplink: String,
    /// Its part, thousandths.
    pub permille: u16,
}

/// One rule, in the reply to `rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// The section's name.
    pub name: String,
    /// What it matches, in words.
    pub matches: String,
    /// The policy or uplink.
    pub uses: String,
    /// Whether one of its uplinks lives.
    pub lives: bool,
}

/// The reply to `explain`: where a new connection of a device would go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Explain {
    /// The device's.
    pub address: String,
    /// `ipv4` or `ipv6`.
    pub family: String,
    /// The rule that matches; `null` when what holds for everybody decides.
    pub rule: Option<String>,
    /// The uplink; `null` where it is one of several, or none.
    pub uplink: Option<String>,
    /// Whether nothing depends on what is not known; otherwise only the shares are.
    pub sure: bool,
    /// Why, step by step.
    pub why: Vec<String>,
    /// The uplinks that come into question; none when it is refused or left to table `main`.
    pub candidates: Vec<PolicyMember>,
}

/// One household, in the reply to `members`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// The section's name.
    pub name: String,
    /// Its addresses.
    pub prefixes: Vec<String>,
    /// Household shares.
    pub weight: u32,
    /// Its first day, `null` for always.
    pub joined: Option<String>,
    /// Its last day.
    pub left: Option<String>,
}

/// A member's bytes over an uplink in a month, in the reply to `usage`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// `2026-11`.
    pub month: String,
    /// The member.
    pub member: String,
    /// The uplink.
    pub uplink: String,
    /// From the member.
    pub bytes_up: u64,
    /// To the member.
    pub bytes_down: u64,
}

/// The reply to `bill`. Shares add up to the costs exactly, balances to zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bill {
    /// `2026-11`.
    pub month: String,
    /// The version of the formula.
    pub formula: u8,
    /// Whether the month is over.
    pub is_complete: bool,
    /// The part of each cost that all pay alike, per cent.
    pub fixed_percent: u16,
    /// What all uplinks cost, cents.
    pub total_cents: u64,
    /// What was shared.
    pub uplinks: Vec<BillUplink>,
    /// What both ends of members' tunnels have counted.
    pub tunnels: Vec<BillTunnel>,
    /// What the neighbours' gateways say of this home: their bills, not part of this one's sums.
    pub gateways: Vec<BillGateway>,
    /// Who pays what.
    pub members: Vec<BillMember>,
    /// Who gives how much to whom, in as few payments as can be.
    pub transfers: Vec<Transfer>,
    /// What makes it doubtful, such as flow offload.
    pub warnings: Vec<String>,
}

/// An uplink on a bill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillUplink {
    /// Its name.
    pub uplink: String,
    /// Who has paid for it.
    pub owner: String,
    /// How much, cents.
    pub cost_cents: u64,
    /// Bytes of members, both ways.
    pub bytes_counted: u64,
    /// Bytes of the device, both ways, headers of its link included.
    pub bytes_carried: u64,
}

/// A member's tunnel on a bill: what its gateway has counted, and what the member's router says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillTunnel {
    /// The member.
    pub member: String,
    /// Bytes both ways over shared uplinks, counted here: these are billed.
    pub bytes_counted: u64,
    /// Bytes both ways that the member's router has counted; 0 when it has said nothing.
    pub bytes_claimed: u64,
    /// Whether they are more than 2 % and a megabyte apart.
    pub differs: bool,
    /// Whether the tunnel proves whose the bytes are.
    pub authenticated: bool,
}

/// A neighbour's gateway on the bill of a router that uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillGateway {
    /// The uplink through it.
    pub uplink: String,
    /// Who has paid for what it shares; empty where that is not configured.
    pub owner: String,
    /// What this home gets by the gateway's ledger, or owes when negative, cents; `null` when it has said
    /// nothing of that month.
    pub balance_cents: Option<i64>,
    /// Bytes both ways that the gateway has counted: these are billed.
    pub bytes_claimed: u64,
    /// Bytes both ways of the tunnel, counted here.
    pub bytes_counted: u64,
    /// Whether they are more than 2 % and a megabyte apart.
    pub differs: bool,
}

/// A member on a bill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillMember {
    /// Its name.
    pub member: String,
    /// Days it was a member.
    pub days: u8,
    /// Its bytes over uplinks that cost something, both ways.
    pub bytes: u64,
    /// What it has to bear, cents.
    pub share_cents: u64,
    /// What it has paid to its provider, cents.
    pub paid_cents: u64,
    /// Paid less share, cents: what it gets, or owes when negative.
    pub balance_cents: i64,
}

/// A payment between members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transfer {
    /// Who gives.
    pub from: String,
    /// Who gets.
    pub to: String,
    /// How much, cents.
    pub cents: u64,
}

/// The data of an event `uplink`: its state changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UplinkEvent {
    /// Which.
    pub uplink: String,
    /// `ipv4` or `ipv6`.
    pub family: String,
    /// What it was.
    pub from: String,
    /// What it is.
    pub to: String,
    /// Why.
    pub why: String,
    /// Devices that were moved away from it.
    pub moved: u32,
    /// Devices that were sitting on any uplink.
    pub devices: u32,
}

/// The reply to `leave`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Left {
    /// Routes and rules taken out of the kernel.
    pub removed: u32,
}
