//! The encoding of Babel packets (RFC 8966 §4): octets to [`Tlv`]s and back.
//!
//! [`PacketReader`] turns a datagram's payload into TLVs that need no further context: the
//! router-id, the next hop and the omitted octets of a prefix are already put in place.
//! [`PacketWriter`] does the reverse and compresses where the format allows it. Below them lies a
//! checked view that knows types and lengths only, and one plain struct a TLV body
//! with `parse`, `buffer_len` and `emit`.
//!
//! Nothing in here panics or allocates on received octets, whatever they are.
#![deny(clippy::indexing_slicing)]

mod ack;
pub(crate) mod challenge;
mod encoding;
mod error;
pub(crate) mod header;
mod hello;
mod ihu;
mod interval;
pub(crate) mod mac;
mod next_hop;
mod octets;
pub(crate) mod pc;
mod raw;
mod reader;
mod refusal;
mod request;
mod router_id;
pub(crate) mod signed;
mod source_prefix;
mod state;
mod sub_tlv;
mod timestamp;
mod tlv;
mod update;
mod whole_prefix;
mod writer;

pub use error::{PacketError, PushError, TlvError};
pub use interval::Interval;
pub use reader::PacketReader;
pub use timestamp::Timestamps;
pub use tlv::{Tlv, Update};
pub use writer::PacketWriter;
