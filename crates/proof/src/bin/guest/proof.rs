//! What is shown and measured.

use std::fs;
use std::io;
use std::net::UdpSocket;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::daemon::Daemon;
use crate::namespace::Namespace;
use crate::netlink::Netlink;
use crate::router::Router;
use crate::shaping;

/// Emulated machines are slow, and a wait that fails is a finding: far more than is ever needed.
const PATIENCE: Duration = Duration::from_mins(3);
const ROUTES: u16 = 1000;
/// Over how long the idle daemon's processor time is counted.
const IDLE: Duration = Duration::from_mins(1);

/// A ring of four routers: r1 reaches r3 by r2 or by r4.
const RING: [(u8, u8); 4] = [(1, 2), (2, 3), (3, 4), (4, 1)];

pub(crate) fn run(programs: &Path, golden: &Path, work: &Path) -> io::Result<()> {
    about()?;
    features()?;
    for name in ["grange-routed", "grange-uplinkd"] {
        let version = output(Command::new(programs.join(name)).arg("--version"))?;
        println!("guest: {}", version.trim());
    }
    println!(
        "guest: {}",
        output(Command::new(programs.join("vectors")).arg(golden))?.trim()
    );

    let mut routers = Vec::new();
    for number in 1..=4 {
        routers.push(Router::new(number)?);
    }
    let result = neighbourhood(&mut routers, programs, work);
    if result.is_err() {
        for router in &routers {
            let log = router.daemon().map(Daemon::log).unwrap_or_default();
            println!("guest: the log of r{}:\n{log}", router.number);
        }
    }
    result?;
    drop(routers);
    balancer(programs, work)?;
    shaping::run(programs, work)?;
    for how in ["index", "divide", "abort"] {
        crash(&programs.join("crash"), how)?;
    }
    Ok(())
}

/// What else this kernel could be used for.
fn features() -> io::Result<()> {
    let (has, lacks) = Namespace::new()?.run(|| {
        let netlink = Netlink::open()?;
        let links = ["wireguard", "vxlan", "ifb", "dummy", "batadv"]
            .map(|kind| (kind, netlink.add_link(kind), nix::libc::EOPNOTSUPP));
        let qdiscs = ["cake", "fq_codel", "netem"]
            .map(|kind| (kind, netlink.add_qdisc(kind), nix::libc::ENOENT));
        let mut has = Vec::new();
        let mut lacks = Vec::new();
        for (kind, made, unknown) in links.into_iter().chain(qdiscs) {
            match made {
                Err(error) if error.raw_os_error() == Some(unknown) => lacks.push(kind),
                _ => has.push(kind),
            }
        }
        Ok((has.join(" "), lacks.join(" ")))
    })?;
    println!("guest: the kernel has {has}; lacks {lacks}");
    Ok(())
}

fn about() -> io::Result<()> {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    println!(
        "guest: {} {}-endian, Linux {}",
        std::env::consts::ARCH,
        if cfg!(target_endian = "big") {
            "big"
        } else {
            "little"
        },
        kernel.trim()
    );
    for line in fs::read_to_string("/proc/cpuinfo")?.lines() {
        if line.starts_with("cpu model") || line.starts_with("model name") {
            println!("guest: {line}");
            break;
        }
    }
    Ok(())
}

fn output(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("{command:?}: {text}{errors}")))
    }
}

pub(crate) fn measured(name: &str, value: impl std::fmt::Display, unit: &str) {
    println!("measured {name} {value} {unit}");
}

pub(crate) fn until(
    what: &str,
    mut done: impl FnMut() -> io::Result<bool>,
) -> io::Result<Duration> {
    let started = Instant::now();
    loop {
        let asked = Instant::now();
        if done()? {
            return Ok(started.elapsed());
        }
        if started.elapsed() > PATIENCE {
            return Err(io::Error::other(format!("{what}: not after {PATIENCE:?}")));
        }
        // There is one processor: whoever looks all the time waits for himself.
        thread::sleep(Duration::from_millis(10).max(asked.elapsed() * 4));
    }
}

fn neighbourhood(routers: &mut [Router], programs: &Path, work: &Path) -> io::Result<()> {
    for (one, other) in RING {
        join(router(routers, one)?, router(routers, other)?)?;
    }
    let mut slowest = Duration::ZERO;
    for router in routers.iter_mut() {
        router.start(programs, work)?;
        slowest = slowest.max(router.daemon()?.start_up());
    }
    measured("start_up", slowest.as_millis(), "ms");

    let [r1, _, r3, ..] = &*routers else {
        return Err(io::Error::other("four routers are needed"));
    };
    let mut probe = Probe::new(r1, r3)?;
    let took = until("r1 reaches r3", || Ok(probe.answered()))?;
    measured("converged", took.as_millis(), "ms");

    // The link that the packets of r1 leave by is cut at its far end, which r1 notices by the carrier.
    let (used, spare) = if carries(r1, &mut probe, "mesh-2", "mesh-4")? {
        (2, 4)
    } else {
        (4, 2)
    };
    router(routers, used)?
        .namespace
        .run(|| Netlink::open()?.set_up("mesh-1", false))?;
    let took = until("traffic moves", || Ok(probe.answered()))?;
    measured("traffic_moved", took.as_millis(), "ms");
    let spare = format!("mesh-{spare}");
    if !carries(r1, &mut probe, &spare, &format!("mesh-{used}"))? {
        return Err(io::Error::other("packets still leave by the cut link"));
    }
    println!("guest: r1 reached r3 by r{used}; after the cut its packets leave by {spare}");
    router(routers, used)?
        .namespace
        .run(|| Netlink::open()?.set_up("mesh-1", true))?;

    let daemon = r1.daemon()?;
    let before = daemon.cpu()?;
    thread::sleep(IDLE);
    measured(
        "idle_cpu",
        daemon.cpu()?.saturating_sub(before).as_millis(),
        "ms a minute",
    );
    measured("rss", daemon.memory_kb()?.0, "KB");

    churn(r1, r3)?;
    crash_daemon(routers)
}

fn router(routers: &[Router], number: u8) -> io::Result<&Router> {
    routers
        .iter()
        .find(|router| router.number == number)
        .ok_or_else(|| io::Error::other("no such router"))
}

/// A link between two routers; each calls its end after the other.
fn join(one: &Router, other: &Router) -> io::Result<()> {
    let names = [
        format!("mesh-{}", other.number),
        format!("mesh-{}", one.number),
    ];
    let [first, second] = names.clone();
    Netlink::open()?.add_veth([
        (&first, one.namespace.descriptor()),
        (&second, other.namespace.descriptor()),
    ])?;
    let [first, second] = names;
    one.namespace
        .run(move || Netlink::open()?.set_up(&first, true))?;
    other
        .namespace
        .run(move || Netlink::open()?.set_up(&second, true))
}

/// Whether probes leave by the first interface rather than the second.
fn carries(router: &Router, probe: &mut Probe, first: &str, second: &str) -> io::Result<bool> {
    let before = [router.sent(first)?, router.sent(second)?];
    for _ in 0..50 {
        probe.answered();
    }
    let after = [router.sent(first)?, router.sent(second)?];
    // Babel's own packets go by both, but far fewer than fifty.
    Ok(after[0] - before[0] > after[1] - before[1])
}

/// Packets from one router to another's address and back.
struct Probe {
    socket: UdpSocket,
    number: u32,
    target: (std::net::Ipv6Addr, u16),
}

impl Probe {
    fn new(from: &Router, to: &Router) -> io::Result<Self> {
        const PORT: u16 = 7777;
        let target = (Router::address(to.number), PORT);
        let echo = to.namespace.run(move || UdpSocket::bind(target))?;
        thread::spawn(move || {
            let mut packet = [0; 64];
            while let Ok((len, sender)) = echo.recv_from(&mut packet) {
                // A packet that cannot be answered is one that the prober misses.
                let _ = echo.send_to(packet.get(..len).unwrap_or_default(), sender);
            }
        });
        let own = Router::address(from.number);
        let socket = from.namespace.run(move || UdpSocket::bind((own, 0)))?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        Ok(Self {
            socket,
            number: 0,
            target,
        })
    }

    /// Sends one and waits a moment for it. Late answers to earlier ones do not count.
    fn answered(&mut self) -> bool {
        self.number += 1;
        let sent = self.number.to_ne_bytes();
        if self.socket.send_to(&sent, self.target).is_err() {
            // No route yet.
            return false;
        }
        let mut packet = [0; 64];
        while let Ok(len) = self.socket.recv(&mut packet) {
            if packet.get(..len) == Some(&sent[..]) {
                return true;
            }
        }
        false
    }
}

/// A thousand routes come at r3, go and come again; r1 is two hops away.
fn churn(r1: &Router, r3: &Router) -> io::Result<()> {
    let daemon = r1.daemon()?;
    let before = daemon.cpu()?;
    for (name, add) in [
        ("routes_came", true),
        ("routes_went", false),
        ("routes_came_again", true),
    ] {
        let effort = [Effort::of(r1)?, Effort::of(r3)?];
        let started = Instant::now();
        r3.change_routes(ROUTES, add)?;
        let asked = started.elapsed();
        let wanted = if add { usize::from(ROUTES) } else { 0 };
        until(name, || Ok(r1.foreign_routes()? == wanted))?;
        measured(name, started.elapsed().as_millis(), "ms");
        println!("guest: the kernel of r3 took {} ms", asked.as_millis());
        for (router, before) in [r1, r3].into_iter().zip(effort) {
            let now = Effort::of(router)?;
            println!(
                "guest: r{} used {} ms of the processor, sent {} packets, {} of them again, read tables {} times",
                router.number,
                now.cpu.saturating_sub(before.cpu).as_millis(),
                now.sent - before.sent,
                now.again - before.again,
                now.resyncs - before.resyncs
            );
        }
    }
    measured(
        "churn_cpu",
        daemon.cpu()?.saturating_sub(before).as_millis(),
        "ms",
    );
    let (now, most) = daemon.memory_kb()?;
    measured("rss_with_1000_routes", now, "KB");
    measured("rss_at_most", most, "KB");
    Ok(())
}

/// What a routing agent has done so far.
struct Effort {
    cpu: Duration,
    sent: u64,
    again: u64,
    resyncs: u64,
}

impl Effort {
    fn of(router: &Router) -> io::Result<Self> {
        let daemon = router.daemon()?;
        Ok(Self {
            cpu: daemon.cpu()?,
            sent: daemon.counter("grange_routed_packets_sent_total ")?,
            again: daemon.counter("grange_routed_retransmissions_total ")?,
            resyncs: daemon.counter("grange_routed_resyncs_total ")?,
        })
    }
}

/// A signal from outside shows that the shipped binary has its last line.
fn crash_daemon(routers: &mut [Router]) -> io::Result<()> {
    let last = routers
        .last_mut()
        .ok_or_else(|| io::Error::other("no router"))?;
    let line = last.take_daemon()?.kill(Signal::SIGSEGV)?;
    println!("crashed {line}");
    if line.contains(": fatal signal 11 at 0x") {
        Ok(())
    } else {
        Err(io::Error::other("the daemon left no last line"))
    }
}

/// The balancer runs and answers; nothing is balanced, because there is no `nft` here.
fn balancer(programs: &Path, work: &Path) -> io::Result<()> {
    const CONFIG: &str = "config uplink 'wan'\n\toption device 'wan'\n";
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace, "grange-uplinkd", programs, work, CONFIG)?;
    let status = daemon.call("status")?;
    if !status.contains("\"wan\"") {
        return Err(io::Error::other(format!(
            "grange-uplinkd does not know its uplink: {status}\n{}",
            daemon.log()
        )));
    }
    measured("uplinkd_start_up", daemon.start_up().as_millis(), "ms");
    measured("uplinkd_rss", daemon.memory_kb()?.0, "KB");
    Ok(())
}

/// A panic, which ends in a trap.
fn crash(program: &Path, how: &str) -> io::Result<()> {
    let output = Command::new(program).arg(how).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let line = errors.lines().last().unwrap_or_default();
    println!("crashed {line} ({how})");
    let signal = output
        .status
        .signal()
        .ok_or_else(|| io::Error::other(format!("crash {how} did not die of a signal")))?;
    if line.contains(&format!(": fatal signal {signal} at 0x")) {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "crash {how}: no last line, signal {signal}"
        )))
    }
}
