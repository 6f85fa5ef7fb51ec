//! Thousands of routes over a street of three, announced and withdrawn at one end.

use std::fmt::Write;
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::configs::Work;
use crate::bench::fibs::Fibs;
use crate::bench::start::addresses;
use crate::bench::town::{Town, Trial};
use crate::bench::usage;
use crate::error::Failure;

/// Until all routes have arrived, or have gone.
const LIMIT: Duration = Duration::from_mins(1);
/// For how long the daemon's CPU is looked at when nothing changes.
const STEADY: Duration = Duration::from_secs(32);

/// 10,000 routes.
pub fn ten_thousand(trial: &Trial) -> Result<Vec<f64>, Failure> {
    flood(trial, 10_000)
}

/// 100,000 routes; the default ceilings of grange-routed hold that many.
pub fn hundred_thousand(trial: &Trial) -> Result<Vec<f64>, Failure> {
    flood(trial, 100_000)
}

fn flood(trial: &Trial, count: usize) -> Result<Vec<f64>, Failure> {
    let mut town = Town::wires(trial, "line 3")?;
    town.add_stub(0)?;
    town.start(Work::default())?;
    let town = &town;
    town.wait_ready()?;
    let mut far = Fibs::follow(town, [2])?;
    let near = addresses(0)[1];
    far.wait(LIMIT, |routes| routes[0].contains(&near))?
        .ok_or("the street was never found")?;
    thread::sleep(Duration::from_secs(5));
    let own = far.routes()[0].len();
    let limit = LIMIT * if count > 10_000 { 3 } else { 1 };

    let before = usage::cpu(town, 1)?;
    let start = Instant::now();
    town.ip_batch(0, "add.batch", &lines("add", count))?;
    let arrived = far.wait(limit, |routes| routes[0].len() == own + count)?;
    let loaded = usage::cpu(town, 1)?;
    let arrival = arrived.map_or(f64::INFINITY, |end| (end - start).as_secs_f64());

    // Repetitions of the announcements end before the steady time begins.
    thread::sleep(Duration::from_secs(5));
    let (steady_before, steady_start) = (usage::cpu(town, 1)?, Instant::now());
    thread::sleep(STEADY);
    let steady = usage::cpu(town, 1)?.total - steady_before.total;
    let steady = steady / steady_start.elapsed().as_secs_f64() * 100.0;
    let [rss, peak] = usage::memory(town, 1)?;

    let start = Instant::now();
    town.ip_batch(0, "del.batch", &lines("del", count))?;
    let gone = far.wait(limit, |routes| routes[0].len() == own)?;
    let stale = far.routes()[0].len().saturating_sub(own);
    let withdrawal = gone.map_or(f64::INFINITY, |end| (end - start).as_secs_f64());

    let total = loaded.total - before.total;
    let user = loaded.user - before.user;
    #[expect(clippy::cast_precision_loss, reason = "a count of routes")]
    let stale = stale as f64;
    Ok(vec![
        arrival,
        withdrawal,
        stale,
        total,
        user,
        steady,
        rss / 1e6,
        peak / 1e6,
    ])
}

fn lines(verb: &str, count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        let (high, low) = (number >> 16, number & 0xffff);
        // Writing to a String cannot fail.
        let _ = writeln!(
            lines,
            "route {verb} fd99::{high:x}:{low:x}/128 dev stub proto static"
        );
    }
    lines
}
