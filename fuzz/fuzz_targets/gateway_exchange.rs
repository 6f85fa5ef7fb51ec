//! Datagrams of the gateway exchange; see src/exchange.rs.

#![no_main]

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "../src/exchange.rs"]
mod exchange;

libfuzzer_sys::fuzz_target!(|data: &[u8]| exchange::datagram(data));
