use super::*;
use crate::parse::parse;
use std::net::Ipv4Addr;

/// Reads one anonymous section of type `s` with these lines, from line 2 on.
fn package(lines: &str) -> Package {
    parse(format!("config s\n{lines}").as_bytes())
        .unwrap()
        .named("pkg")
}

fn with<T>(lines: &str, read: impl FnOnce(&Reader<'_>) -> T) -> T {
    let package = package(lines);
    let reader = package.readers().next().unwrap();
    read(&reader)
}

fn error_of<T: std::fmt::Debug>(result: Result<T, ReadError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn an_absent_option_is_none_and_no_error() {
    with("", |reader| {
        assert_eq!(reader.string("x").unwrap(), None);
        assert_eq!(reader.value("x").unwrap(), None);
        assert_eq!(reader.flag("x").unwrap(), None);
        assert_eq!(reader.unsigned("x", 1..=9_u8).unwrap(), None);
        assert_eq!(
            reader
                .duration("x", Duration::ZERO..=Duration::MAX)
                .unwrap(),
            None
        );
        assert_eq!(reader.choice("x", &[("a", 1)]).unwrap(), None);
        assert_eq!(reader.parse_with("x", "", str::parse::<u8>).unwrap(), None);
        assert_eq!(reader.secret_with("x", "", str::parse::<u8>).unwrap(), None);
        assert!(reader.list("x").unwrap().is_empty());
    });
}

#[test]
fn an_empty_option_is_an_absent_one() {
    with("option x ''\n", |reader| {
        assert_eq!(reader.string("x").unwrap(), None);
    });
}

#[test]
fn a_required_option_is_missed_where_its_section_stands() {
    with("option x 'v'\n", |reader| {
        assert_eq!(reader.required("x", Reader::string).unwrap(), "v");
        let port = reader.required("port", |reader, name| reader.unsigned(name, 1..=9_u8));
        assert_eq!(
            error_of(port),
            "1:8: pkg.@s[0].port: this option is required"
        );
    });
}

#[test]
fn flags_are_the_words_of_openwrts_shell() {
    for (word, meaning) in [
        ("1", true),
        ("on", true),
        ("true", true),
        ("yes", true),
        ("enabled", true),
        ("0", false),
        ("off", false),
        ("false", false),
        ("no", false),
        ("disabled", false),
    ] {
        with(&format!("option x {word}\n"), |reader| {
            assert_eq!(reader.flag("x").unwrap(), Some(meaning), "{word}");
        });
    }
    for word in ["Yes", "TRUE", "2", "y", "'1 '"] {
        with(&format!("option x {word}\n"), |reader| {
            assert!(reader.flag("x").is_err(), "{word}");
        });
    }
    with("option x maybe\n", |reader| {
        assert_eq!(
            error_of(reader.flag("x")),
            "2:10: pkg.@s[0].x: expected 1 or 0 (or on/off, true/false, yes/no), found 'maybe'"
        );
    });
}

#[test]
fn numbers_are_whole_unsigned_and_in_range() {
    for (word, number) in [
        ("1", Some(1)),
        ("300", Some(300)),
        ("010", Some(10)),
        ("0x10", Some(16)),
        ("0Xff", Some(255)),
        ("0", None),
        ("301", None),
        ("65537", None),
        ("18446744073709551617", None),
        ("-1", None),
        ("+1", None),
        ("0x+1", None),
        ("0x", None),
        ("1.0", None),
        ("' 1'", None),
        ("1k", None),
    ] {
        with(&format!("option x {word}\n"), |reader| {
            assert_eq!(
                reader.unsigned("x", 1..=300_u16).ok().flatten(),
                number,
                "{word}"
            );
        });
    }
    with("option x 0\n", |reader| {
        let number = reader.unsigned("x", 1..=300_u16);
        assert_eq!(
            error_of(number),
            "2:10: pkg.@s[0].x: expected a whole number from 1 to 300, found '0'"
        );
    });
}

#[test]
fn a_duration_out_of_range_is_refused_with_the_range() {
    with("option x 61\noption y 500ms\n", |reader| {
        let limits = Duration::from_millis(100)..=Duration::from_mins(1);
        assert_eq!(
            error_of(reader.duration("x", limits)),
            "2:10: pkg.@s[0].x: expected a time from 100ms to 60s such as 4, 0.5, 500ms or 2m, \
             found '61'"
        );
        assert_eq!(
            reader
                .duration("y", Duration::ZERO..=Duration::MAX)
                .unwrap(),
            Some(Duration::from_millis(500))
        );
    });
}

#[test]
fn a_choice_lists_its_words() {
    with("option kind wired\noption other wirless\n", |reader| {
        let choices = [("wired", 1), ("wireless", 2)];
        assert_eq!(reader.choice("kind", &choices).unwrap(), Some(1));
        assert_eq!(
            error_of(reader.choice("other", &choices)),
            "3:14: pkg.@s[0].other: expected one of wired, wireless, found 'wirless'"
        );
    });
}

#[test]
fn a_parsers_reason_is_in_the_error() {
    with("option x 10.0.0.1\noption y 10.0.0\n", |reader| {
        let read = |name| reader.parse_with(name, "an IPv4 address", str::parse::<Ipv4Addr>);
        assert_eq!(read("x").unwrap(), Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(
            error_of(read("y")),
            "3:10: pkg.@s[0].y: expected an IPv4 address, found '10.0.0': \
             invalid IPv4 address syntax"
        );
    });
}

#[test]
fn a_secret_is_never_shown() {
    with("option key 'hunter2 \x07'\n", |reader| {
        let read = reader.secret_with("key", "32 hexadecimal digits", Err::<u8, _>);
        assert_eq!(
            error_of(read),
            "2:12: pkg.@s[0].key: expected 32 hexadecimal digits, found a secret of 9 bytes"
        );
    });
    let text = b"config s\noption key 'hunter2\xff'\n";
    let package = parse(text).unwrap();
    let reader = package.readers().next().unwrap();
    let error = error_of(reader.secret_with("key", "a key", str::parse::<u8>));
    assert_eq!(
        error,
        "2:12: @s[0].key: expected a key, found a secret of 8 bytes"
    );
}

#[test]
fn a_value_need_not_be_utf8_but_text_must() {
    let text = b"config s 'n'\noption x 'a\xffb'\nlist l ok\nlist l \xc3\n";
    let package = parse(text).unwrap().named("pkg");
    let reader = package.readers().next().unwrap();
    let value = reader.value("x").unwrap().unwrap();
    assert_eq!(value.as_bytes(), b"a\xffb");
    let error = value.as_str().unwrap_err();
    assert_eq!(
        error.to_string(),
        "2:10: the value is not UTF-8 at its byte 2"
    );
    assert_eq!(
        error_of(reader.string("x")),
        "2:10: pkg.n.x: expected text in UTF-8, found 'a\\xffb': not UTF-8 at byte 2"
    );
    assert_eq!(
        error_of(reader.list("l")),
        "4:8: pkg.n.l: expected text in UTF-8, found '\\xc3': not UTF-8 at byte 1"
    );
}

#[test]
fn a_list_is_not_one_value() {
    with("list x 1\nlist x 2\n", |reader| {
        assert_eq!(
            error_of(reader.string("x")),
            "3:6: pkg.@s[0].x: expected one value (`option`), found a list of 2"
        );
    });
    with("list x 1\n", |reader| {
        assert!(reader.unsigned("x", 0..=9_u8).is_err());
    });
}

#[test]
fn an_option_read_as_a_list_is_split_and_a_list_is_not() {
    with(
        "option x ' eth0  eth1\teth2\nx '\nlist y 'a b'\nlist y ''\nlist y 'a b'\n",
        |reader| {
            assert_eq!(reader.list("x").unwrap(), ["eth0", "eth1", "eth2\nx"]);
            assert_eq!(reader.list("y").unwrap(), ["a b", "", "a b"]);
        },
    );
}

#[test]
fn each_item_of_a_list_is_parsed_and_blamed_by_itself() {
    with(
        "list x 1\nlist x 2\nlist y 1\nlist y two\noption z '1 2 three'\n",
        |reader| {
            let read = |name| reader.list_with(name, "a number", str::parse::<u8>);
            assert_eq!(read("x").unwrap(), [1, 2]);
            let reason = "invalid digit found in string";
            assert_eq!(
                error_of(read("y")),
                format!("5:8: pkg.@s[0].y: expected a number, found 'two': {reason}")
            );
            assert_eq!(
                error_of(read("z")),
                format!("6:10: pkg.@s[0].z: expected a number, found 'three': {reason}")
            );
        },
    );
}

#[test]
fn callers_can_refuse_what_contradicts() {
    with("option least 5\noption most 3\n", |reader| {
        assert_eq!(
            reader
                .refuse("most", "at least 5, the value of `least`")
                .to_string(),
            "3:13: pkg.@s[0].most: expected at least 5, the value of `least`, found '3'"
        );
        assert_eq!(
            reader.refuse("gone", "a value beside `most`").to_string(),
            "1:8: pkg.@s[0].gone: expected a value beside `most`, found nothing"
        );
    });
}

#[test]
fn long_and_hostile_values_are_cut_and_escaped() {
    let long = "x".repeat(200);
    with(&format!("option x '\x1b]0;{long}'\n"), |reader| {
        let error = error_of(reader.flag("x"));
        assert!(error.contains("found '\\u{1b}]0;xxx"), "{error}");
        assert!(error.ends_with("xxx...'"), "{error}");
        assert!(error.len() < 200, "{error}");
    });
}

#[test]
fn what_nobody_asked_for_is_listed() {
    let text = "config s 'one'\n\toption a 1\n\toption b 2\n\tlist c 3\nconfig t\nconfig u 'two'\n";
    let package = parse(text.as_bytes()).unwrap().named("pkg");
    let reader = package.readers_of("s").next().unwrap();
    reader.string("b").unwrap();
    reader.string("absent").unwrap();
    let shown =
        |warnings: Vec<Warning>| warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        shown(reader.unknown_options()),
        [
            "2:9: pkg.one.a: unknown option",
            "4:7: pkg.one.c: unknown option"
        ]
    );
    assert_eq!(
        shown(package.unknown_sections(&["s"])),
        [
            "5:8: pkg.@t[0]: unknown section type t",
            "6:8: pkg.two: unknown section type u"
        ]
    );
    assert!(package.unknown_sections(&["s", "t", "u"]).is_empty());
}

#[test]
fn an_option_that_could_not_be_read_is_still_a_known_one() {
    with("option x maybe\n", |reader| {
        assert!(reader.flag("x").is_err());
        assert!(reader.unknown_options().is_empty());
    });
}
