//! The command line of every daemon: flags, and methods that are asked of the running daemon.

pub mod flags;
pub mod help;
pub mod program;
pub mod usage_error;
pub mod words;

use core::time::Duration;
use std::ffi::OsString;
use std::path::PathBuf;

use log::LevelFilter;

pub use crate::command_line::flags::DEFAULT_RUN_DIR;
use crate::command_line::flags::{
    DEFAULT_TIMEOUT, DEFAULT_UBUS_SOCKET, level, seconds, unknown_flag,
};
use crate::command_line::help::{example, help, version};
use crate::json::Value;
use crate::printable::escaped;

pub use crate::command_line::program::{Method, Param, ParamKind, Program};
pub use crate::command_line::usage_error::UsageError;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// Run the daemon.
    Run(Options),
    /// Read the configuration, say what is wrong with it and end.
    CheckConfig(Options),
    /// Ask the running daemon.
    Call(Call),
    /// Print this text and end.
    Print(String),
}

/// The flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// `--config`: the configuration file.
    pub config: PathBuf,
    /// `--run-dir`: where lock, socket and state are.
    pub run_dir: PathBuf,
    /// `--ubus-socket`: where ubusd listens.
    pub ubus_socket: PathBuf,
    /// `--log-level`; `None` leaves it to the configuration.
    pub log_level: Option<LevelFilter>,
}

/// A method to ask of the running daemon.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The flags.
    pub options: Options,
    /// The method.
    pub method: &'static str,
    /// Its parameters, an object.
    pub params: Value,
    /// `--json`: print the reply as it came instead of text for people.
    pub json: bool,
    /// `--timeout`: how long to wait for the reply.
    pub timeout: Duration,
}

/// Reads the arguments (without the program's own name).
pub fn parse(
    program: &Program,
    args: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, UsageError> {
    use lexopt::Arg::{Long, Short, Value as Word};
    let mut options = Options {
        config: program.default_config.into(),
        run_dir: DEFAULT_RUN_DIR.into(),
        ubus_socket: DEFAULT_UBUS_SOCKET.into(),
        log_level: None,
    };
    let mut words = Vec::new();
    let mut check = false;
    let mut json = false;
    let mut timeout = None;
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next().map_err(|error| said(&error))? {
        match arg {
            Long("config") => options.config = value(&mut parser)?.into(),
            Long("run-dir") => options.run_dir = value(&mut parser)?.into(),
            Long("ubus-socket") => options.ubus_socket = value(&mut parser)?.into(),
            Long("check-config") => check = true,
            Long("foreground") => {}
            Long("log-level") => options.log_level = Some(level(&text(&mut parser)?)?),
            Long("json") => json = true,
            Long("timeout") => timeout = Some(seconds(&text(&mut parser)?)?),
            Long("version") | Short('V') => return Ok(Invocation::Print(version(program))),
            Long("help") | Short('h') => return Ok(Invocation::Print(help(program))),
            Long(other) => return Err(unknown_flag(other)),
            Short(other) => return Err(UsageError(format!("there is no flag -{other}"))),
            Word(word) => words.push(utf8(word)?),
        }
    }
    if words.is_empty() {
        if json || timeout.is_some() {
            let flag = if json { "--json" } else { "--timeout" };
            return Err(UsageError(format!(
                "{flag} goes with a method, such as {}",
                example(program)
            )));
        }
        return Ok(if check {
            Invocation::CheckConfig(options)
        } else {
            Invocation::Run(options)
        });
    }
    if check {
        return Err(UsageError("--check-config takes no method".to_owned()));
    }
    let (method, arguments) = words::method(program, &words)?;
    Ok(Invocation::Call(Call {
        options,
        method: method.name,
        params: words::params(method, arguments)?,
        json,
        timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
    }))
}

fn text(parser: &mut lexopt::Parser) -> Result<String, UsageError> {
    value(parser).and_then(utf8)
}

fn value(parser: &mut lexopt::Parser) -> Result<OsString, UsageError> {
    parser.value().map_err(|error| said(&error))
}

fn utf8(word: OsString) -> Result<String, UsageError> {
    word.into_string().map_err(|word| {
        let shown = word.to_string_lossy();
        UsageError(format!("'{}' is not UTF-8", escaped(&shown)))
    })
}

fn said(error: &lexopt::Error) -> UsageError {
    UsageError(escaped(&error.to_string()).into_owned())
}

#[cfg(test)]
mod tests;
