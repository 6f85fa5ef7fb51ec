use super::*;

#[test]
fn a_path_that_leads_out_of_the_root_is_refused() {
    for bad in [
        "",
        "/etc",
        "../etc",
        "etc/../..",
        "./etc",
        "a//b",
        "a/",
        "a\nb",
        "a\\b",
    ] {
        let refused = Tree::new().insert(bad, 0o644, Kind::File(Vec::new()));
        assert!(matches!(refused, Err(TreeError::Path(_))), "{bad:?}");
    }
}

#[test]
fn folders_come_before_what_is_in_them_and_names_sort_inside_each() {
    let mut tree = Tree::new();
    for path in ["usr/sbin/b", "usr-x", "etc/z", "etc/a/b"] {
        tree.insert(path, 0o644, Kind::File(Vec::new())).unwrap();
    }
    let paths: Vec<String> = tree.iter().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        [
            "etc",
            "etc/a",
            "etc/a/b",
            "etc/z",
            "usr",
            "usr/sbin",
            "usr/sbin/b",
            "usr-x"
        ]
    );
}

#[test]
fn the_same_path_twice_is_refused_but_a_folder_may_be_named_after_its_files() {
    let mut tree = Tree::new();
    tree.insert("etc/a", 0o644, Kind::File(Vec::new())).unwrap();
    tree.insert("etc", 0o700, Kind::Folder).unwrap();
    assert_eq!(tree.find("/etc").unwrap().mode, 0o700);
    assert!(matches!(
        tree.insert("etc/a", 0o644, Kind::File(Vec::new())),
        Err(TreeError::Twice(_))
    ));
    assert!(tree.insert("etc/a/b", 0o644, Kind::Folder).is_err());
}
