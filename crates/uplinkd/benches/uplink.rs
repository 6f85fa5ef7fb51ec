//! Measures grange-uplinkd on a real kernel; prints a table in Markdown. scripts/bench/uplink runs it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_macros,
    reason = "a benchmark prints, and ends at the first thing that fails"
)]

#[path = "../tests/balancing/town.rs"]
mod town;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use town::Town;

/// How long a new connection is waited for: a user's program would wait longer.
const PATIENCE: Duration = Duration::from_millis(100);

fn main() {
    // `cargo bench` passes flags of its own.
    let runs = std::env::var("RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(20);
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|arg| arg == part);
    println!("| work | median | worst | runs |\n|---|---:|---:|---:|");
    if wants("idle") {
        failover(
            "silent failure to last failed new connection, idle",
            runs,
            false,
        );
    }
    if wants("busy") {
        failover(
            "silent failure to last failed new connection, under traffic",
            runs,
            true,
        );
    }
    if wants("eight") {
        eight_uplinks(runs);
    }
}

/// One of three providers dies without a word, again and again.
fn failover(name: &str, runs: usize, busy: bool) {
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
                assert!(tried < town::DEADLINE, "it never fails over");
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

/// A home with eight uplinks: how long a change takes, and what the daemon costs.
fn eight_uplinks(runs: usize) {
    let mut town = Town::new(8, 1);
    let names: Vec<String> = (1..=8).map(|n| format!("wan{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    town.start_with(&town.config(&[1; 8], ""), &names);
    let mut times = Vec::new();
    let rulesets = |town: &Town| {
        let page = town.call("metrics");
        let page = page.as_str().unwrap().to_owned();
        let line = page
            .lines()
            .find(|line| line.starts_with("grange_uplink_rulesets_total "));
        line.unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let before = rulesets(&town);
    for run in 0..runs {
        let weight = u32::try_from(run + 2).unwrap();
        town.configure(&town.config(&[weight, 1, 1, 1, 1, 1, 1, 1], ""));
        let start = Instant::now();
        town.call_with("reload", &json!({}));
        times.push(start.elapsed());
    }
    let processes = rulesets(&town) - before;
    row(
        "a change of policy with 8 uplinks, asked for and in the kernel",
        &mut times,
    );
    println!("| processes started for these {runs} changes | {processes} | | |");
    let cpu = |town: &Town| {
        let text = fs::read_to_string(format!("/proc/{}/schedstat", town.pid())).unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap() / 1_000_000
    };
    let start = cpu(&town);
    thread::sleep(Duration::from_mins(1));
    println!(
        "| CPU in a quiet minute, 8 uplinks, 24 targets | {} ms | | 1 |",
        cpu(&town) - start
    );
    let status = fs::read_to_string(format!("/proc/{}/status", town.pid())).unwrap();
    for (field, name) in [
        ("RssAnon:", "own memory"),
        ("VmRSS:", "RSS, the program's pages with it"),
        ("VmHWM:", "the highest RSS"),
    ] {
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        println!(
            "| {name}, 8 uplinks | {} | | 1 |",
            line[field.len()..].trim()
        );
    }
}

fn row(name: &str, times: &mut [Duration]) {
    times.sort();
    let ms = |time: Duration| format!("{} ms", time.as_millis());
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "| {name} | {} | {} | {} |",
        ms(median),
        ms(worst),
        times.len()
    );
}
