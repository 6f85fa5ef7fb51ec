use serde_json::json;

use super::{Record, read};
use crate::folder::Folder;
use crate::process::ProcessId;
use crate::topology::graph::Daemon;
use crate::topology::name::LabName;

#[test]
fn a_record_survives_the_trip_through_its_file() {
    let lab = LabName::new(&format!("rec-{}", std::process::id())).unwrap();
    let folder = Folder::of(&lab);
    assert_eq!(Record::load(&folder).unwrap(), None);
    let record = Record {
        title: "line 2".to_owned(),
        text: "line 2".to_owned(),
        daemon: Daemon::Bird,
        balance: true,
        fast: true,
        owner: ProcessId::own(),
        started_s: 1_700_000_000,
        namespaces: vec!["grange-x-r1".to_owned()],
    };
    std::fs::create_dir_all(folder.path()).unwrap();
    record.save(&folder).unwrap();
    let loaded = Record::load(&folder).unwrap();
    std::fs::remove_dir_all(folder.path()).unwrap();
    // Unless another lab is up.
    drop(std::fs::remove_dir(crate::folder::ROOT));
    assert_eq!(loaded, Some(record));
}

#[test]
fn a_damaged_record_is_refused_with_the_part_that_is_wrong() {
    let whole = json!({
        "title": "a", "text": "line 1", "daemon": "routed", "fast": false, "owner": null,
        "started_s": 1, "namespaces": []
    });
    assert!(read(&whole).is_ok());
    for part in [
        "title",
        "text",
        "daemon",
        "fast",
        "owner",
        "started_s",
        "namespaces",
    ] {
        let mut damaged = whole.clone();
        damaged[part] = json!({});
        assert_eq!(read(&damaged), Err(part));
    }
}
