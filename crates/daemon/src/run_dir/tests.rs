use std::os::unix::fs::PermissionsExt;

use super::*;

/// A directory that vanishes with the test.
struct TempDir(PathBuf);

impl TempDir {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("grange-run-dir-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_missing_directory_is_made_with_its_parents() {
    let dir = TempDir::new("made");
    let run_dir = RunDir::open(&dir.0.join("a/b"), "grange-test").unwrap();
    assert_eq!(run_dir.socket_path(), dir.0.join("a/b/grange-test.sock"));
    let mode = std::fs::metadata(run_dir.path())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o022, 0);
}

#[test]
fn state_outlives_the_daemon_and_is_replaced_as_a_whole() {
    let dir = TempDir::new("state");
    let run_dir = RunDir::open(&dir.0, "grange-test").unwrap();
    assert_eq!(run_dir.read_state("seqnos").unwrap(), None);
    run_dir
        .write_state("seqnos", b"a long first version")
        .unwrap();
    run_dir.write_state("seqnos", b"second").unwrap();
    drop(run_dir);
    let run_dir = RunDir::open(&dir.0, "grange-test").unwrap();
    assert_eq!(run_dir.read_state("seqnos").unwrap().unwrap(), b"second");
    run_dir.remove_state("seqnos").unwrap();
    run_dir.remove_state("seqnos").unwrap();
    assert_eq!(run_dir.read_state("seqnos").unwrap(), None);
    // Nothing half-written is left lying about.
    let mut names: Vec<_> = std::fs::read_dir(&dir.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["grange-test.lock"]);
}

#[test]
fn what_a_crash_left_half_written_does_not_count() {
    let dir = TempDir::new("half");
    let run_dir = RunDir::open(&dir.0, "grange-test").unwrap();
    run_dir.write_state("seqnos", b"whole").unwrap();
    std::fs::write(dir.0.join("grange-test.seqnos.new"), b"ha").unwrap();
    assert_eq!(run_dir.read_state("seqnos").unwrap().unwrap(), b"whole");
    run_dir.write_state("seqnos", b"newer").unwrap();
    assert_eq!(run_dir.read_state("seqnos").unwrap().unwrap(), b"newer");
}

#[test]
fn a_state_cannot_be_named_so_as_to_hit_another_file() {
    let dir = TempDir::new("names");
    let run_dir = RunDir::open(&dir.0, "grange-test").unwrap();
    for name in ["", "../x", "a/b", "a.b", "lock", "sock", "a\0"] {
        let error = run_dir.write_state(name, b"").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
    }
}

#[test]
fn a_state_no_daemon_wrote_is_not_read_into_memory() {
    let dir = TempDir::new("large");
    let run_dir = RunDir::open(&dir.0, "grange-test").unwrap();
    let file = File::create(dir.0.join("grange-test.seqnos")).unwrap();
    file.set_len(1 << 40).unwrap();
    let error = run_dir.read_state("seqnos").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
}

#[test]
fn the_lock_names_its_holder_unless_the_file_is_odd() {
    let dir = TempDir::new("pid");
    let run_dir = RunDir::open(&dir.0, "grange-test").unwrap();
    let lock = dir.0.join("grange-test.lock");
    assert_eq!(pid_in(&lock), std::process::id().to_string());
    for odd in ["", "x", "-1", "12345678901", "1 2"] {
        std::fs::write(&lock, odd).unwrap();
        assert_eq!(pid_in(&lock), "?");
    }
    drop(run_dir);
    assert_eq!(pid_in(&dir.0.join("missing")), "?");
}

#[test]
fn a_place_that_cannot_be_a_directory_is_named_in_the_error() {
    let dir = TempDir::new("file");
    std::fs::write(&dir.0, b"").unwrap();
    let error = RunDir::open(&dir.0.join("run"), "grange-test").unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("cannot use the run directory /"), "{text}");
    std::fs::remove_file(&dir.0).unwrap();
}
