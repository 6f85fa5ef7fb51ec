use super::*;

#[test]
fn items_come_and_go() {
    let mut few = Few::default();
    assert!(few.is_empty());
    for item in 1..=4 {
        few.push(item);
        assert_eq!(few.len(), item);
    }
    assert_eq!(few.as_slice(), [1, 2, 3, 4]);
    assert_eq!(few.take_if(|item| *item == 9), None);
    assert_eq!(few.take_if(|item| *item == 2), Some(2));
    assert_eq!(few.as_slice(), [1, 4, 3]);
    few.iter_mut().for_each(|item| *item *= 10);
    assert_eq!(few.take_if(|item| *item == 10), Some(10));
    assert_eq!(few.take_if(|item| *item == 30), Some(30));
    assert!(matches!(few, Few::One(40)));
    assert_eq!(few.take_if(|_| true), Some(40));
    assert!(few.is_empty());
}

#[test]
fn a_list_of_one_is_no_larger_than_its_item() {
    use core::num::NonZeroU32;
    assert_eq!(size_of::<Few<[NonZeroU32; 4]>>(), 16);
}
