//! The folder with the keys of a feed: for each `ID.sec` and `ID.pub`, which opkg's signatures are made and
//! checked with, `ID.ec` and `ID.pem` for apk's; and `signing`, which names the one that signs.
//!
//! Every public key in it is given to routers. So a key is rolled over in three steps, each a release of
//! the feed apart: a second key is made (routers learn it with the feed signed by the first), it becomes
//! the one that signs, the first is removed.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::ec::{EcFormError, EcPublicKey, EcSecretKey};
use crate::usign::{FormError, KeyId, PublicKey, SecretKey, Signature, VerifyError};

/// The keys of a feed.
#[derive(Debug)]
pub struct Keyring {
    folder: PathBuf,
    trusted: Vec<PublicKey>,
    signing: Option<SecretKey>,
    apk_trusted: Vec<EcPublicKey>,
}

/// Why a key folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A file.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The content of one.
    #[error("{}: {source}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: FormError,
    },
    /// The content of a key for apk.
    #[error("{}: {source}", path.display())]
    EcForm {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: EcFormError,
    },
    /// A public key whose file is called otherwise than its id.
    #[error("{}: holds key {id}: call it {id}.pub", path.display())]
    Misnamed {
        /// Which.
        path: PathBuf,
        /// The id inside.
        id: KeyId,
    },
    /// The one that signs.
    #[error("{}: no key signs yet: make one with `grange-feed key new`", .0.display())]
    NoSigner(PathBuf),
    /// No such key.
    #[error("{}: there is no key {id}: `grange-feed key list` shows them", folder.display())]
    Unknown {
        /// The folder.
        folder: PathBuf,
        /// What was asked for.
        id: String,
    },
    /// It would leave the feed unsigned.
    #[error("key {0} signs the feed: let another one sign first (`grange-feed key sign-with ID`)")]
    InUse(KeyId),
    /// Randomness.
    #[error("the system gives no randomness: {0}")]
    Random(String),
}

impl Keyring {
    /// Reads the folder; one that is not there has no keys.
    pub fn open(folder: &Path) -> Result<Self, KeyringError> {
        let mut trusted = Vec::new();
        let mut apk_trusted = Vec::new();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>().map_err(at(folder))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(at(folder)(error)),
        };
        for entry in entries {
            let path = entry.path();
            let extension = path.extension().unwrap_or_default();
            if extension == "pem" {
                apk_trusted.push(parse_pem(&path, EcPublicKey::from_pem)?);
            }
            if extension != "pub" {
                continue;
            }
            let key: PublicKey = parse(&path)?;
            if path
                .file_stem()
                .is_none_or(|stem| *stem != *key.id.to_string())
            {
                return Err(KeyringError::Misnamed { path, id: key.id });
            }
            trusted.push(key);
        }
        trusted.sort_by_key(|key| key.id);
        let signing = match fs::read_to_string(folder.join("signing")) {
            Ok(id) => Some(parse(&folder.join(format!("{}.sec", id.trim())))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(at(&folder.join("signing"))(error)),
        };
        Ok(Self {
            folder: folder.to_owned(),
            trusted,
            signing,
            apk_trusted,
        })
    }

    /// The keys routers are to trust, by id.
    pub fn trusted(&self) -> &[PublicKey] {
        &self.trusted
    }

    /// The key that signs.
    pub fn signer(&self) -> Result<&SecretKey, KeyringError> {
        self.signing
            .as_ref()
            .ok_or_else(|| KeyringError::NoSigner(self.folder.clone()))
    }

    /// The keys routers with apk are to trust.
    pub fn apk_trusted(&self) -> &[EcPublicKey] {
        &self.apk_trusted
    }

    /// The key that signs for apk.
    pub fn apk_signer(&self) -> Result<EcSecretKey, KeyringError> {
        let id = self.signer()?.id();
        let path = self.folder.join(format!("{id}.ec"));
        parse_pem(&path, EcSecretKey::from_pem)
    }

    /// Makes a key; it signs if it is the first.
    pub fn add_new(&mut self, comment: &str) -> Result<KeyId, KeyringError> {
        let key = SecretKey::from_random(&random()?);
        let id = key.id();
        // All but one in 2^32 octet strings are a key.
        let ec_key = loop {
            if let Some(key) = EcSecretKey::from_random(&random()?) {
                break key;
            }
        };
        let (ec_secret, ec_public) = match (ec_key.to_pem(), ec_key.public().to_pem()) {
            (Ok(secret), Ok(public)) => (secret, public),
            (Err(source), _) | (_, Err(source)) => {
                let path = self.folder.clone();
                return Err(KeyringError::EcForm { path, source });
            }
        };
        fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
        self.put(&format!("{id}.ec"), 0o600, &ec_secret)?;
        self.put(&format!("{id}.pem"), 0o644, &ec_public)?;
        self.apk_trusted.push(ec_key.public());
        self.put(&format!("{id}.sec"), 0o600, &key.to_text())?;
        let public = key.public();
        self.put(&format!("{id}.pub"), 0o644, &public.to_text(comment))?;
        self.trusted.push(public);
        self.trusted.sort_by_key(|key| key.id);
        if self.signing.is_none() {
            self.sign_with(&id.to_string())?;
        }
        Ok(id)
    }

    /// Lets the key of this id sign from now on.
    pub fn sign_with(&mut self, id: &str) -> Result<KeyId, KeyringError> {
        let id = self.find(id)?;
        let key: SecretKey = parse(&self.folder.join(format!("{id}.sec")))?;
        self.put("signing", 0o644, &format!("{id}\n"))?;
        self.signing = Some(key);
        Ok(id)
    }

    /// Removes a key, so that what it signed is not trusted any more once routers have learnt that.
    pub fn retire(&mut self, id: &str) -> Result<KeyId, KeyringError> {
        let id = self.find(id)?;
        if self.signing.as_ref().is_some_and(|key| key.id() == id) {
            return Err(KeyringError::InUse(id));
        }
        for extension in ["pub", "sec", "pem", "ec"] {
            let path = self.folder.join(format!("{id}.{extension}"));
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(at(&path)(error));
                }
                _ => {}
            }
        }
        self.trusted.retain(|key| key.id != id);
        Ok(id)
    }

    /// Whether one of the trusted keys made this signature over this content, and which.
    pub fn verify(&self, content: &[u8], signature: &Signature) -> Result<KeyId, VerifyError> {
        let key = self
            .trusted
            .iter()
            .find(|key| key.id == signature.id)
            .ok_or(VerifyError::Unknown(signature.id))?;
        key.verify(content, signature)?;
        Ok(key.id)
    }

    fn find(&self, id: &str) -> Result<KeyId, KeyringError> {
        self.trusted
            .iter()
            .map(|key| key.id)
            .find(|known| known.to_string() == id)
            .ok_or_else(|| KeyringError::Unknown {
                folder: self.folder.clone(),
                id: id.to_owned(),
            })
    }

    fn put(&self, name: &str, mode: u32, text: &str) -> Result<(), KeyringError> {
        // By rename, so that no half of a key is ever taken for one.
        let path = self.folder.join(name);
        let new = self.folder.join(format!(".{name}.new"));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&new)
            .map_err(at(&new))?;
        file.write_all(text.as_bytes()).map_err(at(&new))?;
        file.sync_all().map_err(at(&new))?;
        fs::rename(&new, &path).map_err(at(&path))
    }
}

fn random<const N: usize>() -> Result<[u8; N], KeyringError> {
    let mut random = [0; N];
    getrandom::fill(&mut random).map_err(|error| KeyringError::Random(error.to_string()))?;
    Ok(random)
}

fn parse_pem<T>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, EcFormError>,
) -> Result<T, KeyringError> {
    let text = fs::read_to_string(path).map_err(at(path))?;
    parse(&text).map_err(|source| KeyringError::EcForm {
        path: path.to_owned(),
        source,
    })
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyringError + use<> {
    let path = path.to_owned();
    move |source| KeyringError::Io { path, source }
}

fn parse<T: std::str::FromStr<Err = FormError>>(path: &Path) -> Result<T, KeyringError> {
    let text = fs::read_to_string(path).map_err(at(path))?;
    text.parse().map_err(|source| KeyringError::Form {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_rolled_over_without_a_router_ever_refusing_the_feed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mut feed = Keyring::open(&path).unwrap();
        assert!(matches!(feed.signer(), Err(KeyringError::NoSigner(_))));
        let first = feed.add_new("first").unwrap();
        // A router that knows the first key learns the second from a feed the first one signed.
        let router = Keyring::open(&path).unwrap();
        let second = feed.add_new("second").unwrap();
        let signed = feed.signer().unwrap().sign(b"Packages");
        assert_eq!(router.verify(b"Packages", &signed), Ok(first));
        let router = Keyring::open(&path).unwrap();
        assert_eq!(router.trusted().len(), 2);
        assert!(matches!(
            feed.retire(&first.to_string()),
            Err(KeyringError::InUse(_))
        ));
        feed.sign_with(&second.to_string()).unwrap();
        let signed = feed.signer().unwrap().sign(b"Packages");
        assert_eq!(router.verify(b"Packages", &signed), Ok(second));
        // Who slept through the second step hears why.
        feed.retire(&first.to_string()).unwrap();
        let feed = Keyring::open(&path).unwrap();
        assert_eq!(feed.signer().unwrap().id(), second);
        assert_eq!(feed.trusted().len(), 1);
    }

    #[test]
    fn a_secret_key_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let id = Keyring::open(folder.path()).unwrap().add_new("x").unwrap();
        for extension in ["sec", "ec"] {
            let path = folder.path().join(format!("{id}.{extension}"));
            let about = fs::metadata(path).unwrap();
            assert_eq!(about.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_public_key_under_a_wrong_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let id = Keyring::open(folder.path()).unwrap().add_new("x").unwrap();
        let from = folder.path().join(format!("{id}.pub"));
        fs::rename(from, folder.path().join("other.pub")).unwrap();
        let refused = Keyring::open(folder.path()).unwrap_err();
        assert!(refused.to_string().contains(&id.to_string()), "{refused}");
    }
}
