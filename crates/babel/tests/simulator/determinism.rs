//! The same seed gives the same trace, octet for octet.

use core::time::Duration;

use crate::clock::SECOND;
use crate::link::Quality;
use crate::mesh::Mesh;
use crate::options::Options;
use crate::topology::Topology;

fn eventful(seed: u64) -> (u64, u64) {
    let topology = Topology::geometric(12, 4, seed);
    let options = Options {
        quality: Quality {
            loss: 150,
            duplication: 50,
            delay: Duration::from_millis(1),
            jitter: Duration::from_millis(20),
        },
        boot_spread: Duration::from_secs(3),
        ..Options::default()
    };
    let mut mesh = Mesh::new(&topology, options, seed);
    mesh.run_for(20 * SECOND);
    mesh.cut(0);
    mesh.crash(3, SECOND);
    mesh.run_for(20 * SECOND);
    mesh.reboot(5, SECOND);
    mesh.suspend(2, 30 * SECOND);
    mesh.heal(0);
    mesh.run_for(60 * SECOND);
    (mesh.trace.hash(), mesh.events)
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..5 {
        assert_eq!(eventful(seed), eventful(seed));
    }
}

#[test]
fn another_seed_gives_another_trace() {
    assert_ne!(eventful(1).0, eventful(2).0);
}
