//! The real program on a stand-in for ubusd, asked as web pages ask.
//!
//! The daemons it asks are stand-ins that answer with values of the very types that grange-routed and
//! grange-uplinkd serialise. This shows what is made of their replies, not that they say so.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that fails"
)]

mod caller;
mod contract;
mod daemons;
mod faults;
mod hostile;
mod router;
mod schema;
mod work;
