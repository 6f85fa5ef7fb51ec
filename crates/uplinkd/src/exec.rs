//! `grange-uplinkd exec UPLINK -- COMMAND`: a command whose connections leave by one uplink and by no other.
//!
//! It runs as a user of its own, for whose sockets the daemon keeps a rule. So it needs no library to be preloaded,
//! works for static programs, and holds for whatever the command starts. The command is not root.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use grange_daemon::client::Client;
use grange_daemon::client_mode::{FAILED, REFUSED};
use grange_daemon::command_line::DEFAULT_RUN_DIR;
use grange_daemon::json::Value;
use grange_daemon::run_dir::socket_path;
use grange_uplink::uplink_id::UplinkId;

use crate::program::PROGRAM;
use crate::routing::user;

const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be run, and over what.
#[derive(Debug, PartialEq, Eq)]
pub struct Exec {
    run_dir: PathBuf,
    uplink: String,
    command: Vec<OsString>,
}

impl Exec {
    /// Reads `[--run-dir DIR] exec UPLINK [--] COMMAND [ARGUMENT ..]`; `None` when it is something else, or
    /// incomplete, which the ordinary reader then explains.
    pub fn parse(args: &[OsString]) -> Option<Self> {
        let mut run_dir = PathBuf::from(DEFAULT_RUN_DIR);
        let mut words = args.iter();
        loop {
            let word = words.next()?.to_str()?;
            if word == "exec" {
                break;
            } else if word == "--run-dir" {
                run_dir = words.next()?.into();
            } else {
                run_dir = word.strip_prefix("--run-dir=")?.into();
            }
        }
        let uplink = words.next()?.to_str()?.to_owned();
        let mut command: Vec<OsString> = words.cloned().collect();
        if command.first().is_some_and(|first| first == "--") {
            command.remove(0);
        }
        let is_complete = !command.is_empty() && !uplink.starts_with('-');
        is_complete.then_some(Self {
            run_dir,
            uplink,
            command,
        })
    }

    /// Becomes the command; returns only when that fails.
    pub fn run(&self) -> ExitCode {
        let id = match number(&self.run_dir, &self.uplink) {
            Ok(id) => id,
            Err((why, code)) => {
                complain(&why);
                return ExitCode::from(code);
            }
        };
        let Some((program, arguments)) = self.command.split_first() else {
            return ExitCode::from(FAILED);
        };
        let own = user(id);
        let error = Command::new(program)
            .args(arguments)
            .uid(own)
            .gid(own)
            .exec();
        let program = program.to_string_lossy();
        if error.kind() == io::ErrorKind::PermissionDenied {
            complain(&format!(
                "cannot become user {own} and run {program}: {error}; only root can, and that user must be able to \
                 read the program"
            ));
        } else {
            complain(&format!("cannot run {program}: {error}"));
        }
        ExitCode::from(FAILED)
    }
}

/// The number of an uplink, from the running daemon.
fn number(run_dir: &Path, name: &str) -> Result<UplinkId, (String, u8)> {
    let failed = |error: &dyn std::fmt::Display| (error.to_string(), FAILED);
    let socket = socket_path(run_dir, PROGRAM.name);
    let mut client = Client::connect(&socket).map_err(|error| failed(&error))?;
    let text = client
        .call_text("uplinks", &Value::object([]), PATIENCE)
        .map_err(|error| failed(&error))?;
    let rows = Value::parse(text.as_bytes()).map_err(|error| failed(&error))?;
    let rows = rows.as_array().unwrap_or_default();
    let own = rows.iter().find(|row| row["name"].as_str() == Some(name));
    let id = own.and_then(|row| row["id"].as_u64());
    let id = id.and_then(|id| UplinkId::new(u8::try_from(id).ok()?));
    id.ok_or_else(|| {
        let mut known: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
        known.dedup();
        let known = known.join(", ");
        (format!("there is no uplink {name}, only {known}"), REFUSED)
    })
}

fn complain(text: &str) {
    // Nobody can be told that stderr is gone.
    let _ = writeln!(io::stderr(), "{}: {text}", PROGRAM.name);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Exec> {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Exec::parse(&args)
    }

    #[test]
    fn the_command_is_everything_after_the_uplink() {
        let exec = parse("--run-dir /tmp/r exec wan -- curl --run-dir exec -- x").unwrap();
        assert_eq!(exec.run_dir, Path::new("/tmp/r"));
        assert_eq!(exec.uplink, "wan");
        assert_eq!(exec.command, ["curl", "--run-dir", "exec", "--", "x"]);
        assert_eq!(parse("exec wan true").unwrap().command, ["true"]);
        for other in [
            "status",
            "exec",
            "exec wan",
            "exec wan --",
            "exec --help x",
            "--json exec wan x",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
