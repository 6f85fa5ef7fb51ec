//! The fuzz targets' corpus, replayed as an ordinary test: once found, never lost.

#[path = "../../../fuzz/src/uplinkd.rs"]
mod uplinkd;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn the_configurations_that_fuzzing_kept_are_refused_with_a_place_or_become_rulesets() {
    replay("uplinkd_config", 1, uplinkd::config);
}

#[test]
fn the_states_that_fuzzing_kept_are_read_and_written_as_the_same() {
    replay("uplinkd_state", 1, uplinkd::lasting);
}

#[test]
fn the_listings_that_fuzzing_kept_are_read() {
    replay("uplinkd_listings", 1, uplinkd::listings);
}

#[test]
fn the_answers_to_probes_that_fuzzing_kept_are_judged() {
    replay("probe_answers", 1, uplinkd::answers);
}
