use super::{DEFAULT_METRIC_V6, Route, RouteKind};
use crate::ip_prefix::IpPrefix;

#[test]
fn every_kind_has_its_number_back() {
    for number in 0..=255 {
        assert_eq!(RouteKind::from_number(number).number(), number);
    }
    assert!(RouteKind::Unicast.is_forwarding());
    assert!(!RouteKind::Unreachable.is_forwarding());
}

#[test]
fn ipv6_files_metric_0_under_1024_and_ipv4_does_not() {
    let v6 = Route::new(IpPrefix::DEFAULT_V6);
    assert_eq!(v6.effective_metric(), DEFAULT_METRIC_V6);
    assert_eq!(Route { metric: 7, ..v6 }.effective_metric(), 7);
    assert_eq!(Route::new(IpPrefix::DEFAULT_V4).effective_metric(), 0);
}
