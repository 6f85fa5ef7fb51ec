//! The fuzz targets' corpus, replayed as an ordinary test: once found, never lost.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panic"
)]

use std::path::Path;
use std::{fs, panic};

#[path = "../../../fuzz/src/babel.rs"]
mod babel;

#[path = "../../../fuzz/src/authentication.rs"]
mod authentication;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        let outcome = panic::catch_unwind(|| run(&input));
        assert!(outcome.is_ok(), "{} broke a promise", path.display());
        count += 1;
    }
    assert!(count > 0, "the corpus of {target} is empty");
}

#[test]
fn the_packets_that_fuzzing_kept_are_read() {
    replay("babel_packet", babel::packet);
}

#[test]
fn the_packets_that_fuzzing_kept_are_written_again() {
    replay("babel_roundtrip", babel::roundtrip);
}

#[test]
fn the_packets_that_fuzzing_kept_are_judged_by_keys() {
    replay("babel_authentication", authentication::authentication);
}
