//! A daemon's program as a client of the running daemon: asks, prints, and says what went wrong.

use std::process::ExitCode;

use crate::command_line::{Call, Program, UsageError};

/// Turns a reply (JSON text) into text for people; `None` for a method it does not know, which is then
/// printed as JSON.
pub type Render = fn(method: &str, reply: &str) -> Option<String>;

/// Asks the running daemon and prints the reply, or one line for each event of `subscribe`.
///
/// The exit code is 0, 1 when the daemon refuses, 2 when it cannot be asked.
pub fn run(program: &Program, call: &Call, render: Render) -> ExitCode {
    todo!()
}

/// Prints a text that the command line asked for (`--help`, `--version`).
pub fn print(text: &str) -> ExitCode {
    todo!()
}

/// Says on stderr what is wrong with the command line; exit code 2.
pub fn usage(program: &Program, error: &UsageError) -> ExitCode {
    todo!()
}
