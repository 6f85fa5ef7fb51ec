use crate::topology::graph::{Daemon, Topology};

fn parse(text: &str) -> Topology {
    text.parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    text.parse::<Topology>()
        .map(|_| ())
        .unwrap_err()
        .to_string()
}

fn links(topology: &Topology) -> Vec<String> {
    let name = |router: usize| topology.routers[router].name.as_str();
    topology
        .links
        .iter()
        .map(|l| format!("{}-{}", name(l.ends[0]), name(l.ends[1])))
        .collect()
}

#[test]
fn every_option_of_every_statement_is_read() {
    let topology = parse(
        "daemon bird\n\
         router broad main  park # three at once\n\
         \trouter east daemon babeld\n\
         link broad main loss 2.5% rate 20mbit wireless cost 300 no-ipv4 switched; link main park\n\
         uplink broad name fibre rate 1gbit unshared\n\
         uplink broad\n\
         laptop broad main; laptop east\n",
    );
    assert_eq!(topology.daemon, Some(Daemon::Bird));
    assert_eq!(topology.routers[3].daemon, Some(Daemon::Babeld));
    assert_eq!(topology.routers[0].daemon, None);
    let link = &topology.links[0];
    assert_eq!(link.loss.unwrap().per_ten_thousand(), 250);
    assert_eq!(link.rate.unwrap().bits_per_second(), 20_000_000);
    assert!(link.wireless && link.without_ipv4 && link.switched);
    assert_eq!(link.cost, Some(300));
    assert_eq!(links(&topology), ["broad-main", "main-park"]);
    assert_eq!(topology.uplinks[0].provider.as_str(), "fibre");
    assert!(!topology.uplinks[0].shared && topology.uplinks[1].shared);
    assert_eq!(topology.uplinks[1].provider.as_str(), "isp-broad");
    let laptops: Vec<bool> = topology
        .routers
        .iter()
        .map(|router| router.laptop)
        .collect();
    assert_eq!(laptops, [true, true, false, true]);
}

#[test]
fn shapes_have_the_links_that_their_names_promise() {
    assert_eq!(links(&parse("line 3")), ["r1-r2", "r2-r3"]);
    assert_eq!(
        links(&parse("ring 4")),
        ["r1-r2", "r2-r3", "r3-r4", "r4-r1"]
    );
    assert_eq!(links(&parse("ring 2")), ["r1-r2"]);
    assert_eq!(links(&parse("line 1")), Vec::<String>::new());
    let grid = parse("grid 2x2");
    assert_eq!(
        links(&grid),
        ["r1c1-r1c2", "r1c1-r2c1", "r2c1-r2c2", "r1c2-r2c2"]
    );
    let large = parse("grid 5x10");
    assert_eq!((large.routers.len(), large.links.len()), (50, 85));
}

#[test]
fn a_shape_can_be_followed_by_statements_about_its_routers() {
    let topology = parse("ring 8; uplink r1; laptop r5; link r2 r6 wireless");
    assert_eq!(topology.links.len(), 9);
    assert_eq!(topology.uplinks[0].router, 0);
}

#[test]
fn errors_name_the_line_and_the_column_of_the_word() {
    let table = [
        ("", "line 1, column 1: no router in this topology"),
        (
            "# nothing\n",
            "line 1, column 1: no router in this topology",
        ),
        (
            "router a\nrouetr b",
            "line 2, column 1: no statement starts with \"rouetr\": there are router, link, uplink, laptop, daemon, line, ring and grid",
        ),
        (
            "router a b\n  link a c",
            "line 2, column 10: no router called c above this line",
        ),
        (
            "router a b; link a",
            "line 1, column 19: a router's name is missing here",
        ),
        (
            "router a b\nlink a a",
            "line 2, column 8: a link needs two different routers",
        ),
        (
            "ring 3\nlink r3 r1",
            "line 2, column 9: r3 and r1 are linked already",
        ),
        (
            "router a a",
            "line 1, column 10: there is already a node called a",
        ),
        (
            "router internet",
            "line 1, column 8: there is already a node called internet",
        ),
        (
            "router Broad",
            "line 1, column 8: \"Broad\": a name is lower-case letters, digits and single dashes, and starts with a letter",
        ),
        (
            "router averylongname",
            "line 1, column 8: \"averylongname\": a name here has at most 10 characters",
        ),
        (
            "router é",
            "line 1, column 8: \"é\": a name is lower-case letters, digits and single dashes, and starts with a letter",
        ),
        (
            "router a b\nlink a b delay 5ms",
            "line 2, column 10: \"delay\" does not belong here: a link takes loss, rate, wireless, cost, no-ipv4 and switched",
        ),
        (
            "router a b\nlink a b loss 200%",
            "line 2, column 15: \"200%\": a loss is a percentage from 0.01% to 100%, with at most two decimals, such as 5%",
        ),
        (
            "router a b\nlink a b loss",
            "line 2, column 14: the loss is missing here",
        ),
        (
            "router a b\nlink a b cost 0",
            "line 2, column 15: \"0\" is no whole number from 1 to 65534",
        ),
        (
            "router a b\nlink a b wireless wireless",
            "line 2, column 19: \"wireless\" is given twice",
        ),
        (
            "line 0",
            "line 1, column 6: \"0\" is no whole number from 1 to 250",
        ),
        ("line", "line 1, column 5: how many routers is missing here"),
        (
            "grid 5",
            "line 1, column 6: \"5\": a grid is given as ROWSxCOLUMNS, such as 5x10",
        ),
        (
            "grid 0x5",
            "line 1, column 6: \"0x5\": a grid is given as ROWSxCOLUMNS, such as 5x10",
        ),
        (
            "grid 50x50",
            "line 1, column 6: more than 250 routers: the lab has no addresses for them",
        ),
        (
            "ring 3 4",
            "line 1, column 8: \"4\" does not belong here: one number is enough",
        ),
        (
            "router a daemon ospfd",
            "line 1, column 17: \"ospfd\": a daemon is routed, babeld, bird or none",
        ),
        (
            "router a; laptop a a",
            "line 1, column 20: a has a laptop already",
        ),
        (
            "router a; uplink a; uplink a",
            "line 1, column 28: there is already a node called isp-a",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), expected, "{text:?}");
    }
}

#[test]
fn columns_are_counted_in_characters_and_over_semicolons() {
    assert_eq!(
        error("router a ;   link a\u{a0}zz"),
        "line 1, column 21: no router called zz above this line"
    );
}

#[test]
fn no_text_makes_the_parser_panic() {
    let words = [
        "router", "a", "b", "link", "grid", "5x", "x", "loss", "%", ";", "\n", "#", "é",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let pick = usize::try_from(state >> 33).unwrap() % words.len();
            text.push_str(words[pick]);
            text.push(' ');
        }
        drop(text.parse::<Topology>());
    }
}
