//! The configuration file of a running daemon: read, parsed and validated as a whole; a file with an
//! error changes nothing.

use core::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest configuration that is read, in octets.
const MOST_BYTES: u64 = 1 << 20;

/// A configuration, and where it comes from.
#[derive(Debug)]
pub struct Reload<T, F> {
    path: PathBuf,
    parse: F,
    current: T,
}

/// Why a configuration file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum LoadError<E: fmt::Display> {
    /// It cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is not a valid configuration; the error begins with its place.
    #[error("{}:{error}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, as the parser says it.
        error: E,
    },
}

/// Something wrong at a place in a configuration file, shown as `LINE:COLUMN: TEXT`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {text}")]
pub struct Located {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in octets.
    pub column: u32,
    /// What is wrong.
    pub text: String,
}

/// Reads, parses and validates a configuration file.
///
/// The error's `Display` begins with `LINE:COLUMN:` where there is a place ([`Located`] does), so that
/// the whole reads `FILE:LINE:COLUMN: TEXT` and editors can jump to it.
pub fn load<T, E: fmt::Display>(
    path: &Path,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, LoadError<E>> {
    let bytes = read(path).map_err(|source| LoadError::Io {
        path: path.to_owned(),
        source,
    })?;
    parse(&bytes).map_err(|error| LoadError::Invalid {
        path: path.to_owned(),
        error,
    })
}

impl<T, E, F> Reload<T, F>
where
    T: PartialEq,
    E: fmt::Display,
    F: FnMut(&[u8]) -> Result<T, E>,
{
    /// Reads the file for the first time; there is nothing to fall back to, so an error is the caller's.
    pub fn new(path: &Path, mut parse: F) -> Result<Self, LoadError<E>> {
        let current = load(path, &mut parse)?;
        Ok(Self {
            path: path.to_owned(),
            parse,
            current,
        })
    }

    /// The configuration that holds.
    pub fn current(&self) -> &T {
        &self.current
    }

    /// Reads the file again. `Some` is the configuration before, and [`Reload::current`] the new one;
    /// `None` means that nothing changed.
    ///
    /// On an error the old configuration stays; the error is logged here and also handed back.
    pub fn reload(&mut self) -> Result<Option<T>, LoadError<E>> {
        match load(&self.path, &mut self.parse) {
            Ok(fresh) if fresh == self.current => {
                log::info!("{}: nothing changed", self.path.display());
                Ok(None)
            }
            Ok(fresh) => Ok(Some(std::mem::replace(&mut self.current, fresh))),
            Err(error) => {
                log::error!("{error}; the configuration stays as it was");
                Err(error)
            }
        }
    }

    /// Goes back to a configuration that [`Reload::reload`] handed out, when the new one turned out to
    /// be impossible.
    pub fn restore(&mut self, old: T) {
        self.current = old;
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
