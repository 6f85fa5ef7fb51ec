//! The flags that every daemon takes.

use core::time::Duration;

use log::LevelFilter;

use crate::command_line::usage_error::UsageError;
use crate::logging::{LEVELS, level_named};
use crate::printable::escaped;
use crate::suggestion::nearest;

/// The run directory unless `--run-dir` says otherwise.
pub const DEFAULT_RUN_DIR: &str = "/var/run/grange";

/// ubusd's socket unless `--ubus-socket` says otherwise: where it is on OpenWrt.
pub const DEFAULT_UBUS_SOCKET: &str = "/var/run/ubus/ubus.sock";

/// How long a reply may take unless `--timeout` says otherwise: a router under load is slow.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Each flag with what it takes and what it does.
pub const FLAGS: [(&str, &str, &str); 10] = [
    ("config", "FILE", "the configuration"),
    ("run-dir", "DIR", "where lock, control socket and state are"),
    (
        "ubus-socket",
        "FILE",
        "where ubusd listens, if there is one",
    ),
    (
        "check-config",
        "",
        "say what is wrong with the configuration and end",
    ),
    (
        "foreground",
        "",
        "stay in the foreground and log to stderr, as it always does",
    ),
    (
        "log-level",
        "LEVEL",
        "error, warn, info or debug (debug: development builds only)",
    ),
    ("json", "", "print a reply as JSON"),
    ("timeout", "SECONDS", "how long to wait for a reply"),
    ("version", "", "print the version"),
    ("help", "", "print this text"),
];

/// The error for a flag that does not exist.
pub fn unknown_flag(name: &str) -> UsageError {
    let near = nearest(name, FLAGS.iter().map(|(flag, _, _)| *flag));
    UsageError(match near {
        Some(near) => format!(
            "there is no flag --{}, did you mean --{near}?",
            escaped(name)
        ),
        None => format!("there is no flag --{}", escaped(name)),
    })
}

/// The level that `--log-level` names.
pub fn level(name: &str) -> Result<LevelFilter, UsageError> {
    level_named(name).ok_or_else(|| {
        let names: Vec<&str> = LEVELS.iter().map(|(name, _)| *name).collect();
        UsageError(format!(
            "--log-level wants one of {}, not '{}'",
            names.join(", "),
            escaped(name)
        ))
    })
}

/// The time that `--timeout` gives.
pub fn seconds(text: &str) -> Result<Duration, UsageError> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        _ => Err(UsageError(format!(
            "--timeout wants whole seconds, 1 or more, not '{}'",
            escaped(text)
        ))),
    }
}
