//! The page of `metrics`.

use grange_daemon::metrics::{Exposition, Kind};

use crate::facts::Source;
use crate::service::Service;

/// Prometheus text.
pub fn page(service: &Service, is_on_bus: bool) -> String {
    let mut page = Exposition::new();
    let mut daemons = page.family(
        "grange_rpcd_daemon_up",
        Kind::Gauge,
        "Whether a daemon answers.",
    );
    for source in Source::ALL {
        daemons.sample(&[("daemon", source.name())], service.is_up(source));
    }
    let counters = service.counters();
    for (name, kind, help, value) in [
        (
            "grange_rpcd_bus_up",
            Kind::Gauge,
            "Whether the objects are on the bus.",
            u64::from(is_on_bus),
        ),
        (
            "grange_rpcd_history_bytes",
            Kind::Gauge,
            "Octets of the history.",
            service.history().bytes() as u64,
        ),
        (
            "grange_rpcd_calls_waiting",
            Kind::Gauge,
            "Calls that wait for a daemon.",
            service.waiting_calls() as u64,
        ),
        (
            "grange_rpcd_calls_total",
            Kind::Counter,
            "Calls of methods.",
            counters.calls,
        ),
        (
            "grange_rpcd_call_failures_total",
            Kind::Counter,
            "Calls answered with a status other than 0.",
            counters.failures,
        ),
        (
            "grange_rpcd_calls_refused_total",
            Kind::Counter,
            "Calls turned away because too many waited.",
            counters.refused,
        ),
        (
            "grange_rpcd_questions_total",
            Kind::Counter,
            "Questions to daemons.",
            counters.questions,
        ),
    ] {
        page.single(name, kind, help, value);
    }
    page.finish()
}
