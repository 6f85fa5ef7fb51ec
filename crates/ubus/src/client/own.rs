//! Our own objects on the bus.

use core::time::Duration;

use crate::object::Object;

/// One of ours.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) role: Role,
    /// Its number on this connection.
    pub(crate) object: Option<u32>,
    /// When something that was refused is tried again.
    pub(crate) retry: Option<Duration>,
}

/// What it is for.
#[derive(Debug)]
pub(crate) enum Role {
    /// Others call it.
    Public { object: Object, subscribers: bool },
    /// It hears events of these names.
    Listener(Vec<String>),
    /// It subscribes to the object of that path.
    Subscriber { path: String, target: Option<u32> },
}

impl Own {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            role,
            object: None,
            retry: None,
        }
    }

    /// Forgets what held on a connection that has ended.
    pub(crate) fn reset(&mut self) {
        self.object = None;
        self.retry = None;
        match &mut self.role {
            Role::Public { subscribers, .. } => *subscribers = false,
            Role::Subscriber { target, .. } => *target = None,
            Role::Listener(_) => {}
        }
    }
}
