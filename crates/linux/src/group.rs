//! Who else may use a daemon's socket.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

/// Gives a file or socket to a group by name; `false` when there is no such group.
pub fn give_to_group(path: &Path, group: &str) -> io::Result<bool> {
    let Some(id) = group_id(&fs::read("/etc/group")?, group) else {
        return Ok(false);
    };
    chown(path, None, Some(id))?;
    Ok(true)
}

/// Sets the permission bits of a file or socket, whatever the umask made of them.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Reads `name:password:id:members` lines (group(5)). A router has no other directory of groups.
fn group_id(file: &[u8], group: &str) -> Option<u32> {
    file.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b':');
        let name = fields.next()?;
        let id = fields.nth(1)?;
        (name == group.as_bytes())
            .then(|| str::from_utf8(id).ok()?.parse().ok())
            .flatten()
    })
}

#[cfg(test)]
mod tests;
