use std::time::Duration;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::*;

fn read(text: &str) -> Result<Value, ParseError> {
    Value::parse(text.as_bytes())
}

#[test]
fn values_are_read_and_written_as_serde_json_does() {
    let value = json!({
        "a": [1, 0, u64::MAX, true, false, null, [], {}],
        "quotes \" and \\": "tab\t, line\n, bell\u{7}, umlaut ü, cat 🐈",
    });
    let text = value.to_string();
    assert_eq!(read(&text).unwrap(), value);
    assert_eq!(read(&text).unwrap().to_string(), text);
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(read(&text).unwrap().pretty(), pretty);
}

#[test]
fn numbers_with_signs_and_fractions_stay_as_they_are_written() {
    for text in ["-1", "0.5", "-0.25e+3", "18446744073709551616", "1E9"] {
        let value = read(text).unwrap();
        assert_eq!(value, Value::Number(Number::Other(text.to_owned())));
        assert_eq!(value.to_string(), text);
        assert_eq!(value.as_u64(), None);
    }
    assert_eq!(read("-17").unwrap().as_i64(), Some(-17));
    assert_eq!(read("17").unwrap().as_i64(), Some(17));
}

#[test]
fn seconds_have_as_many_decimals_as_it_takes() {
    for (time, text) in [
        (Duration::from_secs(4), "4"),
        (Duration::from_millis(300), "0.3"),
        (Duration::from_micros(1_000_001), "1.000001"),
    ] {
        assert_eq!(Value::seconds(time).to_string(), text);
    }
}

#[test]
fn what_is_no_json_is_refused_with_the_place() {
    for (text, octet) in [
        ("", 1),
        ("[1,]", 4),
        ("{\"a\" 1}", 6),
        ("{1:2}", 2),
        ("nul", 1),
        ("01", 2),
        ("1.", 2),
        ("\"\\x\"", 3),
        ("\"\\ud800\"", 8),
        ("\"\\udc00\"", 7),
        ("[1 2]", 4),
        ("{} {}", 4),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.octet, octet, "{text}: {error}");
    }
    assert_eq!(Value::parse(b"\"\xff\"").unwrap_err().octet, 2);
    // A line feed in a string would end the line of a reply.
    assert!(read("\"\n\"").is_err());
}

#[test]
fn hostile_nesting_is_refused() {
    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&deep(127)).is_ok());
    assert!(read(&deep(128)).is_err());
    assert!(read(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn of_two_members_of_a_name_the_last_counts() {
    assert_eq!(read(r#"{"a":1,"a":2}"#).unwrap(), json!({"a": 2}));
}

#[test]
fn a_list_is_read_entry_by_entry_and_to_its_end() {
    let mut seen = Vec::new();
    let mut note = |entry: &Value| seen.push(entry.to_string());
    assert!(parse::for_each(" [1, \"a\",{} ] ", &mut note).is_ok());
    assert!(parse::for_each("[]", &mut note).is_ok());
    assert!(parse::for_each("[2] 3", &mut note).is_err());
    assert!(parse::for_each("{}", &mut note).is_err());
    assert_eq!(seen, ["1", "\"a\"", "{}", "2"]);
}

#[test]
fn replies_are_written_as_serde_json_does() {
    #[derive(Serialize)]
    struct Reply<'a> {
        name: &'a str,
        number: Option<i16>,
        none: Option<u8>,
        list: Vec<(u8, bool)>,
        kind: Kind,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u8>,
        address: std::net::IpAddr,
        letter: char,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Wired,
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Answer<'a> {
        Reply(Box<Reply<'a>>),
        Named { warnings: Vec<&'a str> },
    }
    let reply = Answer::Reply(Box::new(Reply {
        name: "a \"b\"",
        number: Some(-300),
        none: None,
        list: vec![(1, true)],
        kind: Kind::Wired,
        left_out: None,
        address: "2001:db8::1".parse().unwrap(),
        letter: '"',
    }));
    let warnings = Answer::Named {
        warnings: vec!["odd"],
    };
    for answer in [&reply, &warnings] {
        let mut line = Vec::new();
        write::append(&mut line, answer).unwrap();
        assert_eq!(line, serde_json::to_vec(answer).unwrap());
    }
}

#[test]
fn what_the_writer_does_not_know_is_an_error() {
    assert!(write::append(&mut Vec::new(), &[0.5]).is_err());
}

proptest! {
    #[test]
    fn any_octets_are_a_value_or_a_refusal(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Value::parse(&octets);
    }

    #[test]
    fn what_looks_like_json_is_read_where_serde_json_reads_it(
        text in "[\\[\\]{}\":,0-9ae.trufnls \\\\+-]{0,12}",
    ) {
        let ours = read(&text);
        // It makes a float of what is too large for one, and refuses that.
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(theirs) => prop_assert_eq!(ours.is_ok(), true, "{:?} {}", ours, theirs),
            Err(error) if error.to_string().starts_with("number out of range") => {}
            Err(_) => prop_assert!(ours.is_err(), "{:?}", ours),
        }
    }

    #[test]
    fn any_string_comes_back(text in any::<String>()) {
        let value = Value::from(text);
        prop_assert_eq!(read(&value.to_string()).unwrap(), value);
    }
}
