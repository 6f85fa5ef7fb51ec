//! OpenWrt's ubus: the wire format, a connection that is client and object server at once, and what netifd
//! says over it.
//!
//! | module | what it is |
//! |---|---|
//! | [`client`] | [`Client`]: calls, objects, events, notifications, as a function of bytes and time |
//! | [`bus`] | [`Bus`]: the client on ubusd's socket, inside a daemon's event loop |
//! | [`object`] | what an object offers: methods and the types of their arguments |
//! | [`event`] | what a client tells its owner |
//! | [`netifd`] | `network.interface`: logical interfaces as typed facts |
//! | [`blobmsg`] | named values: a checked view ([`Table`], [`Value`]), and [`Data`], a checked message |
//! | [`writer`] | blobmsg out |
//! | [`json`] | blobmsg to and from JSON, by libubox's rules |
//! | [`message`], [`frame`], [`blob`] | header and attributes, messages cut out of a stream, attributes cut out of a message |
//! | [`status`] | how a call ended |
//!
//! Wire format: `ubusmsg.h` of ubus, `blob.h` and `blobmsg.h` of libubox. Nothing that arrives can panic, nest
//! deeper than [`blobmsg::DEEPEST`], or make memory grow beyond [`frame::LONGEST_MESSAGE`] for each message.
#![forbid(unsafe_code)]

pub mod blob;
pub mod blobmsg;
pub mod bus;
pub mod client;
pub mod event;
pub mod frame;
pub mod json;
pub mod message;
pub mod netifd;
pub mod object;
pub mod status;
pub mod writer;

pub use blobmsg::{Array, Data, Malformed, Table, Value};
pub use bus::{Bus, DEFAULT_SOCKET};
pub use client::Client;
pub use event::{CallId, Event, ObjectKey, RequestId};
pub use object::{ArgumentType, Method, Object};
pub use status::Status;
pub use writer::{TooLong, Writer};
