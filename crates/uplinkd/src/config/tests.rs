use std::time::Duration;

use grange_linux::Family;
use grange_uplink::policy::FailBack;

use super::{Balance, Check, Config, LastResort, Ports, Protocol, Reading, read};

/// Everything that may be written, once.
const FULL: &str = "
config uplinkd
	option enabled '1'
	list lan 'br-lan'
	list lan 'br-guest'
	option balance 'flow'
	option sticky_timeout '30m'
	option mask '0xfc0000'
	list bypass '10.42.0.0/16'
	option state_dir '/tmp/etc'
	option servers_file '/tmp/servers'
	option dnsmasq_pid_file '/var/run/dnsmasq.pid'
	option log_level 'warn'
	option fixed_part '30'
	option free '10G'

config uplink 'wan'
	option device 'pppoe-wan'
	option weight '50'
	option tier '1'
	option down '50M'
	option up '10M'
	option gateway '192.0.2.1'
	option gateway6 'fe80::1'
	option ipv6 '0'
	option needed '2'
	option interval '1'
	option hold '30'
	option slow '300ms'
	option cost '39.90'
	option owner 'smith'
	list dns '192.0.2.53'

config uplink 'lte'
	option device 'wwan0'
	option tier '2'
	option metered '1'

config uplink 'old'
	option device 'eth9'
	option enabled '0'

config probe
	option type 'http'
	option address '192.0.2.80'
	option host 'example.org'
	option path '/generate_204'
	option status '200'
	option body 'success'

config probe
	option type 'tcp'
	option address '192.0.2.7'
	option port '443'
	option provider 'somebody'
	list uplink 'wan'

config member 'smith'
	list prefix '10.42.1.0/24'
	option weight '2'
	option cap '15.00'
	option joined '2026-11-16'
	option left '2027-01-31'

config policy 'cheap'
	list uplink 'wan'
	option last_resort 'balance'

config rule 'phones'
	list src '192.168.1.0/24'
	list dest '192.0.2.0/24'
	option proto 'udp'
	list src_port '5060'
	list dest_port '5000-5010'
	option iface 'br-lan'
	option dscp '46'
	option family 'ipv4'
	option policy 'cheap'

config rule
	option uplink 'lte'
	option last_resort 'unreachable'
";

fn good(text: &str) -> Config {
    let Reading { config, problems } = read(text.as_bytes());
    assert_eq!(problems, []);
    config.unwrap()
}

fn first_error(text: &str) -> String {
    let Reading { config, problems } = read(text.as_bytes());
    assert_eq!(config, None, "{text} is taken");
    problems
        .iter()
        .find(|problem| problem.is_error)
        .unwrap()
        .to_string()
}

#[test]
fn everything_that_may_be_written_is_understood() {
    let config = good(FULL);
    assert_eq!(config.general.lan, ["br-lan", "br-guest"]);
    assert_eq!(config.general.balance, Balance::Flow);
    assert_eq!(config.general.sticky_timeout, Duration::from_mins(30));
    assert_eq!(config.general.mask.bits(), 0xfc_0000);
    let names: Vec<&str> = config
        .uplinks
        .iter()
        .map(|uplink| uplink.name.as_str())
        .collect();
    assert_eq!(names, ["wan", "lte"], "one is switched off");
    let [wan, lte] = config.uplinks.as_slice() else {
        panic!("two")
    };
    assert_eq!(
        (wan.weight, wan.needed, wan.ipv4, wan.ipv6),
        (50, 2, true, false)
    );
    assert_eq!(
        (wan.down_bps, wan.up_bps),
        (Some(50_000_000), Some(10_000_000))
    );
    assert_eq!(wan.slow, Duration::from_millis(300));
    assert_eq!(
        (wan.fail_back, lte.fail_back),
        (FailBack::Soft, FailBack::Hard)
    );
    let probes = config.probes_of("wan");
    assert_eq!(probes.len(), 2);
    assert!(probes[0].check.is_http());
    assert_eq!(probes[1].check, Check::Tcp(443));
    assert_eq!(
        config.probes_of("lte").len(),
        7,
        "the page and the well-known resolvers"
    );
    assert_eq!(wan.cost_cents, Some(3990));
    assert_eq!(
        (config.general.fixed_percent, config.general.free_bytes),
        (30, 10_000_000_000)
    );
    let smith = &config.members[0];
    assert_eq!((smith.weight, smith.cap_cents), (2, Some(1500)));
    let rule = &config.rules[0];
    assert_eq!((rule.proto, rule.dscp), (Some(Protocol::Udp), Some(46)));
    assert_eq!(
        rule.dest_port,
        [Ports {
            first: 5000,
            last: 5010
        }]
    );
    assert!(rule.is_for(Family::V4) && !rule.is_for(Family::V6));
    assert_eq!(config.rules[1].name, "@rule[1]");
    assert_eq!(config.rules[1].last_resort, LastResort::Unreachable);
}

#[test]
fn an_empty_file_is_a_configuration_without_uplinks() {
    let config = good("");
    assert_eq!(config, Config::default());
    assert_eq!(config.general.lan, ["br-lan"]);
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let uplink = "config uplink 'wan'\n\toption device 'eth1'\n";
    let cases = [
        (
            "config uplink\n\toption device 'eth1'\n",
            "1:8: error: grange-uplinkd.@uplink[0]: an uplink needs a name",
        ),
        (
            "config uplink 'wan'\n",
            "1:8: error: grange-uplinkd.wan.device: expected the kernel's name of a device, such as eth1, or option interface",
        ),
        (
            "config uplink 'wan'\n\toption device 'a b'\n",
            "2:16: error: grange-uplinkd.wan.device: expected the kernel's name",
        ),
        (
            "config uplink 'wan'\n\toption device 'a\"}'\n",
            "2:16: error: grange-uplinkd.wan.device",
        ),
        (
            "config uplinkd\n\toption mask '0x3f01'\n",
            "2:14: error: grange-uplinkd.@uplinkd[0].mask: expected a mask of six",
        ),
        (
            "config probe\n\toption address '192.0.2.1'\n\tlist uplink 'wan'\n",
            "3:14: error: grange-uplinkd.@probe[0].uplink: expected the name of a section of type uplink",
        ),
        (
            "config policy 'p'\n",
            "1:8: error: grange-uplinkd.p.uplink: expected names of uplinks",
        ),
        (
            "config uplinkd\nconfig uplinkd\n",
            "2:8: error: grange-uplinkd.@uplinkd[1]: there can be only one",
        ),
        (
            "config uplinkd\n\toption state_dir 'etc'\n",
            "2:19: error: grange-uplinkd.@uplinkd[0].state_dir: expected an absolute path",
        ),
    ];
    for (text, expected) in cases {
        let error = first_error(text);
        assert!(error.starts_with(expected), "{error}\nnot {expected}");
    }
    let with_uplink = [
        (
            "\toption cost '10.00'\n\toption owner 'nobody'\n",
            "4:15: error: grange-uplinkd.wan.owner: expected the member",
        ),
        (
            "\toption cost '1,50'\n",
            "3:14: error: grange-uplinkd.wan.cost: expected an amount",
        ),
        (
            "config member 'a'\n\tlist prefix '10.0.0.0/8'\nconfig member 'b'\n\tlist prefix '10.42.0.0/24'\n",
            "6:14: error: grange-uplinkd.b.prefix: expected prefixes that overlap with nobody's",
        ),
        (
            "config uplink 'lte'\n\toption device 'eth1'\n",
            "4:16: error: grange-uplinkd.lte.device: expected a device that no other",
        ),
        (
            "\toption cake '1'\n",
            "3:14: error: grange-uplinkd.wan.cake: expected `option up` or `option down` beside it",
        ),
        (
            "config rule\n\toption uplink 'wan'\n\toption ipset 'x'\n",
            "5:15: error: grange-uplinkd.@rule[0].ipset: expected nothing: this version does not support it",
        ),
        (
            "\tlist ip6prefix '192.0.2.0/24'\n",
            "3:17: error: grange-uplinkd.wan.ip6prefix: expected IPv6 prefixes",
        ),
        (
            "\toption down '50 M'\n",
            "3:14: error: grange-uplinkd.wan.down: expected a rate",
        ),
        (
            "config rule\n\toption uplink 'wan'\n\tlist dest_port '80'\n",
            "3:8: error: grange-uplinkd.@rule[0].proto: expected tcp, udp or tcpudp",
        ),
        (
            "config rule\n\toption policy 'none'\n",
            "4:16: error: grange-uplinkd.@rule[0].policy: expected the name of a section",
        ),
        (
            "config rule\n\tlist src 'fd00::/8'\n\tlist dest '10.0.0.0/8'\n\toption uplink 'wan'\n",
            "4:11: error: grange-uplinkd.@rule[0].src: expected prefixes of one family",
        ),
        (
            "config rule\n",
            "3:8: error: grange-uplinkd.@rule[0].uplink: expected either an uplink or a policy",
        ),
        (
            "config rule\n\toption uplink 'wan'\n\toption ipset 'x'\n",
            "5:15: error: grange-uplinkd.@rule[0].ipset: expected nothing",
        ),
    ];
    for (more, expected) in with_uplink {
        let error = first_error(&format!("{uplink}{more}"));
        assert!(error.starts_with(expected), "{error}\nnot {expected}");
    }
}

#[test]
fn an_unknown_option_is_a_warning() {
    let Reading { config, problems } = read(b"config uplinkd\n\toption colour 'red'\n");
    assert!(config.is_some());
    assert!(
        problems[0].to_string().contains("colour: unknown option"),
        "{}",
        problems[0]
    );
}

const MWAN3: &str = "config globals 'globals'\n\toption mmx_mask '0x3F00'\n\toption logging '1'\n\
     config interface 'wan'\n\toption enabled '1'\n\tlist track_ip '192.0.2.1'\n\tlist track_ip '192.0.2.2'\n\
     \toption family 'ipv4'\n\toption reliability '2'\n\
     config interface 'wan6'\n\toption enabled '1'\n\toption family 'ipv6'\n\
     config interface 'wanb'\n\toption enabled '1'\n\toption interval '5'\n\
     config member 'wan_m1_w3'\n\toption interface 'wan'\n\toption metric '1'\n\toption weight '3'\n\
     config member 'wanb_m2_w2'\n\toption interface 'wanb'\n\toption metric '2'\n\toption weight '2'\n\
     config policy 'balanced'\n\tlist use_member 'wan_m1_w3'\n\tlist use_member 'wanb_m2_w2'\n\
     config rule 'https'\n\toption sticky '1'\n\toption dest_port '443,8000:8080'\n\toption proto 'tcp'\n\
     \toption use_policy 'balanced'\n\
     config rule 'mesh'\n\toption dest_ip '10.42.0.0/16'\n\toption use_policy 'default'\n\
     config rule 'default_rule_v4'\n\toption dest_ip '0.0.0.0/0'\n\toption use_policy 'balanced'\n\
     \toption family 'ipv4'\n";

#[test]
fn mwan3s_own_file_is_read_and_what_is_not_honoured_is_named_with_its_place() {
    let path = std::path::Path::new("/etc/config/mwan3");
    let reading = super::read_file(path, MWAN3.as_bytes());
    let shown: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
    let config = reading.config.unwrap_or_else(|| panic!("{shown:#?}"));
    assert_eq!(config.general.balance, Balance::Rules);
    let [wan, wan6, wanb] = config.uplinks.as_slice() else {
        panic!("{:?}", config.uplinks);
    };
    assert_eq!(
        (wan.device.as_str(), wan.ipv4, wan.ipv6, wan.needed),
        ("wan", true, false, 2)
    );
    assert!(wan6.ipv6 && !wan6.ipv4 && wanb.ipv4);
    assert_eq!(config.probes_of("wan").len(), 2);
    let balanced = config
        .policies
        .iter()
        .find(|policy| policy.name == "balanced")
        .unwrap();
    let members: Vec<_> = balanced
        .members
        .iter()
        .map(|member| (member.uplink.as_str(), member.tier, member.weight))
        .collect();
    assert_eq!(
        members,
        [("wan", Some(1), Some(3)), ("wanb", Some(2), Some(2))]
    );
    let [https, mesh, rest] = config.rules.as_slice() else {
        panic!("{:?}", config.rules);
    };
    let ports: Vec<_> = https
        .dest_port
        .iter()
        .map(|ports| (ports.first, ports.last))
        .collect();
    assert_eq!(ports, [(443, 443), (8000, 8080)]);
    assert_eq!(mesh.policy.as_deref(), Some("default"));
    assert!(rest.dest.is_empty() && rest.family == Some(Family::V4));
    let named = [
        "3:9: warning: mwan3.globals.logging: not honoured",
        "15:9: warning: mwan3.wanb.interval: not honoured",
        "28:9: warning: mwan3.https.sticky: not honoured",
    ];
    for (shown, expected) in shown.iter().zip(named) {
        assert!(shown.starts_with(expected), "{shown}");
    }
    assert_eq!(shown.len(), named.len(), "{shown:#?}");
}

#[test]
fn what_would_make_a_rule_of_mwan3s_match_too_much_is_an_error() {
    let path = std::path::Path::new("mwan3");
    for (text, expected) in [
        (
            "config rule 'x'\n\toption ipset 'netflix'\n\toption use_policy 'default'\n",
            "2:9: error: mwan3.x.ipset",
        ),
        (
            "config policy 'x'\n\tlist use_member 'who'\n",
            "2:18: error: mwan3.x.use_member: no such member",
        ),
        (
            "config rule 'x'\n\toption use_policy 'who'\n",
            "error: mwan3.x.policy",
        ),
    ] {
        let reading = super::read_file(path, text.as_bytes());
        assert_eq!(reading.config, None);
        let shown: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        assert!(
            shown.iter().any(|problem| problem.contains(expected)),
            "{shown:?}"
        );
    }
}

#[test]
fn a_list_of_ten_thousand_members_is_refused_at_the_first_that_is_too_many() {
    let text: String = (0..10_000).fold(String::new(), |text, n| {
        let (high, low) = (n / 256, n % 256);
        text + &format!("config member 'm{n}'\n\tlist prefix '10.{high}.{low}.0/24'\n")
    });
    let reading = read(text.as_bytes());
    assert_eq!(reading.config, None);
    let [problem] = reading.problems.as_slice() else {
        panic!("{} problems", reading.problems.len());
    };
    let shown = problem.to_string();
    let expected = "2001:8: error: grange-uplinkd.m1000: there can be 1000 members";
    assert!(shown.starts_with(expected), "{shown}");
}

#[test]
fn a_wireguard_key_stands_for_the_pairs_own_and_belongs_to_one_router() {
    let key = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";
    let uplink = |number, key: &str| {
        format!(
            "config uplink 'via{number}'\n\toption router 'fd42::{number}'\n\toption public_key '{key}'\n"
        )
    };
    let own = "config uplinkd\n\toption mesh_address 'fd42::1'\n";
    let config = read(format!("{own}{}", uplink(2, key)).as_bytes())
        .config
        .unwrap();
    let remote = config.uplinks[0].remote.as_ref().unwrap();
    assert_eq!(remote.mtu, 1420);
    for (text, expected) in [
        (
            uplink(2, key) + &uplink(3, key),
            "a key that no other router has",
        ),
        (uplink(2, &key[1..]), "a WireGuard public key"),
        (
            uplink(2, key) + "\toption key 'ab'\n",
            "64 hexadecimal digits",
        ),
    ] {
        let reading = read(format!("{own}{text}").as_bytes());
        let shown: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        assert!(
            reading.config.is_none() && shown.iter().any(|problem| problem.contains(expected)),
            "{expected}: {shown:?}"
        );
    }
}
