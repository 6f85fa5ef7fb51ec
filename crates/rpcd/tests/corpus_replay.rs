//! Replays the fuzz corpus of the methods' arguments through the function that the fuzz target calls, and the same for
//! arguments that nobody chose.

#[path = "../../../fuzz/src/rpcd.rs"]
mod fuzz;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use grange_rpcd::objects::{BABELD, GRANGE, MESH, MWAN3, UPLINKS};
use grange_ubus::{ArgumentType, Writer};
use proptest::prelude::*;

#[test]
fn the_corpus_holds() {
    replay::replay("rpcd_arguments", 20, fuzz::arguments);
}

/// Texts that mean something to one method or another, and some that should not.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "x",
            "fe80::2%mesh0",
            "fe80::2%",
            "::/0",
            "0.0.0.0/0",
            "10.0.0.1",
            "02:00:00:00:00:00:00:01",
            "2026-11",
            "2026-99",
            "csv",
            "tcp",
            "wan",
            "uplink",
            "link",
            "30d",
            "5m",
            "1",
            "",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,40}",
        ".{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_arguments_of_any_method_have_one_answer(
        mood in any::<u8>(),
        texts in prop::collection::vec(prop::option::weighted(0.8, text()), 5),
        numbers in prop::collection::vec(prop_oneof![-2..600, any::<i32>()], 5),
        is_set in any::<bool>(),
    ) {
        let objects = [&GRANGE, &MESH, &UPLINKS, &BABELD, &MWAN3];
        let methods = objects.iter().flat_map(|object| object.methods.iter());
        for (place, method) in methods.enumerate() {
            let arguments = Writer::data(|writer| {
                for (at, (name, kind)) in method.arguments.iter().enumerate() {
                    match (kind, &texts[at]) {
                        (_, None) => {}
                        (ArgumentType::String, Some(text)) => {
                            writer.string(name, text);
                        }
                        (ArgumentType::Bool, _) => {
                            writer.boolean(name, is_set);
                        }
                        _ => {
                            writer.int32(name, numbers[at]);
                        }
                    }
                }
            });
            let mut input = vec![u8::try_from(place).expect("few methods"), mood];
            input.extend_from_slice(arguments.expect("they are short").as_bytes());
            fuzz::arguments(&input);
        }
    }

    #[test]
    fn any_octets_are_arguments_or_none(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz::arguments(&octets);
    }
}
