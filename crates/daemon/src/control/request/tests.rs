use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn a_request_needs_a_method_and_nothing_else() {
    let request = Request::parse(b" {\"method\":\"status\",\"id\":7} ").unwrap();
    assert_eq!(request.method, "status");
    assert_eq!(request.params, json!({}));
    let request = Request::parse(b"{\"params\":null,\"method\":\"a\"}").unwrap();
    assert_eq!(request.params, json!({}));
    let request = Request::parse(b"{\"params\":{\"a\":1},\"method\":\"a\"}").unwrap();
    assert_eq!(request.params, json!({"a": 1}));
}

#[test]
fn two_requests_on_one_line_are_refused_with_the_place() {
    let error = Request::parse(b"{\"method\":\"a\"}{\"method\":\"b\"}").unwrap_err();
    assert_eq!(error.message, "not JSON at octet 15: trailing characters");
}

proptest! {
    #[test]
    fn any_bytes_are_a_request_or_a_refusal(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Err(error) = Request::parse(&bytes) {
            prop_assert_eq!(error.code, "bad_request");
        }
    }

    #[test]
    fn any_text_like_json_is_a_request_or_a_refusal(text in "[\\[\\]{}\":,0-9a-e.tru\\\\-]{0,200}") {
        if let Err(error) = Request::parse(text.as_bytes()) {
            prop_assert_eq!(error.code, "bad_request");
        }
    }
}
