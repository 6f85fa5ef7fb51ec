//! Names resolve over living uplinks: with the real dnsmasq, and one at each provider.

use std::fs;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::town::Town;

static QUESTIONS: AtomicU32 = AtomicU32::new(0);

/// RFC 1035 §4.1: who is `NNNN.whose.example.`, type A; each time another name, for dnsmasq does not ask again for one
/// that is on its way already, over whatever uplink.
fn question() -> Vec<u8> {
    let number = QUESTIONS.fetch_add(1, Ordering::Relaxed);
    let mut octets = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04".to_vec();
    octets.extend(format!("{number:04}").bytes());
    octets.extend(b"\x05whose\x07example\0\0\x01\0\x01");
    octets
}

/// The address that the router's dnsmasq gives a laptop for a name.
fn resolve(town: &Town, laptop: usize) -> Option<[u8; 4]> {
    let socket = town.at_laptop(laptop, || UdpSocket::bind("0.0.0.0:0").unwrap());
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    socket.send_to(&question(), "192.168.1.1:53").unwrap();
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer).ok()?;
    // Recursion is available, no error, and one answer, whose end is the address.
    let has_answer = answer[3] == 0x80 && answer[6..12] == [0, 1, 0, 0, 0, 0];
    has_answer.then(|| answer[length - 4..length].try_into().unwrap())
}

/// Questions that a provider's internet got for a resolver's address.
fn asked(town: &Town, isp: usize, resolver: usize) -> u64 {
    let text = town.at_isp(isp, &format!("nft list counter inet witness r{resolver}"));
    let mut words = text
        .split_whitespace()
        .skip_while(|word| *word != "packets");
    words.nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_name_resolves_after_a_failover_and_each_resolver_is_asked_over_its_own_uplink_alone() {
    let mut town = Town::new(2, 1);
    for n in [1, 2] {
        // Both resolvers' addresses are in either internet, so that a question that strays would be answered there.
        let script = "nft -f - <<'END'\ntable inet witness { counter r1 { }; counter r2 { }; chain in { type filter \
                      hook input priority 0; udp dport 53 ip daddr 203.0.113.51 counter name r1; udp dport 53 \
                      ip daddr 203.0.113.52 counter name r2; }; }\nEND\n\
                      ip addr add 203.0.113.51/32 dev lo; ip addr add 203.0.113.52/32 dev lo";
        town.at_isp(n, script);
        town.dnsmasq(
            n,
            &format!(
                "--address=/whose.example/198.51.100.{n} --listen-address=203.0.113.51,203.0.113.52"
            ),
        );
    }
    let servers = town.path("servers");
    fs::write(&servers, "").unwrap();
    let path = servers.display().to_string();
    let words = format!("--servers-file={path} --listen-address=192.168.1.1");
    let pid = town.dnsmasq(0, &words);
    let mut config = town.config(&[1, 1], "").replace(
        "config uplinkd\n",
        &format!(
            "config uplinkd\n\toption servers_file '{path}'\n\toption dnsmasq_pid_file '{}'\n",
            pid.display()
        ),
    );
    for n in [1, 2] {
        let device = format!("option device 'wan{n}'");
        let dns = format!("{device}\n\tlist dns '203.0.113.5{n}'");
        config = config.replace(&device, &dns);
    }
    assert_eq!(resolve(&town, 1), None, "dnsmasq knows nobody to ask yet");
    town.start_with(&config, &["wan1", "wan2"]);
    town.wait("a name resolves", |town| resolve(town, 1).is_some());
    for dead in [1, 2] {
        let other = 3 - dead;
        town.silence(dead, true);
        let start = Instant::now();
        // The goal is two seconds.
        town.wait("the name resolves over the other provider", |town| {
            let text = fs::read_to_string(&servers).unwrap();
            let own = format!("server=203.0.113.5{other}@wan{other}");
            text.contains(&own)
                && !text.contains(&format!("@wan{dead}"))
                && resolve(town, 1) == Some([198, 51, 100, u8::try_from(other).unwrap()])
        });
        eprintln!("isp{dead} died: resolved after {:.2?}", start.elapsed());
        for _ in 0..20 {
            assert!(
                resolve(&town, 1).is_some(),
                "no question goes to the dead one"
            );
        }
        town.silence(dead, false);
        town.wait_used(&["wan1", "wan2"]);
    }
    for n in [1, 2] {
        assert!(
            asked(&town, n, n) >= 20,
            "its own resolver is asked over wan{n}"
        );
        assert_eq!(asked(&town, n, 3 - n), 0, "the other's is not");
    }
}
