use sha2::{Digest as _, Sha256};

use super::*;
use crate::index::hex;

const SAMPLE: &str = include_str!("../../tests/lmo/sample.po");

/// What a reader finds: the entries of the index, with their texts.
fn entries(lmo: &[u8]) -> Vec<([u32; 4], String)> {
    let word = |at: usize| u32::from_be_bytes(lmo[at..at + 4].try_into().unwrap());
    let end = lmo.len() - 4;
    let start = usize::try_from(word(end)).unwrap();
    (start..end)
        .step_by(16)
        .map(|at| {
            let entry = [0, 4, 8, 12].map(|more| word(at + more));
            let [offset, length] = [entry[2], entry[3]].map(|n| usize::try_from(n).unwrap());
            (
                entry,
                String::from_utf8(lmo[offset..offset + length].to_vec()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn it_is_what_lucis_own_po2lmo_writes_octet_for_octet() {
    // The digest of what po2lmo of LuCI daf2e0b made of the same file.
    assert_eq!(
        hex(&Sha256::digest(catalogue(SAMPLE).unwrap())),
        "5354323996234a47ff7864110f10b701f3456b92d15db9dac2d862af79c87a7b"
    );
}

#[test]
fn a_text_is_found_by_its_hash_and_what_is_not_translated_is_not_there() {
    let found = entries(&catalogue(SAMPLE).unwrap());
    assert!(found.is_sorted_by_key(|([key, ..], _)| *key));
    let of = |key: &str| {
        let key = hash(key.as_bytes());
        found.iter().find(|([one, ..], _)| *one == key)
    };
    let text = |key: &str| of(key).map(|(_, text)| text.as_str());
    assert_eq!(text("Uplink"), Some("Leitung"));
    assert_eq!(text("verb\u{1}Share"), Some("Teilen"));
    assert_eq!(text("Share"), Some("Anteil"));
    assert_eq!(text("%s device\u{2}1"), Some("%s Geräte"));
    assert_eq!(of("%s device\u{2}0").unwrap().0[1], 2);
    assert_eq!(
        (text("Not yet"), text("DSL"), text("%s device")),
        (None, None, None)
    );
    let (header, formula) = &found[0];
    assert_eq!((header[0], header[1]), (0, 0));
    assert_eq!(formula, "nplurals=2; plural=n != 1;");
}

#[test]
fn a_file_without_a_translation_gives_no_catalogue() {
    assert_eq!(catalogue("msgid \"a\"\nmsgstr \"\"\n").unwrap(), b"");
}
