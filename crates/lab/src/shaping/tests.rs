use super::script;
use crate::plan::Plan;
use crate::topology::graph::Topology;

fn script_of(text: &str, node: &str) -> String {
    let plan = Plan::new(&text.parse::<Topology>().unwrap());
    script(plan.node(node).unwrap())
}

#[test]
fn a_home_with_an_uplink_is_hidden_and_a_lossy_link_drops_its_share() {
    let text = "router a b; link a b loss 2.5%; uplink a";
    assert_eq!(
        script_of(text, "a"),
        "table netdev grange_lab {\n\
         chain loss_mesh-b {\ntype filter hook ingress device \"mesh-b\" priority 0;\n\
         numgen random mod 10000 < 250 counter drop\n}\n}\n\
         table inet grange_lab {\nchain wan {\ntype nat hook postrouting priority srcnat;\n\
         oifname \"wan\" masquerade\n}\n}\n"
    );
}

#[test]
fn a_perfect_node_needs_no_rules_at_all() {
    assert_eq!(script_of("line 3", "r2"), "");
}
