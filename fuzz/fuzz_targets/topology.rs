//! What must hold for any text as a topology: no panic, and what was read can be planned.

#![no_main]

use grange_lab::plan::Plan;
use grange_lab::topology::graph::Topology;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(topology) = text.parse::<Topology>() {
        let plan = Plan::new(&topology);
        assert!(plan.nodes.len() >= topology.routers.len());
    }
});
