use std::time::Duration;

use super::{Row, ago, render};
use crate::observe::{DefaultRoute, View};
use crate::topology::graph::Daemon;

fn view(router: &str, neighbours: &[(&str, Option<u16>)], default: Option<DefaultRoute>) -> View {
    let neighbours = neighbours
        .iter()
        .map(|(name, cost)| ((*name).to_owned(), *cost))
        .collect();
    View {
        router: router.to_owned(),
        daemon: Daemon::Routed,
        running: true,
        neighbours: Some(neighbours),
        routes_v4: 7,
        routes_v6: 8,
        default_v4: default.clone(),
        default_v6: default,
    }
}

fn via(via: &str, gateway: &str, metric: u16) -> DefaultRoute {
    let gateway = Some(gateway.to_owned());
    DefaultRoute::Neighbour {
        via: via.to_owned(),
        gateway,
        metric: Some(metric),
    }
}

#[test]
fn the_four_streets_as_a_table() {
    let broad = view(
        "broad",
        &[("main", Some(96)), ("east", Some(256))],
        Some(DefaultRoute::Own("wan".to_owned())),
    );
    let mut park = view(
        "park",
        &[("east", Some(96)), ("main", None)],
        Some(via("east", "broad", 480)),
    );
    park.default_v6 = None;
    let east = view("east", &[], Some(via("broad", "broad", 384)));
    let mut main = view("main", &[], None);
    main.running = false;
    let bird = View {
        daemon: Daemon::Bird,
        neighbours: None,
        ..view("bird", &[], None)
    };
    let change = |seconds, what| Some((Duration::from_secs(seconds), what));
    let rows = [
        Row {
            view: &broad,
            change: None,
        },
        Row {
            view: &park,
            change: change(3, "lost main, internet (IPv4) via east to broad"),
        },
        Row {
            view: &east,
            change: change(100_000, "met broad"),
        },
        Row {
            view: &main,
            change: change(125, "daemon has ended"),
        },
        Row {
            view: &bird,
            change: None,
        },
    ];
    let expected: Vec<&str> = include_str!("golden/streets.txt").lines().collect();
    assert_eq!(render(&rows, 9), expected);
    let short = render(&rows, 2);
    assert_eq!(short.len(), 4);
    assert_eq!(short[3], "and 3 more: `grange-lab status` shows all");
}

#[test]
fn times_are_told_in_the_unit_that_people_would_take() {
    let told = [0, 119, 120, 7_199, 7_200].map(|s| ago(Duration::from_secs(s)));
    assert_eq!(told, ["0 s", "119 s", "2 min", "119 min", "2 h"]);
}
