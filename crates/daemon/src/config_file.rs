//! The configuration file that the command line names, as a daemon reads it: at the start, when it is to be
//! checked, and again while it runs.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use grange_uci::{Problem, Reading};
use log::LevelFilter;

use crate::command_line::Options;

/// The largest configuration that is read, in octets.
const MOST_BYTES: u64 = 1 << 20;

/// A daemon's configuration, as far as all of them are alike.
pub trait Configuration: Sized {
    /// Reads the text of the file at that path, whose name may say whose dialect it is in.
    fn read(path: &Path, text: &[u8]) -> Reading<Self>;

    /// Whether the daemon is to do anything at all.
    fn is_enabled(&self) -> bool;

    /// The least important message that is logged; `None` leaves it to the command line.
    fn log_level(&self) -> Option<LevelFilter>;

    /// The level of the log: the command line's, else the configuration's.
    fn level(&self, options: &Options) -> LevelFilter {
        options
            .log_level
            .or_else(|| self.log_level())
            .unwrap_or(LevelFilter::Info)
    }
}

/// Reads the file; what prevents that is logged.
pub fn read<C: Configuration>(path: &Path) -> Option<Reading<C>> {
    match octets(path) {
        Ok(octets) => Some(C::read(path, &octets)),
        Err(error) => {
            let path = path.display();
            log::error!("cannot read the configuration {path}: {error}");
            None
        }
    }
}

/// The configuration that the file holds now and what is odd about it, or its first error.
pub fn load<C: Configuration>(path: &Path) -> Result<(C, Vec<String>), String> {
    let Some(reading) = read::<C>(path) else {
        return Err(format!("cannot read {}", path.display()));
    };
    log_problems(path, &reading.problems);
    let shown = |problem: &Problem| format!("{}:{problem}", path.display());
    let error = reading.problems.iter().find(|problem| problem.is_error);
    let error = error.map(shown).unwrap_or_default();
    let warnings = reading.problems.iter().map(shown).collect();
    reading.config.map(|config| (config, warnings)).ok_or(error)
}

/// Logs each remark with its place.
pub fn log_problems(path: &Path, problems: &[Problem]) {
    for problem in problems {
        if problem.is_error {
            log::error!("{}:{problem}", path.display());
        } else {
            log::warn!("{}:{problem}", path.display());
        }
    }
}

/// Prints each remark with its place on stderr.
pub fn print_problems(path: &Path, problems: &[Problem]) {
    let mut err = io::stderr().lock();
    for problem in problems {
        // Nobody can be told that stderr is gone.
        let _ = writeln!(err, "{}:{problem}", path.display());
    }
}

fn octets(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut octets)?;
    if octets.len() as u64 > MOST_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_not_read() {
        let error = octets(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let error = octets(Path::new("/nonexistent/grange")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
