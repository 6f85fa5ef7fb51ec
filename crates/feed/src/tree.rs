//! The files of a package, by path: what its archive holds and a router gets.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// More in one package is a mistake: a router's whole flash is 8 to 256 MB.
pub const LARGEST_TREE_BYTES: u64 = 64 << 20;

/// Files, folders and symbolic links below the root; each folder that is needed is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    // By components, so that the order is that of `tar --sort=name`: each folder before what is in it.
    nodes: BTreeMap<Vec<String>, Node>,
}

/// A file, folder or link, owned by root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Permission bits, with set-uid and sticky.
    pub mode: u32,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file with these octets.
    File(Vec<u8>),
    /// A symbolic link with this target.
    Link(String),
}

/// Why a path or a folder cannot go into a package.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A path that leads out of the root, or that no file on a router should have.
    #[error("path {0:?} is refused: no empty, `.` or `..` parts, control letters or backslashes")]
    Path(String),
    /// The same path twice, or a file where a folder is.
    #[error("path {0:?} is there twice")]
    Twice(String),
    /// A device, socket or pipe.
    #[error("{0:?} is not a file, folder or symbolic link")]
    Odd(String),
    /// More than a package may hold.
    #[error("the files have more than {} MiB in all", LARGEST_TREE_BYTES >> 20)]
    TooLarge,
    /// The system's refusal.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

impl Tree {
    /// Without anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// A folder of this machine and all below it, with its permissions; owner and times are left out.
    pub fn from_folder(folder: &Path) -> Result<Self, TreeError> {
        let mut tree = Self::new();
        let mut left = LARGEST_TREE_BYTES;
        tree.read_folder(folder, "", &mut left)?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, at: &str, left: &mut u64) -> Result<(), TreeError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| TreeError::Io { path, source }
        };
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let entry = entry.map_err(failed(folder))?;
            let path = entry.path();
            let name = entry.file_name();
            let name = name
                .to_str()
                .ok_or_else(|| TreeError::Path(path.display().to_string()))?;
            let inside = if at.is_empty() {
                name.to_owned()
            } else {
                format!("{at}/{name}")
            };
            let about = fs::symlink_metadata(&path).map_err(failed(&path))?;
            let mode = about.mode() & 0o7777;
            if about.is_dir() {
                self.insert(&inside, mode, Kind::Folder)?;
                self.read_folder(&path, &inside, left)?;
            } else if about.is_file() {
                *left = left.checked_sub(about.len()).ok_or(TreeError::TooLarge)?;
                let octets = fs::read(&path).map_err(failed(&path))?;
                self.insert(&inside, mode, Kind::File(octets))?;
            } else if about.is_symlink() {
                let target = fs::read_link(&path).map_err(failed(&path))?;
                let target = target
                    .to_str()
                    .ok_or_else(|| TreeError::Path(inside.clone()))?;
                self.insert(&inside, 0o777, Kind::Link(target.to_owned()))?;
            } else {
                return Err(TreeError::Odd(inside));
            }
        }
        Ok(())
    }

    /// Adds a node at a path such as `etc/config/x`, and the folders above it (mode 0755).
    pub fn insert(&mut self, path: &str, mode: u32, kind: Kind) -> Result<(), TreeError> {
        let parts = parts(path)?;
        for end in 1..parts.len() {
            let above = self.nodes.entry(parts[..end].to_vec()).or_insert(Node {
                mode: 0o755,
                kind: Kind::Folder,
            });
            if above.kind != Kind::Folder {
                return Err(TreeError::Twice(path.to_owned()));
            }
        }
        let node = Node { mode, kind };
        match self.nodes.get_mut(&parts) {
            None => {
                self.nodes.insert(parts, node);
            }
            // A folder that was made for what is in it now gets its own mode.
            Some(old) if old.kind == Kind::Folder && node.kind == Kind::Folder => *old = node,
            Some(_) => return Err(TreeError::Twice(path.to_owned())),
        }
        Ok(())
    }

    /// The node at a path, with or without a slash in front.
    pub fn find(&self, path: &str) -> Option<&Node> {
        let parts = parts(path.strip_prefix('/').unwrap_or(path)).ok()?;
        self.nodes.get(&parts)
    }

    /// All nodes with their paths, without a slash in front, each folder before what is in it.
    pub fn iter(&self) -> impl Iterator<Item = (String, &Node)> {
        self.nodes
            .iter()
            .map(|(parts, node)| (parts.join("/"), node))
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The octets of all files.
    pub fn file_bytes(&self) -> u64 {
        self.nodes
            .values()
            .map(|node| match &node.kind {
                Kind::File(octets) => octets.len() as u64,
                _ => 0,
            })
            .sum()
    }
}

fn parts(path: &str) -> Result<Vec<String>, TreeError> {
    let is_fine = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.len() < 256
            && !part
                .chars()
                .any(|letter| letter.is_control() || letter == '\\')
    };
    let parts: Vec<&str> = path.split('/').collect();
    if path.len() < 4096 && parts.iter().all(|part| is_fine(part)) {
        Ok(parts.into_iter().map(str::to_owned).collect())
    } else {
        Err(TreeError::Path(path.to_owned()))
    }
}

#[cfg(test)]
mod tests;
