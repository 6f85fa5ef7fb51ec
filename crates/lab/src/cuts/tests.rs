use super::{cable_name, find};
use crate::plan::Plan;
use crate::topology::catalogue;
use crate::topology::graph::Topology;

#[test]
fn a_cable_is_found_either_way_round_and_through_dashes_in_names() {
    let plan = Plan::new(&catalogue::find(&[]).unwrap().topology);
    for (name, expected) in [
        ("main-park", "main-park"),
        ("park-main", "main-park"),
        ("broad-fibre", "broad-fibre"),
        ("laptop-east-east", "east-laptop-east"),
        ("dsl-internet", "dsl-internet"),
    ] {
        assert_eq!(cable_name(&plan, find(&plan, name).unwrap()), expected);
    }
    let dashed: Topology = "router a a-b b-c c; link a b-c; link a-b c"
        .parse()
        .unwrap();
    let dashed = Plan::new(&dashed);
    assert_eq!(
        cable_name(&dashed, find(&dashed, "a-b-c").unwrap()),
        "a-b-c"
    );
}

#[test]
fn a_cable_that_is_not_there_is_answered_with_those_that_are() {
    let plan = Plan::new(&"line 3".parse::<Topology>().unwrap());
    assert_eq!(
        find(&plan, "r1-r3").unwrap_err().to_string(),
        "there is no cable r1-r3; there are: r1-r2, r2-r3"
    );
    let plan = Plan::new(&"line 30".parse::<Topology>().unwrap());
    assert!(
        find(&plan, "x")
            .unwrap_err()
            .to_string()
            .ends_with("r12-r13, and 17 more")
    );
}
