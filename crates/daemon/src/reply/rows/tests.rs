use super::*;

/// A value as this crate has it.
macro_rules! json {
    ($($text:tt)*) => { crate::json::Value::from(serde_json::json!($($text)*)) };
}
use crate::table::Align::{Left, Right};

const COLUMNS: &[Column] = &[
    ("NAME", Left, Cell::Plain("name")),
    ("AGE", Right, Cell::Time("age_ms")),
    ("SEEN", Right, Cell::Ago("seen_ms")),
    ("SENT", Right, Cell::Bytes("sent")),
    ("BOTH", Left, Cell::Made(|entry| plain(entry, "name") + "!")),
];

#[test]
fn a_list_is_a_table_and_an_empty_one_a_sentence() {
    let list = json!([
        {"name": "a", "age_ms": 61_000, "seen_ms": 5000, "sent": 1500},
        {"name": true, "age_ms": null, "sent": -1}
    ]);
    assert_eq!(
        table(&list.to_string(), COLUMNS, "None.").unwrap(),
        "NAME   AGE       SEEN    SENT  BOTH\n\
         a     61 s  5.0 s ago  1.5 KB  a!\n\
         true     -          -      -1  true!\n"
    );
    assert_eq!(table("[]", COLUMNS, "None.").unwrap(), "None.\n");
}

#[test]
fn what_is_no_list_is_not_shown_as_one() {
    for text in ["", "{}", "7", "[", "[1,", "[1 2]", "[1] 2", "null"] {
        assert_eq!(table(text, COLUMNS, "None."), None, "{text}");
    }
    // Entries that are no objects are rows without content.
    assert_eq!(table("[1]", &COLUMNS[..1], "None.").unwrap(), "NAME\n-\n");
}
