//! Opening the control socket.

use std::io;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use grange_linux::group::{give_to_group, set_mode};

/// The group whose members may use the socket, if there is one of that name.
const GROUP: &str = "grange";

/// Why the control socket cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the control socket {}: {source}", path.display())]
pub struct BindError {
    /// The socket.
    pub path: PathBuf,
    /// The system's reason.
    #[source]
    pub source: io::Error,
}

/// Listens at a path, with mode 0660 and group `grange` if it exists; whatever is there is replaced.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    // The socket is made ready under another name and then renamed: nobody can connect before its
    // mode is right, and one that a crash has left is replaced without a gap.
    let fresh = path.with_extension("sock.new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    listener.set_nonblocking(true)?;
    if let Err(error) = give_to_group(&fresh, GROUP) {
        log::warn!("only root can use the control socket: no group {GROUP}: {error}");
    }
    set_mode(&fresh, 0o660)?;
    std::fs::rename(&fresh, path)?;
    Ok(listener)
}
