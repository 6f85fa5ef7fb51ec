//! What must hold for any octets on a control socket: no panic, a request always has an object, and JSON that was
//! read is written and read again as the same.

#![no_main]

use grange_daemon::control::request::Request;
use grange_daemon::json::Value;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(request) = Request::parse(data) {
        assert!(matches!(request.params, Value::Object(_)));
    }
    if let Ok(value) = Value::parse(data) {
        for text in [value.to_string(), value.pretty()] {
            let again = Value::parse(text.as_bytes()).expect("what was written can be read");
            assert_eq!(again, value, "{text}");
        }
    }
});
