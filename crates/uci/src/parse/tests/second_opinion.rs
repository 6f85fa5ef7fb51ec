//! `uci_rs` reads a tame subset of UCI rightly. On it, both readers must agree.

use super::*;
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use uci_rs::{UciCommand as _, parse_raw_to_uci};

/// Name, whether it is a list, values.
type Options = Vec<(String, bool, Vec<String>)>;
/// Name, type, options.
type Sections = Vec<(String, String, Options)>;

/// Named sections of single-quoted values without quotes, backslashes, newlines or duplicates.
fn sections() -> impl Strategy<Value = Sections> {
    let value = || "[ !#-&(-\\[\\]-~]{1,12}";
    let content = prop_oneof![
        value().prop_map(|value| (false, vec![value])),
        btree_set(value(), 2..5).prop_map(|items| (true, items.into_iter().collect())),
    ];
    let options = btree_map("[a-z][a-z0-9_]{0,8}", content, 0..6);
    btree_map(
        "[a-z][a-z0-9_]{0,8}",
        ("[a-z][a-z0-9_]{0,8}", options),
        0..6,
    )
    .prop_map(|sections| {
        let section = |(name, (kind, options)): (String, (String, _))| {
            let options: std::collections::BTreeMap<String, (bool, Vec<String>)> = options;
            let options = options
                .into_iter()
                .map(|(name, (list, values))| (name, list, values))
                .collect();
            (name, kind, options)
        };
        sections.into_iter().map(section).collect()
    })
}

fn text_of(sections: &Sections) -> String {
    let mut text = String::new();
    for (name, kind, options) in sections {
        writeln!(text, "config {kind} '{name}'").unwrap();
        for (name, list, values) in options {
            let command = if *list { "list" } else { "option" };
            for value in values {
                writeln!(text, "\t{command} {name} '{value}'").unwrap();
            }
        }
        text += "\n";
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn uci_rs_reads_the_same(sections in sections()) {
        let text = text_of(&sections);
        let ours = parse(text.as_bytes()).unwrap();
        let theirs = parse_raw_to_uci("test", text).unwrap();

        let ours: Vec<_> = ours.sections.iter().map(|section| {
            let options: Vec<_> = section.entries.iter().map(|entry| {
                let values = entry.values().iter().map(|value| value.as_str().unwrap().to_owned());
                (entry.name.clone(), values.collect::<Vec<_>>())
            }).collect();
            (section.kind.clone(), section.name.clone().unwrap_or_default(), options)
        }).collect();
        let theirs: Vec<_> = theirs.get_all_sections().into_iter().map(|(kind, name)| {
            let options = theirs.get_all_options(&name).unwrap();
            let options: Vec<_> =
                options.into_iter().map(|(name, values)| (name, values.clone())).collect();
            (kind, name, options)
        }).collect();
        prop_assert_eq!(&ours, &theirs);
        prop_assert_eq!(ours.len(), sections.len());
    }
}
