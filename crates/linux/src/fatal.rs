//! The last line a daemon writes.

/// From now on a fatal signal (a crash, or an abort after a panic) writes one line to stderr,
/// `NAME VERSION BUILDID: fatal signal N at 0xPC`, and then kills the process as it would have.
///
/// The program counter is 0 on processors this crate does not know. Call it once, on the main
/// thread; later calls change nothing.
pub fn install_fatal_handler(name: &str, version: &str, build_id: &str) {
    let _ = (name, version, build_id);
    todo!()
}
