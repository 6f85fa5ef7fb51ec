//! On what, and with which versions, the figures were measured.

use std::fs;
use std::process::Command;
use std::thread;

use crate::daemons::find;
use crate::topology::graph::Daemon;

/// The machine and the versions of all daemons, in a few lines.
pub fn describe() -> String {
    let value = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cpus = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
    let versions = [
        (Daemon::Routed, "--version"),
        (Daemon::Babeld, "-V"),
        (Daemon::Bird, "--version"),
    ];
    let versions = versions.map(|(daemon, flag)| version(daemon, flag));
    format!(
        "{cpus} CPUs ({}), {}, Linux {}, load average {load}; veth links in network namespaces.\n{}.\n",
        value("/proc/cpuinfo", "model name"),
        value("/proc/meminfo", "MemTotal"),
        output("uname", "-r"),
        versions.join("; "),
    )
}

fn version(daemon: Daemon, flag: &str) -> String {
    match find(daemon) {
        Ok(path) => {
            let size = fs::metadata(&path).map_or(0, |file| file.len());
            let said = output(&path.to_string_lossy(), flag);
            format!("{said} (a file of {size} bytes)")
        }
        Err(error) => error.to_string(),
    }
}

/// What a program says, on whichever of its two outputs.
fn output(program: &str, flag: &str) -> String {
    let Ok(output) = Command::new(program).arg(flag).output() else {
        return String::new();
    };
    let all = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&all).trim().to_owned()
}
