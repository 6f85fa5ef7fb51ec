#![no_main]

#[path = "../src/authentication.rs"]
mod authentication;

libfuzzer_sys::fuzz_target!(|data: &[u8]| authentication::authentication(data));
