//! Packages and indexes of opkg and apk: no panic, and what is accepted stays inside the root.
#![no_main]

use grange_feed::apk::Apk;
use grange_feed::apk_index;
use grange_feed::index;
use grange_feed::ipk::Ipk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let inside = |tree: &grange_feed::tree::Tree| {
        for (path, _) in tree.iter() {
            assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."));
        }
    };
    if let Ok(ipk) = Ipk::parse(octets) {
        inside(&ipk.data);
    }
    if let Ok(apk) = Apk::parse(octets) {
        inside(&apk.files);
    }
    let _ = apk_index::read(octets, &[]);
    if let Ok(text) = std::str::from_utf8(octets) {
        let _ = index::parse(text);
    }
});
