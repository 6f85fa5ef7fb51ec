use super::*;

const ORDERED: [&str; 6] = [
    "10.0.0.0/8",
    "10.0.0.0/16",
    "::/0",
    "2001:db8::/32",
    "::/0 from 2001:db8::/48",
    "2001:db8::/32 from 2001:db8::/48",
];

fn map() -> PrefixMap<usize> {
    let mut map = PrefixMap::default();
    for (place, text) in ORDERED.into_iter().enumerate().rev() {
        *map.get_or_default(text.parse().unwrap()) = place;
    }
    map
}

#[test]
fn every_prefix_has_its_place_in_order() {
    let mut map = map();
    assert!(map.iter().map(|(_, place)| *place).eq(0..6));
    assert!(map.iter().map(|(prefix, _)| prefix).is_sorted());
    for (place, text) in ORDERED.into_iter().enumerate() {
        let prefix = text.parse().unwrap();
        assert_eq!(map.get(prefix), Some(&place));
        let after = map.iter_after(Some(prefix)).map(|(_, place)| *place);
        assert!(after.eq(place + 1..6), "{text}");
    }
    map.iter_mut().for_each(|(_, place)| *place += 10);
    assert_eq!(map.remove("::/0".parse().unwrap()), Some(12));
    assert_eq!(map.len(), 5);
    let popped = core::iter::from_fn(|| map.pop_first());
    assert!(popped.map(|(_, place)| place).eq([10, 11, 13, 14, 15]));
}

#[test]
fn a_plain_prefix_takes_eighteen_octets() {
    assert_eq!(size_of::<Plain>(), 18);
}
