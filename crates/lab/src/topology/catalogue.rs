//! From the words on the command line to the text of a topology.

use std::path::Path;

use crate::topology::graph::Topology;
use crate::topology::text::TextError;

/// The topologies that the lab brings along: name and text.
pub const BUILT_IN: &[(&str, &str)] = &[
    (
        "neighbourhood",
        include_str!("../../topologies/neighbourhood.topology"),
    ),
    ("lossy", include_str!("../../topologies/lossy.topology")),
];

/// The one that is started when none is named.
pub const DEFAULT: &str = "neighbourhood";

/// A topology together with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// For people: a name, a path, or the statements themselves.
    pub title: String,
    /// The text.
    pub text: String,
    /// What the text says.
    pub topology: Topology,
}

/// No topology could be found or read.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A file that cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// As given.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The text is wrong.
    #[error("{title}: {source}")]
    Text {
        /// A name, a path, or the statements themselves.
        title: String,
        /// Where and why.
        #[source]
        source: TextError,
    },
    /// One word that is neither a name nor a file nor a statement.
    #[error(
        "no topology called {0:?}: built in are neighbourhood and lossy; a path to a file or statements such as \"ring 8; uplink r1\" do as well"
    )]
    Unknown(String),
}

/// Finds the topology that the words mean: nothing (the default), the name of a built-in one,
/// the path of a file, or statements.
pub fn find(words: &[String]) -> Result<Found, FindError> {
    let joined = words.join(" ");
    let title = if joined.trim().is_empty() {
        DEFAULT.to_owned()
    } else {
        joined
    };
    if let Some((_, text)) = BUILT_IN.iter().find(|(name, _)| *name == title) {
        return read(&title, text);
    }
    let one_word = !title.contains([' ', ';', '\n']);
    if Path::new(&title).is_file() || title.starts_with(['/', '.']) {
        let text = std::fs::read_to_string(&title).map_err(|source| FindError::Unreadable {
            path: title.clone(),
            source,
        })?;
        return read(&title, &text);
    }
    if one_word {
        return Err(FindError::Unknown(title));
    }
    read(&title, &title)
}

fn read(title: &str, text: &str) -> Result<Found, FindError> {
    let topology = text.parse().map_err(|source| FindError::Text {
        title: title.to_owned(),
        source,
    })?;
    Ok(Found {
        title: title.to_owned(),
        text: text.to_owned(),
        topology,
    })
}

#[cfg(test)]
mod tests;
