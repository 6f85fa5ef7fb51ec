use super::*;

#[test]
fn a_sum_that_does_not_fit_is_infinity() {
    assert_eq!(
        Metric::new(65000).plus_cost(Cost::new(600)),
        Metric::INFINITY
    );
    assert_eq!(Metric::new(10).plus_cost(Cost::INFINITY), Metric::INFINITY);
    assert_eq!(Metric::INFINITY.plus_cost(Cost::new(1)), Metric::INFINITY);
}

#[test]
fn a_link_always_adds_something() {
    assert!(Metric::new(5).plus_cost(Cost::new(0)) > Metric::new(5));
}
