//! Whether all is as it should be when nothing is going wrong.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;

use crate::addresses::{Cidr, RouterAddresses, VILLAGE_V4, VILLAGE_V6};
use crate::error::Failure;
use crate::lab::Lab;
use crate::netlink::KernelRoute;
use crate::plan::peer_of;

/// What a daemon may have in memory: several times what it has in a village of twenty, and room for what
/// the ceilings of its tables let a hostile node put there.
const MOST_MEMORY: u64 = 32 << 20;

/// Follows every router's route to every other to its end; the most memory of a daemon in octets, or what is
/// wrong.
pub fn judge(lab: &Lab, routers: &[String]) -> Result<Result<u64, String>, Failure> {
    let mut fibs = BTreeMap::new();
    let mut most = 0;
    for router in routers {
        let Some(process) = lab.daemon(router)? else {
            return Ok(Err(format!("the daemon of {router} has ended")));
        };
        let memory = memory(process.pid())?;
        if memory > MOST_MEMORY {
            return Ok(Err(format!("{router} has {memory} octets in memory")));
        }
        most = most.max(memory);
        let mut routes = lab.routes(router)?;
        routes.retain(KernelRoute::is_babel);
        fibs.insert(router.as_str(), routes);
    }
    let mut wanted = BTreeMap::new();
    for router in routers {
        let own = RouterAddresses::new(lab.topology().router(router)?);
        for address in [IpAddr::from(own.mesh_v4()), IpAddr::from(own.mesh_v6())] {
            let plen = if address.is_ipv4() { 32 } else { 128 };
            wanted.insert(Cidr { address, plen }, router.as_str());
        }
    }
    Ok(check(&fibs, &wanted).map(|()| most))
}

fn check(
    fibs: &BTreeMap<&str, Vec<KernelRoute>>,
    wanted: &BTreeMap<Cidr, &str>,
) -> Result<(), String> {
    for (router, routes) in fibs {
        for route in routes {
            let to = route.destination;
            if !wanted.contains_key(&to) {
                let whose = if is_of_village(to) {
                    "nobody's"
                } else {
                    "a forged"
                };
                return Err(format!("{router} has a route to {whose} prefix {to}"));
            }
            if !route.reachable {
                return Err(format!("{router} has {to} as unreachable"));
            }
        }
    }
    for (to, owner) in wanted {
        for start in fibs.keys() {
            let mut at = *start;
            let mut path = vec![at];
            while at != *owner {
                let route = fibs
                    .get(at)
                    .and_then(|routes| routes.iter().find(|route| route.destination == *to));
                let Some(interface) = route.and_then(|route| route.interface.as_deref()) else {
                    return Err(format!("{at} has no route to {to} of {owner}"));
                };
                at = peer_of(interface);
                path.push(at);
                if path.len() > fibs.len() {
                    return Err(format!("a loop: {to} of {owner} along {path:?}"));
                }
            }
        }
    }
    Ok(())
}

fn is_of_village(cidr: Cidr) -> bool {
    match (cidr.address, VILLAGE_V4.address, VILLAGE_V6.address) {
        (IpAddr::V4(v4), IpAddr::V4(village), _) => v4.octets()[..2] == village.octets()[..2],
        (IpAddr::V6(v6), _, IpAddr::V6(village)) => v6.octets()[..6] == village.octets()[..6],
        _ => false,
    }
}

fn memory(pid: i32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line
        .ok_or("no VmRSS")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kilobytes * 1024)
}

#[cfg(test)]
mod tests;
