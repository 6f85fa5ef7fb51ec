use super::*;
use proptest::prelude::*;

#[test]
fn host_bits_are_cleared() {
    let prefix: Prefix = "10.1.2.3/8".parse().unwrap();
    assert_eq!(prefix.to_string(), "10.0.0.0/8");
    let prefix: Prefix = "fd00:1:2:3::4/60".parse().unwrap();
    assert_eq!(prefix.to_string(), "fd00:1:2::/60");
    assert_eq!("0.0.0.0/0".parse(), Ok(Prefix::DEFAULT_V4));
    assert_eq!("::/0".parse(), Ok(Prefix::DEFAULT_V6));
}

#[test]
fn malformed_texts_are_refused() {
    for text in [
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0/8",
        "fd00::/8/8",
        "x/8",
    ] {
        assert_eq!(text.parse::<Prefix>(), Err(PrefixError::Form), "{text}");
    }
    assert!(matches!(
        "10.0.0.0/33".parse::<Prefix>(),
        Err(PrefixError::Length { plen: 33, most: 32 })
    ));
    assert!(matches!(
        "fd00::/300".parse::<Prefix>(),
        Err(PrefixError::Length {
            plen: 300,
            most: 128
        })
    ));
}

#[test]
fn a_mapped_prefix_is_not_an_ipv4_one() {
    let mapped: Prefix = "::ffff:10.0.0.0/104".parse().unwrap();
    let v4: Prefix = "10.0.0.0/8".parse().unwrap();
    assert_ne!(mapped, v4);
    assert!(!mapped.contains(&v4) && !v4.contains(&mapped));
    assert!(!Prefix::DEFAULT_V6.contains(&v4));
}

#[test]
fn martians_are_told_from_routable_prefixes() {
    for text in [
        "127.0.0.0/8",
        "224.0.0.0/4",
        "fe80::/64",
        "ff00::/8",
        "::1/128",
    ] {
        assert!(text.parse::<Prefix>().unwrap().is_martian(), "{text}");
    }
    for text in [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "::/0",
        "fd00::/8",
        "2001:db8::1/128",
    ] {
        assert!(!text.parse::<Prefix>().unwrap().is_martian(), "{text}");
    }
}

proptest! {
    #[test]
    fn text_round_trips(bits: u128, plen in 0u8..=128) {
        let prefix = Prefix::v6(Ipv6Addr::from_bits(bits), plen).unwrap();
        prop_assert_eq!(prefix.to_string().parse::<Prefix>().unwrap(), prefix);
        prop_assert_eq!(Prefix::new(prefix.addr(), plen).unwrap(), prefix);
    }

    #[test]
    fn a_prefix_contains_the_hosts_it_was_cut_from(bits: u32, plen in 0u8..=32) {
        let addr = Ipv4Addr::from_bits(bits);
        let prefix = Prefix::v4(addr, plen).unwrap();
        prop_assert!(prefix.contains(&Prefix::host(addr.into())));
        prop_assert!(Prefix::DEFAULT_V4.contains(&prefix));
    }
}

#[test]
fn a_source_prefix_goes_with_ipv6_and_one_of_length_zero_is_none() {
    let specific: Prefix = "2001:db8:1::/48 from 2001:db8:2::1/64".parse().unwrap();
    assert_eq!(specific.to_string(), "2001:db8:1::/48 from 2001:db8:2::/64");
    assert_eq!(specific.destination().to_string(), "2001:db8:1::/48");
    assert_eq!(specific.source().unwrap().to_string(), "2001:db8:2::/64");
    assert_eq!("::/0 from ::/0".parse(), Ok(Prefix::DEFAULT_V6));
    for wrong in ["10.0.0.0/8 from 10.0.0.0/8", "::/0 from 10.0.0.0/8"] {
        assert_eq!(wrong.parse::<Prefix>(), Err(PrefixError::Source));
    }
    let twice = specific.with_source(Prefix::DEFAULT_V6);
    assert_eq!(twice, Err(PrefixError::Source));
}

#[test]
fn a_prefix_contains_the_packets_of_another_by_destination_and_source() {
    let contains = |one: &str, other: &str| {
        let [one, other]: [Prefix; 2] = [one, other].map(|text| text.parse().unwrap());
        one.contains(&other)
    };
    assert!(contains("::/0", "::/0 from 2001:db8::/32"));
    assert!(contains(
        "::/0 from 2001:db8::/32",
        "fd00::/8 from 2001:db8:1::/48"
    ));
    assert!(!contains("::/0 from 2001:db8::/32", "::/0"));
    assert!(!contains(
        "::/0 from 2001:db8:1::/48",
        "::/0 from 2001:db8::/32"
    ));
    assert!(!contains("fd00::/8", "::/0 from 2001:db8::/32"));
}

#[test]
fn nothing_comes_from_a_martian_source_and_only_a_plain_default_has_nothing_shorter() {
    let prefix = |text: &str| text.parse::<Prefix>().unwrap();
    assert!(prefix("::/0 from fe80::/64").is_martian());
    assert!(prefix("::/0 from ff00::/8").is_martian());
    assert!(!prefix("::/0 from 2001:db8::/32").is_martian());
    assert!(!prefix("::/0 from 2001:db8::/32").is_default());
}
