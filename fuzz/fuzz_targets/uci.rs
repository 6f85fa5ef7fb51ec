//! What must hold for any octets given to the UCI reader: no panic, no error without a place, and
//! what was read and can be written is then read as the same.

#![no_main]

use grange_uci::{Content, Package, parse, write::write};

type Shape = Vec<(String, Option<String>, Vec<(String, bool, Vec<Vec<u8>>)>)>;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(package) = parse(data) else { return };
    for reader in package.readers() {
        let _ = reader.unknown_options();
    }
    if let Ok(text) = write(&package) {
        let again = parse(&text).expect("what was written can be read");
        assert_eq!(again.name, package.name);
        assert_eq!(shape(&again), shape(&package));
    }
});

fn shape(package: &Package) -> Shape {
    package
        .sections
        .iter()
        .map(|section| {
            let entries = section.entries.iter().map(|entry| {
                let list = matches!(entry.content, Content::List(_));
                let values = entry.values().iter().map(|value| value.as_bytes().to_vec());
                (entry.name.clone(), list, values.collect())
            });
            (
                section.kind.clone(),
                section.name.clone(),
                entries.collect(),
            )
        })
        .collect()
}
