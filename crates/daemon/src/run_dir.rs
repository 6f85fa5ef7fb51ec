//! The run directory: the lock that makes a daemon the only one of its name, its control socket and
//! the state that a restart takes up. It lives in RAM (`/var/run/grange` on a router).
//!
//! Files of the daemon `grange-routed`: `grange-routed.lock` (holds its process id),
//! `grange-routed.sock` and `grange-routed.NAME` for each state.

use std::fs::{DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use grange_linux::file_lock::{FileLock, FileLockError};

/// The most that is read of a state: what a daemon wrote itself is far smaller.
const STATE_MOST_BYTES: u64 = 1 << 20;

/// A run directory whose lock this process holds until the value is dropped.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    daemon: &'static str,
    _lock: FileLock,
}

/// Why the run directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another copy of the daemon has the lock.
    #[error(
        "{daemon} is running already (process {pid}) with the run directory {}: stop it first, or \
         give this one another with --run-dir",
        path.display()
    )]
    Running {
        /// The daemon's name.
        daemon: &'static str,
        /// Its process id as its lock file says, or `?`.
        pid: String,
        /// The run directory.
        path: PathBuf,
    },
    /// The directory cannot be made or written to.
    #[error("cannot use the run directory {}: {source}", path.display())]
    Io {
        /// The run directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

/// Where the control socket of a daemon is, for those who are not that daemon.
pub fn socket_path(run_dir: &Path, daemon: &str) -> PathBuf {
    run_dir.join(format!("{daemon}.sock"))
}

impl RunDir {
    /// Makes the directory (mode 0755) if it is missing and takes the daemon's lock in it.
    ///
    /// The kernel lets go of the lock when the process ends, however it ends.
    pub fn open(path: &Path, daemon: &'static str) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Io {
            path: path.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(path)
            .map_err(failed)?;
        let lock_path = path.join(format!("{daemon}.lock"));
        let lock = FileLock::acquire(&lock_path).map_err(|error| match error {
            FileLockError::Held => OpenError::Running {
                daemon,
                pid: pid_in(&lock_path),
                path: path.to_owned(),
            },
            FileLockError::Io(source) => failed(source),
        })?;
        std::fs::write(&lock_path, format!("{}\n", std::process::id())).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            daemon,
            _lock: lock,
        })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The daemon's name.
    pub fn daemon(&self) -> &'static str {
        self.daemon
    }

    /// Where this daemon's control socket is.
    pub fn socket_path(&self) -> PathBuf {
        socket_path(&self.path, self.daemon)
    }

    /// The state of that name as it was last written, or `None` if it never was.
    ///
    /// A state of more than 1 MiB is an error of kind `FileTooLarge`: no daemon wrote it.
    pub fn read_state(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.state_path(name)?) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(STATE_MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > STATE_MOST_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(Some(bytes))
    }

    /// Replaces the state of that name: a reader, or a start after a crash, sees all of the old or
    /// all of the new.
    ///
    /// `name` is letters, digits, `-` and `_`; anything else is an error of kind `InvalidInput`.
    pub fn write_state(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.state_path(name)?;
        // No fsync: the directory is in RAM, and a power cut takes all of it.
        let fresh = path.with_extension(format!("{name}.new"));
        std::fs::write(&fresh, bytes)?;
        std::fs::rename(&fresh, &path)
    }

    /// Forgets the state of that name; it need not exist.
    pub fn remove_state(&self, name: &str) -> io::Result<()> {
        match std::fs::remove_file(self.state_path(name)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn state_path(&self, name: &str) -> io::Result<PathBuf> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        // A state may not pass for the lock or the socket.
        if name.is_empty() || !name.bytes().all(plain) || name == "lock" || name == "sock" {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(self.path.join(format!("{}.{name}", self.daemon)))
    }
}

fn pid_in(lock_path: &Path) -> String {
    let text = std::fs::read_to_string(lock_path).unwrap_or_default();
    let pid = text.trim();
    if pid.is_empty() || pid.len() > 10 || !pid.bytes().all(|c| c.is_ascii_digit()) {
        return "?".to_owned();
    }
    pid.to_owned()
}

#[cfg(test)]
mod tests;
