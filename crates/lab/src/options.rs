//! How a lab is to be.

use crate::topology::graph::Daemon;
use crate::topology::name::LabName;

/// How a lab is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name: part of the names of its namespaces.
    pub name: LabName,
    /// What routers run that the topology leaves open.
    pub daemon: Daemon,
    /// Routers run grange-uplinkd as well: those that run grange-routed.
    pub balance: bool,
    /// No duplicate address detection: addresses work at once.
    pub fast: bool,
    /// The lab stays up when its `Lab` is dropped.
    pub detached: bool,
}

impl Options {
    /// A lab of this name that runs grange-routed and goes when its `Lab` is dropped.
    pub fn new(name: LabName) -> Self {
        Self {
            name,
            daemon: Daemon::Routed,
            balance: false,
            fast: false,
            detached: false,
        }
    }
}
