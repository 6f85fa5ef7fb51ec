use std::fs;
use std::path::PathBuf;

use super::{FileLock, FileLockError};

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("grange-linux-{}-{name}", std::process::id()))
}

#[test]
fn a_second_lock_is_refused_until_the_first_is_dropped() {
    let path = path("lock");
    let first = FileLock::acquire(&path).expect("free");
    assert!(matches!(FileLock::acquire(&path), Err(FileLockError::Held)));
    drop(first);
    FileLock::acquire(&path).expect("free again");
    fs::remove_file(&path).expect("removed");
}

#[test]
fn a_folder_that_does_not_exist_is_an_error_and_not_held() {
    let path = path("absent").join("lock");
    assert!(matches!(
        FileLock::acquire(&path),
        Err(FileLockError::Io(_))
    ));
}

#[test]
fn locking_keeps_the_content() {
    let path = path("content");
    fs::write(&path, "state").expect("written");
    drop(FileLock::acquire(&path).expect("free"));
    assert_eq!(fs::read_to_string(&path).expect("read"), "state");
    fs::remove_file(&path).expect("removed");
}
