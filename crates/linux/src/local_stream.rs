//! Streams to another process of this machine (`unix(7)`).

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Connects without waiting; what comes back is non-blocking, too. A listener with a full queue is an error
/// (`WouldBlock`): try again later.
///
/// Descriptors that the other side passes (`SCM_RIGHTS`) are closed by the kernel, because a plain read has no
/// room for them.
pub fn connect(path: &Path) -> io::Result<UnixStream> {
    let stream = mio::net::UnixStream::connect(path)?;
    Ok(UnixStream::from(OwnedFd::from(stream)))
}
