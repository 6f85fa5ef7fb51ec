use super::{BUILT_IN, find};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn every_built_in_topology_is_found_by_its_name_and_is_correct() {
    for (name, _) in BUILT_IN {
        let found = find(&words(&[name])).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.title, *name);
    }
}

#[test]
fn without_a_name_the_four_streets_come_up() {
    let found = find(&[]).unwrap();
    let routers: Vec<&str> = found
        .topology
        .routers
        .iter()
        .map(|r| r.name.as_str())
        .collect();
    assert_eq!(routers, ["broad", "main", "park", "east"]);
    assert_eq!(found.topology.uplinks.len(), 2);
    assert!(found.topology.routers.iter().all(|router| router.laptop));
    // One link more than a tree needs: the redundant path.
    assert_eq!(found.topology.links.len(), found.topology.routers.len());
}

#[test]
fn statements_and_files_do_as_well() {
    assert_eq!(
        find(&words(&["line", "4"])).unwrap().topology.routers.len(),
        4
    );
    assert_eq!(
        find(&words(&["line 2; uplink r1"]))
            .unwrap()
            .topology
            .uplinks
            .len(),
        1
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/topologies/lossy.topology");
    assert_eq!(find(&words(&[path])).unwrap().topology.routers.len(), 3);
}

#[test]
fn a_wrong_word_or_path_is_answered_with_what_would_be_right() {
    let error = |w: &[&str]| find(&words(w)).unwrap_err().to_string();
    assert!(error(&["neighborhood"]).starts_with("no topology called \"neighborhood\": built in"));
    assert!(error(&["./no/such"]).starts_with("cannot read ./no/such: "));
    assert!(error(&["line", "x"]).starts_with("line x: line 1, column 6: "));
}
