use proptest::prelude::*;

use super::*;
use crate::package::tests::sample;

/// With links, an empty file and an empty folder besides.
fn rich_sample() -> Package {
    let mut package = sample();
    let link = Kind::Link("../sbin/grange-sample".to_owned());
    package.tree.insert("usr/bin/sample", 0o777, link).unwrap();
    package
        .tree
        .insert("etc/grange", 0o700, Kind::Folder)
        .unwrap();
    package
        .tree
        .insert("top", 0o644, Kind::File(Vec::new()))
        .unwrap();
    package
}

#[test]
fn before_compression_it_is_what_apk_itself_writes_octet_for_octet() {
    // The digest of what `apk mkpkg --compression none` of apk-tools 3.0.6 made of the same files,
    // information and scripts (docs/feed.md).
    let octets = rich_sample().to_adb().unwrap().to_octets();
    assert_eq!(
        hex(&Sha256::digest(octets)),
        "f673551ef0a4ade4d05925ce22f27b796326582c79885f511686d7c1fad0309e"
    );
}

#[test]
fn what_was_written_is_read_back() {
    let package = rich_sample();
    let octets = package.to_apk().unwrap();
    assert_eq!(octets, package.to_apk().unwrap());
    let apk = Apk::parse(&octets).unwrap();
    assert_eq!(apk.file_name(), "grange-sample-0.1.0-r1.apk");
    assert_eq!(
        (apk.arch.as_str(), apk.file_name()),
        ("mips_24kc", package.apk_name())
    );
    for (path, node) in package.tree.iter() {
        assert_eq!(apk.files.find(&path), Some(node), "{path}");
    }
    let text = |kind: &str| {
        let path = format!("lib/apk/packages/grange-sample.{kind}");
        match &apk.files.find(&path).unwrap().kind {
            Kind::File(octets) => String::from_utf8(octets.clone()).unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(text("rusers"), "grange:grange\n");
    assert_eq!(
        text("list"),
        "/etc/config/grange-sample\n/etc/init.d/grange-sample\n/lib/apk/packages/grange-sample.rusers\n\
         /top\n/usr/bin/sample\n/usr/sbin/grange-sample\n"
    );
    assert_eq!(text("conffiles"), "/etc/config/grange-sample\n");
    let digest = hex(&Sha256::digest(b"config sample\n"));
    assert_eq!(
        text("conffiles_static"),
        format!("/etc/config/grange-sample {digest}\n")
    );
}

#[test]
fn a_package_that_is_cut_anywhere_is_refused() {
    let whole = sample().to_apk().unwrap();
    for cut in 0..whole.len() {
        assert!(Apk::parse(&whole[..cut]).is_err(), "{cut}");
    }
    let mut file = sample().to_adb().unwrap();
    file.contents.pop();
    assert!(matches!(
        Apk::parse(&file.to_octets()),
        Err(ApkError::Content(_))
    ));
    let mut file = sample().to_adb().unwrap();
    file.contents.push((9, 9, vec![1]));
    assert!(matches!(
        Apk::parse(&file.to_octets()),
        Err(ApkError::Content(_))
    ));
}

#[test]
fn a_content_that_was_changed_is_refused() {
    let mut file = sample().to_adb().unwrap();
    file.contents[0].2[0] ^= 1;
    let refused = Apk::parse(&file.to_compressed()).unwrap_err();
    assert!(matches!(refused, ApkError::Content(_)), "{refused}");
}

proptest! {
    #[test]
    fn a_damaged_tree_is_refused_or_read_but_never_panics(at in 0_usize..2000, octet in any::<u8>()) {
        let mut file = sample().to_adb().unwrap();
        let at = at % file.tree.len();
        file.tree[at] = octet;
        if let Ok(apk) = Apk::parse(&file.to_octets()) {
            prop_assert!(apk.files.iter().all(|(path, _)| !path.split('/').any(|part| part == "..")));
        }
    }
}
