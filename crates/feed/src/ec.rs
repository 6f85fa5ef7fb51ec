//! Keys and signatures of apk 3: ECDSA on P-256, in PEM.
//!
//! A signature block is: version 0, digest 4 (SHA-512), the key's id (16 octets), an ECDSA signature in DER. It is
//! over SHA-512 of the schema, these first 18 octets, and SHA-512 of the tree. A key's id is the first 16 octets of
//! SHA-512 of its point.

use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _};
use p256::pkcs8::{EncodePublicKey as _, LineEnding};
use sha2::{Digest as _, Sha512};

/// Version of the block, then the digest's number.
const HEAD: [u8; 2] = [0, 4];

/// A key that signs.
#[derive(Clone, Debug)]
pub struct EcSecretKey(SigningKey);

/// A key that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcPublicKey(VerifyingKey);

/// Why a key file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no P-256 key in PEM")]
pub struct EcFormError;

impl EcSecretKey {
    /// A key out of 32 octets of randomness; `None` for the few that are none.
    pub fn from_random(random: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(random).ok().map(Self)
    }

    /// Reads PEM (PKCS #8).
    pub fn from_pem(text: &str) -> Result<Self, EcFormError> {
        SigningKey::from_pkcs8_pem(text)
            .map(Self)
            .map_err(|_| EcFormError)
    }

    /// The file, to be kept readable by its owner alone.
    pub fn to_pem(&self) -> Result<String, EcFormError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF);
        Ok(pem.map_err(|_| EcFormError)?.to_string())
    }

    /// The key to be trusted.
    pub fn public(&self) -> EcPublicKey {
        EcPublicKey(*self.0.verifying_key())
    }

    /// The signature block over a tree; the same tree gives the same one.
    pub fn sign(&self, schema: [u8; 4], tree: &[u8]) -> Result<Vec<u8>, EcFormError> {
        let mut block = HEAD.to_vec();
        block.extend_from_slice(&self.public().id());
        let signature: Signature = self
            .0
            .sign_prehash(&digest(schema, &block, tree))
            .map_err(|_| EcFormError)?;
        block.extend_from_slice(signature.to_der().as_bytes());
        Ok(block)
    }
}

impl EcPublicKey {
    /// Reads PEM.
    pub fn from_pem(text: &str) -> Result<Self, EcFormError> {
        VerifyingKey::from_public_key_pem(text)
            .map(Self)
            .map_err(|_| EcFormError)
    }

    /// The file, as it lies in /etc/apk/keys.
    pub fn to_pem(&self) -> Result<String, EcFormError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| EcFormError)
    }

    /// What apk finds it by.
    pub fn id(&self) -> [u8; 16] {
        let digest = Sha512::digest(self.0.to_encoded_point(false).as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        id
    }

    /// Whether a signature block is this key's, over this tree.
    pub fn verifies(&self, schema: [u8; 4], tree: &[u8], block: &[u8]) -> bool {
        let Some((head, signature)) = block.split_at_checked(HEAD.len() + 16) else {
            return false;
        };
        head[..HEAD.len()] == HEAD
            && head[HEAD.len()..] == self.id()
            && DerSignature::try_from(signature)
                .and_then(Signature::try_from)
                .is_ok_and(|signature| {
                    let digest = digest(schema, head, tree);
                    self.0.verify_prehash(&digest, &signature).is_ok()
                })
    }
}

fn digest(schema: [u8; 4], head: &[u8], tree: &[u8]) -> [u8; 64] {
    let digest = Sha512::new()
        .chain_update(schema)
        .chain_update(head)
        .chain_update(Sha512::digest(tree))
        .finalize();
    digest.into()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn key() -> EcSecretKey {
        EcSecretKey::from_random(&[7; 32]).unwrap()
    }

    #[test]
    fn a_signature_holds_for_its_tree_and_key_alone() {
        let key = EcSecretKey::from_pem(&key().to_pem().unwrap()).unwrap();
        let public = EcPublicKey::from_pem(&key.public().to_pem().unwrap()).unwrap();
        let block = key.sign(*b"indx", b"tree").unwrap();
        assert_eq!(key.sign(*b"indx", b"tree").unwrap(), block);
        assert!(public.verifies(*b"indx", b"tree", &block));
        assert!(!public.verifies(*b"pckg", b"tree", &block));
        assert!(!public.verifies(*b"indx", b"treE", &block));
        let other = EcSecretKey::from_random(&[8; 32]).unwrap().public();
        assert!(!other.verifies(*b"indx", b"tree", &block));
        for cut in 0..block.len() {
            assert!(!public.verifies(*b"indx", b"tree", &block[..cut]), "{cut}");
        }
    }

    #[test]
    fn openssl_verifies_our_signature_and_reads_our_keys() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, octets: &[u8]| {
            std::fs::write(folder.path().join(name), octets).unwrap();
        };
        let block = key().sign(*b"indx", b"tree").unwrap();
        let (head, signature) = block.split_at(18);
        let signed = [b"indx", head, &Sha512::digest(b"tree")[..]].concat();
        put("signed", &signed);
        put("signature", signature);
        put("public.pem", key().public().to_pem().unwrap().as_bytes());
        put("secret.pem", key().to_pem().unwrap().as_bytes());
        let openssl = |args: &[&str]| {
            let mut command = Command::new("openssl");
            command.args(args).current_dir(folder.path());
            let output = command
                .output()
                .expect("openssl is there: apt install openssl");
            (output.status.success(), output.stdout)
        };
        let verify = "dgst -sha512 -verify public.pem -signature signature signed";
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        assert!(openssl(&words(verify)).0);
        let (_, public) = openssl(&words("pkey -in secret.pem -pubout"));
        assert_eq!(
            String::from_utf8(public).unwrap(),
            key().public().to_pem().unwrap()
        );
        put("signed", b"something else");
        assert!(!openssl(&words(verify)).0);
    }
}
