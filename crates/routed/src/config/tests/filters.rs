//! Sections of type filter.

use super::{Refused, assert_refused, config};

#[test]
fn a_filter_may_ask_for_the_source_prefix() {
    let config = config(
        "config filter\n\toption type redistribute\n\toption ip ::/0\n\toption src_ip 2001:db8::/32\n\toption \
         src_ge 40\n\toption src_le 64\n",
    );
    let [rule] = &config.filters.redistribute[..] else {
        panic!("one rule");
    };
    assert_eq!(rule.source.ip.unwrap().to_string(), "2001:db8::/32");
    assert_eq!(
        (rule.source.eq, rule.source.ge, rule.source.le),
        (None, Some(40), Some(64))
    );
}

/// What a filter may not have.
const BAD: &[Refused] = &[
    (
        "config filter\n\toption action deny\n",
        &["1:8: error: grange-routed.@filter[0].type: this option is required"],
    ),
    (
        "config filter\n\toption type both\n",
        &[
            "2:14: error: grange-routed.@filter[0].type: expected one of in, out, redistribute, install, \
         found 'both'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption ip 10.0.0.0/33\n",
        &[
            "3:12: error: grange-routed.@filter[0].ip: expected a prefix such as 10.0.0.0/8, found \
         '10.0.0.0/33': the prefix length 33 is larger than 32",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption ip 10.0.0.0/8\n\toption le 7\n",
        &[
            "4:12: error: grange-routed.@filter[0].le: expected a length of at least 8, as `ip` and `ge` have \
         it, found '7'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption ip 10.0.0.0/8\n\toption eq 64\n",
        &[
            "4:12: error: grange-routed.@filter[0].eq: expected a length from 8 to 32, as `ip` has it, found \
         '64'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption ge 16\n\toption le 24\n\toption eq 8\n",
        &[
            "5:12: error: grange-routed.@filter[0].eq: expected a length that `le` and `ge` allow, found '8'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption proto static\n",
        &[
            "3:15: error: grange-routed.@filter[0].proto: expected this option only in filters of type \
         redistribute, found 'static'",
        ],
    ),
    (
        "config filter\n\toption type redistribute\n\toption proto babel\n",
        &[
            "3:15: error: grange-routed.@filter[0].proto: expected another protocol than Babel's own, found \
         'babel'",
        ],
    ),
    (
        "config filter\n\toption type redistribute\n\toption proto dhpc\n",
        &[
            "3:15: error: grange-routed.@filter[0].proto: expected a route protocol: a name such as static, \
         dhcp, kernel or boot, or a number from 0 to 255, found 'dhpc'",
        ],
    ),
    (
        "config filter\n\toption type redistribute\n\toption local 1\n\toption proto static\n",
        &[
            "4:15: error: grange-routed.@filter[0].proto: expected no protocol beside `local`: an address is \
         no route, found 'static'",
        ],
    ),
    (
        "config filter\n\toption type out\n\toption neigh fe80::1\n",
        &[
            "3:15: error: grange-routed.@filter[0].neigh: expected this option only in filters of type in and \
         install, found 'fe80::1'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption neigh 10.0.0.1\n",
        &[
            "3:15: error: grange-routed.@filter[0].neigh: expected a neighbour's link-local address such as \
         fe80::1, found '10.0.0.1'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption if 'wlan*'\n",
        &[
            "3:12: error: grange-routed.@filter[0].if: expected the name of one interface, found 'wlan*': \
         patterns are for sections of type interface",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption action 'metric 65535'\n",
        &[
            "3:16: error: grange-routed.@filter[0].action: expected allow, deny, or for a route that is \
         allowed: metric NUMBER, in redistribute filters src_prefix PREFIX, in install filters table \
         NUMBER and pref_src ADDRESS, found 'metric 65535': a metric is a number from 0 to 65534",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption action 'src_prefix 2001:db8::/32'\n",
        &[
            "3:16: error: grange-routed.@filter[0].action: expected src_prefix only in filters of type \
         redistribute, found 'src_prefix 2001:db8::/32'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption action 'table 7'\n",
        &[
            "3:16: error: grange-routed.@filter[0].action: expected table and pref_src only in filters of \
         type install, found 'table 7'",
        ],
    ),
    (
        "config filter\n\toption type install\n\toption ip fd00::/8\n\toption action 'pref_src 10.0.0.1'\n",
        &[
            "4:16: error: grange-routed.@filter[0].action: expected a preferred source of the same family as \
         `ip`, found 'pref_src 10.0.0.1'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption src_ip 10.0.0.0/8\n",
        &[
            "3:16: error: grange-routed.@filter[0].src_ip: expected an IPv6 prefix such as 2001:db8::/32, \
         found '10.0.0.0/8': only IPv6 routes have a source",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption src_ip 2001:db8::/32\n\toption src_le 16\n",
        &[
            "4:16: error: grange-routed.@filter[0].src_le: expected a length of at least 32, as `src_ip` and \
         `src_ge` have it, found '16'",
        ],
    ),
    (
        "config filter\n\toption type in\n\toption ip 10.0.0.0/8\n\toption src_ge 1\n",
        &[
            "3:12: error: grange-routed.@filter[0].ip: expected an IPv6 prefix beside a source prefix: IPv4 \
         routes have none, found '10.0.0.0/8'",
        ],
    ),
];

#[test]
fn what_is_wrong_with_a_filter_is_said_with_its_place() {
    assert_refused(BAD);
}
