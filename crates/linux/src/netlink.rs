//! What goes over a netlink socket: frames, attributes, and bodies turned into our nouns.
//!
//! Every kilobyte of a router is paid for: the typed bodies of netlink-packet-route, which the tests
//! hold these against, would add 80 KB.

pub(crate) mod address_body;
pub(crate) mod attribute;
pub(crate) mod cake_body;
pub(crate) mod error_body;
pub(crate) mod frame;
pub(crate) mod generic_body;
pub(crate) mod link_body;
pub(crate) mod neighbour_body;
pub(crate) mod number;
pub(crate) mod request_socket;
pub(crate) mod route_body;
pub(crate) mod rule_body;
pub(crate) mod station_body;
pub(crate) mod vxlan_body;
pub(crate) mod wireguard_body;
