//! The page for Prometheus.

use grange_babel::clock::Instant;
use grange_daemon::metrics::{Exposition, Kind, Number};
use grange_linux::Kernel;

use crate::agent::Agent;
use crate::tally::TALLIES;
use crate::traffic::Traffic;

/// Neighbours that are listed one by one; a page must not grow without end.
const MOST_NEIGHBOURS: usize = 256;

/// Writes the page.
pub fn page<K: Kernel>(agent: &Agent<K>, traffic: &Traffic, version: &str, now: Instant) -> String {
    let mut page = Exposition::new();
    let router_id = agent.core().router_id().to_string();
    page.family("grange_routed_info", Kind::Gauge, "The running version.")
        .sample(&[("version", version), ("router_id", &router_id)], 1_u64);
    page.single(
        "grange_routed_uptime_seconds",
        Kind::Gauge,
        "Time since the daemon started.",
        now.since(agent.started()).as_secs(),
    );
    for tally in TALLIES {
        page.single(
            tally.metric,
            Kind::Counter,
            tally.help,
            (tally.read)(agent.core().counters()),
        );
    }
    tables(&mut page, agent, now);
    kernel(&mut page, agent);
    sockets(&mut page, traffic);
    interfaces(&mut page, agent);
    neighbours(&mut page, agent, now);
    page.single(
        "grange_routed_log_suppressed_total",
        Kind::Counter,
        "Log messages left out because there were too many.",
        agent.suppressed_messages(),
    );
    page.finish()
}

fn tables<K: Kernel>(page: &mut Exposition, agent: &Agent<K>, now: Instant) {
    let core = agent.core();
    let mut gauge = |name, help, number: usize| {
        page.single(name, Kind::Gauge, help, number);
    };
    gauge(
        "grange_routed_interfaces_up",
        "Interfaces that Babel runs on.",
        agent.interfaces().up_count(),
    );
    gauge(
        "grange_routed_neighbours",
        "Neighbours.",
        core.neighbours(now).count(),
    );
    gauge(
        "grange_routed_routes",
        "Routes known, selected or not.",
        core.routes(now).count(),
    );
    let installed = agent.fib().installed_count();
    gauge(
        "grange_routed_routes_installed",
        "Routes in the kernel.",
        installed,
    );
    let failed = agent.fib().failed_count();
    gauge(
        "grange_routed_routes_refused_by_kernel",
        "Routes that the kernel does not take.",
        failed,
    );
    gauge(
        "grange_routed_xroutes",
        "Prefixes of our own.",
        agent.redistribution().origins().len(),
    );
    gauge(
        "grange_routed_sources",
        "Entries of the source table.",
        core.sources(now).count(),
    );
}

fn kernel<K: Kernel>(page: &mut Exposition, agent: &Agent<K>) {
    let counters = agent.fib().counters();
    page.family(
        "grange_routed_kernel_route_changes_total",
        Kind::Counter,
        "Changes made to the kernel's routes.",
    )
    .sample(&[("change", "add")], counters.added)
    .sample(&[("change", "replace")], counters.replaced)
    .sample(&[("change", "remove")], counters.removed);
    let agent = agent.counters();
    for (name, help, number) in [
        (
            "grange_routed_kernel_route_failures_total",
            "Route changes that the kernel refused.",
            counters.failed,
        ),
        (
            "grange_routed_kernel_routes_repaired_total",
            "Routes put back that the kernel had lost.",
            counters.repaired,
        ),
        (
            "grange_routed_kernel_rules_repaired_total",
            "Policy rules put right again.",
            agent.rules_repaired,
        ),
        (
            "grange_routed_kernel_errors_total",
            "Questions that the kernel did not answer.",
            agent.kernel_errors,
        ),
        (
            "grange_routed_netlink_overruns_total",
            "Times announcements of the kernel's were lost.",
            agent.overruns,
        ),
        (
            "grange_routed_resyncs_total",
            "Times the kernel's tables were read again.",
            agent.resyncs,
        ),
        (
            "grange_routed_neighbour_suspects_total",
            "Neighbours asked whether they live, because the kernel could not reach them or their traffic stopped.",
            agent.suspects,
        ),
    ] {
        page.single(name, Kind::Counter, help, number);
    }
}

fn sockets(page: &mut Exposition, traffic: &Traffic) {
    page.family(
        "grange_routed_send_errors_total",
        Kind::Counter,
        "Packets that could not be sent.",
    )
    .sample(&[("reason", "queue_full")], traffic.send_queue_full)
    .sample(&[("reason", "other")], traffic.send_failed);
    page.family(
        "grange_routed_receive_errors_total",
        Kind::Counter,
        "Datagrams that did not get to the protocol.",
    )
    .sample(&[("reason", "bad_destination")], traffic.bad_destination)
    .sample(&[("reason", "oversized")], traffic.oversized)
    .sample(&[("reason", "other")], traffic.receive_failed);
    page.single(
        "grange_routed_state_write_errors_total",
        Kind::Counter,
        "Times the state could not be written to the run directory.",
        traffic.save_failed,
    );
}

fn interfaces<K: Kernel>(page: &mut Exposition, agent: &Agent<K>) {
    let statuses: Vec<_> = agent.core().interfaces().collect();
    let mut counter = |name, help, read: fn(&grange_babel::status::InterfaceStatus<'_>) -> u64| {
        let mut family = page.family(name, Kind::Counter, help);
        for status in &statuses {
            family.sample(&[("interface", &status.config.name)], read(status));
        }
    };
    counter(
        "grange_routed_interface_packets_sent_total",
        "Babel packets sent.",
        |s| s.packets_sent,
    );
    counter(
        "grange_routed_interface_bytes_sent_total",
        "Octets of Babel packets sent.",
        |s| s.bytes_sent,
    );
    counter(
        "grange_routed_interface_packets_received_total",
        "Babel packets received.",
        |s| s.packets_received,
    );
    counter(
        "grange_routed_interface_bytes_received_total",
        "Octets of Babel packets received.",
        |s| s.bytes_received,
    );
}

fn neighbours<K: Kernel>(page: &mut Exposition, agent: &Agent<K>, now: Instant) {
    let statuses: Vec<_> = agent
        .core()
        .neighbours(now)
        .take(MOST_NEIGHBOURS)
        .map(|status| {
            (
                agent.interfaces().name(status.interface.0),
                status.address.to_string(),
                status,
            )
        })
        .collect();
    let mut gauge = |name, help, read: fn(&grange_babel::status::NeighbourStatus) -> Number| {
        let mut family = page.family(name, Kind::Gauge, help);
        for (interface, address, status) in &statuses {
            family.sample(
                &[("interface", interface), ("neighbour", address)],
                read(status),
            );
        }
    };
    gauge(
        "grange_routed_neighbour_cost",
        "The cost of the link; +Inf is unusable.",
        |s| finite(s.cost),
    );
    gauge(
        "grange_routed_neighbour_rxcost",
        "The cost of receiving from it.",
        |s| finite(s.rxcost),
    );
    gauge(
        "grange_routed_neighbour_txcost",
        "The cost of sending to it.",
        |s| finite(s.txcost),
    );
    let mut rtt = page.family(
        "grange_routed_neighbour_rtt_seconds",
        Kind::Gauge,
        "The smoothed round-trip time to it, where it is measured.",
    );
    for (interface, address, status) in &statuses {
        if let Some(time) = status.rtt {
            let labels = [("interface", &**interface), ("neighbour", &**address)];
            rtt.sample(&labels, time);
        }
    }
}

fn finite(cost: grange_babel::metric::Cost) -> Number {
    if cost.is_infinite() {
        Number::Infinity
    } else {
        cost.value().into()
    }
}
