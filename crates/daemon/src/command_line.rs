//! The command line of every daemon: flags, and methods that are asked of the running daemon.

use core::time::Duration;
use std::ffi::OsString;
use std::path::PathBuf;

use log::LevelFilter;
use serde_json::Value;

/// A daemon, as its command line describes it.
#[derive(Debug)]
pub struct Program {
    /// Its name, such as `grange-routed`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Where its configuration is unless `--config` says otherwise.
    pub default_config: &'static str,
    /// What can be asked of the running daemon.
    pub methods: &'static [Method],
}

/// A method of a daemon.
#[derive(Debug)]
pub struct Method {
    /// Its name: one word, or two such as `gateway set`.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Its parameters, in the order in which bare words are taken for them.
    pub params: &'static [Param],
}

/// A parameter of a method.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// What it means, in a few words.
    pub about: &'static str,
}

/// What a parameter takes, and how it is written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Text.
    Text,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A whole number, 0 or more.
    Number,
    /// `true`, `false`, `1`, `0`, `yes`, `no`, `on` or `off`.
    Flag,
    /// A list of these texts, separated by commas; takes every bare word that is left.
    Choices(&'static [&'static str]),
}

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

/// A command line that cannot be understood; the text says what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

/// Reads the arguments (without the program's own name).
pub fn parse(
    program: &Program,
    args: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, UsageError> {
    todo!()
}
