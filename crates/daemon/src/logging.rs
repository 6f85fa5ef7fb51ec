//! The log: lines on stderr, which procd forwards to syslog.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use log::{LevelFilter, Log, Metadata, Record};

use crate::printable;

/// The longest text that is written, in octets; the rest is cut off. logd keeps 64 KB in all.
const LONGEST_TEXT_BYTES: usize = 1000;

/// Names and meanings of the levels, for `--log-level` and the configuration.
pub const LEVELS: [(&str, LevelFilter); 5] = [
    ("error", LevelFilter::Error),
    ("warn", LevelFilter::Warn),
    ("info", LevelFilter::Info),
    ("debug", LevelFilter::Debug),
    ("trace", LevelFilter::Trace),
];

struct Stderr {
    name: &'static str,
}

static STDERR: OnceLock<Stderr> = OnceLock::new();

/// Sends every message of the process to stderr as `NAME: LEVEL: TEXT`, from that level on.
///
/// Called again it changes the level alone. Release builds contain no messages below `info`.
pub fn init(name: &'static str, level: LevelFilter) {
    let backend = STDERR.get_or_init(|| Stderr { name });
    // An error means that a logger is set already: this one, or a test's.
    let _ = log::set_logger(backend);
    set_level(level);
}

/// Changes the level while the daemon runs.
pub fn set_level(level: LevelFilter) {
    log::set_max_level(level);
}

/// The level of that name, one of [`LEVELS`].
pub fn level_named(name: &str) -> Option<LevelFilter> {
    LEVELS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, level)| *level)
}

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let level = match record.level() {
            log::Level::Error => "error",
            log::Level::Warn => "warn",
            log::Level::Info => "info",
            log::Level::Debug => "debug",
            log::Level::Trace => "trace",
        };
        let line = line(self.name, level, *record.args());
        // One write for a line, so that two processes do not mix theirs. Nobody can be told that
        // stderr is gone.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }

    fn flush(&self) {}
}

fn line(name: &str, level: &str, text: std::fmt::Arguments<'_>) -> String {
    let mut raw = String::new();
    let _ = raw.write_fmt(text);
    let kept = raw.floor_char_boundary(LONGEST_TEXT_BYTES);
    let dots = if kept < raw.len() { "..." } else { "" };
    format!(
        "{name}: {level}: {}{dots}\n",
        printable::escaped(&raw[..kept])
    )
}

#[cfg(test)]
mod tests;
