//! Numbers over time, for the graphs: seconds while somebody looks, minutes for a day, hours for a month.
//!
//! All rings together take at most [`MOST_BYTES`]. Time is the monotonic clock's alone: a wall clock that jumps
//! moves nothing.
//!
//! - `state`: all series
//! - `series`: one thing that is measured
//! - `ring`, `packed`: rows of numbers in 16 bits
//! - `span`: how far back, in which steps
//! - `saved`: the coarse rings as a state file

pub mod packed;
pub mod ring;
mod saved;
mod series;
mod span;
mod state;

pub use self::series::{Kind, Name, Series};
pub use self::span::Span;
pub use self::state::{History, MOST_BYTES};

#[cfg(test)]
mod tests;
