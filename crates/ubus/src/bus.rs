//! The client on ubusd's socket, inside a daemon's event loop.

use grange_linux::StreamClient;

use crate::client::Client;

/// Where ubusd listens on OpenWrt.
pub const DEFAULT_SOCKET: &str = "/var/run/ubus/ubus.sock";

/// A client and its connection.
pub type Bus = StreamClient<Client>;
