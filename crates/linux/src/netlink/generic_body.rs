//! `struct genlmsghdr` (linux/genetlink.h), and the families of generic netlink by name.
//!
//! ```text
//! 0         1         2          4
//! | command | version | reserved | attributes ...
//! ```

use crate::netlink::attribute::{Attributes, text};
use crate::netlink::frame::number16;

/// Octets of a header.
pub(crate) const HEADER: usize = 4;
/// The family that knows the others (`GENL_ID_CTRL`).
pub(crate) const CONTROLLER: u16 = 16;

const CTRL_CMD_NEWFAMILY: u8 = 1;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;

/// The beginning of a request.
pub(crate) fn command(command: u8, version: u8) -> Vec<u8> {
    vec![command, version, 0, 0]
}

/// A request for all families.
pub(crate) fn families() -> Vec<u8> {
    command(CTRL_CMD_GETFAMILY, 1)
}

/// Reads the number of a family, if it is the one of that name.
pub(crate) fn read_family(payload: &[u8], name: &str) -> Option<u16> {
    let (header, attributes) = payload.split_first_chunk::<HEADER>()?;
    if header[0] != CTRL_CMD_NEWFAMILY {
        return None;
    }
    let (mut id, mut is_meant) = (None, false);
    for (kind, value) in Attributes::new(attributes) {
        match kind {
            CTRL_ATTR_FAMILY_ID => id = number16(value, 0),
            CTRL_ATTR_FAMILY_NAME => is_meant = text(value) == name,
            _ => {}
        }
    }
    id.filter(|_| is_meant)
}

#[cfg(test)]
mod tests;
