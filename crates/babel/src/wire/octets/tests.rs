use super::*;

#[test]
fn numbers_are_read_most_significant_octet_first() {
    let mut octets = Octets::new(&[1, 2, 3, 4, 5, 6]);
    assert_eq!(octets.array(), Some([1]));
    assert_eq!(octets.u16(), Some(0x0203));
    assert_eq!(octets.take(2), Some(&[4, 5][..]));
    assert_eq!(octets.rest(), &[6]);
}

#[test]
fn nothing_is_consumed_when_too_little_is_left() {
    let mut octets = Octets::new(&[1]);
    assert_eq!(octets.u16(), None);
    assert_eq!(octets.take(2), None);
    assert_eq!(octets.array::<8>(), None);
    assert_eq!(octets.rest(), &[1]);
}
