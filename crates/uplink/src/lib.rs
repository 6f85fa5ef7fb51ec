//! The uplink policy core: which ways out are alive, who uses which, and who pays what.
//!
//! Functions of (state, input, now): no clock, socket, thread, global randomness or unbounded table.
//! grange-uplinkd gives it probe answers and link events, and carries out what it decides.
//!
//! | module | what it is |
//! |---|---|
//! | [`clock`], [`uplink_id`] | time and names |
//! | [`estimate`] | round-trip time, jitter and loss of an uplink, smoothed |
//! | [`budget`] | how many bytes of probes a metered uplink may carry |
//! | [`health`] | the state machine of one uplink and family |
//! | [`policy`] | which uplinks new flows use, with which weights, and which ones are emptied |
//! | [`buckets`] | 256 hash buckets shared out by weight with as few moves as can be |
//! | [`placement`] | where new devices go, by weight and load |
//! | [`quota`] | monthly caps: periods, forecast, when to stop |
//! | [`apportion`] | whole units shared out so that they add up exactly |
//! | [`ledger`] | a month's shares and balances |
//! | [`exchange`] | what a gateway and its members tell each other, and whom they believe |
//! | [`transfers`] | who gives how much to whom, in as few transfers as can be |
#![forbid(unsafe_code)]

pub mod apportion;
pub mod buckets;
pub mod budget;
pub mod clock;
pub mod estimate;
pub mod exchange;
pub mod health;
pub mod ledger;
pub mod placement;
pub mod policy;
pub mod quota;
mod random;
pub mod transfers;
pub mod uplink_id;
