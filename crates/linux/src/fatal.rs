//! The last line a daemon writes.

use crate::sys::fatal;

/// From now on a fatal signal (a crash, or an abort after a panic) writes one line to stderr,
/// `NAME VERSION BUILDID: fatal signal N at 0xPC`, and then kills the process as it would have.
///
/// The line is cut at 256 bytes. The program counter is 0 on processors this crate does not know.
/// Call it once, on the main thread; later calls change nothing.
pub fn install_fatal_handler(name: &str, version: &str, build_id: &str) {
    fatal::install(
        format!("{name} {version} {build_id}")
            .into_bytes()
            .into_boxed_slice(),
    );
}
