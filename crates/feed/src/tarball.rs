//! GNU tar archives with nothing in them that differs from one machine to the next.
//!
//! Written as `tar --format=gnu --numeric-owner --owner=0 --group=0 --sort=name --mtime=@EPOCH` writes
//! them, octet for octet; a test compares.

use std::io::Read as _;
use std::path::Path;

use tar::{Archive, EntryType, Header};

use crate::tree::{Kind, LARGEST_TREE_BYTES, Node, Tree, TreeError};

/// tar writes in records of 20 blocks of 512 octets.
const RECORD: usize = 10_240;
const BLOCK: usize = 512;

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// Not an archive, or not all of it.
    #[error("the archive is damaged: {0}")]
    Damaged(#[from] std::io::Error),
    /// It ends early.
    #[error("the archive is cut off: it does not end with two empty blocks")]
    CutOff,
    /// Something a package has no use for.
    #[error("{path:?} is a {kind}: only files, folders and symbolic links may be in a package")]
    Kind {
        /// Its path.
        path: String,
        /// What it is.
        kind: String,
    },
    /// A path that is refused.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// The archive of a tree, each path with `./` before it, `./` itself first.
pub fn write(tree: &Tree, epoch: u64) -> Vec<u8> {
    let mut archive = Vec::new();
    append(
        &mut archive,
        "./",
        0o755,
        EntryType::Directory,
        "",
        &[],
        epoch,
    );
    for (path, Node { mode, kind }) in tree.iter() {
        let (entry, path, target, octets): (_, _, &str, &[u8]) = match kind {
            Kind::Folder => (EntryType::Directory, format!("./{path}/"), "", &[]),
            Kind::File(octets) => (EntryType::Regular, format!("./{path}"), "", octets),
            Kind::Link(target) => (EntryType::Symlink, format!("./{path}"), target, &[]),
        };
        append(&mut archive, &path, *mode, entry, target, octets, epoch);
    }
    finish(archive)
}

/// An archive of files in the order given, without folders: the outside of an .ipk.
pub fn write_files(files: &[(&str, &[u8])], epoch: u64) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, octets) in files {
        append(
            &mut archive,
            path,
            0o644,
            EntryType::Regular,
            "",
            octets,
            epoch,
        );
    }
    finish(archive)
}

fn finish(mut archive: Vec<u8>) -> Vec<u8> {
    let end = (archive.len() + 2 * BLOCK).next_multiple_of(RECORD);
    archive.resize(end, 0);
    archive
}

fn append(
    archive: &mut Vec<u8>,
    path: &str,
    mode: u32,
    kind: EntryType,
    target: &str,
    octets: &[u8],
    epoch: u64,
) {
    // GNU tar's own way with long names: an entry before the entry, whose content is the name. The
    // target of a link goes first.
    for (text, kind) in [
        (target, EntryType::GNULongLink),
        (path, EntryType::GNULongName),
    ] {
        if text.len() > 100 {
            let mut content = text.as_bytes().to_vec();
            content.push(0);
            let header = header("././@LongLink", 0o644, kind, "", content.len(), 0);
            archive.extend_from_slice(header.as_bytes());
            fill(archive, &content);
        }
    }
    let header = header(path, mode, kind, target, octets.len(), epoch);
    archive.extend_from_slice(header.as_bytes());
    fill(archive, octets);
}

fn header(path: &str, mode: u32, kind: EntryType, target: &str, size: usize, epoch: u64) -> Header {
    let mut header = Header::new_gnu();
    let gnu = header.as_old_mut();
    let keep = path.len().min(100);
    gnu.name[..keep].copy_from_slice(&path.as_bytes()[..keep]);
    let keep = target.len().min(100);
    gnu.linkname[..keep].copy_from_slice(&target.as_bytes()[..keep]);
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size as u64);
    header.set_mtime(epoch);
    // GNU tar writes six digits, NUL and a blank here, unlike everywhere else.
    let old = header.as_old_mut();
    old.cksum = *b"        ";
    let sum: u32 = header
        .as_bytes()
        .iter()
        .map(|&octet| u32::from(octet))
        .sum();
    let digits = format!("{sum:06o}\0 ");
    header.as_old_mut().cksum.copy_from_slice(digits.as_bytes());
    header
}

fn fill(archive: &mut Vec<u8>, octets: &[u8]) {
    archive.extend_from_slice(octets);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
}

/// The tree in an archive.
///
/// Refused are damaged and cut archives, paths that lead out of the root, and all but files, folders and
/// symbolic links. Owners and times are not looked at.
pub fn read(archive: &[u8]) -> Result<Tree, TarError> {
    let is_whole = archive.len() >= 2 * BLOCK
        && archive.len().is_multiple_of(BLOCK)
        && archive[archive.len() - 2 * BLOCK..]
            .iter()
            .all(|&octet| octet == 0);
    if !is_whole {
        return Err(TarError::CutOff);
    }
    let mut tree = Tree::new();
    let mut left = LARGEST_TREE_BYTES;
    for entry in Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = text(&entry.path_bytes())?;
        let inside = path.strip_prefix("./").unwrap_or(&path);
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let kind = entry.header().entry_type();
        if kind == EntryType::Directory && inside.is_empty() {
            continue;
        }
        let mode = entry.header().mode()? & 0o7777;
        let kind = match kind {
            EntryType::Directory => Kind::Folder,
            EntryType::Regular => {
                left = left
                    .checked_sub(entry.header().size()?)
                    .ok_or(TreeError::TooLarge)?;
                let mut octets = Vec::new();
                entry.read_to_end(&mut octets)?;
                if octets.len() as u64 != entry.header().size()? {
                    return Err(TarError::CutOff);
                }
                Kind::File(octets)
            }
            EntryType::Symlink => {
                let target = entry.link_name_bytes().unwrap_or_default();
                Kind::Link(text(&target)?)
            }
            odd => {
                return Err(TarError::Kind {
                    path,
                    kind: format!("{odd:?}").to_lowercase(),
                });
            }
        };
        tree.insert(inside, mode, kind)?;
    }
    Ok(tree)
}

fn text(octets: &[u8]) -> Result<String, TarError> {
    String::from_utf8(octets.to_vec())
        .map_err(|_| TreeError::Path(Path::new("?").display().to_string()).into())
}

#[cfg(test)]
mod tests;
