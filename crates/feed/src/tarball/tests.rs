use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use proptest::prelude::*;

use super::*;

fn sample() -> Tree {
    let mut tree = Tree::new();
    let long = "etc/a-folder-whose-name-is-long-enough/that-the-whole-path-does-not-fit/into-one-header-of-tar/at-all";
    for (path, mode, kind) in [
        ("usr/sbin/grange-routed", 0o755, Kind::File(vec![7; 1500])),
        (
            "etc/config/grange-routed",
            0o600,
            Kind::File(b"config\n".to_vec()),
        ),
        ("etc/empty", 0o644, Kind::File(Vec::new())),
        (
            "etc/link",
            0o777,
            Kind::Link("../usr/sbin/grange-routed".to_owned()),
        ),
        (long, 0o644, Kind::File(b"long".to_vec())),
        ("tmp", 0o1777, Kind::Folder),
    ] {
        tree.insert(path, mode, kind).unwrap();
    }
    tree
}

fn put_on_disk(tree: &Tree, folder: &Path) {
    for (path, node) in tree.iter() {
        let path = folder.join(path);
        match &node.kind {
            Kind::Folder => std::fs::create_dir(&path).unwrap(),
            Kind::File(octets) => std::fs::write(&path, octets).unwrap(),
            Kind::Link(target) => symlink(target, &path).unwrap(),
        }
        if !matches!(node.kind, Kind::Link(_)) {
            let mode = std::fs::Permissions::from_mode(node.mode);
            std::fs::set_permissions(&path, mode).unwrap();
        }
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_archive_is_what_gnu_tar_would_have_written_octet_for_octet() {
    let folder = tempfile::tempdir().unwrap();
    put_on_disk(&sample(), folder.path());
    let theirs = Command::new("tar")
        .args(["--format=gnu", "--numeric-owner", "--owner=0", "--group=0"])
        .args(["--sort=name", "--mtime=@1700000000", "-cf", "-", "."])
        .env("LC_ALL", "C")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(theirs.status.success());
    let ours = write(&sample(), 1_700_000_000);
    let differs = ours.iter().zip(&theirs.stdout).position(|(a, b)| a != b);
    assert_eq!(differs, None, "the first octet that differs");
    assert_eq!(ours.len(), theirs.stdout.len());
    assert_eq!(Tree::from_folder(folder.path()).unwrap(), sample());
}

#[test]
fn what_was_written_is_read_back() {
    assert_eq!(read(&write(&sample(), 0)).unwrap(), sample());
}

#[test]
fn a_path_out_of_the_root_in_an_archive_is_refused() {
    for bad in ["../etc/passwd", "/etc/passwd", "./a/../../b", "./a\\b"] {
        let archive = write_files(&[(bad, b"x")], 0);
        assert!(matches!(read(&archive), Err(TarError::Tree(_))), "{bad}");
    }
}

#[test]
fn devices_and_hard_links_are_refused() {
    for kind in [EntryType::Char, EntryType::Link, EntryType::Fifo] {
        let mut archive = Vec::new();
        append(&mut archive, "./odd", 0o644, kind, "x", &[], 0);
        assert!(matches!(read(&finish(archive)), Err(TarError::Kind { .. })));
    }
}

#[test]
fn an_archive_that_is_cut_anywhere_is_refused() {
    let archive = write(&sample(), 0);
    let end = archive.iter().rposition(|&octet| octet != 0).unwrap();
    for cut in (0..end).step_by(97) {
        assert!(read(&archive[..cut]).is_err(), "{cut}");
    }
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let _ = read(&octets);
        let _ = read(&finish(octets));
    }

    #[test]
    fn a_damaged_header_is_refused_or_read_but_never_obeyed_outside(
        at in 0_usize..1024, octet in any::<u8>()
    ) {
        let mut archive = write(&sample(), 0);
        archive[at] = octet;
        if let Ok(tree) = read(&archive) {
            prop_assert!(tree.iter().all(|(path, _)| !path.split('/').any(|part| part == "..")));
        }
    }
}
