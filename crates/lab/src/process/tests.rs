use std::process::Command;
use std::time::Duration;

use super::{ProcessId, stop_all};

#[test]
fn a_process_is_known_again_after_a_trip_through_its_file() {
    let own = ProcessId::own().unwrap();
    let path = std::env::temp_dir().join(format!("grange-lab-process-{}", std::process::id()));
    own.save(&path).unwrap();
    assert_eq!(ProcessId::load(&path), Some(own));
    assert!(own.is_running());
    std::fs::remove_file(path).unwrap();
}

#[test]
fn another_process_with_the_same_number_counts_as_ended_and_is_never_signalled() {
    let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
    let real = ProcessId::of(child.id()).unwrap();
    let stale = ProcessId {
        start_ticks: real.start_ticks - 1,
        ..real
    };
    assert!(!stale.is_running());
    stop_all(&[stale]).unwrap();
    assert!(real.is_running());
    stop_all(&[real]).unwrap();
    // Ended, though nobody has waited for it yet.
    assert!(!real.is_running());
    assert!(real.wait_end(Duration::ZERO));
    assert!(!child.wait().unwrap().success());
}

#[test]
fn a_process_that_ignores_the_request_is_ended_all_the_same() {
    let mut child = Command::new("sh")
        .args([
            "-c",
            "trap '' TERM; echo ready; while :; do sleep 0.05; done",
        ])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    stop_all(&[ProcessId::of(child.id()).unwrap()]).unwrap();
    assert!(!child.wait().unwrap().success());
}
