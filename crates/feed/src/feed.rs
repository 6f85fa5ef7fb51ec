//! A feed: a folder of packages with a signed index, which a web server hands out as it is.
//!
//! It is made beside the old one and takes its place by one rename: whoever looks sees the old feed or
//! the new one, never half of either.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use crate::apk::ApkError;
use crate::apk_index::{self, ApkIndexError};
use crate::ec::EcSecretKey;
use crate::gzip;
use crate::index::{Index, IndexError};
use crate::ipk::{Ipk, IpkError};
use crate::package::Package;
use crate::usign::SecretKey;

/// Why a feed was not made; the one before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// A file or folder.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A package.
    #[error("{package}: {source}")]
    Ipk {
        /// Which.
        package: String,
        /// What is wrong.
        #[source]
        source: IpkError,
    },
    /// A package of apk.
    #[error("{package}: {source}")]
    Apk {
        /// Which.
        package: String,
        /// What is wrong.
        #[source]
        source: ApkError,
    },
    /// Two of the same.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The index of apk.
    #[error(transparent)]
    ApkIndex(#[from] ApkIndexError),
}

/// What was made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// File name and octets of each package.
    pub packages: Vec<(String, u64)>,
}

/// Makes the opkg feed of these packages in a folder, signed, in place of what is there.
pub fn write_opkg(folder: &Path, packages: &[Package], key: &SecretKey) -> Result<Made, FeedError> {
    let mut files = Vec::new();
    for package in packages {
        let octets = package.to_ipk().map_err(|source| FeedError::Ipk {
            package: package.name.to_string(),
            source,
        })?;
        files.push((package.ipk_name(), octets));
    }
    write_ipks(folder, &files, key)
}

/// Makes the apk repository of these packages in a folder, signed, in place of what is there.
pub fn write_apk(
    folder: &Path,
    packages: &[Package],
    key: &EcSecretKey,
) -> Result<Made, FeedError> {
    let mut files = Vec::new();
    for package in packages {
        let octets = package.to_apk().map_err(|source| FeedError::Apk {
            package: package.name.to_string(),
            source,
        })?;
        files.push((package.apk_name(), octets));
    }
    let index = apk_index::write(&files, key)?;
    let sizes = files
        .iter()
        .map(|(name, octets)| (name.clone(), octets.len() as u64));
    let made = Made {
        packages: sizes.collect(),
    };
    let mut out: Vec<(String, &[u8])> = files
        .iter()
        .map(|(name, octets)| (name.clone(), octets.as_slice()))
        .collect();
    out.push(("packages.adb".to_owned(), &index));
    replace_folder(folder, &out)?;
    Ok(made)
}

/// An opkg feed of packages that were made elsewhere, such as the buildroot: file names and content.
pub fn write_ipks(
    folder: &Path,
    files: &[(String, Vec<u8>)],
    key: &SecretKey,
) -> Result<Made, FeedError> {
    let mut index = Index::new();
    let mut made = Made::default();
    let mut out = Vec::new();
    for (name, octets) in files {
        let ipk = Ipk::parse(octets).map_err(|source| FeedError::Ipk {
            package: name.clone(),
            source,
        })?;
        index.add(&ipk, octets)?;
        made.packages.push((ipk.file_name(), octets.len() as u64));
        out.push((ipk.file_name(), octets.as_slice()));
    }
    let packages = index.packages();
    let compressed = gzip::compress(packages.as_bytes());
    let manifest = index.manifest();
    // Over the plain index: routers unpack Packages.gz before they verify.
    let signature = key.sign(packages.as_bytes()).to_text();
    for (name, octets) in [
        ("Packages", packages.as_bytes()),
        ("Packages.gz", &compressed),
        ("Packages.manifest", manifest.as_bytes()),
        ("Packages.sig", signature.as_bytes()),
    ] {
        out.push((name.to_owned(), octets));
    }
    replace_folder(folder, &out)?;
    Ok(made)
}

/// Puts a folder with these files in place of the one that is there.
pub fn replace_folder(folder: &Path, files: &[(String, &[u8])]) -> Result<(), FeedError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| FeedError::Io { path, source }
    };
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(at(parent))?;
    // Goes away with the value: nothing half-written is left, whatever happens.
    let new = tempfile::Builder::new()
        .prefix(".feed-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir_in(parent)
        .map_err(at(parent))?;
    for (name, octets) in files {
        let path = new.path().join(name);
        fs::write(&path, octets).map_err(at(&path))?;
    }
    let moved = if folder.exists() {
        // Both names change at once; the old feed then goes away under the new one's name.
        renameat2(
            AT_FDCWD,
            new.path(),
            AT_FDCWD,
            folder,
            RenameFlags::RENAME_EXCHANGE,
        )
        .or_else(|errno| match errno {
            // A file system that cannot: for an instant there is no feed, but never half of one.
            Errno::EINVAL | Errno::ENOSYS => swap_in_steps(new.path(), folder),
            errno => Err(errno),
        })
        .map_err(io::Error::from)
    } else {
        fs::rename(new.path(), folder)
    };
    moved.map_err(at(folder))?;
    Ok(())
}

fn swap_in_steps(new: &Path, folder: &Path) -> nix::Result<()> {
    let aside = new.with_extension("old");
    let errno = |error: io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(0));
    fs::rename(folder, &aside).map_err(errno)?;
    fs::rename(new, folder).map_err(errno)?;
    fs::rename(&aside, new).map_err(errno)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::tests::sample;

    fn key() -> SecretKey {
        SecretKey::from_random(&[1; 56])
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_feed_is_the_same_whenever_it_is_made_and_leaves_nothing_beside_itself() {
        let parent = tempfile::tempdir().unwrap();
        let feed = parent.path().join("mips_24kc");
        write_opkg(&feed, &[sample()], &key()).unwrap();
        let read = || {
            names(&feed)
                .into_iter()
                .map(|name| fs::read(feed.join(name)).unwrap())
                .collect::<Vec<_>>()
        };
        let first = read();
        write_opkg(&feed, &[sample()], &key()).unwrap();
        assert_eq!(read(), first);
        assert_eq!(names(parent.path()), ["mips_24kc"]);
        assert_eq!(
            names(&feed),
            [
                "Packages",
                "Packages.gz",
                "Packages.manifest",
                "Packages.sig",
                "grange-sample_0.1.0-r1_mips_24kc.ipk"
            ]
        );
    }

    #[test]
    fn a_package_that_is_refused_leaves_the_old_feed_as_it_was() {
        let parent = tempfile::tempdir().unwrap();
        let feed = parent.path().join("mips_24kc");
        write_opkg(&feed, &[sample()], &key()).unwrap();
        let before = fs::read(feed.join("Packages")).unwrap();
        let mut broken = sample();
        broken.conffiles.push("/etc/nobody".into());
        assert!(write_opkg(&feed, &[broken], &key()).is_err());
        assert!(write_opkg(&feed, &[sample(), sample()], &key()).is_err());
        assert_eq!(fs::read(feed.join("Packages")).unwrap(), before);
        assert_eq!(names(parent.path()), ["mips_24kc"]);
    }

    #[test]
    fn without_an_exchange_of_names_the_folder_is_swapped_in_steps() {
        let parent = tempfile::tempdir().unwrap();
        let (new, old) = (parent.path().join("new"), parent.path().join("old"));
        fs::create_dir(&new).unwrap();
        fs::create_dir(&old).unwrap();
        fs::write(new.join("a"), "new").unwrap();
        swap_in_steps(&new, &old).unwrap();
        assert_eq!(fs::read_to_string(old.join("a")).unwrap(), "new");
        assert_eq!(names(&new), Vec::<String>::new());
    }
}
