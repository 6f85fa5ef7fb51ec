//! ADB, the binary form of apk 3's packages and indexes: a tree of values, written child first.
//!
//! A value is a word of 32 bits, little-endian: a type in the upper four, and in the lower 28 the value itself or
//! where its octets are. An object is its number of words, then a word for each field; its last empty
//! fields are left out. The same octets are written once. (apk-tools doc/apk-v3.5)
//!
//! A file is `ADB.`, a schema, and blocks, each padded to 8 octets:
//!
//! ```text
//!     0                   1                   2                   3
//!     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!    +---+-----------------------------------------------------------+
//!    |Typ|  length of this word and the content, little-endian       |
//!    +---+-----------------------------------------------------------+
//! ```
//!
//! The type is 0 for the tree, 1 for a signature, 2 for a file's content. Compressed, the whole is `ADBd` and raw
//! deflate.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

const INT: u32 = 0x1000_0000;
const INT_32: u32 = 0x2000_0000;
const INT_64: u32 = 0x3000_0000;
const BLOB_8: u32 = 0x8000_0000;
const BLOB_16: u32 = 0x9000_0000;
const BLOB_32: u32 = 0xa000_0000;
const ARRAY: u32 = 0xd000_0000;
const OBJECT: u32 = 0xe000_0000;
const TYPE: u32 = 0xf000_0000;
const REST: u32 = 0x0fff_ffff;

/// Version octets, then the root's word.
const HEADER: usize = 8;
const TREE: u32 = 0;
const SIGNATURE: u32 = 1;
const DATA: u32 = 2;
/// Longer blocks have a longer header, and nothing on a router has them.
const LARGEST_BLOCK: usize = 0x3fff_ffff;

/// A value's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word(pub u32);

/// Writes a tree.
#[derive(Debug)]
pub struct Writer {
    octets: Vec<u8>,
    known: HashMap<Vec<u8>, usize>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// Without values.
    pub fn new() -> Self {
        Self {
            octets: vec![0; HEADER],
            known: HashMap::new(),
        }
    }

    fn append(&mut self, octets: &[u8], align: usize) -> usize {
        let at = self.octets.len().next_multiple_of(align);
        self.octets.resize(at, 0);
        self.octets.extend_from_slice(octets);
        at
    }

    fn put(&mut self, octets: Vec<u8>, align: usize) -> u32 {
        let at = match self.known.get(&octets) {
            Some(&at) if at.is_multiple_of(align) => at,
            _ => {
                let at = self.append(&octets, align);
                self.known.insert(octets, at);
                at
            }
        };
        offset(at)
    }

    /// Octets; none is an empty field.
    pub fn blob(&mut self, octets: &[u8]) -> Word {
        let (kind, all, align) = blob(octets);
        if octets.is_empty() {
            return Word::default();
        }
        Word(kind | self.put(all, align))
    }

    /// Octets that are to be changed later: never shared with others. The offset of the first.
    pub fn own_blob(&mut self, octets: &[u8]) -> (Word, usize) {
        let (kind, all, align) = blob(octets);
        let at = self.append(&all, align);
        (Word(kind | offset(at)), at + align)
    }

    /// A number.
    pub fn int(&mut self, number: u64) -> Word {
        match u32::try_from(number) {
            Ok(small) if small <= REST => Word(INT | small),
            Ok(word) => Word(INT_32 | self.put(word.to_le_bytes().to_vec(), 4)),
            Err(_) => Word(INT_64 | self.put(number.to_le_bytes().to_vec(), 4)),
        }
    }

    /// An object of these fields, or a list; none at all is an empty field.
    pub fn object(&mut self, fields: &[Word]) -> Word {
        let empty = fields.iter().rev().take_while(|field| field.0 == 0).count();
        let fields = &fields[..fields.len() - empty];
        if fields.is_empty() {
            return Word::default();
        }
        let count = u32::try_from(fields.len() + 1).unwrap_or(u32::MAX);
        let mut octets = count.to_le_bytes().to_vec();
        for field in fields {
            octets.extend_from_slice(&field.0.to_le_bytes());
        }
        Word(OBJECT | self.put(octets, 4))
    }

    /// The tree with this root.
    pub fn finish(mut self, root: Word) -> Vec<u8> {
        self.octets[4..HEADER].copy_from_slice(&root.0.to_le_bytes());
        self.octets
    }
}

/// A tree of 256 MiB is none that a package has: [`crate::tree::LARGEST_TREE_BYTES`].
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(REST) & REST
}

fn blob(octets: &[u8]) -> (u32, Vec<u8>, usize) {
    let (kind, mut all) = match octets.len() {
        length @ 0..=0xff => (BLOB_8, vec![u8::try_from(length).unwrap_or(0)]),
        length @ 0x100..=0xffff => {
            let length = u16::try_from(length).unwrap_or(0);
            (BLOB_16, length.to_le_bytes().to_vec())
        }
        length => {
            let length = u32::try_from(length).unwrap_or(0);
            (BLOB_32, length.to_le_bytes().to_vec())
        }
    };
    let align = all.len();
    all.extend_from_slice(octets);
    (kind, all, align)
}

/// Why a tree or file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdbError {
    /// Not such a file.
    #[error("it does not start with ADB")]
    Magic,
    /// A compression apk on routers has not.
    #[error("it is compressed in a way this tool and routers do not know")]
    Compression,
    /// deflate.
    #[error("it is damaged or cut off: its compressed content cannot be read")]
    Deflate,
    /// More comes out than anybody would have put in.
    #[error("too much comes out of it")]
    TooLarge,
    /// A block.
    #[error("it is damaged or cut off: block {0}")]
    Block(usize),
    /// A value.
    #[error("it is damaged: {0} leads nowhere, or is of another kind")]
    Value(&'static str),
    /// Another schema.
    #[error("this is a {found:?}, not a {wanted:?}")]
    Schema {
        /// What it is.
        found: String,
        /// What it was to be.
        wanted: String,
    },
}

/// A file taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// `pckg` or `indx`.
    pub schema: [u8; 4],
    /// The tree.
    pub tree: Vec<u8>,
    /// Signatures over it.
    pub signatures: Vec<Vec<u8>>,
    /// Contents of files, each after its place: number of the folder, number of the file in it, from 1.
    pub contents: Vec<(u32, u32, Vec<u8>)>,
}

impl File {
    /// The octets, not compressed.
    pub fn to_octets(&self) -> Vec<u8> {
        let mut out = b"ADB.".to_vec();
        out.extend_from_slice(&self.schema);
        block(&mut out, TREE, &[&self.tree]);
        for signature in &self.signatures {
            block(&mut out, SIGNATURE, &[signature]);
        }
        for (folder, file, content) in &self.contents {
            let place = [folder.to_le_bytes(), file.to_le_bytes()].concat();
            block(&mut out, DATA, &[&place, content]);
        }
        out
    }

    /// The octets, compressed.
    pub fn to_compressed(&self) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(b"ADBd".to_vec(), Compression::best());
        // Writing into memory cannot fail.
        let written = encoder
            .write_all(&self.to_octets())
            .and_then(|()| encoder.finish());
        written.unwrap_or_default()
    }

    /// Reads a file of this schema, compressed or not, of which at most so many octets come out.
    pub fn parse(octets: &[u8], schema: [u8; 4], most: u64) -> Result<Self, AdbError> {
        if octets.get(..3) != Some(b"ADB") {
            return Err(AdbError::Magic);
        }
        let plain;
        let mut rest = match octets.get(3) {
            Some(b'.') => octets,
            Some(b'd') => {
                plain = inflate(&octets[4..], most)?;
                &plain
            }
            _ => return Err(AdbError::Compression),
        };
        let (Some(b"ADB."), Some(found)) = (rest.get(..4), rest.get(4..8)) else {
            return Err(AdbError::Magic);
        };
        if found != schema {
            return Err(AdbError::Schema {
                found: String::from_utf8_lossy(found).into_owned(),
                wanted: String::from_utf8_lossy(&schema).into_owned(),
            });
        }
        rest = &rest[8..];
        let mut file = Self {
            schema,
            tree: Vec::new(),
            signatures: Vec::new(),
            contents: Vec::new(),
        };
        let mut at = 0;
        while !rest.is_empty() {
            at += 1;
            let (kind, content, after) = next_block(rest).ok_or(AdbError::Block(at))?;
            match kind {
                TREE if at == 1 => file.tree = content.to_vec(),
                SIGNATURE if at > 1 && file.contents.is_empty() => {
                    file.signatures.push(content.to_vec());
                }
                DATA if at > 1 && content.len() >= 8 => file.contents.push((
                    word(content, 0).unwrap_or(0),
                    word(content, 4).unwrap_or(0),
                    content[8..].to_vec(),
                )),
                _ => return Err(AdbError::Block(at)),
            }
            rest = after;
        }
        if at == 0 {
            return Err(AdbError::Block(1));
        }
        Ok(file)
    }
}

fn inflate(octets: &[u8], most: u64) -> Result<Vec<u8>, AdbError> {
    let mut decoder = DeflateDecoder::new(octets);
    let mut out = Vec::new();
    let read = decoder.by_ref().take(most + 1).read_to_end(&mut out);
    if read.is_err() || !decoder.into_inner().is_empty() {
        return Err(AdbError::Deflate);
    }
    if out.len() as u64 > most {
        return Err(AdbError::TooLarge);
    }
    Ok(out)
}

fn block(out: &mut Vec<u8>, kind: u32, parts: &[&[u8]]) {
    let length = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u32::try_from(length.min(LARGEST_BLOCK)).unwrap_or(0);
    out.extend_from_slice(&(kind << 30 | length).to_le_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
    out.resize(out.len().next_multiple_of(8), 0);
}

/// Type and content of the first block, and what follows it.
fn next_block(octets: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let head = word(octets, 0)?;
    let length = (head & 0x3fff_ffff) as usize;
    let content = octets.get(4..length)?;
    let after = octets.get(length.next_multiple_of(8)..)?;
    Some((head >> 30, content, after))
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    let octets = octets.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(octets.try_into().ok()?))
}

/// Reads a tree.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    octets: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Of a tree's octets.
    pub fn new(octets: &'a [u8]) -> Self {
        Self { octets }
    }

    /// The root's word.
    pub fn root(self) -> Result<Word, AdbError> {
        word(self.octets, 4)
            .map(Word)
            .ok_or(AdbError::Value("the root"))
    }

    /// The octets of a blob; an empty field has none. `what` is said when it leads nowhere.
    pub fn blob(self, value: Word, what: &'static str) -> Result<&'a [u8], AdbError> {
        let at = (value.0 & REST) as usize;
        let length = match value.0 & TYPE {
            0 if value.0 == 0 => return Ok(&[]),
            BLOB_8 => self.octets.get(at).map(|&length| (1, usize::from(length))),
            BLOB_16 => self
                .octets
                .get(at..at + 2)
                .map(|octets| (2, usize::from(octets[0]) | usize::from(octets[1]) << 8)),
            BLOB_32 => word(self.octets, at).map(|length| (4, length as usize)),
            _ => None,
        };
        length
            .and_then(|(head, length)| self.octets.get(at + head..at + head + length))
            .ok_or(AdbError::Value(what))
    }

    /// The text of a blob.
    pub fn text(self, value: Word, what: &'static str) -> Result<&'a str, AdbError> {
        std::str::from_utf8(self.blob(value, what)?).map_err(|_| AdbError::Value(what))
    }

    /// A number; an empty field is 0.
    pub fn int(self, value: Word, what: &'static str) -> Result<u64, AdbError> {
        let at = (value.0 & REST) as usize;
        let number = match value.0 & TYPE {
            0 if value.0 == 0 => Some(0),
            INT => Some(u64::from(value.0 & REST)),
            INT_32 => word(self.octets, at).map(u64::from),
            INT_64 => word(self.octets, at)
                .zip(word(self.octets, at + 4))
                .map(|(low, high)| u64::from(low) | u64::from(high) << 32),
            _ => None,
        };
        number.ok_or(AdbError::Value(what))
    }

    /// The words of an object or list, without their number: at most as many as there are octets for.
    pub fn object(self, value: Word, what: &'static str) -> Result<Vec<Word>, AdbError> {
        let at = (value.0 & REST) as usize;
        if value.0 == 0 {
            return Ok(Vec::new());
        }
        if !matches!(value.0 & TYPE, OBJECT | ARRAY) {
            return Err(AdbError::Value(what));
        }
        let count = word(self.octets, at).ok_or(AdbError::Value(what))? as usize;
        let octets = self
            .octets
            .get(at + 4..at + count.saturating_mul(4).min(self.octets.len() + 1))
            .ok_or(AdbError::Value(what))?;
        Ok(octets
            .chunks_exact(4)
            .map(|word| Word(u32::from_le_bytes([word[0], word[1], word[2], word[3]])))
            .collect())
    }
}

/// A field of an object, from 1 as in the schemas.
pub fn field(object: &[Word], number: usize) -> Word {
    object.get(number - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
