//! One prefix of several is withdrawn: when is it gone at the neighbour?

use std::time::{Duration, Instant};

use grange_linux::IpPrefix;

use crate::bench::configs::Work;
use crate::bench::fibs::{Fibs, prefix};
use crate::bench::town::{Town, Trial};
use crate::error::Failure;

/// Longer than a route that nobody retracts lives: 3.5 times 16 s, and some.
const LIMIT: Duration = Duration::from_mins(2);
/// Until everything is announced.
const ANNOUNCED_WITHIN: Duration = Duration::from_mins(2);

const MIXED: [&str; 4] = [
    "fd99:0:0:0:1::/128",
    "fd99:0:0:2::/64",
    "fd99:0:0:300::/56",
    "fd99:0:4::/48",
];

/// Of four prefixes of lengths 128, 64, 56 and 48 one goes: the /64 first, another in each run.
pub fn mixed(trial: &Trial) -> Result<Vec<f64>, Failure> {
    withdraw(trial, &MIXED, MIXED[(trial.number + 1) % MIXED.len()])
}

/// A gateway with both defaults loses IPv4's.
pub fn default_v4(trial: &Trial) -> Result<Vec<f64>, Failure> {
    withdraw(trial, &["0.0.0.0/0", "::/0"], "0.0.0.0/0")
}

fn withdraw(trial: &Trial, announced: &[&str], gone: &str) -> Result<Vec<f64>, Failure> {
    let mut town = Town::wires(trial, "line 2")?;
    town.add_stub(0)?;
    for route in announced {
        town.run(
            0,
            &[
                "ip", "route", "add", route, "dev", "stub", "proto", "static",
            ],
        )?;
    }
    town.start(Work {
        with_ipv4: true,
        ..Work::default()
    })?;
    let town = &town;
    town.wait_ready()?;
    let wanted: Vec<IpPrefix> = announced
        .iter()
        .map(|text| parse(text))
        .collect::<Result<_, _>>()?;
    let gone_prefix = parse(gone)?;
    let mut fibs = Fibs::follow(town, [1])?;
    let all = fibs.wait(ANNOUNCED_WITHIN, |routes| {
        wanted.iter().all(|prefix| routes[0].contains(prefix))
    })?;
    all.ok_or("the neighbour never had all routes")?;
    // A retraction that falls into the burst of the start would be helped by it.
    std::thread::sleep(Duration::from_secs(10));
    let start = Instant::now();
    town.run(
        0,
        &["ip", "route", "del", gone, "dev", "stub", "proto", "static"],
    )?;
    let end = fibs.wait(LIMIT, |routes| !routes[0].contains(&gone_prefix))?;
    if wanted
        .iter()
        .any(|prefix| *prefix != gone_prefix && !fibs.routes()[0].contains(prefix))
    {
        return Err("another route went with it".into());
    }
    Ok(vec![
        end.map_or(f64::INFINITY, |end| (end - start).as_secs_f64()),
    ])
}

fn parse(text: &str) -> Result<IpPrefix, Failure> {
    let (address, plen) = text.split_once('/').ok_or("no length")?;
    let cidr = crate::addresses::Cidr {
        address: address.parse()?,
        plen: plen.parse()?,
    };
    Ok(prefix(cidr).ok_or("no prefix")?)
}
