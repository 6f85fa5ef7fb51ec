//! A thousand routers.

use core::time::Duration;

use grange_babel::metric::Metric;

use crate::clock::{MILLISECOND, SECOND};
use crate::measure::figure;
use crate::mesh::Mesh;
use crate::node::numbered;
use crate::options::Options;
use crate::topology::Topology;

/// What the run may take of a processor's time and of memory, however busy the machine is. A promise of the project, and loose:
/// it is there to notice work that grows with the square of the network.
const MOST_TIME: Duration = Duration::from_mins(1);
const MOST_MEMORY_KIB: u64 = 1024 * 1024;

#[test]
fn a_thousand_routers_route_twenty_prefixes() {
    let begin = cpu_time();
    let topology = Topology::geometric(1000, 8, 1000);
    let options = Options {
        homes: false,
        inspect: false,
        boot_spread: Duration::from_secs(10),
        ..Options::default()
    };
    let mut mesh = Mesh::new(&topology, options, 1000);
    mesh.run_for(20 * SECOND);
    let origins: Vec<usize> = (0..20).map(|_| mesh.random.index(1000)).collect();
    for (n, origin) in origins.iter().enumerate() {
        mesh.originate(*origin, numbered(0xFD55, n), Metric::ZERO);
    }
    let took = mesh.until_coarse(60 * SECOND, 20 * MILLISECOND, Mesh::is_routed);
    figure(
        "20 prefixes in a geometric network of 1,000",
        took.unwrap_or(60 * SECOND),
    );
    assert!(took.is_some_and(|took| took < 30 * SECOND), "{took:?}");

    // Ten links go, one prefix goes, one router restarts and one loses power.
    for _ in 0..10 {
        let link = mesh.random.index(topology.edges.len());
        mesh.cut(link);
    }
    mesh.crash(17, SECOND);
    mesh.withdraw(origins[0], numbered(0xFD55, 0));
    let gone = |mesh: &Mesh| mesh.is_retracted(&numbered(0xFD55, 0));
    let took = mesh.until_coarse(60 * SECOND, 20 * MILLISECOND, gone);
    figure("a withdrawn prefix in it", took.unwrap_or(60 * SECOND));
    assert!(took.is_some_and(|took| took < 30 * SECOND), "{took:?}");
    mesh.reboot(500, 5 * SECOND);
    mesh.run_for(20 * SECOND);
    mesh.mend();
    mesh.run_for(60 * SECOND);
    mesh.check_settled();

    let (took, memory) = (cpu_time().saturating_sub(begin), peak_memory_kib());
    eprintln!(
        "figure: 1,000 routers for {} simulated seconds:",
        mesh.now / SECOND
    );
    eprintln!(
        "figure:   {} events, {took:?}, {memory} KiB at most",
        mesh.events
    );
    assert!(took < MOST_TIME, "{took:?}");
    assert!(memory < MOST_MEMORY_KIB, "{memory} KiB");
}

/// The processor time of this thread so far (proc(5), schedstat): others use the machine as well.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanos = text.split_ascii_whitespace().next();
    let nanos = nanos.and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.expect("nanoseconds in schedstat"))
}

/// The largest resident set of this process so far, in KiB (proc(5), VmHWM). Other tests of this
/// binary run in the same process, so it is an upper bound.
fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_ascii_whitespace().nth(1))
        .and_then(|number| number.parse().ok())
        .expect("VmHWM in /proc/self/status")
}
