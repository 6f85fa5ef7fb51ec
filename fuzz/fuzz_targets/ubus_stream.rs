#![no_main]

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "../src/ubus.rs"]
mod ubus;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubus::stream(data));
