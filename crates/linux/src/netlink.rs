//! What goes over a netlink socket: frames, attributes, and bodies turned into our nouns.
//!
//! The bodies are those of netlink-packet-route, one type at a time; its enum of all messages and
//! its link message would cost a router half a megabyte, so frames and links are read here.

pub(crate) mod address_body;
pub(crate) mod attribute;
pub(crate) mod error_body;
pub(crate) mod frame;
pub(crate) mod link_body;
pub(crate) mod neighbour_body;
pub(crate) mod number;
pub(crate) mod request_socket;
pub(crate) mod route_body;
pub(crate) mod rule_body;
