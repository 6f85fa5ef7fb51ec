//! Takes a lab down by its record alone: works for one that is whole, half-made or abandoned.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use crate::folder::{Folder, ROOT};
use crate::namespace::{Namespace, NamespaceError};
use crate::process::{self, ProcessId};
use crate::record::Record;

/// Something of the lab is left.
#[derive(Debug, thiserror::Error)]
pub enum TeardownError {
    /// A process could not be signalled.
    #[error("cannot end the lab's processes")]
    Processes(#[source] io::Error),
    /// A namespace could not be removed.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// The folder could not be removed.
    #[error("cannot remove {path}")]
    Folder {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Ends the lab's processes, then removes its namespaces and files. Tries everything, and reports
/// the first thing that failed.
pub fn tear_down(folder: &Folder, record: &Record) -> Result<(), TeardownError> {
    let namespaces: Vec<Namespace> = record
        .namespaces
        .iter()
        .filter_map(|name| Namespace::open(name).ok())
        .collect();
    let mut result =
        process::stop_all(&processes(folder, &namespaces)).map_err(TeardownError::Processes);
    drop(namespaces);
    for name in &record.namespaces {
        let removed = Namespace::remove(name).map_err(TeardownError::from);
        result = result.and(removed);
    }
    // Otherwise the record stays: the next attempt goes by it.
    result?;
    let failed = |source| TeardownError::Folder {
        path: folder.path().display().to_string(),
        source,
    };
    match fs::remove_dir_all(folder.path()) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(failed(source)),
        _ => {}
    }
    // Works for the last lab only, which is just what is wanted.
    drop(fs::remove_dir(ROOT));
    Ok(())
}

/// The daemons of the lab, and whatever else was started inside its namespaces: they end with it.
fn processes(folder: &Folder, namespaces: &[Namespace]) -> Vec<ProcessId> {
    let mut found = BTreeSet::new();
    let mut processes = Vec::new();
    for entry in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
        processes.extend(ProcessId::load(&entry.path().join("daemon.pid")));
    }
    for namespace in namespaces {
        processes.extend(namespace.processes().into_iter().filter_map(ProcessId::of));
    }
    // Never ourselves: a thread of ours may be inside one of them just now.
    processes.retain(|process| Some(*process) != ProcessId::own() && found.insert(process.pid()));
    processes
}
