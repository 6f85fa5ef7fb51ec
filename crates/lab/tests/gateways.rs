//! Remote gateways: members' routers tunnel to the routers that share an uplink, whatever the mesh does
//! underneath.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that fails"
)]

#[path = "harness/dnsmasq.rs"]
mod dnsmasq;
#[path = "gateways/exit.rs"]
mod exit;
mod harness;
#[path = "gateways/resolvers.rs"]
mod resolvers;
#[path = "gateways/spill.rs"]
mod spill;
#[path = "gateways/wireguard.rs"]
mod wireguard;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use grange_lab::addresses::{INTERNET_V4, INTERNET_V6, RouterAddresses};
use grange_lab::topology::graph::Daemon;
use grange_lab::{balancer, node_config};
use harness::{Mesh, control};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// The server of the internet: sends back how many octets it got, and from whom.
const PORT: u16 = 7777;

/// A mesh whose routers run both daemons.
struct Village {
    mesh: Mesh,
    balancers: Mutex<Vec<(String, Child, grange_lab::process::ProcessId)>>,
}

impl Village {
    fn up(test: &str, topology: &str) -> Self {
        Self::up_with(test, topology, |_, config| config)
    }

    /// `change` may change a router's configuration of grange-uplinkd.
    fn up_with(test: &str, topology: &str, change: impl Fn(&str, String) -> String) -> Self {
        let village = Self {
            mesh: Mesh::wires(test, topology, true),
            balancers: Mutex::default(),
        };
        for (position, router) in village.routers().iter().enumerate() {
            let topology = village.mesh.lab.topology();
            let config = node_config::leased(topology, position).unwrap();
            village.mesh.start(router, Daemon::Routed, &config);
            let files = village.mesh.files(router);
            balancer::configure(topology, position, &files).unwrap();
            let path = balancer::config_file(&files);
            let config = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, change(router, config)).unwrap();
        }
        for router in village.routers() {
            village.start(&router);
        }
        village
    }

    fn routers(&self) -> Vec<String> {
        let routers = &self.mesh.lab.topology().routers;
        routers
            .iter()
            .map(|router| router.name.to_string())
            .collect()
    }

    fn start(&self, router: &str) {
        let namespace = self.mesh.lab.namespace(router).unwrap();
        let files = self.mesh.files(router);
        let (child, id) = balancer::start(namespace.name(), router, &files).unwrap();
        balancer::wait_ready(router, id, &files).unwrap();
        let mut balancers = self.balancers.lock().unwrap();
        balancers.push((router.to_owned(), child, id));
    }

    fn end(&self, router: &str, signal: Signal) {
        let mut balancers = self.balancers.lock().unwrap();
        let place = balancers.iter().position(|(name, ..)| name == router);
        let (_, mut child, id) = balancers.remove(place.unwrap());
        id.signal(signal).unwrap();
        child.wait().unwrap();
    }

    fn call(&self, router: &str, method: &str, params: &Value) -> Value {
        let socket = balancer::socket(&self.mesh.files(router));
        let reply = control::call(&socket, method, params);
        reply.unwrap_or_else(|error| panic!("{router}: {method}: {error}"))
    }

    /// Which uplinks take new IPv4 connections.
    fn used(&self, router: &str) -> Value {
        self.call(router, "status", &json!({}))["ipv4"]["uplinks"].clone()
    }

    fn wait_used(&self, router: &str, uplinks: &[&str]) {
        self.mesh.wait(&format!("{router} uses {uplinks:?}"), || {
            self.used(router) == json!(uplinks)
        });
    }

    /// The same for IPv6.
    fn wait_used_v6(&self, router: &str, uplinks: &[&str]) {
        let what = format!("{router} uses {uplinks:?} for IPv6");
        self.mesh.wait(&what, || {
            self.call(router, "status", &json!({}))["ipv6"]["uplinks"] == json!(uplinks)
        });
    }

    /// Waits until the mesh has a default route of a family for a router, or none.
    fn wait_default_of(&self, router: &str, family: char, there: bool) {
        self.mesh.wait(
            &format!("{router}: a default route of IPv{family} is there: {there}"),
            || {
                let show = format!("ip -{family} route show table 42 default");
                let route = self.mesh.run(router, &show);
                (route.contains("via") && !route.contains("unreachable")) == there
            },
        );
    }

    /// The same for IPv4.
    fn wait_default(&self, router: &str, there: bool) {
        self.wait_default_of(router, '4', there);
    }

    /// The row of an uplink's IPv4.
    fn uplink(&self, router: &str, name: &str) -> Value {
        let rows = self.call(router, "uplinks", &json!({}));
        let rows = rows.as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["name"] == name && row["family"] == "ipv4");
        row.unwrap_or_else(|| panic!("no {name} at {router} in {rows:?}"))
            .clone()
    }

    /// What a router's ledger has of a member over an uplink, both ways.
    fn bytes(&self, router: &str, member: &str, uplink: &str) -> u64 {
        let rows = self.call(router, "usage", &json!({}));
        let rows = rows.as_array().unwrap();
        let own = rows
            .iter()
            .filter(|row| row["member"] == member && row["uplink"] == uplink);
        own.map(|row| row["bytes_up"].as_u64().unwrap() + row["bytes_down"].as_u64().unwrap())
            .sum()
    }

    /// Packets that a rule of a table has dropped: those whose line holds this text.
    fn dropped(&self, router: &str, table: &str, text: &str) -> u64 {
        let listing = self
            .mesh
            .run(router, &format!("nft list table inet {table}"));
        let counted = listing.lines().filter(|line| line.contains(text));
        counted
            .filter_map(|line| {
                let rest = line.split("counter packets ").nth(1)?;
                rest.split(' ').next()?.parse::<u64>().ok()
            })
            .sum()
    }

    /// A server in the internet that swallows what it gets and then says how much that was.
    fn serve(&self) {
        let internet = self.mesh.lab.namespace("internet").unwrap();
        let listener = internet.enter(|| TcpListener::bind(("::", PORT)));
        let listener = listener.unwrap().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || swallow(stream));
            }
        });
    }

    /// A connection from a node to the internet.
    fn connect(&self, node: &str) -> Option<TcpStream> {
        self.connect_to(node, INTERNET_V4.into())
    }

    fn connect_to(&self, node: &str, server: IpAddr) -> Option<TcpStream> {
        let server = SocketAddr::from((server, PORT));
        let namespace = self.mesh.lab.namespace(node).unwrap();
        let limit = Duration::from_secs(3);
        let stream = namespace.enter(|| TcpStream::connect_timeout(&server, limit));
        let stream = stream.unwrap().ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Some(stream)
    }

    /// Uploads so many octets over IPv6; under which address all of them have arrived.
    fn upload_v6(&self, node: &str, octets: usize) -> Option<String> {
        let mut stream = self.connect_to(node, INTERNET_V6.into())?;
        stream.write_all(&vec![7; octets]).ok()?;
        let (sum, from) = told_by(stream)?;
        (sum == octets).then_some(from)
    }

    /// Uploads so many octets; whether all arrive.
    fn upload(&self, node: &str, octets: usize) -> bool {
        let Some(mut stream) = self.connect(node) else {
            return false;
        };
        stream.write_all(&vec![7; octets]).is_ok() && told(stream) == Some(octets)
    }
}

impl Drop for Village {
    fn drop(&mut self) {
        let mut balancers = self.balancers.lock().unwrap();
        if thread::panicking() {
            for router in self.routers() {
                let log = self.mesh.files(&router).balancer_log();
                let log = std::fs::read_to_string(log).unwrap_or_default();
                eprintln!("---- {router}: grange-uplinkd\n{log}");
                let (_, rules) = self
                    .mesh
                    .try_run(&router, "nft list table inet grange_tunnel");
                eprintln!("{rules}");
            }
        }
        for (_, mut child, id) in balancers.drain(..) {
            let _ = id.signal(Signal::SIGKILL);
            let _ = child.wait();
        }
    }
}

fn swallow(mut stream: TcpStream) {
    let (mut buffer, mut sum) = (vec![0; 1 << 16], 0_usize);
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        sum += length;
    }
    let from = stream.peer_addr().map(|address| address.ip());
    let from = from.map_or_else(|_| String::new(), |address| address.to_string());
    let _ = stream.write_all(format!("{sum} {from}").as_bytes());
}

/// Ends the upload and reads how much has arrived.
fn told(stream: TcpStream) -> Option<usize> {
    told_by(stream).map(|(sum, _)| sum)
}

/// The same, and from whom.
fn told_by(mut stream: TcpStream) -> Option<(usize, String)> {
    stream.shutdown(Shutdown::Write).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (sum, from) = text.split_once(' ')?;
    Some((sum.parse().ok()?, from.to_owned()))
}

/// Gate shares; mid has a line for itself; far has none.
const CHAIN: &str = "router gate mid far; link gate mid; link mid far; uplink gate name dsl; \
     uplink mid name own unshared; laptop all";

#[test]
fn a_home_without_a_line_goes_out_through_a_neighbours_and_the_one_between_carries_nothing() {
    let village = Village::up("chain", CHAIN);
    village.serve();
    village.wait_used("gate", &["dsl"]);
    village.wait_used("mid", &["own"]);
    village.wait_used("far", &["via_gate"]);
    // Whatever the home in the middle forwards for neighbours must stay in the mesh.
    village.mesh.script(
        "mid",
        "nft -f - <<'END'\ntable inet watch { chain out { type filter hook forward priority 300; \
         iifname \"mesh-*\" oifname \"wan\" counter comment \"neighbours\"; }; }\nEND",
    );
    assert!(village.upload("laptop-far", 3_000_000));
    assert!(village.upload("laptop-mid", 100_000), "its own line");
    assert_eq!(village.mesh.nft_packets("mid", "neighbours"), 0);
    // No NAT at the member: the gateway sees him as he is, and counts.
    let far = village.bytes("gate", "far", "dsl");
    assert!((3_000_000..3_400_000).contains(&far), "{far}");
    let probes = village.bytes("gate", "mid", "dsl");
    assert!(probes < 20_000, "nobody else pays: {probes}");
    assert!(
        village.bytes("far", "far", "via_gate") >= 3_000_000,
        "the member counts as well"
    );
}

/// What no home or mesh needs: with it dropped, only the segments' size lets a full packet through.
const DEAF: &str = "nft -f - <<'END'\ntable inet deaf { chain in { type filter hook prerouting priority -300; \
     icmp type { destination-unreachable, time-exceeded, parameter-problem } drop; \
     icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } drop; }; \
     chain out { type filter hook output priority -300; \
     icmp type { destination-unreachable, time-exceeded, parameter-problem } drop; \
     icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } drop; }; }\nEND";

#[test]
fn a_members_ipv6_has_a_prefix_of_its_own_at_the_gateway_and_is_counted_there() {
    let village = Village::up("chain6", CHAIN);
    village.serve();
    village.wait_used_v6("gate", &["dsl"]);
    village.wait_used_v6("mid", &["own"]);
    village.wait_used_v6("far", &["via_gate"]);
    village.wait_default_of("far", '6', true);
    for node in ["gate", "mid", "far", "laptop-far", "dsl", "internet"] {
        village.mesh.script(node, DEAF);
    }
    village.mesh.script(
        "mid",
        "nft -f - <<'END'\ntable inet watch { chain out { type filter hook forward priority 300; \
         iifname \"mesh-*\" oifname \"wan\" counter comment \"neighbours\"; }; }\nEND",
    );
    // Each home leaves by a /64 of what the provider delegates: the gateway's own the last.
    let seen = |node: &str, octets| village.upload_v6(node, octets);
    let own = |prefix: &str| Some(format!("{prefix}::100"));
    assert_eq!(seen("laptop-gate", 1000), own("2001:db8:0:ffff"));
    assert_eq!(seen("laptop-mid", 1000), own("2001:db8:1:ffff"));
    assert_eq!(seen("laptop-far", 3_000_000), own("2001:db8:0:fffd"));
    assert_eq!(village.mesh.nft_packets("mid", "neighbours"), 0);
    let far = village.bytes("gate", "far", "dsl");
    assert!((3_000_000..3_500_000).contains(&far), "{far}");
    assert!(village.bytes("far", "far", "via_gate") >= 3_000_000);
    // The line dies: nobody has IPv6, and the mesh says so; it comes back.
    silence(&village, "dsl");
    village.wait_used_v6("far", &[]);
    village.wait_default_of("far", '6', false);
    village.mesh.script("dsl", "nft delete table inet dead");
    village.wait_used_v6("far", &["via_gate"]);
    village.wait_default_of("far", '6', true);
    assert_eq!(seen("laptop-far", 1000), own("2001:db8:0:fffd"));
}

#[test]
fn when_a_gateways_line_dies_the_ipv6_of_its_members_goes_through_another() {
    let village = Village::up("move6", TWO);
    village.serve();
    village.wait_used_v6("home", &["via_one", "via_two"]);
    let seen = || village.upload_v6("laptop-home", 1000).unwrap();
    let of = |number: usize| format!("2001:db8:{number}:ff");
    let first = seen();
    let used = usize::from(first.starts_with(&of(1)));
    assert!(first.starts_with(&of(used)), "{first}");
    silence(&village, ["isp1", "isp2"][used]);
    village.wait_used_v6("home", &[["via_two", "via_one"][used]]);
    let second = seen();
    assert!(second.starts_with(&of(1 - used)), "{second}");
}

/// Two ways through the mesh to the gateway.
const RING: &str = "router gate left right far; link gate left; link gate right; link left far; \
     link right far cost 300; uplink gate name dsl; laptop far";

#[test]
fn a_connection_survives_that_the_mesh_takes_another_way() {
    let village = Village::up("reroute", RING);
    village.serve();
    village.wait_used("far", &["via_gate"]);
    village.mesh.wait("the short way is taken", || {
        village
            .mesh
            .leads("far", "fd42:6772:616e::1/128", "mesh-left")
    });
    let mut stream = village.connect("laptop-far").unwrap();
    let part = vec![7; 500_000];
    stream.write_all(&part).unwrap();
    village
        .mesh
        .lab
        .cut("far-left", grange_lab::cuts::Cut::Unplugged)
        .unwrap();
    village.mesh.wait("the long way is taken", || {
        village
            .mesh
            .leads("far", "fd42:6772:616e::1/128", "mesh-right")
    });
    stream.write_all(&part).unwrap();
    assert_eq!(told(stream), Some(1_000_000), "the same connection");
}

/// Two gateways, and a home that has no line.
const TWO: &str = "router one two home; link one home; link two home; uplink one name isp1; \
     uplink two name isp2; laptop all";

/// Both directions of a provider's line go dead without a word.
fn silence(village: &Village, provider: &str) {
    village.mesh.script(
        provider,
        "nft -f - <<'END'\ntable inet dead { chain in { type filter hook prerouting priority -300; policy drop; }; \
         chain out { type filter hook postrouting priority 300; policy drop; }; }\nEND",
    );
}

#[test]
fn when_a_gateways_line_dies_its_members_move_and_those_of_the_other_notice_nothing() {
    let village = Village::up("move", TWO);
    village.serve();
    village.wait_used("home", &["via_one", "via_two"]);
    // Devices are dealt out in turn; this home has one laptop, so its device sits on one of them.
    let mut first = village.connect("laptop-home").unwrap();
    first.write_all(&[7; 1000]).unwrap();
    let sits = |name: &str| village.uplink("home", name)["devices"] == 1;
    let (used, other) = if sits("via_one") {
        ("one", "two")
    } else {
        ("two", "one")
    };
    // A connection of the other gateway's own home, on its own line.
    let mut bystander = village.connect(&format!("laptop-{other}")).unwrap();
    bystander.write_all(&[7; 1000]).unwrap();
    let provider = if used == "one" { "isp1" } else { "isp2" };
    silence(&village, provider);
    village.wait_used("home", &[&format!("via_{other}")]);
    let row = village.uplink("home", &format!("via_{used}"));
    // Its own probes have found it, or the gateway has said so: whoever was first.
    assert_eq!(row["state"], "down", "{row}");
    assert!(village.upload("laptop-home", 100_000));
    bystander.write_all(&[7; 1000]).unwrap();
    assert_eq!(told(bystander), Some(2000));
    // Drained by its owner, the other one takes nothing new either; with nobody else left it stays.
    village.mesh.script(provider, "nft delete table inet dead");
    village.wait_used("home", &["via_one", "via_two"]);
    let isp = if other == "one" { "isp1" } else { "isp2" };
    village.call(other, "drain", &json!({ "uplink": isp }));
    village.wait_used("home", &[&format!("via_{used}")]);
    let row = village.uplink("home", &format!("via_{other}"));
    assert_eq!(row["state"], "drained", "{row}");
}

#[test]
fn a_full_size_upload_gets_through_with_all_icmp_dropped() {
    let village = Village::up("icmp", CHAIN);
    village.serve();
    drop_icmp(
        &village,
        &["gate", "mid", "far", "laptop-far", "dsl", "internet"],
    );
    village.wait_used("far", &["via_gate"]);
    assert!(village.upload("laptop-far", 2_000_000));
}

/// No node hears or says that a packet was too large.
fn drop_icmp(village: &Village, nodes: &[&str]) {
    for node in nodes {
        village.mesh.script(node, DEAF);
    }
}

#[test]
fn nobody_is_billed_for_anothers_packets_and_only_members_get_out() {
    // Far's router is not known to the gateway as a member.
    let village = Village::up_with(
        "trust",
        "router gate mid far; link gate mid; link mid far; uplink gate name dsl; laptop all",
        |router, config| {
            if router != "gate" {
                return config;
            }
            let far = "config member 'far'";
            config[..config.find(far).unwrap()].to_owned()
                + &config[config.find("config probe").unwrap()..]
        },
    );
    village.serve();
    village.wait_used("mid", &["via_gate"]);
    assert!(village.upload("laptop-mid", 100_000));
    // Mid's laptop takes an address of the gateway's home, then one of far's.
    let before = village.bytes("gate", "gate", "dsl");
    for address in ["10.42.1.77", "10.42.3.77"] {
        let take = format!(
            "ip addr add {address}/32 dev eth0; ping -n -c 3 -i 0.2 -W 1 -I {address} {INTERNET_V4}; true"
        );
        village.mesh.script("laptop-mid", &take);
    }
    let dropped = village.dropped("gate", "grange_tunnel", "comment \"mid\"");
    assert!(dropped >= 3, "{dropped}");
    assert_eq!(village.bytes("gate", "gate", "dsl"), before);
    assert_eq!(village.bytes("gate", "far", "dsl"), 0);
    // Far is no member: neither through a tunnel nor through the mesh.
    assert_eq!(village.used("far"), json!([]));
    assert!(!village.mesh.answers("laptop-far", &INTERNET_V4.to_string()));
    village.mesh.script(
        "far",
        &format!("ping -n -c 2 -i 0.2 -W 1 -I 10.42.3.1 {INTERNET_V4}; true"),
    );
    // A laptop that speaks to the gateway as a router would is not heard.
    let gate = IpAddr::from(RouterAddresses::new(0).mesh_v6());
    let laptop = village.mesh.lab.namespace("laptop-mid").unwrap();
    laptop
        .enter(|| {
            let socket = std::net::UdpSocket::bind("[::]:0").unwrap();
            for port in [6697, 6698] {
                socket.send_to(&[7; 100], (gate, port)).unwrap();
            }
        })
        .unwrap();
    village.mesh.wait("mid drops them", || {
        village.dropped("mid", "grange_tunnel", "udp dport") >= 2
    });
}

#[test]
fn the_default_route_goes_when_the_last_line_dies_or_nobody_watches_it() {
    let village = Village::up("lease", CHAIN);
    village.wait_used("far", &["via_gate"]);
    village.wait_default("far", true);
    silence(&village, "dsl");
    village.wait_default("far", false);
    village.mesh.script("dsl", "nft delete table inet dead");
    village.wait_default("far", true);
    village.end("gate", Signal::SIGKILL);
    village.wait_default("far", false);
    village.start("gate");
    village.wait_default("far", true);
}

#[test]
fn ones_own_line_goes_first_and_neighbours_take_over_when_it_dies() {
    let village = Village::up("own", CHAIN);
    village.serve();
    village.wait_used("mid", &["own"]);
    village.mesh.wait("the neighbour's is known to work", || {
        village.uplink("mid", "via_gate")["state"] == "up"
    });
    silence(&village, "own");
    village.wait_used("mid", &["via_gate"]);
    assert!(village.upload("laptop-mid", 100_000));
    village.mesh.script("own", "nft delete table inet dead");
    village.wait_used("mid", &["own"]);
}

#[test]
fn restarts_of_the_balancers_at_both_ends_break_no_connection() {
    let village = Village::up("restart", CHAIN);
    village.serve();
    village.wait_used("far", &["via_gate"]);
    let mut stream = village.connect("laptop-far").unwrap();
    let part = vec![7; 200_000];
    for router in ["far", "gate"] {
        stream.write_all(&part).unwrap();
        village.end(router, Signal::SIGKILL);
        stream.write_all(&part).unwrap();
        village.start(router);
        village.wait_used("far", &["via_gate"]);
    }
    stream.write_all(&part).unwrap();
    assert_eq!(told(stream), Some(1_000_000));
    // The bytes are there as well.
    let far = village.bytes("gate", "far", "dsl");
    assert!((1_000_000..1_200_000).contains(&far), "{far}");
}

#[test]
fn a_gateway_gives_what_its_owner_gives_in_a_month_and_no_more() {
    let village = Village::up_with("cap", CHAIN, |router, config| {
        if router == "gate" {
            config + "config share\n\toption cap '1M'\n"
        } else {
            config
        }
    });
    village.serve();
    village.wait_used("far", &["via_gate"]);
    assert!(village.upload("laptop-far", 1_500_000));
    // Counting is what finds it out; it does so each minute anyway.
    village.call("gate", "usage", &json!({}));
    village.wait_used("far", &[]);
    assert_eq!(village.uplink("far", "via_gate")["state"], "capped");
    assert!(!village.upload("laptop-far", 10));
    assert!(
        village.upload("laptop-gate", 10_000),
        "the owner's home goes on"
    );
}

#[test]
fn the_bill_shows_that_both_ends_have_counted_the_same() {
    let village = Village::up("bill", CHAIN);
    village.serve();
    village.wait_used("far", &["via_gate"]);
    // Both ends have met, so that nothing is missed from here on.
    let tunnel = |member: &str| {
        let bill = village.call("gate", "bill", &json!({}));
        let rows = bill["tunnels"].as_array().unwrap().clone();
        let row = rows.iter().find(|row| row["member"] == member);
        row.unwrap_or_else(|| panic!("no {member} in {bill}"))
            .clone()
    };
    village.mesh.wait("far's router tells what it counts", || {
        tunnel("far")["bytes_claimed"].as_u64() > Some(0)
    });
    assert!(village.upload("laptop-far", 20_000_000));
    village.mesh.wait("both ends agree", || {
        let row = tunnel("far");
        row["bytes_claimed"].as_u64() > Some(20_000_000) && row["differs"] == false
    });
    let row = tunnel("far");
    assert_eq!(row["authenticated"], false, "vxlan proves nothing");
    let bill = village.call("gate", "bill", &json!({}));
    let transfers = bill["transfers"].as_array().unwrap();
    let far = transfers.iter().find(|transfer| transfer["from"] == "far");
    let far = far.unwrap();
    assert_eq!(far["to"], "gate", "{bill}");
    // A home without a line of its own sees the same, by word of the gateway.
    village.mesh.wait("far knows what it owes", || {
        let bill = village.call("far", "bill", &json!({}));
        let row = &bill["gateways"][0];
        row["owner"] == "gate"
            && row["balance_cents"].as_i64() == far["cents"].as_i64().map(|it| -it)
    });
}

/// An hour of the day from now, UTC, such as `14:05`.
fn clock(hours: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let minute = (now.unwrap().as_secs() / 60 + hours * 60) % (24 * 60);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[test]
fn a_line_is_shared_within_its_hours_alone() {
    let hours = |from, to| {
        format!(
            "config share\n\tlist hours '{}-{}'\n",
            clock(from),
            clock(to)
        )
    };
    // Two hours from now on, and from an hour ago until two hours from now.
    let (later, present) = (hours(2, 4), hours(23, 2));
    let village = Village::up_with("hours", CHAIN, |router, config| {
        if router == "gate" {
            config + &present
        } else {
            config
        }
    });
    village.serve();
    village.wait_used("far", &["via_gate"]);
    village.wait_default("far", true);
    let mut stream = village.connect("laptop-far").unwrap();
    stream.write_all(&[7; 1000]).unwrap();
    let path = balancer::config_file(&village.mesh.files("gate"));
    let within = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, within.replace(&present, &later)).unwrap();
    village.call("gate", "reload", &json!({}));
    village.wait_used("far", &[]);
    assert_eq!(village.uplink("far", "via_gate")["state"], "drained");
    village.wait_default("far", false);
    assert!(!village.upload("laptop-far", 10), "new ones are refused");
    assert!(village.upload("laptop-gate", 10_000), "the owner goes on");
    stream.write_all(&[7; 1000]).unwrap();
    assert_eq!(told(stream), Some(2000), "what was there goes on");
    std::fs::write(&path, within).unwrap();
    village.call("gate", "reload", &json!({}));
    village.wait_used("far", &["via_gate"]);
    village.wait_default("far", true);
}
