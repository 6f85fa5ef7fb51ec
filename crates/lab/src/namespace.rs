//! A network namespace with a name, as `ip netns` makes them.
//!
//! Work inside one is done on a thread of its own that enters it and then ends: neither the caller
//! nor the machine's own namespace ever sees an address or an interface of a lab.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};

/// Where `ip netns` looks.
const FOLDER: &str = "/run/netns";

/// An open namespace: it stays alive while this exists, even when its name is removed.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    file: File,
    inode: u64,
}

/// Making, opening or entering a namespace failed.
#[derive(Debug, thiserror::Error)]
pub enum NamespaceError {
    /// Somebody has a namespace of this name.
    #[error("there is already a network namespace called {0}")]
    Exists(String),
    /// A step failed.
    #[error("cannot {step} network namespace {name}")]
    Step {
        /// Which.
        step: &'static str,
        /// Whose.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Namespace {
    /// Makes a new, empty namespace.
    pub fn create(name: &str) -> Result<Self, NamespaceError> {
        let failed = |step| {
            move |source| NamespaceError::Step {
                step,
                name: name.into(),
                source,
            }
        };
        share_folder().map_err(failed("prepare /run/netns for"))?;
        let path = path_of(name);
        File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => NamespaceError::Exists(name.to_owned()),
            _ => failed("name")(error),
        })?;
        let made = on_own_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            bind(Path::new("/proc/thread-self/ns/net"), &path)
        });
        if let Err(error) = made {
            // The empty file would block the name for ever; that removing it fails as well adds
            // nothing to the error that is reported.
            drop(fs::remove_file(&path));
            return Err(failed("create")(error.into()));
        }
        Self::open(name)
    }

    /// Opens the namespace of this name.
    pub fn open(name: &str) -> Result<Self, NamespaceError> {
        let failed = |source| NamespaceError::Step {
            step: "open",
            name: name.into(),
            source,
        };
        let file = File::open(path_of(name)).map_err(failed)?;
        let inode = file.metadata().map_err(failed)?.ino();
        Ok(Self {
            name: name.to_owned(),
            file,
            inode,
        })
    }

    /// Whether there is a namespace of this name.
    pub fn exists(name: &str) -> bool {
        path_of(name).exists()
    }

    /// Removes the name; the namespace goes when its last process and file does. No such name is
    /// no error.
    pub fn remove(name: &str) -> Result<(), NamespaceError> {
        let failed = |source| NamespaceError::Step {
            step: "remove",
            name: name.into(),
            source,
        };
        let path = path_of(name);
        match umount2(&path, MntFlags::MNT_DETACH) {
            // EINVAL: the file is there, but nothing is mounted on it (creation stopped half-way).
            Ok(()) | Err(Errno::EINVAL) => {}
            Err(Errno::ENOENT) => return Ok(()),
            Err(error) => return Err(failed(error.into())),
        }
        fs::remove_file(&path).map_err(failed)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The open file, for commands that take a namespace by descriptor.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Runs `work` inside, on a thread of its own. Child processes that `work` starts are inside
    /// too, but see the `/sys` of the namespace they came from.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, NamespaceError> {
        on_own_thread(|| setns(&self.file, CloneFlags::CLONE_NEWNET).map(|()| work())).map_err(
            |error| NamespaceError::Step {
                step: "enter",
                name: self.name.clone(),
                source: error.into(),
            },
        )
    }

    /// The processes that are inside now.
    pub fn processes(&self) -> Vec<u32> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter(|pid| {
            fs::metadata(format!("/proc/{pid}/ns/net")).is_ok_and(|ns| ns.ino() == self.inode)
        })
        .collect()
    }
}

fn path_of(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

/// Makes `/run/netns` a shared mount, as `ip netns add` does: else a process in a mount namespace
/// of its own (every `ip netns exec`) keeps removed namespaces alive.
fn share_folder() -> io::Result<()> {
    fs::create_dir_all(FOLDER)?;
    let share = || {
        mount::<str, str, str, str>(
            Some(""),
            FOLDER,
            Some("none"),
            MsFlags::MS_SHARED | MsFlags::MS_REC,
            None,
        )
    };
    match share() {
        Err(Errno::EINVAL) => {
            bind(Path::new(FOLDER), Path::new(FOLDER))?;
            share()?;
        }
        result => result?,
    }
    Ok(())
}

fn bind(from: &Path, to: &Path) -> Result<(), Errno> {
    mount::<Path, Path, str, str>(
        Some(from),
        to,
        None,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        None,
    )
}

fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| match scope.spawn(work).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
