//! Names of routers and labs.

use std::fmt;

/// Name of a node: a router, a laptop, a provider.
///
/// A router's name is part of its neighbours' interface names (`mesh-park`), and Linux allows
/// 15 bytes there, so routers get at most [`NodeName::ROUTER_MAX`] of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(String);

/// Why a word cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Other characters than a name may have.
    #[error("a name is lower-case letters, digits and single dashes, and starts with a letter")]
    Characters,
    /// Too long; holds the limit.
    #[error("a name here has at most {0} characters")]
    TooLong(usize),
}

impl NodeName {
    /// Longest router name in bytes: `mesh-` and this are 15.
    pub const ROUTER_MAX: usize = 10;

    /// Checks a word of at most `max` bytes.
    pub fn new(word: &str, max: usize) -> Result<Self, NameError> {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let shape = word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(letters)
            && !word.ends_with('-')
            && !word.contains("--");
        match (shape, word.len() > max) {
            (false, _) => Err(NameError::Characters),
            (true, true) => Err(NameError::TooLong(max)),
            (true, false) => Ok(Self(word.to_owned())),
        }
    }

    /// The name of the laptop in this router's home.
    #[must_use]
    pub fn laptop(&self) -> Self {
        Self(format!("laptop-{}", self.0))
    }

    /// The name of the provider at this router, where the topology gives none.
    #[must_use]
    pub fn provider(&self) -> Self {
        Self(format!("isp-{}", self.0))
    }

    /// The name of the switch between two routers. No router has a name like it.
    #[must_use]
    pub fn switch(&self, other: &Self) -> Self {
        Self(format!("switch--{}--{}", self.0, other.0))
    }

    /// The one node that stands for the rest of the world.
    pub fn internet() -> Self {
        Self("internet".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Name of a lab: several can be up at once. Part of the names of its namespaces
/// (`grange-LAB-NODE`) and of its folder in `/run/grange-lab`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabName(NodeName);

impl LabName {
    /// Longest name in bytes: keeps the paths of control sockets within the kernel's 107.
    pub const MAX: usize = 24;

    /// Checks a word.
    pub fn new(word: &str) -> Result<Self, NameError> {
        NodeName::new(word, Self::MAX).map(Self)
    }

    /// The namespace of one of the lab's nodes.
    pub fn namespace(&self, node: &NodeName) -> String {
        format!("grange-{}-{}", self.0, node)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for LabName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for LabName {
    type Err = NameError;

    fn from_str(word: &str) -> Result<Self, NameError> {
        Self::new(word)
    }
}
