//! A network namespace for a test, made by running the test again inside one.

use std::any::type_name;
use std::env;
use std::fs;
use std::net::{IpAddr, Ipv6Addr};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use grange_linux::event_loop::{EventLoop, Interest, Token};
use grange_linux::kernel::{Kernel, RouteChange, RuleChange};
use grange_linux::kernel_error::{KernelError, KernelErrorKind};
use grange_linux::monitor::{KernelEvent, Monitor};
use grange_linux::rtnetlink::RtNetlink;
use grange_linux::sysctl;

/// Names the test that runs inside, and the part it plays.
const INSIDE: &str = "GRANGE_TEST_NAMESPACE";

/// Generous: a test waits for events, and only a broken one waits this long.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// Runs `body` in a fresh network namespace, where it is root and alone.
///
/// The test process cannot enter a namespace without `unsafe`, so it starts itself again with
/// `unshare`, asking for this one test, which the body's type names.
pub(crate) fn in_namespace<F: FnOnce()>(body: F) {
    let test = test_name::<F>();
    if env::var(INSIDE).is_ok_and(|inside| inside == test) {
        body();
        return;
    }
    let output = in_new_namespace(&test, &test)
        .output()
        .expect("unshare can be started");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    // A name that matched no test would succeed as well: one must have passed.
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{test} in its namespace (needs root or user namespaces): {}\n{stdout}\n{stderr}",
        output.status,
    );
}

/// This program once more, in another namespace, for one test in a certain role; see [`role`].
pub(crate) fn other_end(test: &str, role: &str) -> Command {
    let mut command = in_new_namespace(test, role);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Whether this process was started by [`other_end`] for this role.
pub(crate) fn role(role: &str) -> bool {
    env::var(INSIDE).is_ok_and(|inside| inside == role)
}

/// Runs `ip` with these words.
pub(crate) fn ip(words: &str) {
    let output = Command::new("ip")
        .args(words.split(' '))
        .output()
        .expect("ip is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {words}: {stderr}");
}

/// Gives `nft` a script.
pub(crate) fn nft(script: &str) {
    let output = Command::new("nft")
        .arg(script)
        .output()
        .expect("nft is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "nft {script}: {stderr}");
}

/// Makes a veth pair `m0` and `m1`, up, with link-local addresses that may be used; their indexes.
pub(crate) fn veth() -> (u32, u32) {
    // Without duplicate address detection, which takes seconds.
    sysctl::write("net/ipv6/conf/default/accept_dad", "0").expect("own namespace");
    ip("link set lo up");
    ip("link add m0 type veth peer name m1");
    ip("link set m0 up");
    ip("link set m1 up");
    let (m0, m1) = (index("m0"), index("m1"));
    for interface in [m0, m1] {
        link_local(interface);
    }
    (m0, m1)
}

/// Waits until an interface has a link-local address that may be used.
pub(crate) fn link_local(interface: u32) -> Ipv6Addr {
    let mut monitor = Monitor::new().expect("a netlink socket");
    loop {
        for address in kernel().addresses().expect("a dump") {
            if let IpAddr::V6(v6) = address.address
                && address.index == interface
                && address.is_link_local_v6()
                && address.is_usable()
            {
                return v6;
            }
        }
        wait_for(&mut monitor, |event| {
            matches!(event, KernelEvent::AddressAdded(_))
        });
    }
}

/// The index of an interface.
pub(crate) fn index(name: &str) -> u32 {
    let links = kernel().links().expect("links");
    links
        .iter()
        .find(|link| link.name == name)
        .expect("the interface is there")
        .index
}

/// The real kernel.
pub(crate) fn kernel() -> RtNetlink {
    RtNetlink::new().expect("a netlink socket")
}

/// Makes one change of routes.
pub(crate) fn route(change: RouteChange) -> Result<(), KernelError> {
    let mut answers = kernel().change_routes(&[change]);
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// Makes one change of rules.
pub(crate) fn rule(change: RuleChange) -> Result<(), KernelError> {
    let mut answers = kernel().change_rules(&[change]);
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// The kind of a refusal.
pub(crate) fn refusal(answer: Result<(), KernelError>) -> KernelErrorKind {
    answer.expect_err("a refusal").kind()
}

/// Waits until the monitor has announced an event that is wanted; all since the call.
pub(crate) fn wait_for(
    monitor: &mut Monitor,
    wanted: impl Fn(&KernelEvent) -> bool,
) -> Vec<KernelEvent> {
    let mut events = EventLoop::new().expect("a loop");
    events
        .register(monitor, Token(0), Interest::Read)
        .expect("registered");
    let (mut ready, mut seen) = (Vec::new(), Vec::new());
    loop {
        monitor.read(&mut seen).expect("readable");
        if seen.iter().any(&wanted) {
            return seen;
        }
        events.wait(Some(LIMIT), &mut ready).expect("a wait");
        assert!(!ready.is_empty(), "never announced; seen: {seen:?}");
    }
}

/// `main_crate::module::test::{{closure}}` without its ends.
fn test_name<F>() -> String {
    let path = type_name::<F>().trim_end_matches("::{{closure}}");
    path.split_once("::")
        .expect("a path in this crate")
        .1
        .to_owned()
}

fn in_new_namespace(test: &str, role: &str) -> Command {
    let mut command = Command::new("unshare");
    let owner = fs::metadata("/proc/self").expect("proc is mounted").uid();
    if owner != 0 {
        command.args(["--user", "--map-root-user"]);
    }
    command
        .args(["--net", "--"])
        .arg(env::current_exe().expect("this program has a path"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, role);
    command
}
