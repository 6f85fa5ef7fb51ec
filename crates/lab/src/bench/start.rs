//! A street of three comes up.

use std::net::IpAddr;
use std::time::Duration;

use grange_linux::IpPrefix;

use crate::addresses::RouterAddresses;
use crate::bench::configs::Work;
use crate::bench::fibs::Fibs;
use crate::bench::town::{Town, Trial};
use crate::error::Failure;

/// All daemons start at once when their link-local addresses are usable; until all kernels have the
/// other routers' addresses of both families.
pub fn chain(trial: &Trial) -> Result<Vec<f64>, Failure> {
    let mut town = Town::wires(trial, "line 3")?;
    let work = Work {
        with_ipv4: true,
        ..Work::default()
    };
    let start = town.start(work)?;
    let town = &town;
    let mut fibs = Fibs::follow(town, 0..3)?;
    let all = fibs.wait(Duration::from_mins(1), |routes| {
        routes.iter().all(|routes| routes.len() == 4)
    })?;
    town.wait_ready()?;
    Ok(vec![
        all.map_or(f64::INFINITY, |all| (all - start).as_secs_f64()),
    ])
}

/// The mesh addresses of a router as prefixes.
pub fn addresses(router: usize) -> [IpPrefix; 2] {
    let own = RouterAddresses::new(router);
    [IpAddr::from(own.mesh_v4()), IpAddr::from(own.mesh_v6())].map(IpPrefix::host)
}
