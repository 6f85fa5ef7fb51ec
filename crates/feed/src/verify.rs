//! Checks a whole feed as a router would, and more: signature, index, every package.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::apk::Apk;
use crate::apk_index;
use crate::gzip;
use crate::index::{Index, hex, parse};
use crate::ipk::Ipk;
use crate::keyring::Keyring;
use crate::tree::LARGEST_TREE_BYTES;
use crate::usign::{KeyId, Signature};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The key that signed an opkg feed.
    pub signer: Option<KeyId>,
    /// Packages that are as they should be.
    pub good: usize,
    /// Everything that is not, each with its file's name.
    pub problems: Vec<String>,
}

/// Checks the opkg feed in a folder against the trusted keys.
pub fn opkg(folder: &Path, keys: &Keyring) -> Report {
    let mut report = Report::default();
    let read = |name: &str| fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let packages = match read("Packages") {
        Ok(octets) => octets,
        Err(problem) => {
            report.problems.push(problem);
            return report;
        }
    };
    match signed_by(&read("Packages.sig"), &packages, keys) {
        Ok(id) => report.signer = Some(id),
        Err(problem) => report.problems.push(problem),
    }
    let unpacked = read("Packages.gz").and_then(|octets| {
        gzip::decompress(&octets, LARGEST_TREE_BYTES).map_err(|e| format!("Packages.gz: {e}"))
    });
    match unpacked {
        Ok(unpacked) if unpacked == packages => {}
        Ok(_) => report
            .problems
            .push("Packages.gz: unpacks to something else than Packages".to_owned()),
        Err(problem) => report.problems.push(problem),
    }
    let text = String::from_utf8_lossy(&packages);
    let listed = match parse(&text) {
        Ok(listed) => listed,
        Err(error) => {
            report.problems.push(error.to_string());
            return report;
        }
    };
    let mut index = Index::new();
    let named = listed
        .iter()
        .map(|package| (package.file.as_str(), package));
    report.walk(folder, "Packages", "ipk", named, |package, octets| {
        let digest = hex(&Sha256::digest(octets));
        if octets.len() as u64 != package.size || digest != package.sha256 {
            return Err(format!(
                "is not the file that Packages means: {} octets, SHA-256 {digest}",
                octets.len()
            ));
        }
        let ipk = Ipk::parse(octets).map_err(|error| error.to_string())?;
        index.add(&ipk, octets).map_err(|error| error.to_string())?;
        Ok(ipk.file_name())
    });
    if report.problems.is_empty() && index.packages() != text {
        let problem = "Packages: says something else than the packages do";
        report.problems.push(problem.to_owned());
    }
    report
}

/// Checks the apk repository in a folder against the trusted keys.
pub fn apk(folder: &Path, keys: &Keyring) -> Report {
    let mut report = Report::default();
    let read = |name: &str| fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let listed = read("packages.adb").and_then(|octets| {
        apk_index::read(&octets, keys.apk_trusted()).map_err(|error| error.to_string())
    });
    let listed = match listed {
        Ok(listed) => listed,
        Err(problem) => {
            report.problems.push(problem);
            return report;
        }
    };
    let named = listed
        .iter()
        .map(|package| (package.file.as_str(), package));
    report.walk(folder, "packages.adb", "apk", named, |package, octets| {
        let apk = Apk::parse(octets).map_err(|error| error.to_string())?;
        if octets.len() as u64 != package.size || apk.identity[..] != package.identity {
            return Err("is not the file that packages.adb means".to_owned());
        }
        Ok(apk.file_name())
    });
    report
}

impl Report {
    /// Looks at every package that an index lists, and for packages that it does not list. `check` takes what the index
    /// says of a file and the file's octets, and gives the name that the package must have.
    fn walk<'a, Listed>(
        &mut self,
        folder: &Path,
        index: &str,
        extension: &str,
        listed: impl Iterator<Item = (&'a str, Listed)>,
        mut check: impl FnMut(Listed, &[u8]) -> Result<String, String>,
    ) {
        let mut files = BTreeSet::new();
        for (file, said) in listed {
            files.insert(file);
            let checked = if file.contains('/') {
                Err("is not in the feed's folder".to_owned())
            } else {
                fs::read(folder.join(file))
                    .map_err(|error| error.to_string())
                    .and_then(|octets| check(said, &octets))
            };
            match checked {
                Ok(name) if name == file => self.good += 1,
                Ok(name) => self.problems.push(format!("{file}: must be called {name}")),
                Err(problem) => self.problems.push(format!("{file}: {problem}")),
            }
        }
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if has_extension(&name, extension) && !files.contains(name.as_str()) {
                self.problems.push(format!("{name}: is not in {index}"));
            }
        }
    }
}

fn has_extension(name: &str, wanted: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == wanted)
}

fn signed_by(
    signature: &Result<Vec<u8>, String>,
    content: &[u8],
    keys: &Keyring,
) -> Result<KeyId, String> {
    let signature = signature.as_ref().map_err(Clone::clone)?;
    let signature: Signature = String::from_utf8_lossy(signature)
        .parse()
        .map_err(|error| format!("Packages.sig: {error}"))?;
    keys.verify(content, &signature)
        .map_err(|error| format!("Packages.sig: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{write_apk, write_opkg};
    use crate::package::tests::sample;

    #[test]
    fn a_whole_feed_is_good_and_every_change_to_it_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = Keyring::open(&folder.path().join("keys")).unwrap();
        keys.add_new("test").unwrap();
        let feed = folder.path().join("feed");
        let make = || write_opkg(&feed, &[sample()], keys.signer().unwrap()).unwrap();
        make();
        let report = opkg(&feed, &keys);
        assert_eq!(report.problems, Vec::<String>::new());
        assert_eq!(
            (report.good, report.signer),
            (1, Some(keys.trusted()[0].id))
        );
        let ipk = "grange-sample_0.1.0-r1_mips_24kc.ipk";
        for name in ["Packages", "Packages.gz", "Packages.sig", ipk] {
            make();
            let path = feed.join(name);
            let mut octets = fs::read(&path).unwrap();
            let middle = octets.len() / 2;
            octets[middle] ^= 1;
            fs::write(&path, &octets).unwrap();
            assert!(!opkg(&feed, &keys).problems.is_empty(), "changed {name}");
            make();
            fs::remove_file(&path).unwrap();
            assert!(!opkg(&feed, &keys).problems.is_empty(), "without {name}");
        }
        make();
        fs::copy(feed.join(ipk), feed.join("more.ipk")).unwrap();
        let problems = opkg(&feed, &keys).problems;
        assert_eq!(problems, ["more.ipk: is not in Packages"]);
        let strangers = Keyring::open(&folder.path().join("none")).unwrap();
        make();
        let problems = opkg(&feed, &strangers).problems;
        assert!(
            problems[0].contains("not among the trusted keys"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_whole_apk_repository_is_good_and_every_change_to_it_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = Keyring::open(&folder.path().join("keys")).unwrap();
        keys.add_new("test").unwrap();
        let feed = folder.path().join("feed");
        let make = || write_apk(&feed, &[sample()], &keys.apk_signer().unwrap()).unwrap();
        make();
        let report = apk(&feed, &keys);
        assert_eq!((report.good, report.problems), (1, Vec::<String>::new()));
        let package = "grange-sample-0.1.0-r1.apk";
        for name in ["packages.adb", package] {
            make();
            let path = feed.join(name);
            let mut octets = fs::read(&path).unwrap();
            let middle = octets.len() / 2;
            octets[middle] ^= 1;
            fs::write(&path, &octets).unwrap();
            assert!(!apk(&feed, &keys).problems.is_empty(), "changed {name}");
            make();
            fs::remove_file(&path).unwrap();
            assert!(!apk(&feed, &keys).problems.is_empty(), "without {name}");
        }
        make();
        fs::copy(feed.join(package), feed.join("more.apk")).unwrap();
        assert_eq!(
            apk(&feed, &keys).problems,
            ["more.apk: is not in packages.adb"]
        );
        let strangers = Keyring::open(&folder.path().join("none")).unwrap();
        make();
        let problems = apk(&feed, &strangers).problems;
        assert!(
            problems[0].contains("none of the trusted keys"),
            "{problems:?}"
        );
    }
}
