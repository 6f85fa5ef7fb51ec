//! Names and words from the mesh, made harmless at the place where they come in.

use std::borrow::Cow;

use grange_daemon::json::Value;
use grange_daemon::printable::escaped;

/// Characters of a text at most.
pub const LONGEST: usize = 256;

/// A text without control, invisible and direction-changing characters, and no longer than [`LONGEST`].
pub fn cleaned(text: &str) -> Cow<'_, str> {
    // Escaping makes a text longer, never shorter.
    let head = head(text);
    match escaped(head) {
        Cow::Borrowed(_) => Cow::Borrowed(head),
        Cow::Owned(text) => Cow::Owned(self::head(&text).to_owned()),
    }
}

/// Cleans every text in a value. A value that is one text has lines, each of which is cleaned.
pub fn clean(value: &mut Value) {
    if let Value::String(text) = value {
        let lines: Vec<_> = text.lines().map(cleaned).collect();
        let mut whole = lines.join("\n");
        if text.ends_with('\n') {
            whole.push('\n');
        }
        *text = whole;
    } else {
        inside(value);
    }
}

fn inside(value: &mut Value) {
    match value {
        Value::String(text) => match cleaned(text) {
            Cow::Owned(clean) => *text = clean,
            Cow::Borrowed(head) => {
                let length = head.len();
                text.truncate(length);
            }
        },
        Value::Array(values) => values.iter_mut().for_each(inside),
        Value::Object(members) => {
            for (_, member) in members {
                inside(member);
            }
        }
        _ => {}
    }
}

fn head(text: &str) -> &str {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_harmless_and_short() {
        assert_eq!(cleaned("Gästehaus 北"), "Gästehaus 北");
        assert_eq!(cleaned("a\u{202e}b\x1b[31m\n"), "a\\u{202e}b\\u{1b}[31m\\n");
        assert_eq!(cleaned(&"x".repeat(10_000)).len(), LONGEST);
        assert_eq!(cleaned(&"\u{202e}".repeat(10_000)).len(), LONGEST);
        // Markup is left as it is: a page that takes text for text shows it as such.
        assert_eq!(cleaned("<b>&amp;"), "<b>&amp;");
    }

    #[test]
    fn all_texts_of_a_value_are_cleaned_and_lines_stay() {
        let long = "ü".repeat(300);
        let mut value = json!({"a": ["x\u{200b}", long], "b": 1});
        clean(&mut value);
        assert_eq!(
            value,
            json!({"a": ["x\\u{200b}", "ü".repeat(LONGEST)], "b": 1})
        );
        let mut csv = Value::from("a,b\n\x1b,c\n");
        clean(&mut csv);
        assert_eq!(csv.as_str(), Some("a,b\n\\u{1b},c\n"));
    }
}
