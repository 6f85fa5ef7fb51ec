//! What can go wrong with a lab.

use std::io;
use std::time::Duration;

use crate::daemons::StartError;
use crate::namespace::NamespaceError;
use crate::netlink::NetlinkError;
use crate::record::RecordError;
use crate::shaping::ShapingError;
use crate::teardown::TeardownError;
use crate::topology::name::LabName;
use crate::topology::text::TextError;

/// A lab could not be brought up. Whatever there was of it is gone again.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// Not root.
    #[error("the lab makes network namespaces, and for that it has to run as root")]
    NotRoot,
    /// Another one with this name.
    #[error(
        "lab {0} is up already: take it down with `grange-lab down`, or choose another --lab NAME"
    )]
    UpAlready(LabName),
    /// Stopped by whoever watched the start.
    #[error("stopped before the lab was up")]
    Cancelled,
    /// Its folder cannot be made.
    #[error("cannot make the folder {path}")]
    Folder {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its record cannot be written, or that of an older lab cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A namespace.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// A link, address or route.
    #[error(transparent)]
    Netlink(#[from] NetlinkError),
    /// Loss, rate or masquerading.
    #[error(transparent)]
    Shaping(#[from] ShapingError),
    /// A daemon.
    #[error(transparent)]
    Start(#[from] StartError),
    /// What was left of an older lab of this name cannot be removed.
    #[error("cannot remove what is left of an older lab {name}")]
    Leftovers {
        /// Its name.
        name: LabName,
        /// What is left and why.
        #[source]
        source: TeardownError,
    },
}

/// A lab that should be up cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// None of this name.
    #[error("no lab called {0} is up: start it with `grange-lab up`")]
    Missing(LabName),
    /// Its record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The topology in its record cannot be read.
    #[error("the record of the lab holds a wrong topology")]
    Topology(#[from] TextError),
    /// One of its namespaces is gone.
    #[error("the lab is broken (take it down with `grange-lab down`)")]
    Namespace(#[from] NamespaceError),
}

/// No node of this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no {wanted} called {name}; there are: {known}")]
pub struct NoSuchNode {
    /// `node` or `router`.
    pub wanted: &'static str,
    /// The name.
    pub name: String,
    /// The names that there are.
    pub known: String,
}

/// A command on a node, or a daemon, could not be dealt with.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No such node.
    #[error(transparent)]
    NoSuchNode(#[from] NoSuchNode),
    /// The program did not start, or a signal could not be sent.
    #[error("cannot run or signal a process on {node}")]
    Process {
        /// Where.
        node: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its daemon did not start again.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its kernel does not answer.
    #[error(transparent)]
    Netlink(#[from] NetlinkError),
}

/// What was waited for did not come.
#[derive(Debug, thiserror::Error)]
#[error("waited {waited:.0?} in vain: {what}\n{report}")]
pub struct WaitError {
    /// For what.
    pub what: String,
    /// How long.
    pub waited: Duration,
    /// Events, routes, rules and logs of all nodes.
    pub report: String,
}

/// Whatever went wrong with a run of many steps, for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
