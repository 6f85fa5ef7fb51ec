use super::*;
use crate::package::{Entry, Section};
use crate::parse::parse;
use crate::position::Position;
use crate::value::Value;

fn package(kind: &str, name: Option<&str>, entry: &str, content: Content) -> Package {
    let mut section = Section::new(kind, name);
    let position = Position::NOWHERE;
    section.entries.push(Entry {
        name: entry.to_owned(),
        content,
        position,
    });
    Package {
        sections: vec![section],
        ..Package::default()
    }
}

fn value(bytes: &[u8]) -> Value {
    Value::new(bytes, Position::NOWHERE)
}

#[test]
fn a_package_is_written_as_uci_export_writes_it() {
    let text = b"package n-1\nc r s\no x \"it's\"\nl y 1\nl y ''\nc q\n";
    let export = b"package n-1\n\nconfig r 's'\n\toption x 'it'\\''s'\n\tlist y '1'\n\tlist y ''\n\
        \nconfig q\n\n";
    let written = write(&parse(text).unwrap()).unwrap();
    assert_eq!(
        written.escape_ascii().to_string(),
        export.escape_ascii().to_string()
    );
}

#[test]
fn nothing_is_written_that_would_be_read_as_something_else() {
    let option = || Content::Option(value(b"v"));
    let refused = |package: &Package| write(package).unwrap_err();
    for name in ["", "a b", "a-b", "a\noption evil 1", "é", "a'b"] {
        let shown = shown(name.as_bytes());
        assert_eq!(
            refused(&package("k", Some(name), "o", option())),
            WriteError::Name(shown.clone())
        );
        assert_eq!(
            refused(&package("k", Some("n"), name, option())),
            WriteError::Name(shown)
        );
    }
    for kind in ["", "a b", "a\n", "é"] {
        let shown = shown(kind.as_bytes());
        assert_eq!(
            refused(&package(kind, None, "o", option())),
            WriteError::Kind(shown)
        );
    }
    let empty = || WriteError::Empty("o".to_owned());
    assert_eq!(
        refused(&package("k", None, "o", Content::Option(value(b"")))),
        empty()
    );
    assert_eq!(
        refused(&package("k", None, "o", Content::List(Vec::new()))),
        empty()
    );
    let nul = Content::Option(value(b"a\0"));
    assert_eq!(
        refused(&package("k", None, "o", nul)),
        WriteError::Nul("o".to_owned())
    );
    let dashed = package("k", None, "o", option()).named("a-b");
    assert!(write(&dashed).is_ok());
    assert_eq!(
        refused(&dashed.named("../b")),
        WriteError::Name("../b".to_owned())
    );
}

#[test]
fn a_quoted_value_is_one_word_whatever_is_in_it() {
    for bytes in [
        &b""[..],
        b"'",
        b"''",
        b"a'\n\toption evil '1",
        b"\\",
        b"\xff;#\"",
        b"\\\n",
    ] {
        let text = [b"config k\nlist l ", &quote(bytes)[..], b"\n"].concat();
        let package = parse(&text).unwrap();
        assert_eq!(package.sections[0].entries.len(), 1);
        assert_eq!(package.sections[0].entries[0].values()[0].as_bytes(), bytes);
    }
}
