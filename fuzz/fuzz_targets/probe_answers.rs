//! What comes back to the probes of grange-uplinkd; see src/uplinkd.rs.

#![no_main]

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "../src/uplinkd.rs"]
mod uplinkd;

libfuzzer_sys::fuzz_target!(|data: &[u8]| uplinkd::answers(data));
