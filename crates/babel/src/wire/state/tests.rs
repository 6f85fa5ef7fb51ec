use super::*;

#[test]
fn a_router_id_is_the_low_octets_of_an_address() {
    let of = |text: &str| router_id_of(text.parse().unwrap()).to_string();
    assert_eq!(of("192.0.2.1"), "00:00:00:00:c0:00:02:01");
    assert_eq!(of("2001:db8::11:2233:4455:6677"), "00:11:22:33:44:55:66:77");
}

#[test]
fn only_a_unicast_address_of_another_host_is_a_next_hop() {
    let usable = |text: &str| is_next_hop(text.parse().unwrap());
    assert!(usable("192.0.2.1") && usable("fe80::1") && usable("2001:db8::1"));
    for text in [
        "0.0.0.0",
        "127.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "ff02::1",
    ] {
        assert!(!usable(text), "{text}");
    }
}
