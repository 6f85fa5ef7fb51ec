use super::*;

#[test]
fn ordinary_names_of_every_script_stay_as_they_are() {
    for name in ["br-lan", "Straße 5", "東通り", "улица", "שכונה", ""] {
        assert!(matches!(escaped(name), Cow::Borrowed(_)), "{name}");
    }
}

#[test]
fn what_moves_the_cursor_or_hides_itself_is_escaped() {
    assert_eq!(escaped("a\x1b[2Jb"), "a\\u{1b}[2Jb");
    assert_eq!(escaped("one\ntwo\t\0"), "one\\ntwo\\t\\u{0}");
    assert_eq!(escaped("\u{9b}31m"), "\\u{9b}31m");
    assert_eq!(escaped("abc\u{202e}cba"), "abc\\u{202e}cba");
    assert_eq!(
        escaped("pay\u{200b}pal\u{feff}"),
        "pay\\u{200b}pal\\u{feff}"
    );
}

#[test]
fn nothing_hostile_is_left_after_escaping() {
    let all: String = (0..0x1_0000).filter_map(char::from_u32).collect();
    assert!(!escaped(&all).chars().any(is_hostile));
}

#[test]
fn wide_and_combining_characters_count_as_terminals_draw_them() {
    assert_eq!(width("abc"), 3);
    assert_eq!(width("東通り"), 6);
    assert_eq!(width("e\u{301}"), 1);
    assert_eq!(width("🏡"), 2);
}
