//! The collector for prometheus-node-exporter-lua, run by Lua 5.1 as both kinds of that exporter run it. The few
//! lines of Lua here stand in for the exporter, and a shell script for each daemon.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// `metric` of the exporter, which gives a function that writes a line.
const METRIC: &str = "
function metric(name, kind)
  write('# TYPE ' .. name .. ' ' .. kind)
  return function(labels, value) write(name .. '{daemon=\"' .. labels.daemon .. '\"} ' .. value) end
end
";
/// Up to June 2025: a function takes a line.
const OLD: &str = "output = print; write = print";
/// Since then: a file.
const NEW: &str = "out = io.stdout; write = function(line) out:write(line, '\\n') end";

/// What a scrape writes, with grange-routed there, grange-uplinkd failing and grange-rpcd not installed.
fn scraped(exporter: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in [
        (
            "grange-routed",
            "echo 'grange_routed_up 1'; echo 'grange_routed_routes 7'",
        ),
        ("grange-uplinkd", "echo gone >&2; exit 1"),
    ] {
        let path = folder.path().join(name);
        fs::write(
            &path,
            format!("#!/bin/sh\n[ \"$*\" = '--timeout 5 metrics' ] || exit 2\n{script}\n"),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let collector = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../feeds/grange/prometheus-node-exporter-lua-grange/files/grange.lua");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let output = Command::new("lua5.1")
        .arg("-e")
        .arg(format!(
            "{exporter}\n{METRIC}\ndofile('{}').scrape()",
            collector.display()
        ))
        .env("PATH", path)
        .output()
        .expect("lua5.1 runs: Debian has it in the package lua5.1");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_daemon_that_answers_is_on_the_page_whichever_exporter_asks() {
    let page = "\
grange_routed_up 1
grange_routed_routes 7
# TYPE grange_daemon_up gauge
grange_daemon_up{daemon=\"grange-routed\"} 1
grange_daemon_up{daemon=\"grange-uplinkd\"} 0
grange_daemon_up{daemon=\"grange-rpcd\"} 0
";
    assert_eq!(scraped(OLD), page);
    assert_eq!(scraped(NEW), page);
}
