//! grange-rpcd: ubus objects that join what the daemons say, and the history for the graphs.
//!
//! | module | what it is |
//! |---|---|
//! | [`config`] | /etc/config/grange-rpcd, read and validated |
//! | [`objects`] | what is on the bus: objects, methods, arguments |
//! | [`service`] | calls, facts, history and jobs together; a function of events and time |
//! | [`methods`], [`plan`] | what a method needs to know, and what it makes of that |
//! | [`overview`], [`way`], [`mesh`], [`routers`], [`uplinks`], [`compatible`] | the replies |
//! | [`page`], [`rows`] | pages that fit, and rows of the daemons' replies |
//! | [`facts`] | what the daemons have said, and to which question |
//! | [`daemon_link`] | a daemon's control socket, asked without waiting |
//! | [`clean`] | names from the mesh made harmless |
//! | [`history`], [`samples`], [`rates`] | rings of numbers, where they come from, bytes per second of devices |
//! | [`journal`] | what happened lately, in words |
//! | [`jobs`], [`linktest`] | what takes longer than a call |
//! | [`run`] | the event loop: sockets, signals, timers |
#![forbid(unsafe_code)]

/// A value as it is written in JSON.
#[cfg(test)]
macro_rules! json {
    ($($json:tt)+) => {
        grange_daemon::json::Value::from(serde_json::json!($($json)+))
    };
}

pub mod clean;
pub mod compatible;
pub mod config;
pub mod daemon_link;
pub mod facts;
pub mod history;
pub mod jobs;
pub mod journal;
pub mod linktest;
pub mod mesh;
pub mod methods;
pub mod metrics;
pub mod moment;
pub mod objects;
pub mod overview;
pub mod page;
pub mod plan;
pub mod program;
pub mod rates;
pub mod routers;
pub mod rows;
pub mod run;
pub mod samples;
pub mod service;
pub mod uplinks;
pub mod way;

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use grange_daemon::client_mode;
use grange_daemon::command_line::{Invocation, parse};

use crate::program::PROGRAM;

/// The program: `args` are those after the program's own name.
///
/// Exit codes: 0 after a stop that was asked for, 1 for a wrong configuration or a refused method, 2
/// for wrong usage and for what the system refuses.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match parse(&PROGRAM, args.into_iter().map(named)) {
        Ok(Invocation::Run(options)) => run::run(&options),
        Ok(Invocation::CheckConfig(options)) => run::check_config(&options),
        Ok(Invocation::Call(call)) => client_mode::run(&PROGRAM, &call, |_, _| None),
        Ok(Invocation::Print(text)) => client_mode::print(&PROGRAM, &text),
        Err(error) => client_mode::usage(&PROGRAM, &error),
    }
}

/// The JSON of `call OBJECT METHOD JSON` under its parameter's name. Elsewhere no word begins with a brace.
fn named(word: OsString) -> OsString {
    if !word.as_encoded_bytes().starts_with(b"{") {
        return word;
    }
    let mut named = OsStr::new("arguments=").to_owned();
    named.push(word);
    named
}
