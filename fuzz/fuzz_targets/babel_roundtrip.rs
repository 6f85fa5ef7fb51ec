#![no_main]

#[path = "../src/babel.rs"]
mod babel;

libfuzzer_sys::fuzz_target!(|data: &[u8]| babel::roundtrip(data));
