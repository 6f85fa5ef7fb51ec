//! Twenty routers in a storm.

use std::time::Duration;

use grange_lab::chaos;
use grange_lab::topology::name::LabName;

/// Another one of `scripts/bench/chaos` finds other troubles.
const SEED: u64 = 8966;

#[test]
fn after_each_storm_all_twenty_routers_know_the_way_to_all_others() {
    let name = LabName::new(&format!("t{}-chaos", std::process::id())).unwrap();
    let survived = chaos::run(name, SEED, Duration::from_secs(45), &mut |line| {
        eprintln!("{line}");
    })
    .unwrap_or_else(|error| panic!("{error}"));
    eprintln!("{survived:?}");
    assert!(survived.storms > 0 && survived.hostile_packets > 100);
}
