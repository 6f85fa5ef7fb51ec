#![no_main]

#[path = "../src/ubus.rs"]
mod ubus;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubus::stream(data));
