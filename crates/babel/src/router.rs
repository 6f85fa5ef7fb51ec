//! The router: the protocol's state machine, driven by packets, timers and commands.
//!
//! Every `handle_*` takes `now` and must be followed by draining [`Router::poll_output`] to `None`;
//! then [`Router::poll_timeout`] says when [`Router::handle_timeout`] wants to be called. Packets
//! leave only from `handle_timeout`, so that what happens at the same time shares packets.
//!
//! - `state`: what the router knows, and the methods the caller uses
//! - `links`: interfaces and neighbours come, change and go
//! - `receive`: a packet taken apart, TLV by TLV
//! - `authenticate`: packets are signed, and judged before they are taken apart
//! - `learn`: an update reaches the route table
//! - `amends`: what was announced before a restart is taken back
//! - `select`: the best feasible route, and what follows when it changes
//! - `ask`: seqno requests, our own and forwarded ones
//! - `identity`: our router-id, and what to make of it in somebody else's updates
//! - `hold`: a retracted prefix, until everybody knows
//! - `announce`: what to say of a prefix, and to whom
//! - `send`: packets are filled and leave
//! - `timers`: what is overdue
//! - `inspect`: the tables for whoever asks

mod amends;
mod announce;
mod ask;
mod authenticate;
mod hold;
mod identity;
mod inspect;
mod learn;
mod links;
mod receive;
mod recognise;
mod select;
mod send;
mod state;
mod timers;

pub use self::state::{
    BABEL_GROUP, BABEL_PORT, Datagram, InterfaceError, OriginError, Router, RouterConfig,
};

#[cfg(test)]
mod tests;
