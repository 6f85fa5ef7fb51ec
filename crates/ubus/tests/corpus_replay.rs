//! Replays the fuzz corpora through the functions that the fuzz targets call, and the same for octets and values
//! that nobody chose.

#![expect(
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

#[path = "../../../fuzz/src/ubus.rs"]
mod fuzz;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use std::fs;
use std::path::Path;

use grange_daemon::json::{Members, Number, Value as Json};
use grange_ubus::json::{from_json, to_json};
use proptest::prelude::*;

#[test]
fn the_blobmsg_corpus_holds() {
    replay::replay("ubus_blobmsg", 25, fuzz::blobmsg);
}

#[test]
fn the_stream_corpus_holds() {
    replay::replay("ubus_stream", 35, fuzz::stream);
}

fn json(depth: u32) -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i32>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (any::<i32>(), 1..1000).prop_map(|(whole, rest)| {
            let text = format!("{whole}.{rest:03}");
            Json::Number(Number::Other(text.trim_end_matches('0').to_owned()))
        }),
        "[^\0]{0,20}".prop_map(Json::String),
    ];
    leaf.prop_recursive(depth, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            members(inner).prop_map(Json::Object),
        ]
    })
}

fn members(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Members> {
    prop::collection::btree_map("[^\0]{0,12}", value, 0..6)
        .prop_map(|members| members.into_iter().collect())
}

/// A recorded stream with some octets changed and perhaps cut off.
fn spoiled() -> impl Strategy<Value = Vec<u8>> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut streams = Vec::new();
    for entry in fs::read_dir(vectors).expect("there are vectors") {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "from_ubusd")
        {
            streams.push(fs::read(path).expect("it can be read"));
        }
    }
    streams.sort_unstable();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    let cut = any::<prop::sample::Index>();
    (prop::sample::select(streams), changes, cut, any::<bool>()).prop_map(
        |(mut stream, changes, cut, is_cut)| {
            for (at, octet) in changes {
                *at.get_mut(&mut stream) = octet;
            }
            if is_cut {
                stream.truncate(cut.index(stream.len()));
            }
            stream
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_the_same(members in members(json(5))) {
        let data = from_json(&members).expect("it is short");
        prop_assert_eq!(to_json(data.table()), members);
        fuzz::blobmsg(data.as_bytes());
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz::blobmsg(&octets);
        fuzz::stream(&octets);
    }

    #[test]
    fn spoiled_streams_are_read_or_refused(stream in spoiled()) {
        fuzz::stream(&stream);
        fuzz::blobmsg(stream.get(20..).unwrap_or_default());
    }
}
