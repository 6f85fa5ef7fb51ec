use super::*;

#[test]
fn a_page_reads_as_prometheus_expects() {
    let mut page = Exposition::new();
    page.single("grange_up", Kind::Gauge, "The daemon runs.", true);
    page.family(
        "grange_bytes_total",
        Kind::Counter,
        "Octets.\nBoth \\ ways \"now\".",
    )
    .sample(&[("interface", "eth0"), ("direction", "sent")], u64::MAX)
    .sample(&[("interface", "a\"b\\c\nd"), ("direction", "")], 7_u16);
    page.family("grange_load", Kind::Gauge, "Load.")
        .sample(&[], Duration::from_millis(250))
        .sample(&[("of", "much")], Number::Infinity)
        .sample(&[("of", "tiny")], Duration::from_micros(1));
    assert_eq!(
        page.finish(),
        r#"# HELP grange_up The daemon runs.
# TYPE grange_up gauge
grange_up 1
# HELP grange_bytes_total Octets.\nBoth \\ ways "now".
# TYPE grange_bytes_total counter
grange_bytes_total{interface="eth0",direction="sent"} 18446744073709551615
grange_bytes_total{interface="a\"b\\c\nd",direction=""} 7
# HELP grange_load Load.
# TYPE grange_load gauge
grange_load 0.25
grange_load{of="much"} +Inf
grange_load{of="tiny"} 0.000001
"#
    );
}

#[test]
fn names_are_checked_where_they_are_written() {
    for name in ["grange_up", "a", "_a9", "a:b"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", "9a", "a-b", "a b", "ä"] {
        assert!(!is_name(name), "{name}");
    }
}
