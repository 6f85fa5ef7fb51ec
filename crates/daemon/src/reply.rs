//! What the daemons answer: one module of types for each daemon, read by its own command line, by
//! grange-rpcd and by the lab.
//!
//! Rules for all of them: a metric or cost without a value (infinity) is `null`; times are
//! milliseconds or seconds as the name says; an unknown member is ignored by a reader and a missing
//! one has its default, so that two versions understand each other during an upgrade.

pub mod routed;
pub mod routed_text;
pub mod rows;
pub mod uplinkd;
pub mod uplinkd_text;
