//! Each uplink's resolvers for dnsmasq: asked over that uplink alone, and only while it lives.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;

use grange_linux::Family;
use grange_linux::process::hangup;

use crate::uplink::Uplink;

/// The text of the file (dnsmasq's `servers-file`): `server=ADDRESS@DEVICE` lines.
pub fn text(uplinks: &[Uplink]) -> String {
    let mut text = String::from("# written by grange-uplinkd\n");
    for uplink in uplinks {
        let told = uplink
            .report
            .as_ref()
            .map_or(&[][..], |report| &report.resolvers);
        // What the owner of this router has said goes before what a gateway says.
        let resolvers = match uplink.section.dns.as_slice() {
            [] => told,
            own => own,
        };
        let is_remote = uplink.section.remote.is_some();
        for resolver in resolvers {
            if is_remote && !is_public(*resolver) {
                // A gateway lets nobody through to what is behind it.
                continue;
            }
            let family = if resolver.is_ipv4() {
                Family::V4
            } else {
                Family::V6
            };
            let lives = uplink
                .line(family)
                .is_some_and(|line| line.health.state().is_live() || line.health.is_recovering());
            if lives {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "server={resolver}@{}", uplink.section.device);
            }
        }
    }
    text
}

/// Whether everybody can mean the same by an address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let is_shared = a == 100 && b & 0xc0 == 64;
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || is_shared)
                && !(v4.is_multicast() || v4.is_broadcast() || a == 0)
        }
        IpAddr::V6(v6) => v6.segments()[0] & 0xe000 == 0x2000,
    }
}

/// Writes the file if its text is another one, and has dnsmasq read it; whether that was so.
pub fn publish(path: &Path, pid_file: Option<&Path>, text: &str) -> io::Result<bool> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    let fresh = path.with_extension("new");
    fs::write(&fresh, text)?;
    fs::rename(&fresh, path)?;
    if let Some(pid_file) = pid_file {
        hangup(pid_file)?;
    }
    Ok(true)
}
