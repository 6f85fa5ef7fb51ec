//! What grange-feed makes, read with nothing of its own: gzip, GNU tar, sha256sum, and this file.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that fails"
)]

use std::fs;
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
    for program in ["grange-routed", "grange-uplinkd"] {
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
        good.status.success() && said.contains("good, 4 packages"),
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
