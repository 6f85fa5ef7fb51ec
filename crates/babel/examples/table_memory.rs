//! Prints how much memory and time routes take in the core: a router between two neighbours learns
//! 1,000, 10,000 and 100,000 routes from one and announces them to the other.
//!
//!     cargo run --release -p grange-babel --example table_memory

#![allow(unsafe_code, reason = "the allocator that counts")]
#![expect(clippy::print_stdout, clippy::disallowed_macros, reason = "it prints")]
#![expect(clippy::expect_used, reason = "the network it builds is sound")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::filter::Filters;
use grange_babel::limits::Limits;
use grange_babel::link::{InterfaceConfig, InterfaceId, LinkAddresses, LinkKind};
use grange_babel::metric::Metric;
use grange_babel::output::Output;
use grange_babel::prefix::Prefix;
use grange_babel::router::{BABEL_GROUP, BABEL_PORT, Datagram, Router, RouterConfig};
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;

struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(used, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Router `n` of a chain of three; its links are 2n-1 to the left and 2n to the right.
struct Chain {
    routers: Vec<Router>,
    now: Instant,
    /// Memory and time spent in the middle router.
    middle: Spent,
}

#[derive(Clone, Copy, Default)]
struct Spent {
    bytes: isize,
    time: Duration,
}

fn address(router: usize, link: usize) -> core::net::Ipv6Addr {
    let octets = u16::try_from(router * 16 + link).expect("small");
    core::net::Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, octets + 1)
}

/// The processor time of this thread (proc(5), schedstat): others use the machine as well.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanos = text
        .split_ascii_whitespace()
        .next()
        .and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.expect("a number"))
}

impl Chain {
    fn new(limits: Limits) -> Self {
        let now = Instant::from_micros(1);
        let mut routers = Vec::new();
        for n in 0..3_u8 {
            let config = RouterConfig {
                router_id: RouterId::new([2, 0, 0, 0, 0, 0, 0, n + 1]),
                seqno: Seqno(1),
                filters: Filters::default(),
                limits,
                smoothing_half_life: Duration::from_secs(4),
                entropy: [0; 32],
                seed: u64::from(n),
            };
            let mut router = Router::new(config, now);
            for link in 0..2_usize {
                let is_there = usize::from(n) + link;
                if is_there == 0 || is_there == 3 {
                    continue;
                }
                let addresses = LinkAddresses {
                    link_local: address(n.into(), link),
                    ipv4: Some([10, 0, n, 1].into()),
                    mtu: 1500,
                };
                let id = InterfaceId(u32::try_from(link).expect("small"));
                let config = InterfaceConfig::new("mesh", LinkKind::Wired);
                let up = router.handle_interface_up(id, config, addresses, Seqno(1), now);
                up.expect("there is room");
            }
            routers.push(router);
        }
        Self {
            routers,
            now,
            middle: Spent::default(),
        }
    }

    /// Does something with a router, and weighs it when it is the middle one.
    fn with(&mut self, n: usize, act: impl FnOnce(&mut Router)) {
        let (before, begin) = (USED.load(Ordering::Relaxed), cpu_time());
        act(self.routers.get_mut(n).expect("three"));
        if n == 1 {
            let after = USED.load(Ordering::Relaxed);
            self.middle.bytes += after.cast_signed() - before.cast_signed();
            self.middle.time += cpu_time().saturating_sub(begin);
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        let mut packets = VecDeque::new();
        loop {
            for n in 0..3 {
                let now = self.now;
                self.with(n, |router| {
                    if router.poll_timeout().is_some_and(|at| at <= now) {
                        router.handle_timeout(now);
                    }
                    while let Some(output) = router.poll_output() {
                        if let Output::Transmit {
                            interface, payload, ..
                        } = output
                        {
                            packets.push_back((n, interface.0, payload));
                        }
                    }
                });
            }
            // Half the packets' memory belongs to the wire; it is freed before we look.
            while let Some((n, link, payload)) = packets.pop_front() {
                let (to, at) = if link == 0 { (n - 1, 1) } else { (n + 1, 0) };
                let source = address(n, usize::try_from(link).expect("small"));
                let now = self.now;
                let datagram = Datagram {
                    interface: InterfaceId(at),
                    source: std::net::SocketAddrV6::new(source, BABEL_PORT, 0, 0),
                    destination: BABEL_GROUP,
                    payload: &payload,
                };
                self.with(to, |router| router.handle_packet(datagram, now));
                if n == 1 {
                    self.middle.bytes -= payload.capacity().cast_signed();
                }
            }
            let next = self.routers.iter().filter_map(Router::poll_timeout).min();
            let soon = self.now + Duration::from_micros(100);
            self.now = next.unwrap_or(end).max(soon);
            if self.now >= end {
                self.now = end;
                return;
            }
        }
    }
}

fn main() {
    println!(
        "routes  octets a route  microseconds a route to learn and announce  a full minute later"
    );
    for count in [1_000_u32, 10_000, 100_000] {
        let limits = Limits {
            origins: 100_000,
            ..Limits::default()
        };
        let mut chain = Chain::new(limits);
        chain.run(Duration::from_secs(10));
        let before = chain.middle;
        let now = chain.now;
        for n in 0..count {
            let prefix = Prefix::v4(core::net::Ipv4Addr::from_bits(0x0A00_0000 + n), 32);
            let prefix = prefix.expect("a host");
            let originated = chain.routers[0].handle_originate(prefix, Metric::ZERO, now);
            originated.expect("there is room");
        }
        let mut seconds = 0;
        while chain.routers[2].route_count() < count as usize {
            chain.run(Duration::from_secs(1));
            seconds += 1;
        }
        chain.run(Duration::from_secs(5));
        let loaded = chain.middle;
        assert_eq!(chain.routers[1].route_count(), count as usize);
        chain.run(Duration::from_mins(1));
        let later = chain.middle;
        let each = |bytes: isize| bytes / isize::try_from(count).expect("small");
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count);
        println!(
            "{count:6}  {:14}  {:43.2}  {:.2} ({} octets a route); far end after {seconds} s",
            each(loaded.bytes - before.bytes),
            micros(loaded.time.saturating_sub(before.time)),
            micros(later.time.saturating_sub(loaded.time)),
            each(later.bytes - before.bytes),
        );
    }
}
