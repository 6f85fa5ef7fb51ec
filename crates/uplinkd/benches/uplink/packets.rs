//! What the router's kernel does for a packet: plain masquerade beside balancing and counting for a hundred members.
//!
//! One thread sends, and the kernel carries each packet through all namespaces within that call; the thread's processor time
//! is taken. What sending alone takes is measured with packets that are dropped as they enter the router.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::eight::members;
use crate::median_and_worst;
use crate::town::Town;

const MEMBERS: u8 = 100;
/// Packets each way in a run.
const PACKETS: u32 = 100_000;
const SERVER: (Ipv4Addr, u16) = (Ipv4Addr::new(203, 0, 113, 1), 7000);

/// A home whose members have a connection each.
struct Home {
    town: Town,
    members: Vec<UdpSocket>,
    /// For each member, the provider's socket and the address that it sees.
    far: Vec<(usize, SocketAddr)>,
    servers: Vec<UdpSocket>,
}

/// Runs of both kinds take turns.
pub(crate) fn measure(runs: usize) {
    let plain = Home::new(None);
    let ours = Home::new(Some([1, 1]));
    let mut ratios = Vec::new();
    let (mut plain_ns, mut our_ns, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    plain.cost();
    ours.cost();
    for run in 0..runs {
        let floor = plain.floor();
        let (without, with) = if run % 2 == 0 {
            let without = plain.cost();
            (without, ours.cost())
        } else {
            let with = ours.cost();
            (plain.cost(), with)
        };
        floors.push(floor);
        plain_ns.push(without - floor);
        our_ns.push(with - floor);
        ratios.push((with - floor) / (without - floor));
    }
    let line = |name: &str, figures: &mut [f64], unit: &str, digits: usize| {
        let (median, worst) = median_and_worst(figures);
        println!("| {name} | {median:.digits$}{unit} | {worst:.digits$}{unit} | {runs} |");
    };
    line("CPU a packet, plain masquerade", &mut plain_ns, " ns", 0);
    line(
        "CPU a packet, balanced and counted, 100 members",
        &mut our_ns,
        " ns",
        0,
    );
    line("the second to the first, of each run", &mut ratios, "", 3);
    line(
        "beside it, for sending alone (taken off above)",
        &mut floors,
        " ns",
        0,
    );
}

/// Where the difference comes from: the daemon is stopped, and what it has put into the kernel is taken out piece by piece.
pub(crate) fn parts(runs: usize) {
    let plain = Home::new(None);
    let ours = Home::new(Some([1, 0]));
    ours.town.signal(Signal::SIGSTOP);
    let steps = [
        ("everything", ""),
        ("without counting", "nft delete table inet grange_account"),
        ("without marks", "nft delete table inet grange_uplink"),
        (
            "without policy rules",
            "ip rule | cut -d: -f1 | grep '^[1-3]...$' | while read n; do ip rule del pref $n; done",
        ),
    ];
    for (name, script) in steps {
        ours.town.run(script);
        let mut figures = Vec::new();
        ours.cost();
        for _ in 0..runs {
            let without = plain.cost();
            figures.push(ours.cost() - without);
        }
        let (median, worst) = median_and_worst(&mut figures);
        println!(
            "| CPU a packet beyond plain masquerade, {name} | {median:.0} ns | {worst:.0} ns | {runs} |"
        );
    }
    ours.town.signal(Signal::SIGCONT);
}

impl Home {
    fn new(weights: Option<[u32; 2]>) -> Self {
        let mut town = Town::new(2, 1);
        town.give_addresses(1, MEMBERS);
        if let Some(weights) = weights {
            let used = if weights[1] > 0 {
                &["wan1", "wan2"][..]
            } else {
                &["wan1"]
            };
            town.start_with(&town.config(&weights, &members()), used);
        }
        let servers: Vec<UdpSocket> = (1..=2)
            .map(|isp| town.in_isp(isp, || UdpSocket::bind(SERVER).unwrap()))
            .collect();
        let members: Vec<UdpSocket> = (101..=100 + MEMBERS)
            .map(|last| {
                town.at_laptop(1, || {
                    let own = (Ipv4Addr::new(192, 168, 1, last), 20_000 + u16::from(last));
                    let socket = UdpSocket::bind(own).unwrap();
                    socket.connect(SERVER).unwrap();
                    socket
                })
            })
            .collect();
        for socket in members.iter().chain(&servers) {
            socket.set_nonblocking(true).unwrap();
        }
        let mut home = Self {
            town,
            members,
            far: Vec::new(),
            servers,
        };
        home.far = home
            .members
            .iter()
            .map(|member| home.meet(member))
            .collect();
        home
    }

    /// A connection's first packets, both ways.
    fn meet(&self, member: &UdpSocket) -> (usize, SocketAddr) {
        let mut buffer = [0; 64];
        for _ in 0..100 {
            // Neighbours have to be found first, which may lose one.
            let _ = member.send(b"hello");
            thread::sleep(Duration::from_millis(5));
            for (place, server) in self.servers.iter().enumerate() {
                if let Ok((_, from)) = server.recv_from(&mut buffer) {
                    server.send_to(b"hello", from).unwrap();
                    thread::sleep(Duration::from_millis(5));
                    if member.recv(&mut buffer).is_ok() {
                        return (place, from);
                    }
                }
            }
        }
        panic!("a member has no connection");
    }

    /// Nanoseconds a packet, both ways.
    fn cost(&self) -> f64 {
        let mut buffer = [0; 256];
        for socket in self.members.iter().chain(&self.servers) {
            while socket.recv(&mut buffer).is_ok() {}
        }
        let start = cpu();
        for turn in 0..PACKETS {
            let place = turn as usize % self.members.len();
            send(self.members[place].send(&buffer[..100]));
            let (server, peer) = self.far[place];
            send(self.servers[server].send_to(&buffer[..100], peer));
        }
        let time = cpu() - start;
        time / (2.0 * f64::from(PACKETS))
    }

    /// The same while the router drops every packet as it comes in.
    fn floor(&self) -> f64 {
        let hooks: Vec<String> = ["lan1", "wan1", "wan2"]
            .iter()
            .map(|device| {
                format!(
                    "chain {device} {{ type filter hook ingress device {device} priority -500; policy drop; }}\n"
                )
            })
            .collect();
        self.town
            .nft(&format!("table netdev floor {{ {} }}", hooks.concat()));
        let cost = self.cost();
        self.town.nft("delete table netdev floor");
        cost
    }
}

/// A full queue at the receiver is nothing: nobody reads.
fn send(result: std::io::Result<usize>) {
    if let Err(error) = result {
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
    }
}

/// Nanoseconds of this thread's processor time, the kernel's part with it.
fn cpu() -> f64 {
    // The scheduler brings its count up to date.
    thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}
