//! A real dnsmasq, for the tests of whatever tells it something.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts one in a network namespace that knows nothing but what these words say; it has come up when its pid file is there.
pub(crate) fn start(namespace: &str, pid: &Path, words: &str) -> Child {
    let child = Command::new("ip")
        .args(["netns", "exec", namespace])
        .args(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null"])
        .args(["--no-resolv", "--no-hosts", "--bind-interfaces"])
        .args(["--user=root", "--log-facility=-", "--cache-size=0"])
        .arg(format!("--pid-file={}", pid.display()))
        .args(words.split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    child.unwrap()
}
