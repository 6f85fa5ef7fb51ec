use super::*;

#[test]
fn a_number_stands_for_its_value_until_nobody_uses_it() {
    let mut pool = Pool::default();
    let (one, two) = (pool.id("one"), pool.id("two"));
    assert!(pool.id("one") == one && one != two);
    pool.sweep([two].into_iter());
    assert_eq!((pool.find(one), pool.find(two)), (None, Some("two")));
    assert!(pool.id("three") == one, "its number is free again");
    assert_eq!(pool.find(one), Some("three"));
}

#[test]
fn unused_values_are_looked_for_when_there_are_twice_as_many() {
    let mut pool = Pool::default();
    let ids: Vec<_> = (0..64).map(|value| pool.id(value)).collect();
    assert!(pool.wants_sweep());
    pool.sweep(ids.iter().copied());
    assert!(!pool.wants_sweep());
}
