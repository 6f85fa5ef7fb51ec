//! Measures grange-uplinkd on a real kernel; prints a table in Markdown. scripts/bench/uplink runs it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_macros,
    reason = "a benchmark prints, and ends at the first thing that fails"
)]

mod eight;
mod failover;
mod packets;
mod spread;
#[path = "../../tests/balancing/town.rs"]
mod town;

use std::time::Duration;

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
        failover::measure(
            "silent failure to last failed new connection, idle",
            runs,
            false,
        );
    }
    if wants("busy") {
        failover::measure(
            "silent failure to last failed new connection, under traffic",
            runs,
            true,
        );
    }
    if wants("eight") {
        eight::measure(runs);
    }
    if wants("spread") {
        spread::measure(runs);
    }
    if wants("packets") {
        packets::measure(runs.min(10));
    }
    if wants("parts") {
        packets::parts(runs.min(10));
    }
}

/// Prints a row of times.
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

/// Median and worst of figures of which the largest is the worst.
fn median_and_worst(figures: &mut [f64]) -> (f64, f64) {
    figures.sort_by(f64::total_cmp);
    (figures[figures.len() / 2], figures[figures.len() - 1])
}
