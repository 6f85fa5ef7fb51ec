use proptest::prelude::*;

use super::{families, read_family};
use crate::netlink::attribute::push;

fn family(name: &[u8], id: &[u8]) -> Vec<u8> {
    let mut message = vec![1, 2, 0, 0];
    push(&mut message, 2, name);
    push(&mut message, 1, id);
    push(&mut message, 3, &1_u32.to_ne_bytes());
    message
}

#[test]
fn a_family_is_known_by_its_name() {
    let message = family(b"nl80211\0", &33_u16.to_ne_bytes());
    assert_eq!(read_family(&message, "nl80211"), Some(33));
    assert_eq!(read_family(&message, "nl8021"), None);
    assert_eq!(families(), [3, 1, 0, 0]);
}

#[test]
fn a_family_without_a_number_and_another_message_are_none() {
    assert_eq!(read_family(&family(b"nl80211\0", &[1]), "nl80211"), None);
    let mut other = family(b"nl80211\0", &33_u16.to_ne_bytes());
    other[0] = 2;
    assert_eq!(read_family(&other, "nl80211"), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(read_family(&bytes, "nl80211").is_none() || bytes.len() >= 4);
    }
}
