//! The words a feed is made of: package names, versions, architectures.

use std::fmt;
use std::str::FromStr;

/// Why a word cannot stand in a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing at all.
    #[error("a {0} is empty")]
    Empty(&'static str),
    /// A letter that opkg, apk or a file name does not take.
    #[error("{what} {text:?} has {letter:?}: allowed are {allowed}")]
    Letter {
        /// What it was to be.
        what: &'static str,
        /// All of it.
        text: String,
        /// The first letter that is not allowed.
        letter: char,
        /// Those that are.
        allowed: &'static str,
    },
    /// Not a version that both opkg and apk take.
    #[error(
        "version {0:?} is not MAJOR.MINOR.FIX-rN such as 1.2.0-r1, with ~ and a word before -r for what comes before a release"
    )]
    Version(String),
}

/// The name of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

/// The architecture a package is for, as OpenWrt names it: `mips_24kc`; `all` for one without any.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arch(String);

/// A version that opkg and apk both take, and put in the same order: `0.1.0-r1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(String);

impl PackageName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PackageName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        // A name that starts with a dot would be a hidden file, one with a dash a flag.
        let first = text
            .chars()
            .next()
            .ok_or(NameError::Empty("package name"))?;
        let wrong = (!first.is_ascii_alphanumeric())
            .then_some(first)
            .or_else(|| {
                text.chars()
                    .find(|&letter| !letter.is_ascii_alphanumeric() && !"_.+-".contains(letter))
            });
        match wrong {
            Some(letter) => Err(NameError::Letter {
                what: "package name",
                text: text.to_owned(),
                letter,
                allowed: "a-z A-Z 0-9 _ . + - (a letter or digit first)",
            }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl Arch {
    /// The architecture of what runs everywhere, as opkg calls it.
    pub fn all() -> Self {
        Self("all".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is that of what runs everywhere.
    pub fn is_all(&self) -> bool {
        self.0 == "all"
    }
}

impl FromStr for Arch {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty("architecture"));
        }
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        match text.chars().find(|&letter| !is_allowed(letter)) {
            Some(letter) => Err(NameError::Letter {
                what: "architecture",
                text: text.to_owned(),
                letter,
                allowed: "a-z A-Z 0-9 _ -",
            }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl Version {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Version {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError::Version(text.to_owned());
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (version, release) = text.rsplit_once("-r").ok_or_else(wrong)?;
        let (numbers, word) = version.split_once('~').unwrap_or((version, "0"));
        let word_is_fine = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_number(release) && word_is_fine && numbers.split('.').all(is_number) {
            Ok(Self(text.to_owned()))
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_other_letters_are_refused_with_the_letter() {
        for good in ["grange-routed", "libstdc++", "a", "kmod-nf.x_y", "6in4"] {
            assert_eq!(good.parse::<PackageName>().unwrap().as_str(), good);
        }
        for bad in ["", "../x", "a/b", "a b", "ünder", "-rf", ".hidden", "a\n"] {
            assert!(bad.parse::<PackageName>().is_err(), "{bad:?}");
        }
        assert!(
            "a/b"
                .parse::<PackageName>()
                .unwrap_err()
                .to_string()
                .contains("'/'")
        );
        assert!("mips/24kc".parse::<Arch>().is_err());
    }

    #[test]
    fn versions_are_those_that_opkg_and_apk_both_take() {
        for good in ["0.1.0-r1", "1-r12", "0.2.0~rc1-r3", "2026.11.24-r1"] {
            assert!(good.parse::<Version>().is_ok(), "{good:?}");
        }
        for bad in [
            "", "1.0", "1.0-1", "v1.0-r1", "1..0-r1", "1.0~-r1", "1.0-r", "1_2-r1",
        ] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }
}
