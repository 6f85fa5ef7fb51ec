//! The router: the protocol's state machine, driven by packets, timers and commands.

mod state;

pub use self::state::{Datagram, InterfaceError, OriginError, Router, RouterConfig};
