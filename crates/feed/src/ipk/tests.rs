use proptest::prelude::*;

use super::*;
use crate::package::tests::sample;

/// An .ipk around these parts.
fn wrap(members: &[(&str, &[u8])]) -> Vec<u8> {
    gzip::compress(&tarball::write_files(members, 0))
}

fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tree = Tree::new();
    for (path, text) in files {
        let kind = Kind::File(text.as_bytes().to_vec());
        tree.insert(path, 0o644, kind).unwrap();
    }
    gzip::compress(&tarball::write(&tree, 0))
}

fn with_control(control: &str, conffiles: &str) -> Result<Ipk, IpkError> {
    let controls = tar_gz(&[("control", control), ("conffiles", conffiles)]);
    let data = tar_gz(&[("etc/a", "a")]);
    Ipk::parse(&wrap(&[
        ("./debian-binary", b"2.0\n"),
        ("./data.tar.gz", &data),
        ("./control.tar.gz", &controls),
    ]))
}

#[test]
fn what_was_written_is_read_back() {
    let package = sample();
    let ipk = Ipk::parse(&package.to_ipk().unwrap()).unwrap();
    assert_eq!(ipk.file_name(), "grange-sample_0.1.0-r1_mips_24kc.ipk");
    assert_eq!(ipk.file_name(), package.ipk_name());
    assert_eq!(ipk.data, package.tree);
    assert_eq!(ipk.conffiles().unwrap(), ["/etc/config/grange-sample"]);
    let script = |name: &str| text_of(&ipk.controls, name).unwrap();
    assert_eq!(script("postinst-pkg").unwrap(), "exit 0\n");
    assert_eq!(script("postrm").unwrap(), "#!/bin/sh\nexit 0\n");
    assert_eq!(script("preinst"), None);
    assert!(script("prerm").unwrap().contains("default_prerm"));
}

#[test]
fn control_is_in_openwrts_order() {
    let ipk = Ipk::parse(&sample().to_ipk().unwrap()).unwrap();
    assert_eq!(
        text_of(&ipk.controls, "control").unwrap().unwrap(),
        "Package: grange-sample\n\
         Version: 0.1.0-r1\n\
         Depends: kmod-vxlan, ip-full\n\
         Conflicts: grange-other\n\
         Provides: sample\n\
         Source: feeds/grange/grange-sample\n\
         SourceName: grange-sample\n\
         License: MIT\n\
         Section: net\n\
         Require-User: grange:grange\n\
         SourceDateEpoch: 1700000000\n\
         URL: https://example.org/\n\
         Maintainer: Grange <grange@example.org>\n\
         Architecture: mips_24kc\n\
         Installed-Size: 10240\n\
         Description:  A sample\n of two lines\n"
    );
}

#[test]
fn the_same_package_gives_the_same_octets() {
    assert_eq!(sample().to_ipk().unwrap(), sample().to_ipk().unwrap());
}

#[test]
fn a_package_that_is_cut_anywhere_is_refused() {
    let whole = sample().to_ipk().unwrap();
    for cut in 0..whole.len() {
        assert!(Ipk::parse(&whole[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn wrong_magic_an_ar_archive_and_members_out_of_order_are_refused() {
    assert!(matches!(Ipk::parse(b"!<arch>\n"), Err(IpkError::IsAr)));
    let parts: [(&str, &[u8]); 3] = [
        ("./debian-binary", b"1.0\n"),
        ("./data.tar.gz", &tar_gz(&[])),
        ("./control.tar.gz", &tar_gz(&[])),
    ];
    assert!(matches!(Ipk::parse(&wrap(&parts)), Err(IpkError::Magic(_))));
    let [magic, data, control] = parts;
    let refused = Ipk::parse(&wrap(&[magic, control, data])).unwrap_err();
    assert!(
        matches!(refused, IpkError::Member { at: 2, .. }),
        "{refused}"
    );
    let refused = Ipk::parse(&wrap(&[magic, data])).unwrap_err();
    assert!(
        matches!(refused, IpkError::Member { at: 3, .. }),
        "{refused}"
    );
    let refused = Ipk::parse(&wrap(&[magic, data, control, data])).unwrap_err();
    // The same path twice is found first.
    assert!(matches!(refused, IpkError::Tar { .. }), "{refused}");
}

#[test]
fn a_wrong_name_size_or_conffile_is_refused_with_the_reason() {
    let control = "Package: a\nVersion: 1-r1\nArchitecture: all\nInstalled-Size: 10240\n";
    assert!(with_control(control, "/etc/a\n").is_ok());
    for (from, to, reason) in [
        ("Package: a", "Package: a/b", "'/'"),
        ("Version: 1-r1", "Version: one", "\"one\""),
        ("10240", "10241", "10241"),
        ("Architecture: all\n", "", "Architecture"),
        ("Package: a", "Package a", "line 1"),
    ] {
        let refused = with_control(&control.replace(from, to), "").unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    let refused = with_control(control, "/etc/b\n").unwrap_err().to_string();
    assert!(refused.contains("/etc/b"), "{refused}");
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Ipk::parse(&octets);
        let _ = Ipk::parse(&gzip::compress(&octets));
    }

    #[test]
    fn a_damaged_octet_is_never_taken_for_another_package(at in 0_usize..900, bit in 0_u8..8) {
        let mut octets = sample().to_ipk().unwrap();
        let at = at % octets.len();
        octets[at] ^= 1 << bit;
        // gzip's header has octets nobody checks (time, system).
        if let Ok(ipk) = Ipk::parse(&octets) {
            prop_assert_eq!(ipk.data, sample().tree);
        }
    }
}
