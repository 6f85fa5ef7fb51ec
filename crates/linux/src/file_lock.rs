//! One holder of a file at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A lock on a file (`flock`), held until dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileLockError {
    /// Another process holds it.
    #[error("locked by another process")]
    Held,
    /// The file cannot be opened or locked.
    #[error("cannot lock")]
    Io(#[source] io::Error),
}

impl FileLock {
    /// Creates the file (mode 0600) if there is none, and locks it without waiting.
    pub fn acquire(path: &Path) -> Result<Self, FileLockError> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(FileLockError::Io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(FileLockError::Held),
            Err(TryLockError::Error(error)) => Err(FileLockError::Io(error)),
        }
    }
}

#[cfg(test)]
mod tests;
