//! The state machine of one uplink in one family: which probes to send when, and what their answers
//! mean.
//!
//! While all is well one target after the other is asked, every 0.7 s. A first loss starts a burst:
//! every target is asked three times within 400 ms, and the uplink is down when so many lose all of
//! them that fewer than `needed` are left. So a silent failure is found in
//! 0.77 + 0.25 + 0.4 + 0.25 s at most while round trips are short. Packets that go out while none come back
//! start one as well, in which the three are sent within 150 ms.
//!
//! After each `handle_*` drain [`Health::poll_output`] to `None`.
//!
//! - `config`, `output`: how it is probed, and what it wants done
//! - `machine`: what it knows and hears, and when it wants to be called
//! - `asking`, `burst`: which target is asked when
//! - `verdict`: what the answers mean
//! - `inspect`: the getters
//! - `state`, `target`, `hold`: a state and its reason, a target, how long a lost uplink must be good

mod asking;
mod burst;
mod config;
mod hold;
mod inspect;
mod machine;
mod output;
pub mod state;
mod target;
mod verdict;

pub use self::config::{Config, MOST_TARGETS};
pub use self::machine::Health;
pub use self::output::{Output, Portal};
pub use self::state::{Link, Reason, State};

#[cfg(test)]
mod tests;
