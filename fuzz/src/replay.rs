//! A corpus, replayed as an ordinary test: once found, never lost.
#![expect(clippy::expect_used, reason = "a test fails by panic")]

use std::path::Path;
use std::{fs, panic};

/// Runs a target on each input of its corpus, and on what is left when the input is cut short: at every octet of a small
/// one, at a hundred or so places of a large one.
pub(crate) fn replay(target: &str, least: usize, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a corpus") {
        let path = entry.expect("an entry").path();
        let input = fs::read(&path).expect("the input can be read");
        let step = if input.len() <= 256 {
            1
        } else {
            input.len() / 128
        };
        for end in (0..input.len()).step_by(step).chain([input.len()]) {
            let outcome = panic::catch_unwind(|| run(&input[..end]));
            let shown = path.display();
            assert!(outcome.is_ok(), "{shown}, {end} octets, broke a promise");
        }
        count += 1;
    }
    assert!(count >= least, "only {count} inputs for {target}");
}
