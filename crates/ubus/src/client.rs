//! A client of ubusd: it calls, publishes objects, hears events and notifications.
//!
//! A function of what it is told, of octets from the socket and of time: a [`Protocol`](grange_linux::Protocol).
//! What arrives must always be read: ubusd keeps 1 MiB for each client and then drops messages without a word.
//!
//! What is to be published, listened for and subscribed to is said once and holds for all connections to come.
//!
//! - `state`: what it knows, the connection's life, and getters
//! - `pending`: questions that wait for an answer
//! - `own`: our own objects
//! - `ask`: calls, look-ups, events sent
//! - `enlist`: publishing, listening, subscribing
//! - `serve`: answers and notifications of our objects
//! - `receive`: messages from ubusd

mod ask;
mod enlist;
mod own;
mod pending;
mod receive;
mod serve;
mod state;

pub use self::state::Client;
