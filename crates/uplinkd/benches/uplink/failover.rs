//! From a silent failure to the last new connection that fails, and who is disturbed by it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::row;
use crate::town::{DEADLINE, Town};

/// How long a new connection is waited for: a user's program would wait longer.
const PATIENCE: Duration = Duration::from_millis(100);

/// One of three providers dies without a word, again and again.
pub(crate) fn measure(name: &str, runs: usize, busy: bool) {
    let mut town = Town::new(3, 6);
    let config = town.config(&[1, 1, 1], "").replace("hold '3'", "hold '0'");
    town.start_with(&config, &["wan1", "wan2", "wan3"]);
    let mut times = Vec::new();
    let (mut disturbed, mut moved, mut healthy) = (0, 0, 0);
    for run in 0..runs {
        let mut flows = town.connect_all();
        // The device that is watched sits on the provider that dies.
        let doomed = flows[0].isp.clone();
        let isp: usize = doomed[3..].parse().unwrap();
        let others: Vec<String> = (1..=3)
            .filter(|n| *n != isp)
            .map(|n| format!("wan{n}"))
            .collect();
        // Another moment between two probes each time.
        thread::sleep(Duration::from_millis(37 * (run as u64 % 19)));
        let stop = AtomicBool::new(false);
        let last_failure = thread::scope(|scope| {
            if busy {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        town.gets_out(1, Duration::from_millis(20));
                    }
                });
            }
            thread::sleep(Duration::from_millis(400));
            town.silence(isp, true);
            let start = Instant::now();
            let mut last_failure = Duration::ZERO;
            let mut good = 0;
            // Fifty in a row that succeed mean that it is over.
            while good < 50 {
                let tried = start.elapsed();
                if town.gets_out(1, PATIENCE) {
                    good += 1;
                    thread::sleep(Duration::from_millis(5));
                } else {
                    good = 0;
                    last_failure = tried + PATIENCE;
                }
                assert!(tried < DEADLINE, "it never fails over");
            }
            stop.store(true, Ordering::Relaxed);
            last_failure
        });
        times.push(last_failure);
        let used: Vec<&str> = others.iter().map(String::as_str).collect();
        town.wait_used(&used);
        for flow in flows.iter_mut().filter(|flow| flow.isp != doomed) {
            healthy += 1;
            disturbed += usize::from(!flow.lives());
        }
        town.silence(isp, false);
        town.wait_used(&["wan1", "wan2", "wan3"]);
        let before: Vec<String> = town
            .connect_all()
            .into_iter()
            .map(|flow| flow.isp)
            .collect();
        town.call("reload");
        let after: Vec<String> = town
            .connect_all()
            .into_iter()
            .map(|flow| flow.isp)
            .collect();
        moved += before
            .iter()
            .zip(&after)
            .filter(|(old, new)| old != new)
            .count();
    }
    row(name, &mut times);
    println!(
        "| connections of healthy uplinks broken by it, of {healthy} | {disturbed} | | {runs} |"
    );
    println!(
        "| devices moved by a reload, of {} | {moved} | | {runs} |",
        runs * 6
    );
}
