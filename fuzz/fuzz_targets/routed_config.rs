//! What must hold for any octets as a configuration, of our own package or of babeld's: no panic, and a file
//! is refused only for an error that has a place.

#![no_main]

use std::path::Path;

use grange_routed::config::read_file;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for name in ["/etc/config/grange-routed", "/etc/config/babeld"] {
        let reading = read_file(Path::new(name), data);
        let refused = reading.problems.iter().any(|problem| problem.is_error);
        assert_eq!(reading.config.is_none(), refused);
    }
});
