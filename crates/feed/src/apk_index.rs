//! `packages.adb`: the signed index of an apk repository.

use crate::adb::{AdbError, File, Reader, Word, Writer, field};
use crate::apk::{Apk, ApkError, LARGEST_BYTES, SCHEMA as PACKAGE, info};
use crate::ec::{EcFormError, EcPublicKey, EcSecretKey};

const SCHEMA: [u8; 4] = *b"indx";

/// Why there is no index, or it is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApkIndexError {
    /// A package.
    #[error("{package}: {source}")]
    Apk {
        /// Which.
        package: String,
        /// What is wrong.
        #[source]
        source: ApkError,
    },
    /// The same name and version twice.
    #[error("{0} is there twice: raise PKG_RELEASE, or remove one")]
    Twice(String),
    /// The container.
    #[error("packages.adb: {0}")]
    Adb(#[from] AdbError),
    /// The key.
    #[error("cannot sign packages.adb: {0}")]
    Key(#[from] EcFormError),
    /// Nobody known signed it.
    #[error("packages.adb: none of the trusted keys signed it, or it was changed")]
    Signature,
}

/// What an index says of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// File name, in the same folder.
    pub file: String,
    /// Octets of the file.
    pub size: u64,
    /// SHA-256 of the package's tree.
    pub identity: Vec<u8>,
}

/// The index of these packages, given by file name and content, signed by this key.
pub fn write(packages: &[(String, Vec<u8>)], key: &EcSecretKey) -> Result<Vec<u8>, ApkIndexError> {
    let mut all = Vec::new();
    for (package, octets) in packages {
        let failed = |source: ApkError| ApkIndexError::Apk {
            package: package.clone(),
            source,
        };
        let apk = Apk::parse(octets).map_err(failed)?;
        let file = File::parse(octets, PACKAGE, LARGEST_BYTES).map_err(|e| failed(e.into()))?;
        all.push((apk, file.tree, octets.len() as u64));
    }
    all.sort_by(|(a, ..), (b, ..)| a.name.as_str().cmp(b.name.as_str()));
    let mut writer = Writer::new();
    let mut words = Vec::new();
    for (at, (apk, tree, size)) in all.iter().enumerate() {
        if at > 0 && all[at - 1].0.file_name() == apk.file_name() {
            return Err(ApkIndexError::Twice(apk.file_name()));
        }
        let reader = Reader::new(tree);
        let root = reader.object(reader.root()?, "the package")?;
        let mut fields = Vec::new();
        for word in reader.object(field(&root, 1), "its information")? {
            fields.push(copy(reader, word, &mut writer, 0)?);
        }
        fields.resize(fields.len().max(info::COUNT), Word::default());
        fields[info::FILE_SIZE - 1] = writer.int(*size);
        fields[info::HASHES - 1] = writer.blob(&apk.identity);
        words.push(writer.object(&fields));
    }
    let packages = writer.object(&words);
    let root = writer.object(&[Word::default(), packages]);
    let tree = writer.finish(root);
    let signature = key.sign(SCHEMA, &tree)?;
    let file = File {
        schema: SCHEMA,
        tree,
        signatures: vec![signature],
        contents: Vec::new(),
    };
    Ok(file.to_compressed())
}

/// A value of one tree in another. Information about packages is three levels deep.
fn copy(from: Reader<'_>, word: Word, to: &mut Writer, depth: usize) -> Result<Word, AdbError> {
    let what = "its information";
    if word.0 == 0 {
        return Ok(word);
    }
    if let Ok(number) = from.int(word, what) {
        return Ok(to.int(number));
    }
    if let Ok(octets) = from.blob(word, what) {
        return Ok(to.blob(octets));
    }
    if depth == 3 {
        return Err(AdbError::Value(what));
    }
    let mut words = Vec::new();
    for word in from.object(word, what)? {
        words.push(copy(from, word, to, depth + 1)?);
    }
    Ok(to.object(&words))
}

/// Reads an index that one of these keys must have signed.
pub fn read(octets: &[u8], trusted: &[EcPublicKey]) -> Result<Vec<Listed>, ApkIndexError> {
    let file = File::parse(octets, SCHEMA, LARGEST_BYTES)?;
    let is_signed = file.signatures.iter().any(|block| {
        let mut keys = trusted.iter();
        keys.any(|key| key.verifies(SCHEMA, &file.tree, block))
    });
    if !is_signed {
        return Err(ApkIndexError::Signature);
    }
    let reader = Reader::new(&file.tree);
    let root = reader.object(reader.root()?, "the index")?;
    let mut listed = Vec::new();
    for package in reader.object(field(&root, 2), "the list of packages")? {
        let package = reader.object(package, "a package")?;
        let text = |number| reader.text(field(&package, number), "a name or version");
        listed.push(Listed {
            file: format!("{}-{}.apk", text(info::NAME)?, text(info::VERSION)?),
            size: reader.int(field(&package, info::FILE_SIZE), "a size")?,
            identity: reader
                .blob(field(&package, info::HASHES), "a digest")?
                .to_vec(),
        });
    }
    Ok(listed)
}
