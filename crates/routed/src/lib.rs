//! grange-routed: speaks Babel with the neighbours and keeps the kernel's routes accordingly.
//!
//! | module | what it is |
//! |---|---|
//! | [`config`] | /etc/config/grange-routed, read and validated |
//! | [`agent`] | owns the protocol core and all below; a function of events and time |
//! | [`interfaces`] | which interfaces Babel runs on |
//! | [`redistribute`], [`gateway`] | what this router announces, and the leases on default routes |
//! | [`fib`], [`rules`], [`sysctls`] | what the kernel is told: routes, policy rules, settings |
//! | [`resync`] | when the kernel's tables are read again |
//! | [`state`] | what outlives a crash |
//! | [`control`], [`report`], [`news`], [`metrics`], [`netjson`], [`tally`] | what others are told |
//! | [`local`] | babeld's local protocol, for programs that watch a babeld |
//! | [`run`] | the event loop: sockets, signals, timers |
#![forbid(unsafe_code)]

pub mod agent;
pub mod config;
pub mod control;
pub mod fib;
pub mod gateway;
pub mod hush;
pub mod interfaces;
pub mod journal;
pub mod local;
pub mod metrics;
pub mod netjson;
pub mod news;
pub mod program;
pub mod random;
pub mod redistribute;
pub mod report;
pub mod resync;
pub mod rules;
pub mod run;
pub mod state;
pub mod stations;
pub mod sysctls;
pub mod tally;
pub mod traffic;

use std::ffi::OsString;
use std::process::ExitCode;

use grange_daemon::client_mode;
use grange_daemon::command_line::{Invocation, parse};
use grange_daemon::reply::routed_text::render;

use crate::program::PROGRAM;

/// The program: `args` are those after the program's own name.
///
/// Exit codes: 0 after a stop that was asked for, 1 for a wrong configuration or a refused method, 2
/// for wrong usage and for what the system refuses.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match parse(&PROGRAM, args) {
        Ok(Invocation::Run(options)) => run::run(&options),
        Ok(Invocation::CheckConfig(options)) => run::check_config(&options),
        Ok(Invocation::Call(call)) => client_mode::run(&PROGRAM, &call, render),
        Ok(Invocation::Print(text)) => client_mode::print(&PROGRAM, &text),
        Err(error) => client_mode::usage(&PROGRAM, &error),
    }
}
