//! What netifd knows of OpenWrt's logical interfaces: `wan` is `pppoe-wan` now, has this gateway, that prefix
//! and those resolvers.
//!
//! - `facts`: the reply of `network.interface dump`, typed
//! - `follower`: the connection in a daemon's event loop
//! - `watch`: follows it: asks again whenever netifd says that something has changed

mod facts;
mod follower;
mod watch;

pub use self::facts::{DefaultRoute, DelegatedPrefix, Interface, InterfaceAddress, parse_dump};
pub use self::follower::Netifd;
pub use self::watch::Watch;
