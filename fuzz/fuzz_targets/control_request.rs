//! What must hold for any octets on a control socket: no panic, and a request always has an object.

#![no_main]

use grange_daemon::control::request::Request;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(request) = Request::parse(data) {
        assert!(request.params.is_object());
    }
});
