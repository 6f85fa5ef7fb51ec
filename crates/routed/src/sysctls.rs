//! The kernel settings that a mesh router needs, and what they were before.

use litemap::LiteMap;

use grange_linux::sysctl::{
    IPV4_FORWARDING, IPV6_FORWARDING, ipv4_accept_redirects, ipv4_rp_filter, ipv4_send_redirects,
    ipv6_accept_redirects,
};
use grange_linux::{Kernel, KernelError};

/// The settings wanted: paths below /proc/sys with their values.
///
/// A redirect would send packets past the route that Babel chose, and a reverse path filter drops
/// packets of paths that are not symmetric. For both the kernel also looks at `all`.
pub fn wanted(forwarding: bool, mesh_interfaces: &[String]) -> Vec<(String, &'static str)> {
    let mut wanted = Vec::new();
    if !mesh_interfaces.is_empty() {
        wanted.push((ipv4_send_redirects("all"), "0"));
        wanted.push((ipv4_rp_filter("all"), "0"));
    }
    for name in mesh_interfaces {
        wanted.push((ipv4_accept_redirects(name), "0"));
        wanted.push((ipv6_accept_redirects(name), "0"));
        wanted.push((ipv4_send_redirects(name), "0"));
        wanted.push((ipv4_rp_filter(name), "0"));
    }
    if forwarding {
        // Last: nothing is forwarded before the rest is in place.
        wanted.push((IPV4_FORWARDING.to_owned(), "1"));
        wanted.push((IPV6_FORWARDING.to_owned(), "1"));
    }
    wanted
}

/// Sets what differs, and notes in `before` what it was. Says what could not be set.
pub fn apply(
    kernel: &mut impl Kernel,
    wanted: &[(String, &'static str)],
    before: &mut LiteMap<String, String>,
) -> Vec<(String, KernelError)> {
    let mut failures = Vec::new();
    for (path, value) in wanted {
        let result = kernel.sysctl(path).and_then(|current| {
            if current == *value {
                return Ok(());
            }
            kernel.set_sysctl(path, value)?;
            // What an earlier run noted is older, and so nearer to the truth.
            before.entry(path.clone()).or_insert(current);
            Ok(())
        });
        if let Err(error) = result {
            failures.push((path.clone(), error));
        }
    }
    failures
}

/// Sets everything back to what it was; an interface that has gone takes its settings with it.
pub fn restore(kernel: &mut impl Kernel, before: &mut LiteMap<String, String>) {
    for (path, value) in std::mem::take(before) {
        if kernel.sysctl(&path).is_ok_and(|current| current != value) {
            // Nothing can be done about a refusal, and leaving must not fail on it.
            let _ = kernel.set_sysctl(&path, &value);
        }
    }
}

#[cfg(test)]
mod tests;
