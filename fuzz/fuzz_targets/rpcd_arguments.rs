#![no_main]

#[path = "../src/rpcd.rs"]
mod rpcd;

libfuzzer_sys::fuzz_target!(|data: &[u8]| rpcd::arguments(data));
