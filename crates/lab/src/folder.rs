//! Where a lab keeps its files: `/run/grange-lab/LAB`, with one folder a router in it.
//!
//! Names of the lab's own files hold a dot, which no node's name does, so they never meet.

use std::path::{Path, PathBuf};

use crate::topology::name::{LabName, NodeName};

/// The folder of all labs.
pub const ROOT: &str = "/run/grange-lab";

/// The folder of one lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

/// The files of one router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterFiles {
    path: PathBuf,
}

impl Folder {
    /// The folder of the lab of this name.
    pub fn of(lab: &LabName) -> Self {
        Self {
            path: Path::new(ROOT).join(lab.as_str()),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the lab writes down about itself.
    pub fn record(&self) -> PathBuf {
        self.path.join("lab.json")
    }

    /// Cables that are cut now.
    pub fn cuts(&self) -> PathBuf {
        self.path.join("cuts.json")
    }

    /// Held while the lab's files or cables change.
    pub fn lock(&self) -> PathBuf {
        self.path.join("lab.lock")
    }

    /// The files of a router.
    pub fn router(&self, name: &NodeName) -> RouterFiles {
        RouterFiles {
            path: self.path.join(name.as_str()),
        }
    }
}

impl RouterFiles {
    /// The folder that stands for the router's `/etc/config`.
    pub fn config(&self) -> PathBuf {
        self.path.join("config")
    }

    /// The folder that stands for the router's `/var/run/grange`.
    pub fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    /// What the daemon writes to stdout and stderr.
    pub fn log(&self) -> PathBuf {
        self.path.join("daemon.log")
    }

    /// The folder that stands for the router's `/etc/grange`.
    pub fn state(&self) -> PathBuf {
        self.path.join("state")
    }

    /// What grange-uplinkd writes to stdout and stderr.
    pub fn balancer_log(&self) -> PathBuf {
        self.path.join("uplinkd.log")
    }

    /// The daemon's process.
    pub fn process(&self) -> PathBuf {
        self.path.join("daemon.pid")
    }
}
