//! What grange-feed makes, read with nothing of its own: gzip, GNU tar, sha256sum, and this file.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that fails"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The output of a shell script in a folder.
fn sh(folder: &Path, script: &str) -> String {
    let output = Command::new("sh")
        .args(["-euc", script])
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn grange_feed(folder: &Path, args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_grange-feed"))
        .args(args)
        .current_dir(folder)
        .env_remove("GRANGE_KEYS")
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .unwrap()
}

/// A folder with the feed of the repository's packages for mips_24kc, its binaries made up.
fn feed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("binaries")).unwrap();
    for program in [
        "grange-routed",
        "grange-uplinkd",
        "grange-rpcd",
        "grange-small",
    ] {
        fs::write(folder.path().join("binaries").join(program), "ELF").unwrap();
    }
    assert!(grange_feed(folder.path(), &["key", "new"]).status.success());
    build(folder.path());
    folder
}

fn build(folder: &Path) {
    let recipes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../feeds/grange");
    let made = grange_feed(
        folder,
        &[
            "build",
            "--recipes",
            recipes,
            "--binaries",
            "binaries",
            "--epoch",
            "1700000000",
            "--arch",
            "mips_24kc",
        ],
    );
    assert!(made.status.success(), "{made:?}");
}

#[test]
fn gzip_and_tar_alone_unpack_a_package() {
    let folder = feed();
    let feed = folder.path().join("bin/opkg/mips_24kc");
    let ipk = "grange-routed_*_mips_24kc.ipk";
    let members = sh(&feed, &format!("gzip -dc {ipk} | tar -t"));
    assert_eq!(
        members,
        "./debian-binary\n./data.tar.gz\n./control.tar.gz\n"
    );
    let member = |name: &str| format!("gzip -dc {ipk} | tar -xO ./{name}");
    assert_eq!(sh(&feed, &member("debian-binary")), "2.0\n");
    let listing = sh(
        &feed,
        &format!("{} | tar -tzv --numeric-owner", member("data.tar.gz")),
    );
    let rows: Vec<Vec<&str>> = listing
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    for row in &rows {
        assert_eq!((row[1], row[3]), ("0/0", "2023-11-14"), "{listing}");
    }
    let row = |path: &str| {
        rows.iter()
            .find(|row| row[5] == path)
            .map(|row| (row[0], row[2]))
    };
    assert_eq!(row("./"), Some(("drwxr-xr-x", "0")));
    assert_eq!(row("./usr/sbin/grange-routed"), Some(("-rwxr-xr-x", "3")));
    assert!(row("./etc/config/grange-routed").is_some_and(|(mode, _)| mode == "-rw-------"));
    let control = sh(
        &feed,
        &format!("{} | tar -xzO ./control", member("control.tar.gz")),
    );
    let size = sh(
        &feed,
        &format!("{} | gzip -dc | wc -c", member("data.tar.gz")),
    );
    assert!(
        control.contains(&format!("Installed-Size: {}\n", size.trim())),
        "{control}"
    );
    assert!(
        control.starts_with("Package: grange-routed\nVersion: "),
        "{control}"
    );
    let names = sh(&feed, &format!("{} | tar -tz", member("control.tar.gz")));
    assert_eq!(
        names,
        "./\n./conffiles\n./control\n./postinst\n./postinst-pkg\n./prerm\n"
    );
    let conffiles = sh(
        &feed,
        &format!("{} | tar -xzO ./conffiles", member("control.tar.gz")),
    );
    assert_eq!(conffiles, "/etc/config/grange-routed\n");
    let kept = sh(
        &feed,
        &format!(
            "{} | tar -xzO ./lib/upgrade/keep.d/grange-routed",
            member("data.tar.gz")
        ),
    );
    assert_eq!(kept, "/etc/grange/\n");
}

#[test]
fn the_index_names_every_file_with_its_size_and_digest() {
    let folder = feed();
    let feed = folder.path().join("bin/opkg/mips_24kc");
    let packages = fs::read_to_string(feed.join("Packages")).unwrap();
    assert_eq!(sh(&feed, "gzip -dc Packages.gz"), packages);
    assert!((64 + packages.len()) % 128 != 110 && (64 + packages.len()) % 128 != 111);
    let mut listed = Vec::new();
    for stanza in packages
        .split("\n\n")
        .filter(|stanza| !stanza.trim().is_empty())
    {
        let value = |field: &str| {
            let line = stanza.lines().find_map(|line| line.strip_prefix(field));
            line.unwrap_or_else(|| panic!("{field} in {stanza}"))
                .to_owned()
        };
        let file = value("Filename: ");
        assert_eq!(
            sh(&feed, &format!("stat -c %s {file}")).trim(),
            value("Size: ")
        );
        let digest = sh(&feed, &format!("sha256sum {file}"));
        assert_eq!(
            digest.split_whitespace().next(),
            Some(&*value("SHA256sum: "))
        );
        assert!(
            !stanza.contains("\nMaintainer") && !stanza.contains("\nSource"),
            "{stanza}"
        );
        listed.push(file);
    }
    listed.sort();
    let there = sh(&feed, "ls *.ipk");
    assert_eq!(there.lines().collect::<Vec<_>>(), listed);
}

#[test]
fn signify_verifies_the_index_with_the_key_routers_get() {
    let folder = feed();
    let verify = "signify-openbsd -V -q -p keys/*.pub -m bin/opkg/mips_24kc/Packages \
         -x bin/opkg/mips_24kc/Packages.sig";
    sh(folder.path(), verify);
    // The very key is in the package that brings keys to routers, under its id.
    let shipped = "gzip -dc bin/opkg/mips_24kc/grange-keyring_*.ipk | tar -xO ./data.tar.gz \
         | tar -xzO ./etc/opkg/keys/$(basename keys/*.pub .pub) | cmp - keys/*.pub";
    sh(folder.path(), shipped);
}

#[test]
fn another_folder_gives_the_same_octets() {
    let (one, other) = (feed(), tempfile::tempdir().unwrap());
    sh(
        other.path(),
        &format!("cp -r {0}/keys {0}/binaries .", one.path().display()),
    );
    build(other.path());
    let digests = "cd bin/opkg/mips_24kc && sha256sum *";
    assert_eq!(sh(one.path(), digests), sh(other.path(), digests));
}

#[test]
fn verify_says_what_is_wrong_and_its_exit_code_too() {
    let folder = feed();
    let verify = || grange_feed(folder.path(), &["verify", "bin/opkg/mips_24kc"]);
    let good = verify();
    let said = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(
        good.status.success() && said.contains("good, 9 packages"),
        "{said}"
    );
    sh(folder.path(), "echo >>bin/opkg/mips_24kc/Packages");
    let bad = verify();
    assert_eq!(bad.status.code(), Some(1));
    let said = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert!(
        said.contains("Packages.sig") && said.contains("changed"),
        "{said}"
    );
    let none = grange_feed(folder.path(), &["inspect", "keys/signing"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("keys/signing: "));
}

/// An ADB file, taken apart by the description in apk-tools' doc/apk-v3.5 alone.
struct Adb {
    tree: Vec<u8>,
    signatures: Vec<Vec<u8>>,
    contents: Vec<Vec<u8>>,
}

impl Adb {
    fn read(path: &Path) -> Self {
        let octets = fs::read(path).unwrap();
        assert_eq!(&octets[..4], b"ADBd");
        let mut plain = Vec::new();
        flate2::read::DeflateDecoder::new(&octets[4..])
            .read_to_end(&mut plain)
            .unwrap();
        assert_eq!(&plain[..4], b"ADB.");
        let mut adb = Self {
            tree: Vec::new(),
            signatures: Vec::new(),
            contents: Vec::new(),
        };
        let mut at = 8;
        while at < plain.len() {
            let head = word(&plain, at);
            let size = (head % (1 << 30)) as usize;
            let content = plain[at + 4..at + size].to_vec();
            match head >> 30 {
                0 => adb.tree = content,
                1 => adb.signatures.push(content),
                2 => adb.contents.push(content[8..].to_vec()),
                other => panic!("block of type {other}"),
            }
            at += size + (8 - size % 8) % 8;
        }
        adb
    }

    /// The words of the object that a word points to.
    fn object(&self, value: u32) -> Vec<u32> {
        assert_eq!(value >> 28, 0xe, "an object");
        let at = (value % (1 << 28)) as usize;
        let count = word(&self.tree, at) as usize;
        (0..count).map(|n| word(&self.tree, at + 4 * n)).collect()
    }

    /// The octets of a short blob.
    fn blob(&self, value: u32) -> &[u8] {
        assert_eq!(value >> 28, 0x8, "a short blob");
        let at = (value % (1 << 28)) as usize;
        &self.tree[at + 1..=at + usize::from(self.tree[at])]
    }
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(octets[at..at + 4].try_into().unwrap())
}

#[test]
fn an_apk_repository_is_read_by_another_reading_and_verified_by_openssl() {
    let folder = feed();
    let feed = folder.path().join("bin/apk/mips_24kc");
    let index = Adb::read(&feed.join("packages.adb"));
    let packages = index.object(index.object(word(&index.tree, 4))[2]);
    let mut names = Vec::new();
    for &package in &packages[1..] {
        let fields = index.object(package);
        let name = String::from_utf8(index.blob(fields[1]).to_vec()).unwrap();
        let version = String::from_utf8(index.blob(fields[2]).to_vec()).unwrap();
        let path = feed.join(format!("{name}-{version}.apk"));
        let apk = Adb::read(&path);
        fs::write(folder.path().join("tree"), &apk.tree).unwrap();
        let digest = sh(folder.path(), "sha256sum tree");
        let mut hashes = String::new();
        for octet in index.blob(fields[3]) {
            write!(hashes, "{octet:02x}").unwrap();
        }
        assert_eq!(digest.split_whitespace().next(), Some(&*hashes), "{name}");
        let size = fs::metadata(&path).unwrap().len();
        assert_eq!(u64::from(fields[13] % (1 << 28)), size, "{name}");
        let arch = index.blob(fields[5]);
        let has_program = apk.contents.contains(&b"ELF".to_vec());
        let expected: &[u8] = if has_program { b"mips_24kc" } else { b"noarch" };
        assert_eq!(arch, expected, "{name}");
        names.push(name);
    }
    assert!(
        names.is_sorted() && names.contains(&"grange-routed".to_owned()),
        "{names:?}"
    );

    let [block] = &index.signatures[..] else {
        panic!("one signature");
    };
    fs::write(folder.path().join("tree"), &index.tree).unwrap();
    fs::write(folder.path().join("head"), &block[..18]).unwrap();
    fs::write(folder.path().join("signature"), &block[18..]).unwrap();
    let signed =
        "printf indx >signed; cat head >>signed; openssl dgst -sha512 -binary tree >>signed";
    let verify = "openssl dgst -sha512 -verify keys/*.pem -signature signature signed";
    sh(folder.path(), &format!("{signed}; {verify}"));
    // The very key is in the package that brings keys to routers.
    let keyring = Adb::read(&feed.join(concat!(
        "grange-keyring-",
        env!("CARGO_PKG_VERSION"),
        "-r1.apk"
    )));
    let pem = sh(folder.path(), "cat keys/*.pem");
    assert!(keyring.contents.contains(&pem.into_bytes()));
}
