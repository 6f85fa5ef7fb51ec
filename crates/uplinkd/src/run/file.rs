//! The configuration file.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::path::Path;

use grange_daemon::command_line::Options;
use grange_daemon::reload;
use grange_uci::Problem;
use log::LevelFilter;

use crate::config::{self, Config, Reading};

/// Reads the file; what prevents that is logged.
pub(super) fn read(path: &Path) -> Option<Reading> {
    match reload::load(path, |bytes| {
        Ok::<_, Infallible>(config::read_file(path, bytes))
    }) {
        Ok(reading) => Some(reading),
        Err(error) => {
            log::error!("{error}");
            None
        }
    }
}

/// The configuration that the file holds now and what is odd about it, or its first error.
pub(super) fn load(options: &Options) -> Result<(Config, Vec<String>), String> {
    let path = &options.config;
    let Some(reading) = read(path) else {
        return Err(format!("cannot read {}", path.display()));
    };
    log_problems(path, &reading.problems);
    let shown = |problem: &Problem| format!("{}:{problem}", path.display());
    let error = reading.problems.iter().find(|problem| problem.is_error);
    let error = error.map(shown).unwrap_or_default();
    let warnings = reading.problems.iter().map(shown).collect();
    reading.config.map(|config| (config, warnings)).ok_or(error)
}

pub(super) fn log_problems(path: &Path, problems: &[Problem]) {
    for problem in problems {
        if problem.is_error {
            log::error!("{}:{problem}", path.display());
        } else {
            log::warn!("{}:{problem}", path.display());
        }
    }
}

pub(super) fn print_problems(path: &Path, problems: &[Problem]) {
    let mut err = io::stderr().lock();
    for problem in problems {
        // Nobody can be told that stderr is gone.
        let _ = writeln!(err, "{}:{problem}", path.display());
    }
}

/// The level of the log: the command line's, else the configuration's.
pub(super) fn level(options: &Options, config: &Config) -> LevelFilter {
    options
        .log_level
        .or(config.general.log_level)
        .unwrap_or(LevelFilter::Info)
}
