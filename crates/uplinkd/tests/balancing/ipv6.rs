//! IPv6: the addresses that a home has of its providers, and those that no provider gave it.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::town::{FIREWALL, Town};

/// The server of each provider's internet; one that says whose it is and whom it sees.
const SERVER: &str = "[2001:db8:ffff::1]:7778";

/// A town whose providers delegate 2001:db8:N:100::/56; the router has its first /64 and a unique local one on
/// the LAN. Laptops have no addresses yet.
fn town(isps: usize, laptops: usize) -> Town {
    let town = Town::new(isps, laptops);
    town.run("sysctl -qw net.ipv6.conf.all.forwarding=1");
    // As fw4 by default: IPv6 is not translated.
    town.nft(&FIREWALL.replace("masquerade", "meta nfproto ipv4 masquerade"));
    town.ip("addr add fd00::1/64 dev br-lan nodad");
    for n in 1..=isps {
        town.ip(&format!("addr add 2001:db8:{n}::2/64 dev wan{n} nodad"));
        town.ip(&format!(
            "-6 route add default via 2001:db8:{n}::1 dev wan{n} metric {n}"
        ));
        town.ip(&format!(
            "addr add 2001:db8:{n}:100::1/64 dev br-lan nodad valid_lft 7200 preferred_lft 3600"
        ));
        town.at_isp(
            n,
            &format!(
                "ip addr add 2001:db8:{n}::1/64 dev cable nodad; ip addr add 2001:db8:ffff::1/128 dev lo; \
                 ip route add 2001:db8:{n}:100::/56 via 2001:db8:{n}::2"
            ),
        );
        serve(&town, n);
    }
    town
}

/// A configuration with an uplink for each provider; `given` has a delegated prefix.
fn config(town: &Town, isps: usize, given: &[usize]) -> String {
    let mut config = town.config(&vec![1; isps], "");
    config += "config probe\n\toption address '2001:db8:ffff::1'\n";
    for n in given {
        let device = format!("option device 'wan{n}'");
        let prefix = format!("{device}\n\tlist ip6prefix '2001:db8:{n}:100::/56'");
        config = config.replace(&device, &prefix);
    }
    config
}

fn serve(town: &Town, isp: usize) {
    let listener = town.in_isp(isp, || TcpListener::bind("[::]:7778"));
    let listener = listener.unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, isp));
        }
    });
}

fn answer(stream: TcpStream, isp: usize) -> io::Result<()> {
    let peer = stream.peer_addr()?.ip();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        reader
            .get_mut()
            .write_all(format!("isp{isp} {peer}\n").as_bytes())?;
        line.clear();
    }
    Ok(())
}

/// A connection, and what the server has said.
struct Flow {
    reader: BufReader<TcpStream>,
    seen: String,
}

impl Flow {
    fn open(town: &Town, laptop: usize) -> Self {
        let server: SocketAddr = SERVER.parse().unwrap();
        let limit = Duration::from_secs(3);
        let stream = town.at_laptop(laptop, || TcpStream::connect_timeout(&server, limit));
        let stream = stream.unwrap_or_else(|error| panic!("laptop {laptop}: {error}"));
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let mut flow = Self {
            reader: BufReader::new(stream),
            seen: String::new(),
        };
        flow.seen = flow.echo().unwrap();
        flow
    }

    fn echo(&mut self) -> io::Result<String> {
        self.reader.get_mut().write_all(b"hello\n")?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn lives(&mut self) -> bool {
        self.echo().is_ok_and(|seen| seen == self.seen)
    }
}

/// Who serves a new connection, and whom he sees.
fn seen(town: &Town, laptop: usize) -> String {
    Flow::open(town, laptop).seen
}

fn wait_used(town: &Town, uplinks: &[&str]) {
    town.wait(&format!("{uplinks:?} are used for IPv6"), |town| {
        town.call("status")["ipv6"]["uplinks"] == json!(uplinks)
    });
}

fn give(town: &Town, laptop: usize, address: &str) {
    town.run_at_laptop(
        laptop,
        &format!("ip addr add {address}/64 dev eth0 nodad; ip -6 route add default via fd00::1 dev eth0 onlink"),
    );
}

#[test]
fn an_address_of_a_provider_leaves_by_it_and_any_other_is_translated() {
    let mut town = town(2, 3);
    give(&town, 1, "2001:db8:1:100::65");
    give(&town, 2, "2001:db8:2:100::66");
    give(&town, 3, "fd00::67");
    let text = config(&town, 2, &[1, 2]);
    town.start_with(&text, &["wan1", "wan2"]);
    wait_used(&town, &["wan1", "wan2"]);
    let mut first = Flow::open(&town, 1);
    let mut second = Flow::open(&town, 2);
    assert_eq!(first.seen, "isp1 2001:db8:1:100::65");
    assert_eq!(second.seen, "isp2 2001:db8:2:100::66");
    let third = seen(&town, 3);
    assert!(
        third == "isp1 2001:db8:1:1ff::67" || third == "isp2 2001:db8:2:1ff::67",
        "{third}"
    );
    let explained = town.call_with("explain", &json!({"address": "2001:db8:1:100::65"}));
    assert_eq!(explained["uplink"], "wan1", "{explained}");

    town.silence(1, true);
    wait_used(&town, &["wan2"]);
    assert!(second.lives(), "a connection over wan2 was disturbed");
    assert!(!first.lives(), "a dead connection is ended");
    assert_eq!(seen(&town, 1), "isp2 2001:db8:2:1ff::65");
    assert_eq!(seen(&town, 2), "isp2 2001:db8:2:100::66");
    assert_eq!(seen(&town, 3), "isp2 2001:db8:2:1ff::67");

    town.silence(1, false);
    wait_used(&town, &["wan1", "wan2"]);
    assert_eq!(seen(&town, 1), "isp1 2001:db8:1:100::65");
    assert!(second.lives());

    // A rule goes before the address, and what a provider has not delegated gets the router's own.
    let rule = "config rule 'all'\n\tlist src '2001:db8:1::/48'\n\toption uplink 'wan2'\n";
    town.configure(&(config(&town, 2, &[1]) + rule));
    town.call("reload");
    wait_used(&town, &["wan1", "wan2"]);
    town.wait("the rule holds", |town| {
        seen(town, 1) == "isp2 2001:db8:2::2"
    });
}

#[test]
fn hosts_leave_the_prefix_of_a_dead_uplink_and_come_back_to_it() {
    let mut town = town(2, 1);
    let text = config(&town, 2, &[1, 2]);
    town.start_with(&text, &["wan1", "wan2"]);
    wait_used(&town, &["wan1", "wan2"]);
    // A real router advertisement daemon, which looks at the interface as odhcpd does, and a real host.
    town.dnsmasq(
        0,
        "--port=0 --enable-ra --dhcp-range=::,constructor:br-lan,ra-only,2h --interface=br-lan",
    );
    let has = |town: &Town, isp: usize, deprecated: bool| {
        let shown = town.run_at_laptop(1, "ip -6 -o addr show dev eth0 scope global");
        let prefix = format!("2001:db8:{isp}:100:");
        let own = shown.lines().find(|line| line.contains(&prefix));
        own.is_some_and(|line| line.contains("deprecated") == deprecated)
    };
    town.wait("the host has an address of each", |town| {
        has(town, 1, false) && has(town, 2, false)
    });
    for (dead, living) in [(1, 2), (2, 1)] {
        town.silence(dead, true);
        wait_used(&town, &[&format!("wan{living}")]);
        town.wait("the dead uplink's is deprecated", |town| {
            has(town, dead, true) && has(town, living, false)
        });
        let seen = seen(&town, 1);
        let natively = format!("isp{living} 2001:db8:{living}:100:");
        assert!(seen.starts_with(&natively), "{seen}");
        town.silence(dead, false);
        wait_used(&town, &["wan1", "wan2"]);
        town.wait("it is preferred again", |town| {
            has(town, 1, false) && has(town, 2, false)
        });
    }

    // netifd renews the address meanwhile, and the daemon is killed: it knows what it has deprecated.
    let own = |town: &Town| town.ip("-6 -o addr show dev br-lan to 2001:db8:1::/48");
    town.silence(1, true);
    town.wait("the address is deprecated", |town| {
        own(town).contains("deprecated")
    });
    town.ip("addr change 2001:db8:1:100::1/64 dev br-lan valid_lft 7000 preferred_lft 3000");
    town.wait("it is deprecated again", |town| {
        own(town).contains("deprecated")
    });
    town.end(nix::sys::signal::Signal::SIGKILL);
    town.silence(1, false);
    town.start();
    wait_used(&town, &["wan1", "wan2"]);
    town.wait("it is preferred again", |town| {
        !own(town).contains("deprecated")
    });
    // What a provider has deprecated himself stays so.
    town.ip("addr change 2001:db8:1:100::1/64 dev br-lan valid_lft 7000 preferred_lft 0");
    town.silence(1, true);
    wait_used(&town, &["wan2"]);
    town.silence(1, false);
    wait_used(&town, &["wan1", "wan2"]);
    assert!(own(&town).contains("deprecated"));
    // Leaving gives everything back.
    town.silence(2, true);
    let second = |town: &Town| town.ip("-6 -o addr show dev br-lan to 2001:db8:2::/48");
    town.wait("the other is deprecated", |town| {
        second(town).contains("deprecated")
    });
    town.call("leave");
    assert!(!second(&town).contains("deprecated"));
}
