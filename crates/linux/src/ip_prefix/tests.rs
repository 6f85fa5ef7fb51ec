use std::net::IpAddr;

use super::IpPrefix;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn host_bits_are_cleared() {
    let cases = [
        ("10.1.2.3", 8, "10.0.0.0/8"),
        ("10.1.2.3", 32, "10.1.2.3/32"),
        ("10.1.2.3", 0, "0.0.0.0/0"),
        ("2001:db8:1:2::3", 48, "2001:db8:1::/48"),
        ("2001:db8::1", 128, "2001:db8::1/128"),
        ("2001:db8::1", 0, "::/0"),
        ("fe80::1", 10, "fe80::/10"),
    ];
    for (address, plen, expected) in cases {
        let prefix = IpPrefix::new(ip(address), plen).expect("a prefix");
        assert_eq!(prefix.to_string(), expected);
        assert_eq!(prefix.is_default(), plen == 0);
    }
}

#[test]
fn a_length_beyond_the_family_is_refused() {
    assert_eq!(IpPrefix::new(ip("10.0.0.0"), 33), None);
    assert_eq!(IpPrefix::new(ip("::"), 129), None);
    assert_eq!(IpPrefix::new(ip("::"), 255), None);
}

#[test]
fn a_prefix_contains_its_addresses_and_none_of_the_other_family() {
    let prefix = IpPrefix::new(ip("10.1.0.0"), 16).expect("a prefix");
    assert!(prefix.contains(ip("10.1.255.255")));
    assert!(!prefix.contains(ip("10.2.0.0")));
    assert!(!IpPrefix::DEFAULT_V4.contains(ip("::1")));
    assert!(IpPrefix::DEFAULT_V6.contains(ip("::1")));
    assert!(IpPrefix::host(ip("10.1.2.3")).contains(ip("10.1.2.3")));
}
