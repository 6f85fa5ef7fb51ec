//! `/proc/sys` by name.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::kernel_error::{KernelError, KernelErrorKind};

/// Forwards IPv4 packets: `1` or `0`.
pub const IPV4_FORWARDING: &str = "net/ipv4/conf/all/forwarding";
/// Forwards IPv6 packets: `1` or `0`.
pub const IPV6_FORWARDING: &str = "net/ipv6/conf/all/forwarding";

/// Whether ICMP redirects of IPv4 routers on `interface` (or `all`, `default`) are believed. A mesh
/// must not: the neighbour that forwards back out of the same interface sends them.
pub fn ipv4_accept_redirects(interface: &str) -> String {
    format!("net/ipv4/conf/{interface}/accept_redirects")
}

/// Whether ICMP redirects are sent from `interface` (or `all`, `default`).
pub fn ipv4_send_redirects(interface: &str) -> String {
    format!("net/ipv4/conf/{interface}/send_redirects")
}

/// The reverse path filter of `interface` (or `all`, `default`): 0 off, 1 strict, 2 loose. The
/// higher of `all` and the interface's own counts.
pub fn ipv4_rp_filter(interface: &str) -> String {
    format!("net/ipv4/conf/{interface}/rp_filter")
}

/// Whether ICMPv6 redirects on `interface` (or `all`, `default`) are believed.
pub fn ipv6_accept_redirects(interface: &str) -> String {
    format!("net/ipv6/conf/{interface}/accept_redirects")
}

/// Reads `/proc/sys/<path>`, without the final newline.
pub fn read(path: &str) -> Result<String, KernelError> {
    let text = fs::read_to_string(file(path)?).map_err(|error| failure(&error, path))?;
    Ok(text.trim_end_matches('\n').to_owned())
}

/// Writes `/proc/sys/<path>`.
pub fn write(path: &str, value: &str) -> Result<(), KernelError> {
    fs::write(file(path)?, value).map_err(|error| failure(&error, path))
}

/// The file of a relative path that stays below `/proc/sys`.
fn file(path: &str) -> Result<PathBuf, KernelError> {
    let relative = Path::new(path);
    let inside = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || !inside {
        return Err(KernelError::new(KernelErrorKind::Unsupported).with_detail(path));
    }
    Ok(Path::new("/proc/sys").join(relative))
}

fn failure(error: &io::Error, path: &str) -> KernelError {
    let kind = error
        .raw_os_error()
        .map_or(KernelErrorKind::Other(0), KernelErrorKind::from_errno);
    KernelError::new(kind).with_detail(path)
}

#[cfg(test)]
mod tests;
