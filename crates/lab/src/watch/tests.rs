use std::time::Instant;

use super::Watch;
use crate::observe::{DefaultRoute, View};
use crate::topology::graph::Daemon;

fn view(neighbours: &[(&str, Option<u16>)], routes: usize, way_out: Option<&str>) -> View {
    let via = |via: &str| DefaultRoute::Neighbour {
        via: via.to_owned(),
        gateway: Some("broad".to_owned()),
        metric: Some(300),
    };
    View {
        router: "park".to_owned(),
        daemon: Daemon::Routed,
        running: true,
        neighbours: Some(
            neighbours
                .iter()
                .map(|(name, cost)| ((*name).to_owned(), *cost))
                .collect(),
        ),
        routes_v4: routes,
        routes_v6: routes,
        default_v4: way_out.map(via),
        default_v6: way_out.map(via),
    }
}

fn after(views: [View; 2]) -> String {
    let mut watch = Watch::default();
    let now = Instant::now();
    let [first, second] = views;
    assert_eq!(watch.update(&[first], now), []);
    let changes = watch.update(&[second], now);
    assert_eq!(watch.last("park"), changes.first());
    changes.into_iter().map(|change| change.what).collect()
}

#[test]
fn neighbours_come_and_go_and_an_infinite_cost_is_gone() {
    let both = view(&[("east", Some(96)), ("main", Some(96))], 7, Some("main"));
    let one = view(&[("east", Some(96)), ("main", None)], 7, Some("east"));
    assert_eq!(
        after([both.clone(), one.clone()]),
        "lost main, internet via east to broad"
    );
    assert_eq!(after([one, both]), "met main, internet via main to broad");
}

#[test]
fn the_number_of_routes_is_news_only_when_there_is_no_other() {
    let few = view(&[], 3, None);
    assert_eq!(after([few.clone(), view(&[], 5, None)]), "routes 5+5");
    assert_eq!(
        after([few.clone(), view(&[], 5, Some("broad"))]),
        "internet via broad"
    );
    assert_eq!(after([few.clone(), few]), "");
}

#[test]
fn families_that_part_company_are_told_apart() {
    let mut half = view(&[], 3, Some("east"));
    half.default_v6 = None;
    assert_eq!(
        after([view(&[], 3, None), half]),
        "internet (IPv4) via east to broad"
    );
}

#[test]
fn a_daemon_that_ends_is_news() {
    let mut dead = view(&[], 3, None);
    dead.running = false;
    assert_eq!(after([view(&[], 3, None), dead]), "daemon has ended");
}
