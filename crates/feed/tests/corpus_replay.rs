//! The fuzz corpus, on a stable compiler: what is in fuzz/corpus/package, whole and cut at every place.

use std::fs;
use std::path::Path;

use grange_feed::apk::Apk;
use grange_feed::apk_index;
use grange_feed::index;
use grange_feed::ipk::Ipk;

/// How many of the readers take these octets.
fn taken(octets: &[u8]) -> usize {
    let index = std::str::from_utf8(octets).is_ok_and(|text| index::parse(text).is_ok());
    [
        Ipk::parse(octets).is_ok(),
        Apk::parse(octets).is_ok(),
        apk_index::read(octets, &[]).is_ok(),
        index,
    ]
    .into_iter()
    .filter(|&is_taken| is_taken)
    .count()
}

#[test]
fn no_input_of_the_corpus_makes_a_reader_panic_and_none_is_taken_for_two_things() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/package");
    let mut whole = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let octets = fs::read(entry.unwrap().path()).unwrap();
        let readers = taken(&octets);
        assert!(readers <= 1);
        whole += readers;
        for cut in 0..octets.len() {
            assert!(taken(&octets[..cut]) <= 1);
        }
    }
    assert!(whole >= 4, "{whole} are whole");
}
