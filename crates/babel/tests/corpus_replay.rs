//! The fuzz targets' corpus, replayed as an ordinary test: once found, never lost.
#![expect(clippy::expect_used, reason = "a test fails by panic")]

#[path = "../../../fuzz/src/babel.rs"]
mod babel;

#[path = "../../../fuzz/src/authentication.rs"]
mod authentication;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn the_packets_that_fuzzing_kept_are_read() {
    replay("babel_packet", 1, babel::packet);
}

#[test]
fn the_packets_that_fuzzing_kept_are_written_again() {
    replay("babel_roundtrip", 1, babel::roundtrip);
}

#[test]
fn the_packets_that_fuzzing_kept_are_judged_by_keys() {
    replay("babel_authentication", 1, authentication::authentication);
}
