//! Carrying out what the core wants.

use std::net::Ipv6Addr;

use grange_babel::clock::Instant;
use grange_babel::output::Output;
use grange_linux::Kernel;

use crate::agent::state::{Agent, Effect};
use crate::fib::FibReport;
use crate::news::News;

impl<K: Kernel> Agent<K> {
    /// Carries out what the core wants. Changes of the forwarding table go to the kernel in one batch,
    /// before the packets that tell of them leave.
    pub(super) fn drain(&mut self, now: Instant) {
        self.collect(now);
        let report = self.fib.apply(&mut self.kernel, now);
        self.log_failures(&report, now);
        if report.no_source_specific {
            let text =
                "this kernel has no source-specific routes (IPV6_SUBTREES): they are ignored";
            self.journal.decision(now, format_args!("{text}"));
            self.core.handle_no_source_specific(now);
            self.collect(now);
            let report = self.fib.apply(&mut self.kernel, now);
            self.log_failures(&report, now);
        }
    }

    fn collect(&mut self, now: Instant) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Transmit {
                    interface,
                    destination,
                    payload,
                } => {
                    // Without one of its own it has gone, and sending fails.
                    let up = self.interfaces.up(interface.0);
                    let source = up.map_or(Ipv6Addr::UNSPECIFIED, |up| up.link.link_local);
                    self.effects.push_back(Effect::Send {
                        interface: interface.0,
                        source,
                        destination,
                        payload,
                    });
                }
                Output::Fib(change) => self.fib.set(&change),
                Output::Save(saved) => {
                    self.state.take(&saved);
                    self.save();
                }
                Output::Event(event) => {
                    let news = News::new(&event, &self.interfaces);
                    self.effects.push_back(Effect::Publish(news));
                }
                Output::DuplicateRouterId(twin) => self.meet_twin(&twin, now),
            }
        }
    }

    pub(super) fn save(&mut self) {
        self.effects.push_back(Effect::Save(self.state.to_text()));
    }

    /// Notes the numbers in use, in place of those reserved for a crash.
    pub(super) fn note_exact_numbers(&mut self) {
        self.state.router_id = Some(self.core.router_id());
        self.state.seqno = Some(self.core.seqno());
        for interface in self.core.interfaces() {
            self.state
                .hello
                .insert(interface.config.name.clone(), interface.hello_seqno);
        }
    }

    pub(super) fn log_failures(&mut self, report: &FibReport, now: Instant) {
        let Some(first) = report.failures.first() else {
            return;
        };
        let (prefix, verb, error, all) = (first.prefix, first.verb, &first.error, report.failed);
        let text = format_args!(
            "the kernel refuses to {verb} the route to {prefix}: {error} ({all} in all); trying again"
        );
        self.journal.trouble(now, "route refused", text);
    }
}
