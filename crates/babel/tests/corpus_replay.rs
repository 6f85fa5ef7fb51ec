//! The fuzz targets' corpus, replayed as an ordinary test: once found, never lost.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panic"
)]

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/src/babel.rs"]
mod babel;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A failure names its input on the captured output.
        println!("{}", path.display());
        run(&fs::read(path).unwrap());
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
