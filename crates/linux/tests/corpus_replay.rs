//! The corpus of the fuzz target `netlink`, through the same function.

use std::fs;
use std::path::Path;

use grange_linux::monitor::read_frames;

#[test]
fn the_corpus_of_the_netlink_fuzzer_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/netlink");
    let mut files = 0;
    let mut events = Vec::new();
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("an entry").path();
        let octets = fs::read(&path).expect("a seed");
        let before = events.len();
        for cut in 0..=octets.len() {
            read_frames(&octets[..cut], &mut events);
            assert!(events.len() - before <= octets.len() * (cut + 1));
        }
        files += 1;
    }
    assert!(files >= 6, "only {files} seeds");
    // The seeds were recorded on a little-endian machine.
    if cfg!(target_endian = "little") {
        assert!(events.len() > 100, "only {} events", events.len());
    }
}
