//! The fuzz targets' corpus, replayed as an ordinary test: once found, never lost.
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::path::Path;
use std::{fs, panic};

#[path = "../../../fuzz/src/uplinkd.rs"]
mod uplinkd;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        // Also what is cut short.
        let step = (input.len() / 64).max(1);
        for end in (0..input.len()).step_by(step).chain([input.len()]) {
            let outcome = panic::catch_unwind(|| run(&input[..end]));
            let shown = path.display();
            assert!(outcome.is_ok(), "{shown}, {end} octets, broke a promise");
        }
        count += 1;
    }
    assert!(count > 0, "the corpus of {target} is empty");
}

#[test]
fn the_configurations_that_fuzzing_kept_are_refused_with_a_place_or_become_rulesets() {
    replay("uplinkd_config", uplinkd::config);
}

#[test]
fn the_states_that_fuzzing_kept_are_read_and_written_as_the_same() {
    replay("uplinkd_state", uplinkd::lasting);
}

#[test]
fn the_listings_that_fuzzing_kept_are_read() {
    replay("uplinkd_listings", uplinkd::listings);
}

#[test]
fn the_answers_to_probes_that_fuzzing_kept_are_judged() {
    replay("probe_answers", uplinkd::answers);
}
