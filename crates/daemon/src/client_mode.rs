//! A daemon's program as a client of the running daemon: asks, prints, and says what went wrong.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::client::{Client, ClientError};
use crate::command_line::{Call, Program, UsageError};
use crate::json::Value;
use crate::run_dir::socket_path;

/// The exit code for a wrong configuration and for a refusal by the daemon.
pub const REFUSED: u8 = 1;

/// The exit code for wrong usage, a daemon that cannot be asked, and errors of the system.
pub const FAILED: u8 = 2;

/// Turns a reply (JSON text) into text for people; `None` for a method it does not know, which is then
/// printed as JSON.
pub type Render = fn(method: &str, reply: &str) -> Option<String>;

/// Asks the running daemon and prints the reply, or one line for each event of `subscribe`.
///
/// Events are rendered under the method name `event`. The exit code is 0, [`REFUSED`] when the daemon
/// refuses, [`FAILED`] when it cannot be asked.
pub fn run(program: &Program, call: &Call, render: Render) -> ExitCode {
    match ask(program, call, render) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => output_failed(program, &error),
        Err(Failure::StreamEnded) => {
            complain(&format!("{} has ended the stream of events", program.name));
            ExitCode::from(FAILED)
        }
        Err(Failure::Client(error)) => {
            complain(&error.to_string());
            match error {
                ClientError::Refused { .. } => ExitCode::from(REFUSED),
                _ => ExitCode::from(FAILED),
            }
        }
    }
}

/// Prints a text that the command line asked for (`--help`, `--version`).
pub fn print(program: &Program, text: &str) -> ExitCode {
    match write_out(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output_failed(program, &error),
    }
}

/// Says on stderr what is wrong with the command line.
pub fn usage(program: &Program, error: &UsageError) -> ExitCode {
    complain(&format!("{error}; see {} --help", program.name));
    ExitCode::from(FAILED)
}

enum Failure {
    Client(ClientError),
    StreamEnded,
    Output(io::Error),
}

fn ask(program: &Program, call: &Call, render: Render) -> Result<(), Failure> {
    let socket = socket_path(&call.options.run_dir, program.name);
    let mut client = Client::connect(&socket)?;
    let reply = client.call_text(call.method, &call.params, call.timeout)?;
    if call.method != "subscribe" {
        return Ok(write_out(&shown(call, call.method, reply, render))?);
    }
    while let Some(event) = client.next_event(None)? {
        write_out(&shown(call, "event", event, render))?;
    }
    Err(Failure::StreamEnded)
}

/// A reply as it is printed, with a line feed at its end.
fn shown(call: &Call, method: &str, reply: String, render: Render) -> String {
    let text = if call.json {
        None
    } else {
        // A reply that is text already, such as that of `metrics`.
        let text = reply
            .starts_with('"')
            .then(|| Value::parse(reply.as_bytes()));
        match text {
            Some(Ok(Value::String(text))) => Some(text),
            _ => render(method, &reply),
        }
    };
    let mut text = text.unwrap_or(reply);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn write_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn output_failed(program: &Program, error: &io::Error) -> ExitCode {
    // `grange-routed routes | head` has what it wanted.
    if error.kind() == io::ErrorKind::BrokenPipe {
        return ExitCode::SUCCESS;
    }
    complain(&format!("{} cannot write: {error}", program.name));
    ExitCode::from(FAILED)
}

fn complain(text: &str) {
    // Nobody can be told that stderr is gone.
    let _ = writeln!(io::stderr(), "error: {text}");
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests;
