//! The corpus of the fuzz target `gateway_exchange`, through the same function; and what a gateway and a member really
//! say, through it as well.
#![expect(clippy::expect_used, reason = "a test fails by panic")]

use std::fs;
use std::path::Path;

use grange_uplink::clock::Instant;
use grange_uplink::exchange::{Announced, Balance, Key, Report, Role, Session};

#[path = "../../../fuzz/src/exchange.rs"]
mod exchange;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

#[test]
fn the_datagrams_that_fuzzing_kept_are_judged() {
    replay::replay("gateway_exchange", 4, exchange::datagram);
}

/// Signed with another key than the receiver has. `GRANGE_CORPUS` names a folder: then the datagrams are written there, as seeds for the fuzzer.
#[test]
fn what_both_ends_say_is_judged() {
    let report = Report {
        states: [Announced::Up, Announced::Degraded],
        load_percent: 40,
        down_kbps: 50_000,
        up_kbps: 10_000,
        bytes_up: 1 << 40,
        bytes_down: 7,
        balance: Some(Balance {
            month: 24_322,
            cents: -1234,
            before_cents: 56,
        }),
        resolvers: vec![
            "192.0.2.53".parse().unwrap(),
            "2001:db8::53".parse().unwrap(),
        ],
    };
    let now = Instant::from_micros(1_000_000);
    for (name, role, report) in [
        ("gateway", Role::Gateway, report),
        ("gateway_first", Role::Gateway, Report::default()),
        (
            "member",
            Role::Member,
            Report {
                bytes_up: 5,
                ..Report::default()
            },
        ),
    ] {
        let mut session = Session::new(role, Key::new([8; 32]), [1; 32], now);
        session.handle_own_report(report, now);
        session.handle_timeout(now);
        let octets = session.poll_output().unwrap();
        exchange::datagram(&octets);
        if let Some(folder) = std::env::var_os("GRANGE_CORPUS") {
            fs::write(Path::new(&folder).join(name), octets).unwrap();
        }
    }
}
