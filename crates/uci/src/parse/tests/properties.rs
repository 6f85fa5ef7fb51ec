//! What holds for every text and every package.

use super::*;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// A package without its places: what a file says.
type Plain = Vec<(String, Option<String>, Vec<(String, bool, Vec<Vec<u8>>)>)>;

fn plain(package: &Package) -> Plain {
    let entry = |entry: &Entry| {
        let values = entry
            .values()
            .iter()
            .map(|value| value.as_bytes().to_vec())
            .collect();
        (
            entry.name.clone(),
            matches!(entry.content, Content::List(_)),
            values,
        )
    };
    let section = |section: &Section| {
        let entries = section.entries.iter().map(entry).collect();
        (section.kind.clone(), section.name.clone(), entries)
    };
    package.sections.iter().map(section).collect()
}

fn built(plain: &Plain) -> Package {
    let mut package = Package::default();
    for (kind, name, entries) in plain {
        let mut section = Section::new(kind.clone(), name.as_deref());
        for (name, list, values) in entries {
            let mut values: Vec<Value> = values
                .iter()
                .map(|value| Value::new(value.clone(), Position::NOWHERE))
                .collect();
            let content = if *list {
                Content::List(values)
            } else {
                Content::Option(values.swap_remove(0))
            };
            let position = Position::NOWHERE;
            section.entries.push(Entry {
                name: name.clone(),
                content,
                position,
            });
        }
        package.sections.push(section);
    }
    package
}

/// Any value UCI can hold: every byte but NUL, with those that mean something made frequent.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let special = prop::sample::select(b"'\"\\;# \t\r\n\xff".to_vec());
    vec(prop_oneof![special, 1..=255_u8], 1..12)
}

fn packages() -> impl Strategy<Value = Plain> {
    let content = prop_oneof![
        value().prop_map(|value| (false, vec![value])),
        vec(prop_oneof![9 => value(), 1 => Just(Vec::new())], 1..4).prop_map(|items| (true, items)),
    ];
    let entries = btree_map("[A-Za-z0-9_]{1,6}", content, 0..5).prop_map(|entries| {
        entries
            .into_iter()
            .map(|(name, (list, values))| (name, list, values))
            .collect::<Vec<_>>()
    });
    // Any printable type; a name is kept from looking like a generated one.
    let section = ("[!-~]{1,6}", any::<bool>(), entries);
    btree_map("[A-Z0-9_]{1,6}", section, 0..5).prop_map(|sections| {
        let mut plain = Plain::new();
        for (name, (kind, named, entries)) in sections {
            plain.push((kind, named.then_some(name), entries));
        }
        plain
    })
}

/// Text made of what the lexer looks for.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"config",
        b"option",
        b"list",
        b"package",
        b"c",
        b"o",
        b"l",
        b"p",
        b" ",
        b" ",
        b"\t",
        b"\n",
        b"\n",
        b"\r\n",
        b";",
        b" ; ",
        b"#",
        b"'",
        b"'",
        b"\"",
        b"\\",
        b"\\\n",
        b"a",
        b"b",
        b"''",
        b"\x0b",
        b"\xff",
        b"\0",
        b"config a b\n",
        b"option x ",
        b"list x ",
        b"cfg01b617",
    ];
    vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_is_read_back(plain_package in packages()) {
        let text = write(&built(&plain_package)).unwrap();
        let package = parse(&text).unwrap();
        prop_assert_eq!(plain(&package), plain_package);
        prop_assert_eq!(package.warnings, Vec::new());
    }

    #[test]
    fn any_bytes_are_read_or_refused(text in vec(any::<u8>(), 0..200)) {
        prop_assert!(steps(&text) <= 8 * text.len() + 8);
        if let Ok(package) = parse(&text) {
            prop_assert_eq!(plain(&parse(&export(package.clone())).unwrap()), plain(&package));
        }
    }

    #[test]
    fn any_commands_are_read_or_refused_and_survive_export(text in soup()) {
        prop_assert!(steps(&text) <= 8 * text.len() + 8);
        match parse(&text) {
            Ok(package) => {
                let values = package.sections.iter().flat_map(|section| &section.entries);
                let bytes: usize =
                    values.flat_map(Entry::values).map(|value| value.as_bytes().len()).sum();
                prop_assert!(bytes <= text.len(), "more came out than went in");
                // A type that was read may be one that collides with a generated name's section.
                let again = parse(&export(package.clone())).unwrap();
                prop_assert_eq!(plain(&again), plain(&package));
            }
            Err(error) => {
                let lines = text.split(|byte| *byte == b'\n');
                let line = lines.clone().nth(error.position.line as usize - 1);
                prop_assert!(line.is_some(), "{} of {}", error, lines.count());
                prop_assert!(error.position.column as usize <= line.unwrap_or_default().len() + 1);
            }
        }
    }
}
