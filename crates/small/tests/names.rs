//! What the program does is told by the name it is called by.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

fn call(name: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grange-small"));
    command.arg0(name).args(args).output().unwrap()
}

#[test]
fn it_is_the_daemon_whose_name_it_is_called_by() {
    for daemon in ["grange-routed", "grange-uplinkd", "grange-rpcd"] {
        let ways: [(&str, &[&str]); 3] = [
            (daemon, &["--version"]),
            (&format!("/usr/sbin/{daemon}"), &["--version"]),
            ("grange-small", &[daemon, "--version"]),
        ];
        for (name, args) in ways {
            let output = call(name, args);
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{name} {args:?}");
            assert!(
                said.starts_with(&format!("{daemon} ")),
                "{name} {args:?}: {said}"
            );
        }
    }
}

#[test]
fn by_another_name_it_says_what_it_wants() {
    let cases: [(&str, &[&str]); 3] = [
        ("sh", &[]),
        ("grange-small", &[]),
        ("grange-small", &["grange-small", "grange-routed"]),
    ];
    for (name, args) in cases {
        let output = call(name, args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name} {args:?}");
        assert!(said.contains("grange-uplinkd or grange-rpcd"), "{said}");
    }
}
