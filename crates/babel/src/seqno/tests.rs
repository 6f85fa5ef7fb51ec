use super::*;

#[test]
fn order_wraps_around_the_circle() {
    assert!(Seqno(0).is_newer_than(Seqno(65535)));
    assert!(!Seqno(65535).is_newer_than(Seqno(0)));
    assert!(Seqno(32767).is_newer_than(Seqno(0)));
    assert!(!Seqno(0).is_newer_than(Seqno(0)));
}

#[test]
fn opposite_points_are_not_ordered() {
    assert!(!Seqno(32768).is_newer_than(Seqno(0)));
    assert!(!Seqno(0).is_newer_than(Seqno(32768)));
}

#[test]
fn distance_is_signed() {
    assert_eq!(Seqno(2).distance_from(Seqno(65534)), 4);
    assert_eq!(Seqno(65534).distance_from(Seqno(2)), -4);
}
