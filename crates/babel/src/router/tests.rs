use core::net::{Ipv6Addr, SocketAddrV6};
use core::time::Duration;

use super::*;
use crate::clock::Instant;
use crate::filter::Filters;
use crate::limits::Limits;
use crate::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use crate::metric::Metric;
use crate::output::{Destination, FibChange, Output, Twin};
use crate::prefix::Prefix;
use crate::router_id::RouterId;
use crate::seqno::Seqno;
use crate::wire::{Interval, PacketReader, PacketWriter, Tlv, Update};

/// Two routers on a wire that loses nothing and takes a millisecond.
struct Pair {
    routers: [Router; 2],
    now: Instant,
    fib: [Vec<FibChange>; 2],
    carries: bool,
    packets: [usize; 2],
    twins: [Vec<Twin>; 2],
}

const LINK: InterfaceId = InterfaceId(1);

fn address(n: usize) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::try_from(n + 1).unwrap())
}

fn router(n: usize) -> Router {
    let config = RouterConfig {
        router_id: RouterId::new([2, 0, 0, 0, 0, 0, 0, u8::try_from(n + 1).unwrap()]),
        seqno: Seqno(0),
        filters: Filters::default(),
        limits: Limits::default(),
        smoothing_half_life: Duration::from_secs(4),
        seed: u64::try_from(n).unwrap(),
        entropy: [u8::try_from(n).unwrap(); 32],
    };
    Router::new(config, Instant::default())
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self {
            routers: [router(0), router(1)],
            now: Instant::default(),
            fib: [Vec::new(), Vec::new()],
            carries: true,
            packets: [0; 2],
            twins: [Vec::new(), Vec::new()],
        };
        for n in 0..2 {
            pair.up(n);
        }
        pair
    }

    fn up(&mut self, n: usize) {
        let link = LinkAddresses {
            link_local: address(n),
            ipv4: Some([10, 0, 0, u8::try_from(n + 1).unwrap()].into()),
            mtu: 1500,
        };
        let config = InterfaceConfig::new("mesh0", LinkKind::Wired);
        self.routers[n]
            .handle_interface_up(LINK, config, link, Seqno(0), self.now)
            .unwrap();
        self.drain(n);
    }

    fn drain(&mut self, n: usize) {
        while let Some(output) = self.routers[n].poll_output() {
            match output {
                Output::Fib(change) => self.fib[n].push(change),
                Output::DuplicateRouterId(twin) => self.twins[n].push(twin),
                Output::Transmit {
                    destination,
                    payload,
                    ..
                } if self.carries => {
                    self.packets[n] += 1;
                    let datagram = Datagram {
                        interface: LINK,
                        source: SocketAddrV6::new(address(n), BABEL_PORT, 0, 1),
                        destination: match destination {
                            Destination::Multicast => BABEL_GROUP,
                            Destination::Unicast(address) => address,
                        },
                        payload: &payload,
                    };
                    let now = self.now + Duration::from_millis(1);
                    self.routers[1 - n].handle_packet(datagram, now);
                    self.drain(1 - n);
                }
                _ => {}
            }
        }
    }

    /// What comes to router 0 from router 1, whatever that one knows of it.
    fn forge(&mut self, updates: impl IntoIterator<Item = Update>) {
        let mut writer = PacketWriter::new(1400, address(1));
        for update in updates {
            writer.push(&Tlv::Update(update)).unwrap();
        }
        let datagram = Datagram {
            interface: LINK,
            source: SocketAddrV6::new(address(1), BABEL_PORT, 0, 1),
            destination: BABEL_GROUP,
            payload: &writer.finish(),
        };
        self.routers[0].handle_packet(datagram, self.now);
    }

    fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let next = (0..2)
                .filter_map(|n| Some((self.routers[n].poll_timeout()?, n)))
                .min();
            let Some((at, n)) = next.filter(|(at, _)| *at <= end) else {
                break;
            };
            self.now = self.now.max(at);
            self.routers[n].handle_timeout(self.now);
            self.drain(n);
        }
        self.now = end;
    }
}

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

#[test]
fn two_routers_exchange_routes_without_waiting_for_a_hello_interval() {
    let mut pair = Pair::new();
    for text in ["10.1.0.0/16", "fd00:1::/32", "0.0.0.0/0"] {
        pair.routers[0]
            .handle_originate(prefix(text), Metric::ZERO, pair.now)
            .unwrap();
    }
    pair.run(Duration::from_millis(400));
    let mut routes: Vec<String> = pair.routers[1]
        .routes(pair.now)
        .filter(|route| route.installed)
        .map(|route| format!("{} {}", route.prefix, route.metric))
        .collect();
    routes.sort();
    assert_eq!(routes, ["0.0.0.0/0 96", "10.1.0.0/16 96", "fd00:1::/32 96"]);
}

#[test]
fn a_withdrawn_prefix_is_gone_at_the_neighbour_and_its_hold_ends_with_the_acknowledgement() {
    let mut pair = Pair::new();
    let p = prefix("10.1.0.0/16");
    pair.routers[0]
        .handle_originate(p, Metric::ZERO, pair.now)
        .unwrap();
    pair.run(Duration::from_secs(1));
    pair.routers[0].handle_withdraw(p, pair.now);
    pair.run(Duration::from_millis(300));
    assert_eq!(pair.routers[1].routes(pair.now).count(), 0);
    // Said and acknowledged twice, half a second apart.
    pair.run(Duration::from_secs(2));
    assert_eq!(
        pair.fib[0],
        [
            FibChange::Unreachable { prefix: p },
            FibChange::Remove { prefix: p }
        ]
    );
}

#[test]
fn an_idle_pair_stays_quiet() {
    let mut pair = Pair::new();
    pair.run(Duration::from_mins(1));
    let before = pair.packets;
    pair.run(Duration::from_mins(10));
    for (sent, before) in pair.packets.iter().zip(before) {
        // A Hello every 3.5 to 4 s, and nothing else without routes.
        let sent = sent - before;
        assert!((145..=180).contains(&sent), "{sent}");
    }
}

#[test]
fn a_silent_link_is_given_up_soon_after_the_first_late_hello() {
    let mut pair = Pair::new();
    pair.routers[0]
        .handle_originate(Prefix::DEFAULT_V6, Metric::ZERO, pair.now)
        .unwrap();
    pair.run(Duration::from_secs(20));
    pair.carries = false;
    pair.run(Duration::from_secs(5));
    assert_eq!(
        pair.routers[1]
            .routes(pair.now)
            .filter(|route| route.selected)
            .count(),
        0
    );
    assert_eq!(pair.routers[1].counters().probes_failed, 1);
    pair.carries = true;
    pair.run(Duration::from_secs(5));
    assert_eq!(
        pair.routers[1]
            .routes(pair.now)
            .filter(|route| route.selected)
            .count(),
        1
    );
}

#[test]
fn a_newcomer_hears_our_hello_before_our_routes() {
    for seed in 0..50 {
        let mut old = router(seed);
        let link = LinkAddresses {
            link_local: address(0),
            ipv4: None,
            mtu: 1500,
        };
        let config = InterfaceConfig::new("mesh0", LinkKind::Wired);
        let start = Instant::default();
        old.handle_interface_up(LINK, config, link, Seqno(0), start)
            .unwrap();
        old.handle_originate(prefix("fd00::/64"), Metric::ZERO, start)
            .unwrap();
        // Long after its own start a stranger says Hello and asks for everything at once.
        let mut now = start;
        while let Some(at) = old.poll_timeout().filter(|at| at.as_micros() < 60_000_000) {
            now = now.max(at);
            old.handle_timeout(now);
            while old.poll_output().is_some() {}
        }
        let mut writer = PacketWriter::new(1400, address(1));
        let hello = Tlv::Hello {
            unicast: false,
            seqno: Seqno(9),
            interval: Interval::from_centis(400),
            timestamp: None,
        };
        writer.push(&hello).unwrap();
        writer.push(&Tlv::RouteRequest { prefix: None }).unwrap();
        let datagram = Datagram {
            interface: LINK,
            source: SocketAddrV6::new(address(1), BABEL_PORT, 0, 1),
            destination: BABEL_GROUP,
            payload: &writer.finish(),
        };
        old.handle_packet(datagram, now);
        let mut said = Vec::new();
        while !said.contains(&"routes") {
            now = now.max(old.poll_timeout().unwrap());
            old.handle_timeout(now);
            while let Some(output) = old.poll_output() {
                let Output::Transmit { payload, .. } = output else {
                    continue;
                };
                let reader = PacketReader::new(&payload, address(0).into()).unwrap();
                said.extend(reader.flatten().filter_map(|tlv| match tlv {
                    Tlv::Hello { .. } => Some("hello"),
                    Tlv::Update(_) => Some("routes"),
                    _ => None,
                }));
            }
        }
        assert_eq!(said.first(), Some(&"hello"), "seed {seed}");
    }
}

#[test]
fn a_neighbour_with_our_router_id_is_named_once_a_minute_and_only_after_leftovers_are_gone() {
    let mut pair = Pair::new();
    let twin = pair.routers[0].router_id();
    pair.routers[1].handle_router_id(twin, pair.now);
    let theirs = prefix("10.2.0.0/16");
    pair.routers[1]
        .handle_originate(theirs, Metric::ZERO, pair.now)
        .unwrap();
    // What somebody announced under our name before we started may be about for three minutes.
    pair.run(Duration::from_secs(179));
    assert_eq!(pair.twins[0], []);
    assert!(pair.routers[0].counters().own_updates > 0);
    pair.run(Duration::from_secs(301));
    let told = &pair.twins[0];
    assert!((3..=5).contains(&told.len()), "{told:?}");
    let expected = Twin {
        router_id: twin,
        interface: LINK,
        address: address(1),
        prefix: theirs,
    };
    assert!(told.iter().all(|told| *told == expected), "{told:?}");
    // The other one hears nothing of us, and has nothing to say.
    assert_eq!(pair.twins[1], []);

    pair.routers[0].handle_router_id(RouterId::new([9; 8]), pair.now);
    pair.drain(0);
    pair.twins = [Vec::new(), Vec::new()];
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.routers[0].routes(pair.now).count(), 1);
    pair.run(Duration::from_mins(10));
    assert_eq!(pair.twins, [Vec::new(), Vec::new()]);
}

#[test]
fn our_own_announcements_coming_back_are_not_taken_for_another_router() {
    // Without split horizon a neighbour says everything back to us.
    let mut pair = Pair::new();
    let ours = prefix("10.1.0.0/16");
    pair.routers[0]
        .handle_originate(ours, Metric::ZERO, pair.now)
        .unwrap();
    let echo = |pair: &mut Pair, seqno: Seqno, metric: u16| {
        pair.forge([Update {
            prefix: ours,
            router_id: pair.routers[0].router_id(),
            seqno,
            metric: Metric::new(metric),
            interval: Interval::from_centis(1600),
            next_hop: [10, 0, 0, 2].into(),
        }]);
        pair.drain(0);
    };
    pair.run(Duration::from_mins(4));
    let seqno = pair.routers[0].seqno();
    for _ in 0..10 {
        pair.run(Duration::from_secs(10));
        echo(&mut pair, seqno, 96);
        echo(&mut pair, seqno.minus(3), 0);
    }
    // Nor when it is withdrawn, for as long as anybody can remember it.
    pair.routers[0].handle_withdraw(ours, pair.now);
    for _ in 0..10 {
        pair.run(Duration::from_secs(10));
        echo(&mut pair, seqno, 96);
    }
    assert_eq!(pair.twins[0], []);
    // A seqno that we never sent is somebody else's.
    for later in 1..4 {
        echo(&mut pair, seqno.plus(later), 96);
        pair.run(Duration::from_secs(10));
    }
    assert_eq!(pair.twins[0].len(), 1);
    assert!(pair.routers[0].seqno().is_at_least(seqno.plus(3)));
}

#[test]
fn a_full_update_names_each_router_once() {
    let mut pair = Pair::new();
    let loud = InterfaceConfig {
        split_horizon: Some(false),
        hello_interval: Duration::from_secs(1),
        update_interval: Duration::from_secs(1),
        ..InterfaceConfig::new("mesh0", LinkKind::Wired)
    };
    let link = LinkAddresses {
        link_local: address(0),
        ipv4: Some([10, 0, 0, 1].into()),
        mtu: 1500,
    };
    pair.routers[0]
        .handle_interface_up(LINK, loud, link, Seqno(0), pair.now)
        .unwrap();
    pair.run(Duration::from_secs(2));
    let homes = ["10.9.1.0/24", "10.9.2.0/24", "fd00:1::/64", "fd00:2::/64"];
    let updates = homes.into_iter().zip([7, 8, 7, 8]);
    pair.forge(updates.map(|(home, router)| Update {
        prefix: prefix(home),
        router_id: RouterId::new([router; 8]),
        seqno: Seqno(1),
        metric: Metric::ZERO,
        interval: Interval::from_centis(1600),
        next_hop: if home.contains(':') {
            address(1).into()
        } else {
            [10, 0, 0, 2].into()
        },
    }));
    let (router, mut now) = (&mut pair.routers[0], pair.now);
    let mut full = None;
    while full.is_none() {
        now = now.max(router.poll_timeout().unwrap());
        router.handle_timeout(now);
        while let Some(output) = router.poll_output() {
            let Output::Transmit { payload, .. } = output else {
                continue;
            };
            let reader = PacketReader::new(&payload, address(0).into()).unwrap();
            let tlvs: Vec<Tlv> = reader.flatten().collect();
            let updates = tlvs.iter().filter(|tlv| matches!(tlv, Tlv::Update(_)));
            // The triggered update is acknowledged, the full one is not.
            let is_urgent = tlvs.iter().any(|tlv| matches!(tlv, Tlv::AckRequest { .. }));
            if updates.count() == homes.len() && !is_urgent {
                full = Some(payload);
            }
        }
    }
    let payload = full.unwrap();
    let (mut names, mut at) = (0, 4);
    while let Some([kind, length]) = payload.get(at..at + 2) {
        // RFC 8966 §4.6.7: Router-Id, type 6
        names += usize::from(*kind == 6);
        at += 2 + usize::from(*length);
    }
    assert_eq!(names, 2, "{payload:02x?}");
}
