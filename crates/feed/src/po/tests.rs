use super::*;

const SAMPLE: &str = r#"msgid ""
msgstr ""
"Language: de\n"
"Plural-Forms: nplurals=2; plural=n != 1;\n"

#: a.js
#, javascript-format
msgid "Uplink"
msgstr "Leitung"

msgctxt "verb"
msgid "Share"
msgstr "Teilen"

msgid ""
"Say \"%s\", "
"then go on\n"
msgstr ""
"Sage \"%s\" \\ "
"und weiter\n"

msgid "%s device"
msgid_plural "%s devices"
msgstr[0] "%s Gerät"
msgstr[1] "%s Geräte"

msgid "Not yet"
msgstr ""

#~ msgid "Gone"
#~ msgstr "Weg"
"#;

#[test]
fn every_kind_of_entry_is_read() {
    let found = messages(SAMPLE).unwrap();
    let of = |id: &str| found.iter().find(|message| message.id == id).unwrap();
    assert_eq!(found.len(), 6);
    assert_eq!(
        of("").forms,
        [r"Language: de\nPlural-Forms: nplurals=2; plural=n != 1;\n"]
    );
    assert_eq!(of("Share").context.as_deref(), Some("verb"));
    assert_eq!(
        of(r#"Say "%s", then go on\n"#).forms,
        [r#"Sage "%s" \ und weiter\n"#]
    );
    assert_eq!(of("%s device").forms, ["%s Gerät", "%s Geräte"]);
    assert!(of("%s device").has_plural && !of("Uplink").has_plural);
    assert_eq!(of("Not yet").forms, [""]);
}

#[test]
fn a_mistake_is_named_by_its_line() {
    let refused = |text: &str| messages(text).unwrap_err().to_string();
    assert!(
        refused("msgid \"a\"\nmsgstr \"b\nmsgid \"c\"\n").starts_with("line 2: a text must begin")
    );
    assert!(refused("msgid \"a\"\nmsgstr \"b\" c\n").starts_with("line 2: a text must begin"));
    assert!(refused("msgid \"a\\\"\n").starts_with("line 1: a text must begin"));
    assert!(refused("\n\"a\"\n").starts_with("line 2: not understood"));
    assert!(refused("msgid\n").starts_with("line 1: not understood"));
    assert!(refused("msgfoo \"a\"\n").starts_with("line 1: not understood"));
    assert!(refused("msgstr \"a\"\n").starts_with("line 1: msgstr has no place"));
    assert!(refused("msgid \"a\"\nmsgid \"b\"\n").starts_with("line 2: msgid has no place"));
    assert!(
        refused("msgid \"a\"\nmsgstr[1] \"b\"\n").starts_with("line 2: msgstr[1] has no place")
    );
    assert!(refused("msgid \"a\"\nmsgstr[10] \"b\"\n").starts_with("line 2: a plural form"));
    assert!(refused("msgid \"a\"\nmsgstr[x] \"b\"\n").starts_with("line 2: a plural form"));
    assert!(
        refused("msgid \"a\"\nmsgstr \"b\"\nmsgstr \"c\"\n")
            .starts_with("line 3: msgstr has no place")
    );
}

#[test]
fn whatever_is_read_ends_in_entries_or_a_reason() {
    for cut in 0..SAMPLE.len() {
        if SAMPLE.is_char_boundary(cut) {
            let _ = messages(&SAMPLE[..cut]);
        }
    }
}
