//! The program `grange-lab` as its users run it, in real network namespaces (so as root).

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use grange_lab::folder::Folder;
use grange_lab::process::ProcessId;
use nix::sys::signal::Signal;

fn lab(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grange-lab"));
    command
        .args(["--lab", name])
        .args(arguments)
        .stdin(Stdio::null());
    command
}

fn run(name: &str, arguments: &[&str]) -> Output {
    lab(name, arguments)
        .output()
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Starts `up` in the foreground and waits until the lab is up.
fn up(name: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let arguments = ["up", "--daemon", "babeld", "--fast", "line 2; uplink r1"];
    let mut child = lab(name, &arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    let mut output = BufReader::new(
        child
            .stdout
            .take()
            .unwrap_or_else(|| panic!("stdout is not piped")),
    );
    let mut line = String::new();
    while !line.contains("or Ctrl-C here") {
        line.clear();
        let count = output
            .read_line(&mut line)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_ne!(count, 0, "`up` has ended");
    }
    (child, output)
}

fn namespaces(name: &str) -> usize {
    let prefix = format!("grange-{name}-");
    let entries = fs::read_dir("/run/netns").into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .count()
}

fn folder_exists(name: &str) -> bool {
    Folder::of(&name.parse().unwrap_or_else(|error| panic!("{error}")))
        .path()
        .exists()
}

#[test]
fn up_is_played_with_from_another_terminal_and_ends_with_ctrl_c() {
    let name = format!("v{}-play", std::process::id());
    let (mut child, output) = up(&name);
    assert_eq!(namespaces(&name), 4);

    assert_eq!(stdout(&run(&name, &["cut", "r2-r1"])), "cut r1-r2\n");
    let status = run(&name, &["status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["cut"], serde_json::json!(["r1-r2"]));
    assert_eq!(status["routers"][0]["default"]["ipv4"]["own"], "wan");
    assert!(stdout(&run(&name, &["status"])).contains("CUT: r1-r2"));
    assert_eq!(stdout(&run(&name, &["heal"])), "healed r1-r2\n");
    assert_eq!(stdout(&run(&name, &["heal"])), "no cable is cut\n");

    let exit = run(
        &name,
        &["exec", "r1", "sh", "-c", "ls /sys/class/net; exit 7"],
    );
    assert_eq!(exit.status.code(), Some(7));
    assert_eq!(stdout(&exit), "lo\nmesh-r2\nwan\n");
    let unknown = run(&name, &["exec", "r9", "true"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(
        stderr(&unknown),
        "error: there is no node called r9; there are: r1, r2, internet, isp-r1\n"
    );
    assert_eq!(
        stdout(&run(&name, &["restart", "r2"])),
        "the daemon of r2 runs again\n"
    );
    assert!(
        stdout(&run(&name, &["list"]))
            .contains(&format!("{name}: line 2; uplink r1, 4 namespaces, up\n"))
    );

    ProcessId::of(child.id())
        .unwrap()
        .signal(Signal::SIGINT)
        .unwrap();
    let last = output.lines().map_while(Result::ok).last().unwrap();
    assert_eq!(last, format!("lab {name} is down, nothing is left of it"));
    assert!(child.wait().unwrap().success());
    assert_eq!(namespaces(&name), 0);
    assert!(!folder_exists(&name));
}

#[test]
fn what_a_killed_up_leaves_behind_is_cleaned_up_by_down() {
    let name = format!("v{}-killed", std::process::id());
    let (mut child, output) = up(&name);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(output);
    assert_eq!(namespaces(&name), 4);
    assert!(stdout(&run(&name, &["list"])).contains("left behind"));
    assert_eq!(
        stdout(&run(&name, &["down"])),
        format!("lab {name} is down\n")
    );
    assert_eq!(namespaces(&name), 0);
    assert!(!folder_exists(&name));
    assert_eq!(
        stdout(&run(&name, &["down"])),
        format!("no lab called {name} is up\n")
    );
}

#[test]
fn down_asks_the_process_that_the_lab_belongs_to() {
    let name = format!("v{}-down", std::process::id());
    let (mut child, output) = up(&name);
    assert_eq!(
        stdout(&run(&name, &["down"])),
        format!("lab {name} is down\n")
    );
    assert!(child.wait().unwrap().success());
    drop(output);
    assert_eq!(namespaces(&name), 0);
}

#[test]
fn a_wrong_topology_is_refused_before_anything_is_made() {
    let name = format!("v{}-wrong", std::process::id());
    let output = run(&name, &["up", "line 2; link r1 r3"]);
    assert_eq!(output.status.code(), Some(1));
    let expected =
        "error: line 2; link r1 r3: line 1, column 17: no router called r3 above this line";
    assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
    assert_eq!(namespaces(&name), 0);
    assert!(!folder_exists(&name));
}
