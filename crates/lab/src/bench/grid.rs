//! Fifty routers in five rows of ten: how long until all know all, and what it costs from then on.

use std::thread;
use std::time::{Duration, Instant};

use crate::bench::configs::Work;
use crate::bench::fibs::Fibs;
use crate::bench::town::{Town, Trial};
use crate::bench::usage::{self, Sent};
use crate::error::Failure;

/// Until all know all.
const LIMIT: Duration = Duration::from_mins(2);
/// From then on until packets are counted.
const SETTLING: Duration = Duration::from_secs(40);
/// For how long they are counted.
const COUNTED: Duration = Duration::from_secs(48);

/// All start at once; each announces one IPv6 address. Intervals are equal: 4 s and 16 s.
pub fn fifty(trial: &Trial) -> Result<Vec<f64>, Failure> {
    let mut town = Town::wires(trial, "grid 5x10")?;
    let size = town.size();
    for router in 0..size {
        usage::count_packets(&town, router)?;
    }
    let start = town.start(Work {
        with_ipv4: false,
        hello_s: Some(4),
        update_s: Some(16),
    })?;
    let town = &town;
    let mut fibs = Fibs::follow(town, 0..size)?;
    let all = fibs.wait(LIMIT, |routes| {
        routes.iter().all(|routes| routes.len() == size - 1)
    })?;
    let converged = all.map_or(f64::INFINITY, |all| (all - start).as_secs_f64());
    town.wait_ready()?;
    drop(fibs);
    thread::sleep(SETTLING);
    let totals = || -> Result<(Sent, f64), Failure> {
        let (mut sum, mut cpu) = (Sent::default(), 0.0);
        for router in 0..size {
            let sent = usage::sent(town, router)?;
            sum.packets += sent.packets;
            sum.bytes += sent.bytes;
            cpu += usage::cpu(town, router)?.total;
        }
        Ok((sum, cpu))
    };
    let ((before, cpu_before), from) = (totals()?, Instant::now());
    thread::sleep(COUNTED);
    let ((after, cpu_after), minutes) = (totals()?, from.elapsed().as_secs_f64() / 60.0);
    #[expect(clippy::cast_precision_loss, reason = "a count of routers")]
    let router_minutes = minutes * size as f64;
    let sent = Sent {
        packets: (after.packets - before.packets) / router_minutes,
        bytes: (after.bytes - before.bytes) / router_minutes,
    };
    let cpu = (cpu_after - cpu_before) / router_minutes;
    Ok(vec![
        converged,
        sent.packets,
        sent.bytes,
        sent.airtime(),
        cpu,
    ])
}
