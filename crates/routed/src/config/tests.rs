use std::time::Duration;

use grange_babel::filter::{Action, Rule};
use grange_babel::link::{LinkKind, RttConfig};
use grange_babel::mac::{Algorithm, KeyUse};
use grange_babel::output::Install;
use log::LevelFilter;

use super::{Config, Reading, Traits, read};

/// Everything that may be written, once.
const FULL: &str = "
config routed
	option enabled '1'
	option router_id '02:11:22:ff:fe:33:44:55'
	option table 'main'
	option metric '77'
	list import_table 'main'
	list import_table '100'
	option require_lease '1'
	option smoothing_half_life '0'
	option log_level 'warn'
	option forwarding 'off'
	list mesh_address '10.42.0.1'
	list mesh_address 'fd42::1'

config key 'summer'
	option type 'blake2s128'
	option value '00112233445566778899aabbccddeeff'

config interface
	list ifname 'wlan0-ap'
	option ignore '1'

config interface 'radio'
	list ifname 'wlan*'
	list ifname 'mesh-?'
	option type 'wireless'
	option cost '300'
	option fixed_cost '1'
	option hello_interval '400ms'
	option update_interval '4s'
	option split_horizon '0'
	option unicast 'yes'
	option v4_via_v6 '0'
	option enable_timestamps '1'
	option max_rtt_penalty '150'
	option rtt_decay '60'
	option rtt_min '5.5'
	option rtt_max '1s'
	list key 'summer'
	option permissive '1'

config filter
	option type 'in'
	option ip '10.0.0.0/8'
	option ge '9'
	option le '32'
	option neigh 'fe80::1'
	option id '02:00:00:00:00:00:00:01'
	option if 'wlan0'
	option action 'metric 128'

config filter
	option type 'redistribute'
	option proto 'static'
	option eq '24'

config filter
	option type 'redistribute'
	option local '1'
	option ip 'fd42::/48'
	option action 'metric 5'

config filter
	option type 'out'
	option action 'deny'

config filter
	option type 'install'
	option ip '0.0.0.0/0'
	option eq '0'
	option action 'table 100 pref_src 10.42.0.1'

config filter
	option ignore '1'
	option type 'in'
	option action 'deny'
";

fn config(text: &str) -> Config {
    let Reading { config, problems } = read(text.as_bytes());
    assert_eq!(lines(&problems), Vec::<String>::new());
    config.unwrap()
}

fn lines(problems: &[super::Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_option_arrives() {
    let config = config(FULL);
    let general = &config.general;
    assert_eq!(
        general.router_id.unwrap().to_string(),
        "02:11:22:ff:fe:33:44:55"
    );
    assert_eq!(
        (general.table, general.metric, general.is_in_main()),
        (254, 77, true)
    );
    assert_eq!(general.import_tables, [100, 254]);
    assert!(general.require_lease && general.enabled && !general.forwarding);
    assert_eq!(general.smoothing_half_life, Duration::ZERO);
    assert_eq!(general.log_level, Some(LevelFilter::Warn));
    assert_eq!(general.mesh_addresses.v4.unwrap().to_string(), "10.42.0.1");
    assert_eq!(general.mesh_addresses.v6.unwrap().to_string(), "fd42::1");

    assert_eq!(config.keys.len(), 1);
    assert_eq!(config.keys[0].name(), "summer");
    assert_eq!(config.keys[0].algorithm(), Algorithm::Blake2s128);
    assert_eq!(config.keys[0].usage(), KeyUse::Both);

    let section = config.interface("wlan1").unwrap();
    let interface = section.interface_config("wlan1", Traits::default());
    assert_eq!(interface.kind, LinkKind::Wireless);
    assert_eq!(interface.mac.keys, config.keys);
    assert!(interface.mac.permissive);
    assert_eq!((interface.cost, interface.fixed_cost), (Some(300), true));
    assert_eq!(interface.hello_interval, Duration::from_millis(400));
    assert_eq!(interface.update_interval, Duration::from_secs(4));
    assert_eq!(
        (interface.split_horizon, interface.unicast),
        (Some(false), true)
    );
    let rtt = RttConfig {
        decay: 60,
        min: Duration::from_micros(5500),
        max: Duration::from_secs(1),
        max_penalty: 150,
    };
    assert_eq!((interface.v4_via_v6, interface.rtt), (false, Some(rtt)));

    assert_eq!(
        config.filters.input,
        [Rule {
            ip: Some("10.0.0.0/8".parse().unwrap()),
            ge: Some(9),
            le: Some(32),
            neighbour: Some("fe80::1".parse().unwrap()),
            router_id: Some("02:00:00:00:00:00:00:01".parse().unwrap()),
            interface: Some("wlan0".to_owned()),
            action: Action {
                metric: 128,
                ..Action::default()
            },
            ..Rule::default()
        }]
    );
    assert_eq!(config.filters.redistribute.len(), 2);
    assert_eq!(config.filters.redistribute[0].proto, Some(4));
    assert!(config.filters.redistribute[1].local);
    assert!(config.filters.output[0].action.deny);
    let install = Install {
        table: Some(100),
        pref_src: Some("10.42.0.1".parse().unwrap()),
    };
    assert_eq!(config.filters.install[0].action.install, install);
    assert_eq!(config.tables().into_iter().collect::<Vec<_>>(), [100, 254]);
}

#[test]
fn an_empty_file_is_a_router_in_table_42_that_says_nothing_of_itself() {
    let config = config("");
    assert_eq!(config, Config::default());
    assert_eq!((config.general.table, config.general.metric), (42, 2042));
    assert_eq!(config.general.import_tables, [254]);
    assert!(config.general.forwarding && !config.general.require_lease);
}

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

#[test]
fn an_unknown_option_or_section_is_a_warning_and_the_rest_holds() {
    let text =
        "config routed\n\toption tabel '5'\n\toption metric 9\nconfig general\n\toption x 1\n";
    let Reading { config, problems } = read(text.as_bytes());
    assert_eq!(config.unwrap().general.metric, 9);
    assert_eq!(
        lines(&problems),
        [
            "2:9: warning: grange-routed.@routed[0].tabel: unknown option",
            "4:8: warning: grange-routed.@general[0]: unknown section type general",
        ]
    );
}

#[test]
fn the_examples_of_the_manual_are_valid() {
    let manual = include_str!("../../../../docs/config-routed.md");
    let mut examples: Vec<String> = vec![String::new()];
    for line in manual.lines() {
        match line.strip_prefix("    ") {
            Some(code) => examples.last_mut().unwrap().extend([code, "\n"]),
            None if line.is_empty() => {}
            None => examples.push(String::new()),
        }
    }
    examples.retain(|example| example.contains("config "));
    examples.retain(|example| !example.contains("grange-routed"));
    assert_eq!(examples.len(), 5);
    for example in examples {
        config(&example);
    }
}

/// What is refused, and in which words: a text and all its problems.
const BAD: &[(&str, &[&str])] = &[
    (
        "config routed\n\toption table 'local'\n",
        &[
            "2:15: error: grange-routed.@routed[0].table: expected a table: `main` or a number, found \
         'local': table `local` belongs to the kernel",
        ],
    ),
    (
        "config routed\n\toption import_table '42'\n",
        &[
            "2:22: error: grange-routed.@routed[0].import_table: expected another table than 42, where \
         Babel routes go, found '42'",
        ],
    ),
    (
        "config routed\n\toption metric '0'\n\toption metric2 ''\n",
        &[
            "2:16: error: grange-routed.@routed[0].metric: expected a whole number from 1 to 4294967295, \
         found '0'",
        ],
    ),
    (
        "config routed\n\toption router_id '00:00:00:00:00:00:00:00'\n",
        &[
            "2:19: error: grange-routed.@routed[0].router_id: expected 8 octets such as \
         02:11:22:ff:fe:33:44:55, found '00:00:00:00:00:00:00:00': all zeros and all ones are reserved",
        ],
    ),
    (
        "config routed\n\tlist mesh_address 10.0.0.1\n\tlist mesh_address 10.0.0.2\n",
        &[
            "3:20: error: grange-routed.@routed[0].mesh_address: expected one IPv4 and one IPv6 address at \
         most, without a prefix length, found '10.0.0.2'",
        ],
    ),
    (
        "config routed a\nconfig routed b\n",
        &["2:8: error: grange-routed.b: there can be only one section routed"],
    ),
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
    (
        "config key k\n\toption type hmac-sha256\n\toption value 00112233445566778899aabbccddeeff\n\
      config key\n\toption id k\n\toption type hmac-sha256\n\
      \toption value 00112233445566778899aabbccddeeff\n",
        &[
            "5:12: error: grange-routed.@key[1].id: expected a name that no other key has, found 'k'",
        ],
    ),
    (
        "config key k\n\toption type md5\n\toption value secret\n",
        &[
            "2:14: error: grange-routed.k.type: expected one of hmac-sha256, blake2s128, found 'md5'",
            "3:15: error: grange-routed.k.value: expected 1 to 64 octets in hexadecimal, found a secret of 6 \
         bytes",
        ],
    ),
    (
        "config key\n",
        &[
            "1:8: error: grange-routed.@key[0].id: expected a name, or a section with a name, found nothing",
            "1:8: error: grange-routed.@key[0].type: this option is required",
            "1:8: error: grange-routed.@key[0].value: this option is required",
        ],
    ),
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
    (
        "config routed\n\toption x 'never closed\n",
        &["2:11: error: this ' is never closed"],
    ),
    (
        "routed\n",
        &["1:1: error: 'routed' is not a command: expected package, config, option or list"],
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, expected) in BAD {
        let Reading { config, problems } = read(text.as_bytes());
        let errors: Vec<String> = lines(&problems)
            .into_iter()
            .filter(|line| line.contains(": error: "))
            .collect();
        assert_eq!(errors, *expected, "{text}");
        assert_eq!(config, None, "{text}");
    }
}

#[test]
fn all_errors_of_a_file_are_listed_in_its_order() {
    let text =
        "config filter\n\toption type in\n\toption le 200\nconfig routed\n\toption table x\n";
    let places: Vec<String> = read(text.as_bytes())
        .problems
        .iter()
        .map(|problem| problem.position.to_string())
        .collect();
    assert_eq!(places, ["3:12", "5:15"]);
}

#[test]
fn keys_that_protect_nothing_are_warned_of() {
    let text = "config key k\n\toption type hmac-sha256\n\toption value 00ff\n\
                config interface\n\toption ifname a\n\toption permissive 1\n";
    let problems = read(text.as_bytes()).problems;
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "1:8: warning: grange-routed.k.value: 2 octets can be guessed; a good key is 32 random ones",
            "4:8: warning: grange-routed.@interface[0].permissive: it changes nothing without a key",
        ]
    );
}

#[test]
fn a_filter_may_ask_for_the_source_prefix() {
    let config = config(
        "config filter\n\toption type redistribute\n\toption ip ::/0\n\toption src_ip 2001:db8::/32\n\toption \
         src_ge 40\n\toption src_le 64\n",
    );
    let [rule] = &config.filters.redistribute[..] else {
        panic!("one rule");
    };
    assert_eq!(rule.src_ip.unwrap().to_string(), "2001:db8::/32");
    assert_eq!(
        (rule.src_eq, rule.src_ge, rule.src_le),
        (None, Some(40), Some(64))
    );
}

#[test]
fn a_secret_is_in_no_debug_text() {
    let secret = "5ec2e7".repeat(6);
    let config = config(&format!(
        "config key k\n\toption type hmac-sha256\n\toption value {secret}\n"
    ));
    let text = format!("{config:?}");
    assert!(
        text.contains("HmacSha256") && !text.contains("94") && !text.contains("5ec2"),
        "{text}"
    );
}

#[test]
fn no_bytes_make_the_reader_panic() {
    // Every prefix of a full file, and the file with each byte in turn replaced.
    let full = FULL.as_bytes();
    for end in 0..full.len() {
        read(&full[..end]);
        let mut odd = full.to_vec();
        odd[end] = b'\xFF';
        read(&odd);
    }
}

/// The configuration the OpenWrt package brings.
const SHIPPED: &str =
    include_str!("../../../../feeds/grange/grange-routed/files/grange-routed.config");
/// The page whose `uci` lines people paste.
const BY_HAND: &str = include_str!("../../../../docs/openwrt-by-hand.md");

#[test]
fn what_the_package_ships_and_what_people_paste_is_a_configuration() {
    let shipped = config(SHIPPED);
    assert!(!shipped.general.enabled);
    let mut text = SHIPPED.replace("option enabled '0'", "option enabled '1'");
    for line in BY_HAND.lines().map(str::trim) {
        if let Some(kind) = line.strip_prefix("uci add grange-routed ") {
            text.extend(["\nconfig ", kind, "\n"]);
        }
        if let Some(option) = line.strip_prefix("uci set grange-routed.@filter[-1].") {
            let (name, value) = option.split_once('=').unwrap();
            text.extend(["\toption ", name, " ", value, "\n"]);
        }
    }
    let pasted = config(&text);
    assert!(pasted.general.enabled);
    assert_eq!(text.matches("type 'redistribute'").count(), 4, "{text}");
}
