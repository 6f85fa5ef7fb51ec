//! A ring of four loses a link: for how long do packets between its ends go nowhere?
//!
//! The two ends of a cut link starve: the only other way is longer than the one they had, so it is not
//! feasible until the far end has announced a newer seqno (RFC 8966 section 3.8.2.1).

use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::addresses::RouterAddresses;
use crate::bench::configs::Work;
use crate::bench::fibs::{Fibs, prefix};
use crate::bench::probe::Probe;
use crate::bench::start::addresses;
use crate::bench::town::{Town, Trial};
use crate::bench::usage::{self, Sent};
use crate::cuts::Cut;
use crate::error::Failure;

/// The ring with a switch in each link. Traffic is noticed by the interfaces' counts: what is lost must be
/// lost before it gets there, as it is on a real link.
const SWITCHED: &str = "router r1 r2 r3 r4; link r1 r2 switched; link r2 r3 switched; \
                        link r3 r4 switched; link r4 r1 switched";
/// Until the ring is found.
const FOUND_WITHIN: Duration = Duration::from_mins(2);
/// From then on until the cut: histories of Hellos fill, bursts of the start end.
const SETTLING: Duration = Duration::from_secs(20);
/// For how long packets are counted before the cut.
const COUNTED: Duration = Duration::from_secs(32);
/// Outages are waited for this long.
const LIMIT: Duration = Duration::from_mins(1);
/// Cuts fall at other phases of the Hellos from run to run.
const PHASE: Duration = Duration::from_millis(410);

/// Both ends are switched off: everybody is told.
pub fn link_down(trial: &Trial) -> Result<Vec<f64>, Failure> {
    let outage = ring(
        trial,
        Work {
            with_ipv4: true,
            ..Work::default()
        },
        Cut::Unplugged,
        false,
    )?;
    Ok(vec![outage.seconds])
}

/// Everything on the link is lost, with the intervals that are everybody's default.
pub fn silent(trial: &Trial) -> Result<Vec<f64>, Failure> {
    silence(
        trial,
        Work {
            with_ipv4: true,
            hello_s: Some(4),
            update_s: Some(16),
        },
        false,
    )
}

/// The same with Hellos every 2 s.
pub fn silent_2s(trial: &Trial) -> Result<Vec<f64>, Failure> {
    silence(
        trial,
        Work {
            with_ipv4: true,
            hello_s: Some(2),
            update_s: Some(16),
        },
        false,
    )
}

/// Packets go both ways over the link that goes silent.
pub fn silent_busy(trial: &Trial) -> Result<Vec<f64>, Failure> {
    silence(
        trial,
        Work {
            with_ipv4: true,
            hello_s: Some(4),
            update_s: Some(16),
        },
        true,
    )
}

fn silence(trial: &Trial, work: Work, busy: bool) -> Result<Vec<f64>, Failure> {
    let outage = ring(trial, work, Cut::Silent, busy)?;
    Ok(vec![
        outage.seconds,
        outage.sent.bytes,
        outage.sent.airtime(),
    ])
}

struct Outage {
    seconds: f64,
    /// A router's in a minute without changes.
    sent: Sent,
}

fn ring(trial: &Trial, work: Work, how: Cut, busy: bool) -> Result<Outage, Failure> {
    let mut town = Town::wires(trial, if busy { SWITCHED } else { "ring 4" })?;
    town.start(work)?;
    let town = &town;
    town.wait_ready()?;
    let found = Fibs::follow(town, 0..4)?.wait(FOUND_WITHIN, |routes| {
        routes.iter().all(|routes| routes.len() == 6)
    })?;
    found.ok_or("the ring was never found")?;
    thread::sleep(SETTLING);
    let mut sent = Sent::default();
    if how == Cut::Silent {
        for router in 0..4 {
            usage::count_packets(town, router)?;
        }
        let start = Instant::now();
        thread::sleep(COUNTED);
        for router in 0..4 {
            let own = usage::sent(town, router)?;
            let minutes = 4.0 * start.elapsed().as_secs_f64() / 60.0;
            sent.packets += own.packets / minutes;
            sent.bytes += own.bytes / minutes;
        }
    }
    let end = |router: usize| -> Result<_, Failure> {
        let address = IpAddr::from(RouterAddresses::new(router).mesh_v6());
        Ok((town.namespace(router)?, address))
    };
    // A cable that is unplugged is missed for milliseconds, silence for seconds.
    let pace = Duration::from_millis(if how == Cut::Silent { 5 } else { 1 });
    let probe = Probe::start(end(1)?, end(2)?, pace)?;
    let back = if busy {
        Some(Probe::start(end(2)?, end(1)?, pace)?)
    } else {
        None
    };
    thread::sleep(Duration::from_secs(3) + PHASE * u32::try_from(trial.number % 10)?);
    let cut = Instant::now();
    town.lab().cut("r2-r3", how)?;
    // Until the routes are there again, and the packets on them have arrived.
    let leads_away = |router: usize, far: usize, interface: &str| -> Result<bool, Failure> {
        let routes = town.lab().routes(town.name(router))?;
        let far = addresses(far)[1];
        Ok(routes.iter().any(|route| {
            route.is_babel()
                && route.reachable
                && prefix(route.destination) == Some(far)
                && route.interface.as_deref() == Some(interface)
        }))
    };
    let mut fibs = Fibs::follow(town, [1, 2])?;
    while cut.elapsed() < LIMIT
        && !(leads_away(1, 2, "mesh-r1")? && (back.is_none() || leads_away(2, 1, "mesh-r4")?))
    {
        fibs.wait(Duration::from_millis(500), |_| false)?;
    }
    thread::sleep(Duration::from_secs(1));
    let mut seconds = probe.outage(cut)?;
    if let Some(back) = back {
        seconds = seconds.max(back.outage(cut)?);
    }
    Ok(Outage { seconds, sent })
}
