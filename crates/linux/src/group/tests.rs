use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{give_to_group, group_id, set_mode};

#[test]
fn groups_are_found_by_their_whole_name() {
    let file = b"root:x:0:\ngrange:x:513:alice,bob\n\nbroken\nodd:x:notanumber:\nlast:x:7:";
    assert_eq!(group_id(file, "root"), Some(0));
    assert_eq!(group_id(file, "grange"), Some(513));
    assert_eq!(group_id(file, "gran"), None);
    assert_eq!(group_id(file, "broken"), None);
    assert_eq!(group_id(file, "odd"), None);
    assert_eq!(group_id(file, "last"), Some(7));
    assert_eq!(group_id(b"", "root"), None);
    assert_eq!(group_id(b"\xff\xfe:x:3:\n", "root"), None);
}

#[test]
fn an_unknown_group_is_told_and_changes_nothing() {
    let path = std::env::temp_dir().join(format!("grange-linux-{}-group", std::process::id()));
    fs::write(&path, "").expect("written");
    assert!(!give_to_group(&path, "no such group").expect("the group file is readable"));
    set_mode(&path, 0o660).expect("set");
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    fs::remove_file(&path).expect("removed");
}
