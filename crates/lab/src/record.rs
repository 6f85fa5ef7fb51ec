//! What a lab writes down about itself before it does anything, so that `grange-lab down` can
//! clean up after a lab that was killed half-way.

use std::fs;
use std::io;

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::namespace::Namespace;
use crate::process::ProcessId;
use crate::topology::graph::{Daemon, Topology};

/// The lab's own record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Where the topology came from, for people.
    pub title: String,
    /// Its text, which is read again by every command.
    pub text: String,
    /// What routers run that the topology leaves open.
    pub daemon: Daemon,
    /// Whether routers run grange-uplinkd as well.
    pub balance: bool,
    /// Whether duplicate address detection is off.
    pub fast: bool,
    /// Who takes the lab down when he ends; `None` for a detached lab.
    pub owner: Option<ProcessId>,
    /// Seconds since 1970 when the lab was started.
    pub started_s: u64,
    /// Every namespace it has or is about to make.
    pub namespaces: Vec<String>,
}

/// A record that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file.
    #[error("cannot read or write {path}")]
    File {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is in it.
    #[error("{path} is not the record of a lab: {what} is missing or wrong")]
    Content {
        /// Its path.
        path: String,
        /// Which part.
        what: &'static str,
    },
}

impl Record {
    /// Reads the record; `None` when there is no lab of this name.
    pub fn load(folder: &Folder) -> Result<Option<Self>, RecordError> {
        let path = folder.record();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(RecordError::File {
                    path: path.display().to_string(),
                    source,
                });
            }
        };
        let wrong = |what| RecordError::Content {
            path: path.display().to_string(),
            what,
        };
        let value: Value = serde_json::from_str(&text).map_err(|_| wrong("the whole"))?;
        read(&value).map(Some).map_err(wrong)
    }

    /// Writes the record, by way of another file: nobody ever reads half of it.
    pub fn save(&self, folder: &Folder) -> Result<(), RecordError> {
        let path = folder.record();
        let value = json!({
            "title": self.title,
            "text": self.text,
            "daemon": daemon_word(self.daemon),
            "balance": self.balance,
            "fast": self.fast,
            "owner": self.owner.map(ProcessId::to_text),
            "started_s": self.started_s,
            "namespaces": self.namespaces,
        });
        let fresh = path.with_extension("json.new");
        fs::write(&fresh, format!("{value:#}\n"))
            .and_then(|()| fs::rename(&fresh, &path))
            .map_err(|source| RecordError::File {
                path: path.display().to_string(),
                source,
            })
    }

    /// Whether somebody looks after the lab: its owner runs, or it is detached and still there.
    pub fn is_in_use(&self) -> bool {
        match self.owner {
            Some(owner) => owner.is_running(),
            None => self.namespaces.iter().any(|name| Namespace::exists(name)),
        }
    }

    /// What the router at this position runs.
    pub fn daemon_of(&self, topology: &Topology, router: usize) -> Daemon {
        topology.routers[router]
            .daemon
            .or(topology.daemon)
            .unwrap_or(self.daemon)
    }
}

fn read(value: &Value) -> Result<Record, &'static str> {
    let text = |key| value[key].as_str().ok_or(key);
    let owner = match &value["owner"] {
        Value::Null => None,
        owner => Some(
            owner
                .as_str()
                .and_then(ProcessId::from_text)
                .ok_or("owner")?,
        ),
    };
    let namespaces = value["namespaces"].as_array().ok_or("namespaces")?;
    let namespaces: Option<Vec<String>> = namespaces
        .iter()
        .map(|name| name.as_str().map(str::to_owned))
        .collect();
    Ok(Record {
        title: text("title")?.to_owned(),
        text: text("text")?.to_owned(),
        daemon: text("daemon")?.parse().map_err(|_| "daemon")?,
        balance: value["balance"].as_bool().unwrap_or(false),
        fast: value["fast"].as_bool().ok_or("fast")?,
        owner,
        started_s: value["started_s"].as_u64().ok_or("started_s")?,
        namespaces: namespaces.ok_or("namespaces")?,
    })
}

fn daemon_word(daemon: Daemon) -> &'static str {
    match daemon {
        Daemon::Routed => "routed",
        Daemon::Babeld => "babeld",
        Daemon::Bird => "bird",
        Daemon::Nothing => "none",
    }
}

#[cfg(test)]
mod tests;
