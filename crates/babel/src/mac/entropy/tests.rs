use std::collections::BTreeSet;

use super::*;

#[test]
fn no_index_and_no_nonce_comes_twice() {
    let mut seen = BTreeSet::new();
    for start in 0..4 {
        let mut entropy = Entropy::new(&[start; 32]);
        for _ in 0..10_000 {
            assert!(seen.insert(entropy.octets()));
        }
    }
    // An index is the first half: those are different too.
    let halves: BTreeSet<_> = seen
        .iter()
        .map(|octets| octets.first_chunk::<8>())
        .collect();
    assert_eq!(halves.len(), seen.len());
}

#[test]
fn the_secret_is_in_no_debug_text() {
    let shown = format!("{:?}", Entropy::new(&[77; 32]));
    assert!(!shown.contains("77"), "{shown}");
}
