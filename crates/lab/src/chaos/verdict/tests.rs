use super::*;

fn route(to: &str, interface: &str) -> KernelRoute {
    KernelRoute {
        table: 42,
        destination: cidr(to),
        protocol: 42,
        metric: 2042,
        via: None,
        interface: Some(interface.to_owned()),
        reachable: interface != "none",
    }
}

fn cidr(address: &str) -> Cidr {
    Cidr {
        address: address.parse().unwrap(),
        plen: 32,
    }
}

#[test]
fn loops_gaps_and_leftovers_are_told_apart() {
    let wanted = BTreeMap::from([(cidr("10.42.0.3"), "c")]);
    let judged = |a: &[&KernelRoute], b: &[&KernelRoute]| {
        let all = |routes: &[&KernelRoute]| routes.iter().copied().cloned().collect::<Vec<_>>();
        let fibs = BTreeMap::from([("a", all(a)), ("b", all(b)), ("c", Vec::new())]);
        check(&fibs, &wanted)
    };
    let (right_a, right_b) = (route("10.42.0.3", "mesh-b"), route("10.42.0.3", "mesh-c"));
    assert_eq!(judged(&[&right_a], &[&right_b]), Ok(()));
    let wrong = |a: &[&KernelRoute], b: &[&KernelRoute], what: &str| {
        let said = judged(a, b).unwrap_err();
        assert!(said.contains(what), "{said}");
    };
    wrong(&[&right_a], &[], "b has no route to 10.42.0.3/32");
    wrong(&[&right_a], &[&route("10.42.0.3", "mesh-a")], "a loop");
    wrong(
        &[&right_a, &route("10.42.0.9", "mesh-b")],
        &[&right_b],
        "nobody's prefix",
    );
    wrong(
        &[&right_a, &route("198.18.0.9", "mesh-b")],
        &[&right_b],
        "a forged prefix",
    );
    wrong(&[&route("10.42.0.3", "none")], &[&right_b], "unreachable");
}
