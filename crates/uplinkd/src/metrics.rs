//! The page of `metrics`.

use grange_daemon::metrics::{Exposition, Kind};
use grange_daemon::reply::uplinkd::Uplink;
use grange_uplink::clock::Instant;

use crate::agent::Agent;
use crate::counts::Counts;
use crate::report;

const STATES: [&str; 7] = [
    "init", "up", "degraded", "captive", "down", "drained", "capped",
];

/// A column of the uplinks' rows.
type Read = fn(&Uplink) -> Option<u64>;

/// Prometheus text.
pub fn page(agent: &Agent, counts: &Counts, now: Instant) -> String {
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
    for (name, help, value) in [
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
