use std::time::Duration;

use grange_babel::filter::{Action, Prefixes, Rule};
use grange_babel::link::{LinkKind, RttConfig};
use grange_babel::mac::{Algorithm, KeyUse};
use grange_babel::output::Install;
use log::LevelFilter;

use super::{Config, Problem, Reading, Traits, read};

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

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// What is refused, and in which words: a text and all its errors.
type Refused = (&'static str, &'static [&'static str]);

#[track_caller]
fn assert_refused(cases: &[Refused]) {
    for (text, expected) in cases {
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
            destination: Prefixes {
                ip: Some("10.0.0.0/8".parse().unwrap()),
                ge: Some(9),
                le: Some(32),
                eq: None,
            },
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

/// What the file as a whole, and its section routed, may not have.
const BAD: &[Refused] = &[
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
    assert_refused(BAD);
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

mod examples;
mod filters;
mod interfaces;
mod keys;
