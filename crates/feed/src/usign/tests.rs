use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;

fn key() -> SecretKey {
    SecretKey::from_random(&[42; 56])
}

#[test]
fn files_have_the_lengths_usign_expects() {
    let lines = |text: String| text.lines().nth(1).unwrap().to_owned();
    let public = lines(key().public().to_text("public key"));
    assert!(public.len() == 56 && public.starts_with("RW"), "{public}");
    assert_eq!(lines(key().sign(b"x").to_text()).len(), 100);
    assert_eq!(key().id().to_string(), "2a2a2a2a2a2a2a2a");
}

#[test]
fn keys_and_signatures_are_read_back() {
    let key = key();
    let again: SecretKey = key.to_text().parse().unwrap();
    assert_eq!(again.to_text(), key.to_text());
    let public: PublicKey = key.public().to_text("a comment").parse().unwrap();
    assert_eq!(public, key.public());
    let signature: Signature = again.sign(b"content").to_text().parse().unwrap();
    assert_eq!(public.verify(b"content", &signature), Ok(()));
    assert_eq!(
        public.verify(b"contents", &signature),
        Err(VerifyError::Wrong(key.id()))
    );
    let other = SecretKey::from_random(&[7; 56]).public();
    assert_eq!(
        other.verify(b"content", &signature),
        Err(VerifyError::Unknown(key.id()))
    );
}

#[test]
fn damaged_files_are_refused_with_the_reason() {
    let text = key().to_text();
    let refuse = |text: &str| text.parse::<SecretKey>().unwrap_err();
    assert_eq!(refuse("RWQ=\n"), FormError::Comment);
    assert_eq!(refuse("untrusted comment: x\n***\n"), FormError::Base64);
    assert_eq!(refuse(&format!("{text}more\n")), FormError::Lines);
    let public = key().public().to_text("x");
    assert!(matches!(
        refuse(&public),
        FormError::Length { found: 42, .. }
    ));
    let mut octets = STANDARD.decode(text.lines().nth(1).unwrap()).unwrap();
    octets[60] ^= 1;
    assert_eq!(refuse(&two_lines("x", &octets)), FormError::Checksum);
    octets[7] = 42;
    assert_eq!(refuse(&two_lines("x", &octets)), FormError::Password);
}

fn signify(folder: &Path, args: &[&str]) -> bool {
    Command::new("signify-openbsd")
        .args(args)
        .current_dir(folder)
        .output()
        .expect("signify-openbsd can be run: apt install signify-openbsd")
        .status
        .success()
}

#[test]
fn signify_verifies_our_signatures_and_we_verify_its() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let content = b"Package: grange\n\n";
    std::fs::write(at("Packages"), content).unwrap();
    std::fs::write(at("ours.pub"), key().public().to_text("ours")).unwrap();
    std::fs::write(at("ours.sec"), key().to_text()).unwrap();
    std::fs::write(at("ours.sig"), key().sign(content).to_text()).unwrap();
    let verify = ["-V", "-q", "-p", "ours.pub", "-m", "Packages", "-x"];
    let with = |sig: &'static str| [&verify[..], &[sig]].concat();
    assert!(signify(folder.path(), &with("ours.sig")));
    // It signs with our secret key, and gets the same octets.
    let sign = ["-S", "-s", "ours.sec", "-m", "Packages", "-x", "again.sig"];
    assert!(signify(folder.path(), &sign));
    let again: Signature = std::fs::read_to_string(at("again.sig"))
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(again, key().sign(content));
    // And we verify what it signs with a key of its own.
    assert!(signify(
        folder.path(),
        &["-G", "-n", "-p", "theirs.pub", "-s", "theirs.sec"]
    ));
    let sign = [
        "-S",
        "-s",
        "theirs.sec",
        "-m",
        "Packages",
        "-x",
        "theirs.sig",
    ];
    assert!(signify(folder.path(), &sign));
    let read = |name: &str| std::fs::read_to_string(at(name)).unwrap();
    let theirs: PublicKey = read("theirs.pub").parse().unwrap();
    let signature: Signature = read("theirs.sig").parse().unwrap();
    assert_eq!(theirs.verify(content, &signature), Ok(()));
    let secret: SecretKey = read("theirs.sec").parse().unwrap();
    assert_eq!(secret.sign(content), signature);
    // A test that cannot fail proves nothing.
    std::fs::write(at("Packages"), b"Package: changed\n\n").unwrap();
    assert!(!signify(folder.path(), &with("ours.sig")));
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in "(untrusted comment: x\n)?[A-Za-z0-9+/=\n]{0,200}") {
        let _ = text.parse::<SecretKey>();
        let _ = text.parse::<PublicKey>();
        let _ = text.parse::<Signature>();
    }
}
