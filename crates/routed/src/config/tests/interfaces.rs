//! Sections of type interface: whom they match, and what is made of them.

use grange_babel::link::LinkKind;

use super::{FULL, Refused, assert_refused, config};
use crate::config::Traits;

#[test]
fn the_first_section_that_matches_counts_also_when_it_says_ignore() {
    let config = config(FULL);
    assert!(config.interface("wlan0-ap").is_none());
    assert!(config.interface("mesh-1").is_some());
    assert!(config.interface("mesh-10").is_none());
    assert!(config.interface("eth0").is_none());
}

#[test]
fn a_tunnel_measures_its_delay_and_ipv4_goes_over_ipv6_where_icmp_has_a_source() {
    let config = config("config interface\n\toption ifname 'wg0'\n");
    let section = config.interface("wg0").unwrap();
    let with = |traits| section.interface_config("wg0", traits);
    let plain = with(Traits::default());
    assert_eq!(
        (plain.v4_via_v6, plain.rtt, plain.split_horizon),
        (false, None, None)
    );
    let tunnel = with(Traits {
        tunnel: true,
        host_ipv4: true,
        ..Traits::default()
    });
    assert_eq!(
        (tunnel.v4_via_v6, tunnel.split_horizon),
        (true, Some(false))
    );
    assert_eq!(tunnel.rtt.map(|rtt| rtt.max_penalty), Some(96));
    // A tunnel over a radio is still judged as a radio.
    let radio = with(Traits {
        tunnel: true,
        radio: true,
        ..Traits::default()
    });
    assert_eq!((radio.kind, radio.rtt), (LinkKind::Wireless, None));
}

#[test]
fn the_type_tunnel_needs_no_tunnel_and_a_penalty_measures() {
    for (option, penalty) in [
        ("option type 'tunnel'", 96),
        ("option max_rtt_penalty '10'", 10),
        ("option enable_timestamps '1'", 0),
    ] {
        let config = config(&format!(
            "config interface\n\toption ifname 'b'\n\t{option}\n"
        ));
        let rtt = config
            .interface("b")
            .unwrap()
            .interface_config("b", Traits::default())
            .rtt;
        assert_eq!(rtt.map(|rtt| rtt.max_penalty), Some(penalty), "{option}");
    }
}

#[test]
fn the_medium_is_found_out_unless_it_is_given() {
    let config = config("config interface\n\toption ifname 'a b'\n");
    let section = config.interface("b").unwrap();
    assert_eq!(section.kind(true), LinkKind::Wireless);
    assert_eq!(section.kind(false), LinkKind::Wired);
}

/// What an interface may not have.
const BAD: &[Refused] = &[
    (
        "config interface\n",
        &[
            "1:8: error: grange-routed.@interface[0].ifname: expected interface names or patterns such as \
         mesh0 or wlan*, found nothing",
        ],
    ),
    (
        "config interface\n\toption ifname 'mesh0 eth[0'\n\toption hello_interval 0\n\toption cost 65535\n",
        &[
            "2:16: error: grange-routed.@interface[0].ifname: expected interface names or patterns such as \
         mesh0 or wlan*, found 'eth[0': a '[' without its ']'",
            "3:24: error: grange-routed.@interface[0].hello_interval: expected a time from 10ms to 200s such \
         as 4, 0.5, 500ms or 2m, found '0'",
            "4:14: error: grange-routed.@interface[0].cost: expected a whole number from 1 to 65534, found \
         '65535'",
        ],
    ),
    (
        "config key k\n\toption type hmac-sha256\n\toption value 00ff\n\toption use both\n\
      config interface\n\toption ifname a\n\toption key 'k l'\n",
        &[
            "7:13: error: grange-routed.@interface[0].key: expected names of sections key: there is no good one \
         named l, found 'k l'",
        ],
    ),
    (
        "config key k\n\toption type hmac-sha256\n\toption value 00112233445566778899aabbccddeeff\n\
      \toption use accept\nconfig interface\n\toption ifname a\n\toption key k\n",
        &[
            "7:13: error: grange-routed.@interface[0].key: expected one key at least with `option use both`, or \
         packets would not be signed, found 'k'",
        ],
    ),
];

#[test]
fn what_is_wrong_with_an_interface_is_said_with_its_place() {
    assert_refused(BAD);
}
