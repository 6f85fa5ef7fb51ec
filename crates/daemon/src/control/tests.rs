use super::*;

#[test]
fn kinds_have_a_bit_each_and_no_more_than_there_are_bits() {
    assert_eq!(bit(&["a", "b"], "b"), Some(2));
    assert_eq!(bit(&["a", "b"], "c"), None);
    let many = ["x"; 40];
    let mut kinds = many.to_vec();
    kinds.push("last");
    assert_eq!(bit(&kinds, "last"), None);
}
