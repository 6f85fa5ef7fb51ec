//! The page of `metrics`.

use grange_daemon::metrics::{Exposition, Kind};
use grange_daemon::reply::uplinkd::{Neighbour, Uplink};
use grange_uplink::clock::Instant;

use crate::agent::Agent;
use crate::facts::Facts;
use crate::report;

const STATES: [&str; 7] = [
    "init", "up", "degraded", "captive", "down", "drained", "capped",
];

/// A column of the uplinks' rows.
type Read = fn(&Uplink) -> Option<u64>;

/// Prometheus text.
pub fn page(agent: &Agent, facts: Facts<'_>, now: Instant) -> String {
    let counts = facts.counts;
    let rows = report::uplinks(agent, now);
    let mut page = Exposition::new();
    let mut states = page.family(
        "grange_uplink_state",
        Kind::Gauge,
        "1 for the state an uplink is in.",
    );
    for row in &rows {
        for state in STATES {
            let labels = [
                ("uplink", row.name.as_str()),
                ("family", row.family.as_str()),
                ("state", state),
            ];
            states.sample(&labels, row.state == state);
        }
    }
    let columns: [(&'static str, &str, Read); 5] = [
        (
            "grange_uplink_rtt_microseconds",
            "Smoothed round-trip time.",
            |row| row.rtt_us,
        ),
        (
            "grange_uplink_jitter_microseconds",
            "How much it varies.",
            |row| row.jitter_us,
        ),
        (
            "grange_uplink_loss_permille",
            "Smoothed loss of probes.",
            |row| Some(row.loss_permille.into()),
        ),
        (
            "grange_uplink_share_permille",
            "Its part of new connections.",
            |row| Some(row.share_permille.into()),
        ),
        ("grange_uplink_devices", "Devices that sit on it.", |row| {
            Some(row.devices.into())
        }),
    ];
    for (name, help, read) in columns {
        let mut family = page.family(name, Kind::Gauge, help);
        for row in &rows {
            let labels = [
                ("uplink", row.name.as_str()),
                ("family", row.family.as_str()),
            ];
            if let Some(value) = read(row) {
                family.sample(&labels, value);
            }
        }
    }
    let neighbours: Vec<Neighbour> = facts.peers.rows(now).collect();
    let mut answering = page.family(
        "grange_uplink_neighbour_answers",
        Kind::Gauge,
        "1 while the router at the other end of a tunnel takes part in the exchange.",
    );
    for row in &neighbours {
        let labels = [
            ("neighbour", row.name.as_str()),
            ("role", row.role.as_str()),
        ];
        answering.sample(&labels, row.answers);
    }
    let mut exchange = page.family(
        "grange_uplink_exchange_total",
        Kind::Counter,
        "Datagrams of the gateway exchange, by what became of them; all but the accepted were refused.",
    );
    for row in &neighbours {
        for (result, count) in [
            ("accepted", row.accepted),
            ("malformed", row.malformed),
            ("unauthentic", row.unauthentic),
            ("replayed", row.replayed),
            ("absurd", row.absurd),
        ] {
            let labels = [
                ("neighbour", row.name.as_str()),
                ("role", row.role.as_str()),
                ("result", result),
            ];
            exchange.sample(&labels, count);
        }
    }
    for (name, help, value) in [
        (
            "grange_uplink_strangers_total",
            "Datagrams on the port of the gateway exchange from nobody's addresses, or of no sense.",
            facts.peers.strangers().into(),
        ),
        (
            "grange_uplink_changes_total",
            "Changes of an uplink's state.",
            counts.changes,
        ),
        (
            "grange_uplink_rulesets_total",
            "Rulesets given to the kernel.",
            counts.rulesets,
        ),
        (
            "grange_uplink_ruleset_failures_total",
            "Rulesets the kernel refused.",
            counts.ruleset_failures,
        ),
        (
            "grange_uplink_flushes_total",
            "Times the connections of a dead uplink were forgotten.",
            counts.flushes,
        ),
        (
            "grange_uplink_restored_total",
            "Times somebody took the table away and it was put back.",
            counts.restored,
        ),
        ("grange_uplink_probes_total", "Probes sent.", counts.probes),
        (
            "grange_uplink_probe_errors_total",
            "Probes that could not be sent.",
            counts.probe_errors,
        ),
    ] {
        page.single(name, Kind::Counter, help, value);
    }
    page.finish()
}
