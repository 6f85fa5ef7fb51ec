use std::net::Ipv6Addr;

use super::*;

/// A value as this crate has it.
macro_rules! json {
    ($($text:tt)*) => { crate::json::Value::from(serde_json::json!($($text)*)) };
}

fn refusal<T: std::fmt::Debug>(result: Result<T, ControlError>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.code, "bad_params");
    error.message.into_owned()
}

#[test]
fn parameters_are_read_by_type() {
    let value = json!({
        "lease": 30, "family": "ipv4", "force": true, "kinds": ["a", "b"], "via": "fe80::1",
        "none": null
    });
    let params = Params::new(
        &value,
        &["lease", "family", "force", "kinds", "via", "none"],
    )
    .unwrap();
    assert_eq!(params.unsigned::<u16>("lease"), Ok(Some(30)));
    assert_eq!(params.text("family"), Ok(Some("ipv4")));
    assert_eq!(params.flag("force"), Ok(Some(true)));
    assert_eq!(params.texts("kinds"), Ok(Some(vec!["a", "b"])));
    assert_eq!(params.texts("family"), Ok(Some(vec!["ipv4"])));
    assert_eq!(
        params.parsed("via", "an address"),
        Ok(Some(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)))
    );
    assert_eq!(params.text("none"), Ok(None));
    assert_eq!(params.text("absent"), Ok(None));
}

#[test]
fn a_mistyped_name_is_refused_and_not_ignored() {
    let value = json!({ "familiy": "ipv4" });
    assert_eq!(
        refusal(Params::new(&value, &["family", "lease"])),
        "there is no parameter 'familiy', did you mean 'family'?"
    );
    assert_eq!(
        refusal(Params::new(
            &json!({ "zzzzzz\x1b": 1 }),
            &["family", "lease"]
        )),
        "there is no parameter 'zzzzzz\\u{1b}', only family, lease"
    );
    assert_eq!(
        refusal(Params::new(&json!({ "x": 1 }), &[])),
        "there is no parameter 'x': the method takes none"
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_named() {
    let value = json!({ "lease": 70_000, "family": 4, "force": "no", "kinds": [1], "via": "here" });
    let params = Params::new(&value, &["lease", "family", "force", "kinds", "via"]).unwrap();
    assert_eq!(
        refusal(params.unsigned::<u16>("lease")),
        "the parameter 'lease' must be a whole number in its range, not 70000"
    );
    assert_eq!(
        refusal(params.text("family")),
        "the parameter 'family' must be a string, not 4"
    );
    assert_eq!(
        refusal(params.flag("force")),
        "the parameter 'force' must be true or false, not \"no\""
    );
    assert_eq!(
        refusal(params.texts("kinds")),
        "the parameter 'kinds' must be strings, not 1"
    );
    assert_eq!(
        refusal(params.parsed::<Ipv6Addr>("via", "an IPv6 address")),
        "the parameter 'via' must be an IPv6 address, not \"here\""
    );
    let negative = json!({ "lease": -1, "half": 0.5, "long": "y".repeat(1000) });
    let params = Params::new(&negative, &["lease", "half", "long"]).unwrap();
    assert!(params.unsigned::<u64>("lease").is_err());
    assert!(params.unsigned::<u64>("half").is_err());
    assert!(refusal(params.flag("long")).len() < 120);
}

#[test]
fn a_page_is_a_part_of_a_list_and_never_out_of_bounds() {
    let page = |value: Value| {
        let params = Params::new(&value, &["offset", "limit"]).unwrap();
        params.page().unwrap().of(0..10).collect::<Vec<_>>()
    };
    assert_eq!(page(json!({})), (0..10).collect::<Vec<_>>());
    assert_eq!(page(json!({"offset": 8})), [8, 9]);
    assert_eq!(page(json!({"offset": 2, "limit": 3})), [2, 3, 4]);
    assert_eq!(
        page(json!({"offset": 100, "limit": u32::MAX})),
        Vec::<i32>::new()
    );
    assert_eq!(page(json!({"limit": 0})), Vec::<i32>::new());
}

#[test]
fn parameters_that_are_no_object_are_refused() {
    assert!(Params::new(&Value::Null, &[]).is_ok());
    assert_eq!(
        refusal(Params::new(&json!([1]), &[])),
        "the parameters must be an object"
    );
}
