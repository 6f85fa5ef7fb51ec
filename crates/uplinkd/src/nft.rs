//! The program `nft`: one process for a change, none while nothing changes.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use grange_linux::Signals;

use crate::ruleset::{Held, TABLE, devices};

/// Why a ruleset was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NftError {
    /// The program cannot be run.
    #[error("cannot run nft ({0}): is the package nftables installed?")]
    Run(#[source] io::Error),
    /// It refuses; its own words, at most some lines.
    #[error("nft refuses the ruleset: {0}")]
    Refused(String),
}

/// Gives the kernel a transaction; all of it is taken, or nothing.
pub fn apply(transaction: &str) -> Result<(), NftError> {
    let mut command = Command::new("nft");
    command
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // It must be possible to end it, although this process blocks the signals it reads.
    Signals::unblock_in_child(&mut command);
    let mut child = command.spawn().map_err(NftError::Run)?;
    let written = child
        .stdin
        .take()
        .map_or(Ok(()), |mut stdin| stdin.write_all(transaction.as_bytes()));
    let output = child.wait_with_output().map_err(NftError::Run)?;
    if output.status.success() {
        return written.map_err(NftError::Run);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first: Vec<&str> = said.lines().take(3).collect();
    Err(NftError::Refused(first.join(" / ")))
}

/// The devices that sit on uplinks; none where the table is not there.
pub fn list_devices() -> Result<Vec<Held>, NftError> {
    Ok(devices(&list(TABLE)?.unwrap_or_default()))
}

/// What is in a table, as text; `None` where it is not there.
pub fn list(table: &str) -> Result<Option<String>, NftError> {
    let mut command = Command::new("nft");
    command.args(["list", "table", "inet", table]);
    Signals::unblock_in_child(&mut command);
    let output = command.output().map_err(NftError::Run)?;
    // The listing is long: it is not copied.
    let text = String::from_utf8(output.stdout)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(output.status.success().then_some(text))
}

/// The chains of all tables, without their rules.
pub fn list_chains() -> Result<String, NftError> {
    let mut command = Command::new("nft");
    command.args(["list", "chains"]);
    Signals::unblock_in_child(&mut command);
    let output = command.output().map_err(NftError::Run)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
