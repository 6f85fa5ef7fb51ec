use super::{Loss, Rate};

#[test]
fn a_loss_keeps_its_two_decimals_and_refuses_what_is_no_share() {
    let loss = |word: &str| word.parse::<Loss>().map(Loss::per_ten_thousand).ok();
    assert_eq!(loss("5%"), Some(500));
    assert_eq!(loss("0.5%"), Some(50));
    assert_eq!(loss("0.05%"), Some(5));
    assert_eq!(loss("100%"), Some(10_000));
    for wrong in [
        "5", "0%", "100.01%", "1.234%", "-1%", "+1%", ".5%", "5.%", "700%", "%", "x%",
    ] {
        assert_eq!(loss(wrong), None, "{wrong}");
    }
    assert_eq!("12.50%".parse::<Loss>().unwrap().to_string(), "12.50%");
}

#[test]
fn a_rate_needs_a_unit_and_a_size_that_a_bucket_can_have() {
    let rate = |word: &str| word.parse::<Rate>().map(Rate::bits_per_second).ok();
    assert_eq!(rate("20mbit"), Some(20_000_000));
    assert_eq!(rate("512kbit"), Some(512_000));
    assert_eq!(rate("1gbit"), Some(1_000_000_000));
    for wrong in [
        "20",
        "20mb",
        "7kbit",
        "101gbit",
        "mbit",
        "1.5mbit",
        "99999999999999999gbit",
    ] {
        assert_eq!(rate(wrong), None, "{wrong}");
    }
    assert_eq!("20000kbit".parse::<Rate>().unwrap().to_string(), "20mbit");
    assert_eq!("8kbit".parse::<Rate>().unwrap().burst_bytes(), 3_200);
}
