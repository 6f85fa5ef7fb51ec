//! What must hold for any octets in the run directory: no panic, and what was read is written and read
//! again as the same.

#![no_main]

use grange_routed::state::State;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let state = State::parse(data);
    let text = state.to_text();
    assert_eq!(State::parse(text.as_bytes()).to_text(), text);
});
