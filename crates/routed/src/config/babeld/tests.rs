use std::path::Path;
use std::time::Duration;

use grange_babel::filter::Subject;
use grange_babel::link::LinkKind;
use grange_linux::route::{PROTOCOL_BOOT, PROTOCOL_STATIC};

use crate::config::{Reading, Traits, read_file};

fn read(text: &str) -> Reading {
    read_file(Path::new("/etc/config/babeld"), text.as_bytes())
}

fn remarks(reading: &Reading) -> Vec<String> {
    reading.problems.iter().map(ToString::to_string).collect()
}

/// What OpenWrt's package installs, without its comments.
const PACKAGED: &str = "package babeld

config general
	option 'ipv6_subtrees' 'true'

config interface
	option 'ignore' 'true'

config filter
	option 'ignore' 'true'
	option 'type' 'redistribute'
	option 'ip' '0.0.0.0/0'
	option 'action' 'metric 128'
";

#[test]
fn the_file_that_the_package_installs_is_taken_without_a_remark() {
    let reading = read(PACKAGED);
    assert_eq!(remarks(&reading), [""; 0]);
    let config = reading.config.unwrap();
    assert_eq!(config.general.table, 254);
    assert_eq!(config.general.metric, 0);
    assert!(config.interfaces.is_empty());
}

#[test]
fn options_that_have_another_name_with_us_are_read_under_babelds() {
    let reading = read(
        "config general\n\
         \toption export_table '7'\n\tlist import_table '254'\n\tlist import_table '9'\n\
         \toption kernel_priority '900'\n\toption smoothing_half_life '8'\n\
         \toption router_id '02:11:22:33:44:55'\n\toption skip_kernel_setup 'true'\n\
         \toption local_port '33123'\n\
         config interface\n\toption ifname 'wlan0'\n\toption type 'wireless'\n\
         \toption rxcost '300'\n\toption hello_interval '2'\n\toption split_horizon 'auto'\n",
    );
    assert_eq!(remarks(&reading), [""; 0]);
    let config = reading.config.unwrap();
    let general = &config.general;
    assert_eq!((general.table, general.metric), (7, 900));
    assert_eq!(general.import_tables, [9, 254]);
    assert_eq!(general.smoothing_half_life, Duration::from_secs(8));
    assert_eq!(
        general.router_id.unwrap().to_string(),
        "02:11:22:ff:fe:33:44:55"
    );
    assert!(!general.forwarding);
    assert_eq!(general.local_port, Some(33123));
    let wlan = config
        .interface("wlan0")
        .unwrap()
        .interface_config("wlan0", Traits::default());
    assert_eq!((wlan.kind, wlan.cost), (LinkKind::Wireless, Some(300)));
    assert_eq!(wlan.hello_interval, Duration::from_secs(2));
    // babeld(8): four times the Hello interval.
    assert_eq!(wlan.update_interval, Duration::from_secs(8));
}

#[test]
fn a_section_without_a_name_is_what_the_others_are_by_default() {
    let reading = read(
        "config interface\n\toption ifname 'eth0'\n\toption rxcost '7'\n\
         config interface\n\toption type 'wired'\n\toption rxcost '120'\n\toption hello_interval '1'\n\
         config interface\n\toption ifname 'eth1'\n",
    );
    assert_eq!(remarks(&reading), [""; 0]);
    let config = reading.config.unwrap();
    assert_eq!(config.interfaces.len(), 2);
    let cost = |name: &str| config.interface(name).unwrap().cost;
    assert_eq!((cost("eth0"), cost("eth1")), (Some(7), Some(120)));
    assert_eq!(
        config.interface("eth1").unwrap().update_interval,
        Duration::from_secs(4)
    );
}

#[test]
fn a_tunnel_is_judged_by_its_delay_as_by_babeld() {
    let reading = read(
        "config interface\n\toption ifname 'wg0'\n\toption type 'tunnel'\n\toption rtt_min '20'\n\
         \toption v4_via_v6 'true'\n\
         config interface\n\toption ifname 'eth0'\n\toption enable_timestamps 'true'\n",
    );
    assert_eq!(remarks(&reading), [""; 0]);
    let config = reading.config.unwrap();
    let of = |name: &str| {
        let section = config.interface(name).unwrap();
        section.interface_config(name, Traits::default())
    };
    let rtt = of("wg0").rtt.unwrap();
    assert_eq!((rtt.min, rtt.max_penalty), (Duration::from_millis(20), 96));
    assert!(of("wg0").v4_via_v6);
    assert_eq!(of("eth0").rtt.map(|rtt| rtt.max_penalty), Some(0));
}

#[test]
fn what_is_not_honoured_is_named_with_its_place_and_the_rest_holds() {
    let reading = read(
        "config general\n\toption log_file '/tmp/babeld.log'\n\toption debug '1'\n\
         \toption ubus_bindings 'true'\n\toption reflect_kernel_metric 'true'\n\
         \toption local_path_readwrite '/var/run/babeld.sock'\n\
         config interface\n\toption ifname 'eth0'\n\toption link_quality 'true'\n\
         \toption probe_mtu 'true'\n\toption colour 'red'\n\
         config filter\n\toption type 'in'\n\toption src_ip '10.0.0.0/8'\n\toption action 'deny'\n",
    );
    let remarks = remarks(&reading);
    let starts = [
        "2:9: warning: babeld.@general[0].log_file: not honoured",
        "3:9: warning: babeld.@general[0].debug: not honoured",
        "4:9: warning: babeld.@general[0].ubus_bindings: not honoured",
        "5:9: warning: babeld.@general[0].reflect_kernel_metric: not honoured",
        "6:9: warning: babeld.@general[0].local_path_readwrite: served read-only",
        "9:9: warning: babeld.@interface[0].link_quality: not honoured",
        "10:9: warning: babeld.@interface[0].probe_mtu: not honoured",
        "11:9: warning: babeld.@interface[0].colour: unknown option",
        "14:9: warning: babeld.@filter[0].src_ip: not honoured",
    ];
    assert_eq!(remarks.len(), starts.len(), "{remarks:#?}");
    for (remark, start) in remarks.iter().zip(starts) {
        assert!(
            remark.starts_with(start),
            "{remark} does not start with {start}"
        );
    }
    let config = reading.config.unwrap();
    assert!(config.filters.input.is_empty());
    assert_eq!(
        config.general.local_path.as_deref(),
        Some(Path::new("/var/run/babeld.sock"))
    );
    assert!(config.interface("eth0").is_some());
}

#[test]
fn a_value_that_cannot_be_read_and_a_key_refuse_the_file() {
    for (text, place) in [
        (
            "config general\n\toption kernel_priority 'high'\n",
            "2:25: error: babeld.@general[0].",
        ),
        (
            "config general\n\toption skip_kernel_setup 'perhaps'\n",
            "2:27: error: babeld.@general[0].",
        ),
        (
            "config interface\n\toption ifname 'eth0'\n\toption key 'secret'\n",
            "3:",
        ),
        ("config filter\n\toption type 'sideways'\n", "2:"),
    ] {
        let reading = read(text);
        assert!(reading.config.is_none(), "{text}");
        let remarks = remarks(&reading);
        assert!(
            remarks.iter().any(|remark| remark.starts_with(place)),
            "{remarks:#?}"
        );
    }
}

#[test]
fn redistribution_follows_babelds_own_sense_of_its_rules() {
    let reading = read(
        "config filter\n\toption type 'redistribute'\n\toption ip '10.0.0.0/8'\n\toption action 'metric 5'\n\
         config filter\n\toption type 'redistribute'\n\toption local 'true'\n\toption ip '10.9.0.0/16'\n\
         \toption action 'deny'\n\
         config filter\n\toption type 'redistribute'\n\toption proto '3'\n\toption ip '10.3.0.0/16'\n",
    );
    assert_eq!(remarks(&reading), [""; 0]);
    let filters = reading.config.unwrap().filters;
    let verdict = |prefix: &str, proto, local| {
        let subject = Subject {
            proto,
            local,
            ..Subject::of(prefix.parse().unwrap())
        };
        filters.redistributes(&subject).map(|(_, metric)| metric)
    };
    // A rule without `proto` is not asked about routes of protocol boot, nor about addresses.
    assert_eq!(
        verdict("10.1.0.0/16", Some(PROTOCOL_STATIC), false),
        Some(5)
    );
    assert_eq!(verdict("10.1.0.0/16", Some(PROTOCOL_BOOT), false), None);
    assert_eq!(verdict("10.3.0.0/16", Some(PROTOCOL_BOOT), false), Some(0));
    // Addresses are announced, without the rule's metric, unless a rule about addresses says no.
    assert_eq!(verdict("10.1.0.1/32", None, true), Some(0));
    assert_eq!(verdict("192.0.2.1/32", None, true), Some(0));
    assert_eq!(verdict("10.9.0.1/32", None, true), None);
    assert_eq!(verdict("192.0.2.0/24", Some(PROTOCOL_STATIC), false), None);
}

#[test]
fn conditions_on_a_source_prefix_hold_for_ipv6_and_those_that_always_hold_are_no_matter() {
    let reading = read(
        "config filter\n\toption type 'in'\n\toption src_ip '2001:db8::/32'\n\toption src_ge '48'\n\
         config filter\n\toption type 'in'\n\toption ip '10.0.0.0/8'\n\toption src_ip '0.0.0.0/0'\n\
         \toption src_eq '0'\n",
    );
    assert_eq!(remarks(&reading), Vec::<String>::new());
    let input = reading.config.unwrap().filters.input;
    assert_eq!(input[0].source.ip, "2001:db8::/32".parse().ok());
    assert_eq!(input[0].source.ge, Some(48));
    assert_eq!((input[1].source.ip, input[1].source.eq), (None, None));
}

#[test]
fn a_redistributed_route_gets_the_source_prefix_that_its_filter_says() {
    let reading = read(
        "config filter\n\toption type 'redistribute'\n\toption ip '::/0'\n\toption eq '0'\n\
         \toption proto '4'\n\toption action 'src-prefix 2001:db8:0:1::/64'\n\
         config filter\n\toption type 'in'\n\toption action 'src-prefix 2001:db8::/32 metric 7'\n",
    );
    let remarks = remarks(&reading);
    assert_eq!(remarks.len(), 1, "{remarks:#?}");
    assert!(remarks[0].starts_with("9:9: warning: babeld.@filter[1].action: src-prefix is not"));
    let filters = reading.config.unwrap().filters;
    assert_eq!(filters.input[0].action.metric, 7);
    let subject = |text: &str| Subject {
        proto: Some(PROTOCOL_STATIC),
        ..Subject::of(text.parse().unwrap())
    };
    assert_eq!(
        filters.redistributes(&subject("::/0")),
        Some(("::/0 from 2001:db8:0:1::/64".parse().unwrap(), 0))
    );
    assert_eq!(filters.redistributes(&subject("0.0.0.0/0")), None);
}

#[test]
fn no_file_makes_the_translation_panic() {
    let full = "config general g\n\toption router_id 'a:b'\n\tlist debug '1'\n\toption kernel_priority ''\n\
                config interface\n\tlist ifname 'a'\n\tlist hello_interval '1'\n\toption type 'tunnel'\n\
                config filter\n\toption action 'src-prefix ::/0'\n\toption src_eq '0'\n";
    for end in 0..full.len() {
        read(&full[..end]);
    }
    let odd = "config general\n\toption router_id '\u{fffd}:::::'\n\toption hello_interval 'inf'\n\
               config interface\n\toption ifname 'x'\n\toption hello_interval '1e300'\n";
    assert!(read(odd).config.is_none());
}
