//! The last line, from processes that die of it.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, id};

use grange_linux::fatal::install_fatal_handler;

use crate::namespace::{other_end, role};

/// Kills this process with a signal, handler installed; the parent looks at what is left.
fn die(signal: &str) {
    install_fatal_handler("grange-test", "1.2.3", "cafe");
    install_fatal_handler("another", "9", "9");
    match signal {
        // A stack overflow: only the alternative stack is left to write from.
        "overflow" => assert_ne!(recurse(1), 0),
        "abort" => std::process::abort(),
        other => {
            let sent = Command::new("kill")
                .args([other, &id().to_string()])
                .status();
            assert!(sent.is_ok_and(|status| status.success()));
            // A signal from outside may arrive a moment later.
            loop {
                std::thread::park();
            }
        }
    }
}

/// Never ends, and keeps the optimiser from seeing so.
#[expect(unconditional_recursion, reason = "overflowing the stack is the point")]
fn recurse(depth: u64) -> u64 {
    let page = std::hint::black_box([depth; 512]);
    recurse(page[7] + 1) + page[9]
}

/// The last line and the number of the signal that killed it.
fn last_line(test: &str, signal: &str) -> (String, Option<i32>) {
    let output = other_end(test, signal)
        .output()
        .expect("unshare can be started");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stderr
        .lines()
        .rfind(|line| line.contains("fatal signal"))
        .unwrap_or("");
    (line.to_owned(), output.status.signal())
}

fn check(test: &str, how: &str, number: i32) {
    if role(how) {
        return die(how);
    }
    let (line, killed_by) = last_line(test, how);
    let prefix = format!("grange-test 1.2.3 cafe: fatal signal {number} at 0x");
    let pc = line
        .strip_prefix(&prefix)
        .unwrap_or_else(|| panic!("{how}: {line:?}"));
    let pc = u64::from_str_radix(pc, 16).expect("a hexadecimal number");
    if cfg!(any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "mips"
    )) {
        assert_ne!(pc, 0, "{how}");
    }
    assert_eq!(killed_by, Some(number), "{how}: the default action follows");
}

#[test]
fn a_stack_overflow_leaves_a_last_line() {
    check("fatal::a_stack_overflow_leaves_a_last_line", "overflow", 11);
}

#[test]
fn an_abort_leaves_a_last_line() {
    check("fatal::an_abort_leaves_a_last_line", "abort", 6);
}

#[test]
fn a_bus_error_from_outside_leaves_a_last_line() {
    check(
        "fatal::a_bus_error_from_outside_leaves_a_last_line",
        "-BUS",
        7,
    );
}

#[test]
fn a_trap_leaves_a_last_line() {
    check("fatal::a_trap_leaves_a_last_line", "-TRAP", 5);
}
