//! The Babel routing protocol (RFC 8966) as a library without clock, socket or thread.
//!
//! [`router::Router`] is the whole of it: packets, link changes and the passing of time go in by
//! `handle_*` methods, packets and forwarding changes come out of
//! [`poll_output`](router::Router::poll_output). `now` is an argument everywhere, jitter comes from
//! a seed, every table has a ceiling ([`limits::Limits`]): the same inputs give the same outputs,
//! whatever the machine, and nothing a neighbour sends makes it panic or grow without bound.
#![forbid(unsafe_code)]

mod amends;
pub mod clock;
mod cost;
mod few;
pub mod filter;
mod history;
mod interface;
pub mod limits;
pub mod link;
pub mod mac;
pub mod metric;
mod neighbour;
mod next_hop;
mod outbox;
pub mod output;
pub mod prefix;
pub mod prefix_map;
mod random;
mod request;
mod route;
mod route_table;
pub mod router;
pub mod router_id;
mod rtt;
mod runs;
pub mod seqno;
mod source;
pub mod status;
mod suspicion;
mod window;
pub mod wire;
