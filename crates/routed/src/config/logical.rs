//! The names of /etc/config/network and the devices that they stand for now.

use litemap::LiteMap;

/// What netifd calls its interfaces, each with its device. Empty where there is no netifd: then all names are
/// those of devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logical {
    devices: LiteMap<String, Option<String>>,
}

impl Logical {
    /// From names and the devices that carry their addresses; `None` is an interface that is down.
    pub fn new(devices: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        Self {
            devices: devices.into_iter().collect(),
        }
    }

    /// The device that a name of the configuration means now: netifd's, or the name itself where netifd does not
    /// know it; none for an interface that netifd has down.
    pub fn device<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        match self.devices.get(name) {
            Some(device) => device.as_deref(),
            None => Some(name),
        }
    }
}
