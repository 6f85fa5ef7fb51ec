//! .apk: what apk 3 installs (OpenWrt 25.12 on). The tree of an ADB file says what the package is and which files
//! it has; their contents follow it, each in a block.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::adb::{AdbError, File, Reader, Word, Writer, field};
use crate::apk_scripts::ApkScripts;
use crate::index::hex;
use crate::name::{NameError, PackageName, Version};
use crate::package::{Package, PackageError};
use crate::tree::{Kind, LARGEST_TREE_BYTES, Node, Tree, TreeError};

/// What the tree of a package is called.
pub const SCHEMA: [u8; 4] = *b"pckg";
/// Twice the files: their names and scripts come on top.
pub const LARGEST_BYTES: u64 = 2 * LARGEST_TREE_BYTES;

const FOLDER: &str = "lib/apk/packages";
/// Match of a dependency on the absence of any version: less, equal, greater, and the bit for `not`.
const ABSENT: u64 = 7 | 16;
const LINK_TYPE: u16 = 0o120_000;
const ROOT: &[u8] = b"root";

/// Fields of a package's information, from 1.
pub(crate) mod info {
    pub(crate) const NAME: usize = 1;
    pub(crate) const VERSION: usize = 2;
    pub(crate) const HASHES: usize = 3;
    pub(crate) const DESCRIPTION: usize = 4;
    pub(crate) const ARCH: usize = 5;
    pub(crate) const LICENSE: usize = 6;
    pub(crate) const ORIGIN: usize = 7;
    pub(crate) const MAINTAINER: usize = 8;
    pub(crate) const URL: usize = 9;
    pub(crate) const INSTALLED_SIZE: usize = 12;
    pub(crate) const FILE_SIZE: usize = 13;
    pub(crate) const DEPENDS: usize = 15;
    pub(crate) const PROVIDES: usize = 16;
    pub(crate) const COUNT: usize = 16;
}

/// An .apk that was read, and found to be whole.
#[derive(Clone, Debug)]
pub struct Apk {
    /// Its name.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// `noarch`, or an architecture.
    pub arch: String,
    /// What it installs.
    pub files: Tree,
    /// SHA-256 of its tree: what an index knows it by.
    pub identity: [u8; 32],
}

/// Why an .apk cannot be made, or is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApkError {
    /// The container.
    #[error(transparent)]
    Adb(#[from] AdbError),
    /// A name or version.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A path.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// What would be refused on a router.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A file's content.
    #[error("{0}: its content is missing, or is not what its size and digest say")]
    Content(String),
}

impl Package {
    /// `NAME-VERSION.apk`.
    pub fn apk_name(&self) -> String {
        format!("{}-{}.apk", self.name, self.version)
    }

    /// The .apk, the same octets every time.
    pub fn to_apk(&self) -> Result<Vec<u8>, ApkError> {
        Ok(self.to_adb()?.to_compressed())
    }

    /// The same before compression.
    pub fn to_adb(&self) -> Result<File, ApkError> {
        self.check()?;
        let files = self.with_lists()?;
        let mut writer = Writer::new();
        let mut fields = [Word::default(); info::COUNT];
        let mut set = |number: usize, value: Word| fields[number - 1] = value;
        let arch = if self.arch.is_all() {
            "noarch"
        } else {
            self.arch.as_str()
        };
        for (number, text) in [
            (info::NAME, self.name.as_str()),
            (info::VERSION, self.version.as_str()),
            (info::DESCRIPTION, &self.description.replace('\n', " ")),
            (info::ARCH, arch),
            (info::LICENSE, &self.license),
            (info::ORIGIN, &self.source),
            (info::MAINTAINER, &self.maintainer),
            (info::URL, &self.url),
        ] {
            set(number, writer.blob(text.as_bytes()));
        }
        set(info::DEPENDS, self.dependencies(&mut writer));
        set(info::PROVIDES, self.provisions(&mut writer));
        let (folders, contents) = folders(&mut writer, &files, self.epoch);
        // 0 would say that it brings nothing, and has no scripts either.
        set(info::INSTALLED_SIZE, writer.int(files.file_bytes().max(1)));
        let (hashes, at) = writer.own_blob(&[0; 20]);
        set(info::HASHES, hashes);
        let information = writer.object(&fields);
        let paths = writer.object(&folders);
        let scripts = scripts(&mut writer, &ApkScripts::of(self));
        let root = writer.object(&[information, paths, scripts]);
        let mut tree = writer.finish(root);
        // What the installed database knows it by is a digest of all but itself.
        let digest = Sha256::digest(&tree);
        tree[at..at + 20].copy_from_slice(&digest[..20]);
        Ok(File {
            schema: SCHEMA,
            tree,
            signatures: Vec::new(),
            contents,
        })
    }

    /// The files, with the lists that OpenWrt's scripts read in place of apk's database.
    fn with_lists(&self) -> Result<Tree, ApkError> {
        let mut files = self.tree.clone();
        let mut put = |kind: &str, text: String| {
            let path = format!("{FOLDER}/{}.{kind}", self.name);
            files.insert(&path, 0o644, Kind::File(text.into_bytes()))
        };
        let mut listed: Vec<String> = self
            .tree
            .iter()
            .filter(|(_, node)| node.kind != Kind::Folder)
            .map(|(path, _)| format!("/{path}\n"))
            .collect();
        if !self.require_user.is_empty() {
            put("rusers", format!("{}\n", self.require_user))?;
            listed.push(format!("/{FOLDER}/{}.rusers\n", self.name));
        }
        listed.sort();
        put("list", listed.concat())?;
        if !self.conffiles.is_empty() {
            let mut conffiles = self.conffiles.clone();
            conffiles.sort();
            let mut digests = String::new();
            for path in &conffiles {
                if let Some(Kind::File(octets)) = self.tree.find(path).map(|node| &node.kind) {
                    let digest = hex(&Sha256::digest(octets));
                    digests.extend([path, " ", &digest, "\n"]);
                }
            }
            put("conffiles", conffiles.join("\n") + "\n")?;
            put("conffiles_static", digests)?;
        }
        Ok(files)
    }

    fn dependencies(&self, writer: &mut Writer) -> Word {
        // The build of OpenWrt forgets conflicts here; apk has them as dependencies on an absence.
        let wanted = self.depends.iter().map(|name| (name, 0));
        let unwanted = self.conflicts.iter().map(|name| (name, ABSENT));
        let mut written = Vec::new();
        for (name, matching) in wanted.chain(unwanted) {
            let word = writer.blob(name.as_bytes());
            let matching = if matching == 0 {
                Word::default()
            } else {
                writer.int(matching)
            };
            written.push((name, writer.object(&[word, Word::default(), matching])));
        }
        // Written as they come, listed by name.
        written.sort_by_key(|(name, _)| *name);
        written.dedup();
        let words: Vec<Word> = written.into_iter().map(|(_, word)| word).collect();
        writer.object(&words)
    }

    fn provisions(&self, writer: &mut Writer) -> Word {
        let mut names = self.provides.clone();
        names.sort();
        names.dedup();
        let mut words = Vec::new();
        for name in names {
            let name = writer.blob(name.as_bytes());
            let version = writer.blob(self.version.as_str().as_bytes());
            words.push(writer.object(&[name, version]));
        }
        writer.object(&words)
    }
}

type Contents = Vec<(u32, u32, Vec<u8>)>;

/// The folders with their files, and the files' contents by their place.
fn folders(writer: &mut Writer, tree: &Tree, epoch: u64) -> (Vec<Word>, Contents) {
    let mut files: BTreeMap<String, Vec<(String, &Node)>> = BTreeMap::new();
    let mut modes = BTreeMap::from([(String::new(), 0o755)]);
    for (path, node) in tree.iter() {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        match node.kind {
            Kind::Folder => {
                modes.insert(path, node.mode);
            }
            _ => files
                .entry(folder.to_owned())
                .or_default()
                .push((name.to_owned(), node)),
        }
    }
    let mut words = Vec::new();
    let mut contents = Vec::new();
    // apk looks folders up by name, in the order of octets: that of the map. The root and folders that hold
    // folders alone are named too, because apk before 3.0.0 does not make them up.
    for (folder, mode) in modes {
        let mut inside = files.remove(&folder).unwrap_or_default();
        inside.sort_by(|(a, _), (b, _)| a.cmp(b));
        let number = u32::try_from(words.len() + 1).unwrap_or(0);
        let mut entries = Vec::new();
        for (at, (name, node)) in (1..).zip(inside) {
            entries.push(entry(writer, &name, node, epoch));
            if let Kind::File(octets) = &node.kind
                && !octets.is_empty()
            {
                contents.push((number, at, octets.clone()));
            }
        }
        let name = writer.blob(folder.as_bytes());
        let access = access(writer, mode);
        let entries = writer.object(&entries);
        words.push(writer.object(&[name, access, entries]));
    }
    (words, contents)
}

fn entry(writer: &mut Writer, name: &str, node: &Node, epoch: u64) -> Word {
    let name = writer.blob(name.as_bytes());
    let (size, digest, target) = match &node.kind {
        Kind::File(octets) => {
            let digest = writer.blob(&Sha256::digest(octets));
            (octets.len() as u64, digest, Word::default())
        }
        Kind::Link(target) => {
            let octets = [&LINK_TYPE.to_le_bytes()[..], target.as_bytes()].concat();
            (target.len() as u64, Word::default(), writer.blob(&octets))
        }
        Kind::Folder => (0, Word::default(), Word::default()),
    };
    let time = writer.int(epoch);
    let size = writer.int(size);
    let access = access(writer, node.mode);
    writer.object(&[name, access, size, time, digest, target])
}

fn access(writer: &mut Writer, mode: u32) -> Word {
    let mode = writer.int(u64::from(mode));
    let root = writer.blob(ROOT);
    writer.object(&[mode, root, root])
}

fn scripts(writer: &mut Writer, scripts: &ApkScripts) -> Word {
    let names = [
        "trigger",
        "pre-install",
        "post-install",
        "pre-deinstall",
        "post-deinstall",
        "pre-upgrade",
        "post-upgrade",
    ];
    let words = names.map(|wanted| {
        let script = scripts.iter().find(|(name, _)| *name == wanted);
        writer.blob(script.map_or("", |(_, text)| text).as_bytes())
    });
    writer.object(&words)
}

impl Apk {
    /// Reads a package and checks all its contents.
    pub fn parse(octets: &[u8]) -> Result<Self, ApkError> {
        let file = File::parse(octets, SCHEMA, LARGEST_BYTES)?;
        let reader = Reader::new(&file.tree);
        let root = reader.object(reader.root()?, "the package")?;
        let information = reader.object(field(&root, 1), "its information")?;
        let text = |number| reader.text(field(&information, number), "its information");
        let mut contents: BTreeMap<(u32, u32), Vec<u8>> = file
            .contents
            .into_iter()
            .map(|(folder, file, octets)| ((folder, file), octets))
            .collect();
        let mut files = Tree::new();
        let folders = reader.object(field(&root, 2), "the list of folders")?;
        for (folder_number, folder) in (1..).zip(folders) {
            let folder = reader.object(folder, "a folder")?;
            let folder_name = reader.text(field(&folder, 1), "a folder's name")?;
            if !folder_name.is_empty() {
                let mode = mode(reader, field(&folder, 2))?;
                files.insert(folder_name, mode, Kind::Folder)?;
            }
            let entries = reader.object(field(&folder, 3), "a folder's files")?;
            for (number, entry) in (1..).zip(entries) {
                let entry = reader.object(entry, "a file")?;
                let name = reader.text(field(&entry, 1), "a file's name")?;
                let path = if folder_name.is_empty() {
                    name.to_owned()
                } else {
                    format!("{folder_name}/{name}")
                };
                let target = reader.blob(field(&entry, 6), "a link's target")?;
                let kind = if let Some((kind, target)) = target.split_first_chunk::<2>() {
                    let target = std::str::from_utf8(target).ok();
                    match target.filter(|_| u16::from_le_bytes(*kind) == LINK_TYPE) {
                        Some(target) => Kind::Link(target.to_owned()),
                        None => return Err(TreeError::Odd(path).into()),
                    }
                } else {
                    let octets = contents
                        .remove(&(folder_number, number))
                        .unwrap_or_default();
                    let digest = reader.blob(field(&entry, 5), "a file's digest")?;
                    let size = reader.int(field(&entry, 3), "a file's size")?;
                    if octets.len() as u64 != size || Sha256::digest(&octets)[..] != *digest {
                        return Err(ApkError::Content(path));
                    }
                    Kind::File(octets)
                };
                files.insert(&path, mode(reader, field(&entry, 2))?, kind)?;
            }
        }
        if let Some((folder, file)) = contents.keys().next() {
            return Err(ApkError::Content(format!("file {file} of folder {folder}")));
        }
        Ok(Self {
            name: text(info::NAME)?.parse()?,
            version: text(info::VERSION)?.parse()?,
            arch: text(info::ARCH)?.to_owned(),
            files,
            identity: Sha256::digest(&file.tree).into(),
        })
    }

    /// What its file must be called.
    pub fn file_name(&self) -> String {
        format!("{}-{}.apk", self.name, self.version)
    }
}

fn mode(reader: Reader<'_>, access: Word) -> Result<u32, AdbError> {
    let access = reader.object(access, "an access list")?;
    let mode = reader.int(field(&access, 1), "a mode")?;
    u32::try_from(mode).map_err(|_| AdbError::Value("a mode"))
}

#[cfg(test)]
mod tests;
