//! Another router with our router-id.

use std::time::Duration;

use grange_babel::router_id::RouterId;

use super::bench::{Bench, config, kernel};

const CHOSEN: &str = "config routed\n\toption router_id '02:00:00:00:00:00:00:07'\n";

/// An agent whose neighbour has the same router-id, past the time when that could be a leftover.
fn twins(more: &str) -> Bench {
    let mut bench = Bench::met(kernel(), more);
    let id = bench.agent.core().router_id();
    bench.peer.handle_router_id(id, bench.now);
    bench.pass(Duration::from_mins(5));
    bench
}

fn complaint(bench: &Bench) -> Option<&str> {
    bench.agent.double(bench.now)
}

#[test]
fn a_router_id_that_was_made_up_is_exchanged_when_another_router_has_the_same() {
    let mut bench = twins("");
    assert_ne!(
        bench.agent.core().router_id(),
        bench.peer.router_id(),
        "still the same"
    );
    // They reach each other, and a crash does not bring the old one back.
    assert!(bench.has_route("10.42.0.9/32 via"));
    assert_eq!(bench.peer_routes(), ["10.42.0.2/32 0"]);
    let id = bench.agent.core().router_id();
    let saved = bench.saved.clone().unwrap();
    assert!(saved.contains(&format!("router-id {id}\n")), "{saved}");
    assert_eq!(complaint(&bench), None);
    // Whoever imitates us again within the hour does not make routes change again.
    bench.peer.handle_router_id(id, bench.now);
    bench.pass(Duration::from_mins(5));
    assert_eq!(bench.agent.core().router_id(), id);
    assert!(
        complaint(&bench)
            .unwrap()
            .contains("look for who imitates it")
    );
}

#[test]
fn a_router_id_that_is_configured_is_kept_and_its_owner_told_what_to_do() {
    let mut bench = twins(CHOSEN);
    let id: RouterId = "02:00:00:00:00:00:00:07".parse().unwrap();
    assert_eq!(bench.agent.core().router_id(), id);
    assert_eq!(
        complaint(&bench),
        Some(
            "another router has the router-id 02:00:00:00:00:00:00:07 too: neighbour fe80::9 on mesh0 \
          tells of its 10.42.0.9/32; neither reaches what the other announces: give one of them another \
          `option router_id`, or none"
        )
    );
    // Another one is taken without a restart.
    let other = CHOSEN.replace(":07", ":08");
    bench
        .agent
        .handle_config(config(&other), bench.now)
        .unwrap();
    bench.settle();
    assert_eq!(complaint(&bench), None);
    bench.pass(Duration::from_secs(1));
    assert!(bench.has_route("10.42.0.9/32 via"));
    assert!(
        bench
            .saved
            .clone()
            .unwrap()
            .contains("router-id 02:00:00:00:00:00:00:08")
    );
}
