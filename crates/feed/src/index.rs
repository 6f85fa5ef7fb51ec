//! The index of an opkg feed: `Packages`, and `Packages.manifest` with all fields.
//!
//! As OpenWrt's scripts/ipkg-make-index.sh and package/Makefile make them.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::control::{Stanza, StanzaError, parse_all};
use crate::ipk::Ipk;
use crate::name::{Arch, PackageName};

/// Fields that a router has no use for: they are in the manifest only.
const NOT_ON_ROUTERS: [&str; 6] = [
    "Maintainer",
    "LicenseFiles",
    "Source",
    "SourceName",
    "Require",
    "SourceDateEpoch",
];
/// Packages that are never offered.
const LEFT_OUT: [&str; 2] = ["kernel", "libc"];

/// The index of a feed.
#[derive(Clone, Debug, Default)]
pub struct Index {
    stanzas: BTreeMap<(PackageName, String), Stanza>,
    archs: BTreeMap<(PackageName, String), Arch>,
}

/// Why a package cannot be in a feed, or an index is refused.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Another one of the same name and version.
    #[error("{name} {version} is there twice: raise PKG_RELEASE, or remove one")]
    Twice {
        /// Its name.
        name: PackageName,
        /// Its version.
        version: String,
    },
    /// The text.
    #[error("Packages: {0}")]
    Stanza(#[from] StanzaError),
    /// A stanza without a field.
    #[error("Packages: stanza {at} has no {field}")]
    Field {
        /// From 1.
        at: usize,
        /// The field.
        field: &'static str,
    },
}

/// What an index says of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// File name, in the same folder.
    pub file: String,
    /// Octets.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// All fields.
    pub stanza: Stanza,
}

impl Index {
    /// Without packages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a package that was read from these octets.
    pub fn add(&mut self, ipk: &Ipk, octets: &[u8]) -> Result<(), IndexError> {
        let key = (ipk.name.clone(), ipk.version.as_str().to_owned());
        if self.stanzas.contains_key(&key) {
            return Err(IndexError::Twice {
                name: key.0,
                version: key.1,
            });
        }
        let mut stanza = ipk.control.clone();
        stanza.insert_before(
            "Description",
            &[
                ("Filename", ipk.file_name()),
                ("Size", octets.len().to_string()),
                ("SHA256sum", hex(&Sha256::digest(octets))),
            ],
        );
        self.archs.insert(key.clone(), ipk.arch.clone());
        self.stanzas.insert(key, stanza);
        Ok(())
    }

    /// `Packages.manifest`: every field of every package.
    pub fn manifest(&self) -> String {
        self.text(|_| true)
    }

    /// `Packages`: what routers read, and what is signed.
    pub fn packages(&self) -> String {
        let mut text = self.text(|field| !NOT_ON_ROUTERS.contains(&field));
        // usign before 2020 hashes wrongly when the message after the 64 octets of key and nonce ends 110
        // or 111 octets into a block of SHA-512; such routers are out there.
        if matches!((64 + text.len()) % 128, 110 | 111) {
            text.push_str("\n\n");
        }
        text
    }

    fn text(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        for ((name, _), stanza) in &self.stanzas {
            if LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            let mut kept = Stanza::new();
            for (field, value) in stanza.fields().filter(|(field, _)| is_wanted(field)) {
                kept.push(field, value);
            }
            text.push_str(&kept.to_string());
            text.push('\n');
        }
        if text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// Reads `Packages`.
pub fn parse(text: &str) -> Result<Vec<Listed>, IndexError> {
    let mut listed = Vec::new();
    for (at, stanza) in (1..).zip(parse_all(text)?) {
        let field = |field| stanza.value(field).ok_or(IndexError::Field { at, field });
        listed.push(Listed {
            file: field("Filename")?.to_owned(),
            size: field("Size")?
                .parse()
                .map_err(|_| IndexError::Field { at, field: "Size" })?,
            sha256: field("SHA256sum")?.to_owned(),
            stanza,
        });
    }
    Ok(listed)
}

/// Octets in lower-case hexadecimal.
pub fn hex(octets: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    octets
        .iter()
        .flat_map(|octet| [digit(octet >> 4), digit(octet & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::tests::sample;

    fn index(description: &str) -> Index {
        let mut package = sample();
        package.description = description.to_owned();
        let octets = package.to_ipk().unwrap();
        let mut index = Index::new();
        index.add(&Ipk::parse(&octets).unwrap(), &octets).unwrap();
        index
    }

    #[test]
    fn a_stanza_has_file_size_and_digest_before_the_description_and_only_what_routers_read() {
        let octets = sample().to_ipk().unwrap();
        let mut index = Index::new();
        index.add(&Ipk::parse(&octets).unwrap(), &octets).unwrap();
        let (size, digest) = (octets.len(), hex(&Sha256::digest(&octets)));
        assert_eq!(
            index.packages().trim_end(),
            format!(
                "Package: grange-sample\n\
                 Version: 0.1.0-r1\n\
                 Depends: kmod-vxlan, ip-full\n\
                 Conflicts: grange-other\n\
                 Provides: sample\n\
                 License: MIT\n\
                 Section: net\n\
                 Require-User: grange:grange\n\
                 URL: https://example.org/\n\
                 Architecture: mips_24kc\n\
                 Installed-Size: 10240\n\
                 Filename: grange-sample_0.1.0-r1_mips_24kc.ipk\n\
                 Size: {size}\n\
                 SHA256sum: {digest}\n\
                 Description:  A sample\n of two lines"
            )
        );
        assert!(index.manifest().contains("Maintainer: "));
        assert_eq!(parse(&index.packages()).unwrap()[0].sha256, digest);
    }

    #[test]
    fn an_empty_feed_is_one_empty_line() {
        assert_eq!(Index::new().packages(), "\n");
    }

    #[test]
    fn the_same_version_twice_is_refused() {
        let octets = sample().to_ipk().unwrap();
        let ipk = Ipk::parse(&octets).unwrap();
        let mut index = Index::new();
        index.add(&ipk, &octets).unwrap();
        let refused = index.add(&ipk, &octets).unwrap_err().to_string();
        assert!(refused.contains("grange-sample 0.1.0-r1"), "{refused}");
    }

    #[test]
    fn no_length_is_one_that_old_usign_hashes_wrongly() {
        let mut padded = 0;
        for letters in 0..256 {
            let index = index(&format!("A{}", "a".repeat(letters)));
            let text = index.packages();
            assert!(!matches!((64 + text.len()) % 128, 110 | 111), "{letters}");
            padded += usize::from(text.ends_with("\n\n\n"));
        }
        assert!(padded >= 4, "{padded} of 256 were padded");
    }
}
