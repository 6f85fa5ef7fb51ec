//! Each uplink's resolvers for dnsmasq: asked over that uplink alone, and only while it lives.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use grange_linux::Family;
use grange_linux::process::hangup;

use crate::uplink::Uplink;

/// The text of the file (dnsmasq's `servers-file`): `server=ADDRESS@DEVICE` lines.
pub fn text(uplinks: &[Uplink]) -> String {
    let mut text = String::from("# written by grange-uplinkd\n");
    for uplink in uplinks {
        for resolver in &uplink.section.dns {
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
