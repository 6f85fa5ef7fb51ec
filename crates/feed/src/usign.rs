//! Keys and signatures as OpenWrt's usign and OpenBSD's signify write them: Ed25519, two lines of text.
//!
//! | file | content after base64 |
//! |---|---|
//! | public key | `Ed`, id (8 octets), key (32) |
//! | signature | `Ed`, id (8), signature (64) |
//! | secret key | `Ed`, `BK`, rounds (4, zero), salt (16), SHA-512 of the key (8), id (8), seed and key (64) |

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_compact as ed25519;
use sha2::{Digest as _, Sha512};

const COMMENT: &str = "untrusted comment: ";
/// signify reads no longer comments.
const COMMENT_MOST: usize = 1024;

/// What a key is known by: its file on a router is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

/// A key that signs.
pub struct SecretKey {
    id: KeyId,
    salt: [u8; 16],
    pair: ed25519::KeyPair,
}

/// A key that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id.
    pub id: KeyId,
    key: [u8; 32],
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The id of the key that made it.
    pub id: KeyId,
    signature: [u8; 64],
}

/// Why a key or signature file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The first line.
    #[error("the first line does not start with \"untrusted comment: \"")]
    Comment,
    /// The second.
    #[error("the second line is not base64")]
    Base64,
    /// Another length, or more lines.
    #[error("this is no {what}: {found} octets where {wanted} must be")]
    Length {
        /// What it was to be.
        what: &'static str,
        /// How much there is.
        found: usize,
        /// How much there must be.
        wanted: usize,
    },
    /// Something follows.
    #[error("there are more than two lines")]
    Lines,
    /// Another algorithm.
    #[error("the algorithm is not Ed25519")]
    Algorithm,
    /// A password.
    #[error(
        "the key is locked with a password, which usign cannot open: make one without (signify -n)"
    )]
    Password,
    /// The octets of the key are not those that were written.
    #[error("the checksum of the secret key is wrong: the file is damaged")]
    Checksum,
}

/// Why a signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Made by a key that is not trusted.
    #[error("signed by key {0}, which is not among the trusted keys")]
    Unknown(KeyId),
    /// Not over this content.
    #[error("the signature of key {0} does not fit: the file or the signature was changed")]
    Wrong(KeyId),
}

impl SecretKey {
    /// A new key, out of 56 octets of randomness.
    pub fn from_random(random: &[u8; 56]) -> Self {
        let mut seed = [0; 32];
        seed.copy_from_slice(&random[..32]);
        let mut id = [0; 8];
        id.copy_from_slice(&random[32..40]);
        let mut salt = [0; 16];
        salt.copy_from_slice(&random[40..]);
        Self {
            id: KeyId(id),
            salt,
            pair: ed25519::KeyPair::from_seed(ed25519::Seed::new(seed)),
        }
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The key to be trusted.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            id: self.id,
            key: *self.pair.pk,
        }
    }

    /// Signs; the same content gives the same signature.
    pub fn sign(&self, content: &[u8]) -> Signature {
        Signature {
            id: self.id,
            signature: *self.pair.sk.sign(content, None),
        }
    }

    /// The file, to be kept readable by its owner alone.
    pub fn to_text(&self) -> String {
        let mut octets = b"EdBK\0\0\0\0".to_vec();
        octets.extend_from_slice(&self.salt);
        octets.extend_from_slice(&Sha512::digest(*self.pair.sk)[..8]);
        octets.extend_from_slice(&self.id.0);
        octets.extend_from_slice(&*self.pair.sk);
        two_lines(&format!("secret key {}", self.id), &octets)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.id)
    }
}

impl FromStr for SecretKey {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let octets: [u8; 104] = octets("secret key", text)?;
        if octets[2..4] != *b"BK" {
            return Err(FormError::Algorithm);
        }
        if octets[4..8] != [0; 4] {
            return Err(FormError::Password);
        }
        let key: [u8; 64] = part(&octets, 40);
        if Sha512::digest(key)[..8] != octets[24..32] {
            return Err(FormError::Checksum);
        }
        let pair = ed25519::KeyPair::from_seed(ed25519::Seed::new(part(&key, 0)));
        if *pair.sk != key {
            return Err(FormError::Checksum);
        }
        Ok(Self {
            id: KeyId(part(&octets, 32)),
            salt: part(&octets, 8),
            pair,
        })
    }
}

impl PublicKey {
    /// The file, as it lies in /etc/opkg/keys under the key's id.
    pub fn to_text(&self, comment: &str) -> String {
        let mut octets = b"Ed".to_vec();
        octets.extend_from_slice(&self.id.0);
        octets.extend_from_slice(&self.key);
        two_lines(comment, &octets)
    }

    /// Whether the signature is this key's, over this content.
    pub fn verify(&self, content: &[u8], signature: &Signature) -> Result<(), VerifyError> {
        if signature.id != self.id {
            return Err(VerifyError::Unknown(signature.id));
        }
        ed25519::PublicKey::new(self.key)
            .verify(content, &ed25519::Signature::new(signature.signature))
            .map_err(|_| VerifyError::Wrong(self.id))
    }
}

impl FromStr for PublicKey {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let octets: [u8; 42] = octets("public key", text)?;
        Ok(Self {
            id: KeyId(part(&octets, 2)),
            key: part(&octets, 10),
        })
    }
}

impl Signature {
    /// The file.
    pub fn to_text(&self) -> String {
        let mut octets = b"Ed".to_vec();
        octets.extend_from_slice(&self.id.0);
        octets.extend_from_slice(&self.signature);
        two_lines(&format!("signed by key {}", self.id), &octets)
    }
}

impl FromStr for Signature {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let octets: [u8; 74] = octets("signature", text)?;
        Ok(Self {
            id: KeyId(part(&octets, 2)),
            signature: part(&octets, 10),
        })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

fn part<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&octets[at..at + N]);
    part
}

fn two_lines(comment: &str, octets: &[u8]) -> String {
    format!("{COMMENT}{comment}\n{}\n", STANDARD.encode(octets))
}

/// The octets of the second line, which start with `Ed`.
fn octets<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N], FormError> {
    let (comment, rest) = text.split_once('\n').ok_or(FormError::Comment)?;
    if !comment.starts_with(COMMENT) || comment.len() > COMMENT_MOST {
        return Err(FormError::Comment);
    }
    let (line, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    if !rest.is_empty() {
        return Err(FormError::Lines);
    }
    let octets = STANDARD.decode(line).map_err(|_| FormError::Base64)?;
    let wrong_length = |octets: Vec<u8>| FormError::Length {
        what,
        found: octets.len(),
        wanted: N,
    };
    let octets: [u8; N] = octets.try_into().map_err(wrong_length)?;
    if octets[..2] == *b"Ed" {
        Ok(octets)
    } else {
        Err(FormError::Algorithm)
    }
}

#[cfg(test)]
mod tests;
