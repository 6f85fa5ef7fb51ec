//! The Babel routing protocol (RFC 8966) as a library without clock, socket or thread.
#![forbid(unsafe_code)]

pub mod clock;
pub mod filter;
pub mod limits;
pub mod link;
pub mod metric;
pub mod output;
pub mod prefix;
pub mod router;
pub mod router_id;
pub mod seqno;
pub mod status;
pub mod wire;
