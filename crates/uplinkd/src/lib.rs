//! grange-uplinkd: balances connections over the uplinks that live, and moves them when one dies.
//!
//! | module | what it is |
//! |---|---|
//! | [`config`] | /etc/config/grange-uplinkd, read and validated |
//! | [`agent`] | joins health, policy and the kernel's news; a function of events and time |
//! | [`uplink`], [`mark`] | an uplink at run time, and its bits of packet marks |
//! | [`probing`] | the sockets of the probes |
//! | [`logical`], [`paths`] | what netifd says of a name, and the kernel of a device |
//! | [`ruleset`], [`nft`] | the nftables table as text, and the program that takes it |
//! | [`routing`] | routes and policy rules |
//! | [`tunnel`], [`wireguard_tunnel`], [`tunnel_address`], [`tunnel_table`] | the devices between members and gateways, and who may use them |
//! | [`wireguard_key`] | keys as people have them, and the own one |
//! | [`returns`] | the way back to members |
//! | [`peers`], [`sharing`], [`lease`] | what gateways and members are told, and the mesh |
//! | [`servers_file`] | each uplink's resolvers for dnsmasq |
//! | [`account`], [`ledger_file`], [`bill`], [`date`] | bytes of members, kept for 13 months, and who owes whom |
//! | [`offload`] | whether the firewall hides packets from the counters |
//! | [`saved`], [`seed`] | what outlives a restart, and a reboot |
//! | [`exec`] | a command over one uplink |
//! | [`portal`] | a login page in a browser of the LAN |
//! | [`explain`] | which uplink a connection would take, and why |
//! | [`control`], [`report`], [`metrics`], [`counts`], [`facts`] | what others are told |
//! | [`run`] | the event loop: sockets, signals, timers |
#![forbid(unsafe_code)]

pub mod account;
pub mod agent;
pub mod bill;
pub mod config;
pub mod control;
pub mod counts;
pub mod date;
pub mod exec;
pub mod explain;
pub mod facts;
pub mod lan_prefixes;
pub mod lease;
pub mod ledger_file;
pub mod logical;
pub mod mark;
pub mod metrics;
pub mod nft;
pub mod offload;
pub mod paths;
pub mod peers;
pub mod portal;
pub mod probing;
pub mod program;
pub mod report;
pub mod returns;
pub mod routing;
pub mod ruleset;
pub mod run;
pub mod saved;
pub mod seed;
pub mod servers_file;
pub mod shaping;
pub mod sharing;
pub mod translation;
pub mod tunnel;
pub mod tunnel_address;
pub mod tunnel_table;
pub mod uplink;
pub mod wireguard_key;
pub mod wireguard_tunnel;

use std::ffi::OsString;
use std::process::ExitCode;

use grange_daemon::client_mode;
use grange_daemon::command_line::{Invocation, parse};
use grange_daemon::reply::uplinkd_text::render;

use crate::exec::Exec;
use crate::portal::Portal;
use crate::program::PROGRAM;

/// The program: `args` are those after the program's own name.
///
/// Exit codes: 0 after a stop that was asked for, 1 for a wrong configuration or a refused method, 2
/// for wrong usage and for what the system refuses.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(exec) = Exec::parse(&args) {
        return exec.run();
    }
    if let Some(portal) = Portal::parse(&args) {
        return portal.run();
    }
    match parse(&PROGRAM, args) {
        Ok(Invocation::Run(options)) => run::run(&options),
        Ok(Invocation::CheckConfig(options)) => run::check_config(&options),
        Ok(Invocation::Call(call)) => client_mode::run(&PROGRAM, &call, render),
        Ok(Invocation::Print(text)) => client_mode::print(&PROGRAM, &text),
        Err(error) => client_mode::usage(&PROGRAM, &error),
    }
}
