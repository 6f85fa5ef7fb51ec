//! Other daemons.

use std::fs;
use std::io;
use std::path::Path;

use crate::sys;

/// Sends `SIGHUP` to the process whose number a pid file holds. A number below 2 is refused: it would
/// mean a group, or init.
pub fn hangup(pid_file: &Path) -> io::Result<()> {
    let text = fs::read_to_string(pid_file)?;
    let pid = text.trim().parse::<i32>().ok().filter(|pid| *pid > 1);
    let pid = pid.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "the pid file holds no process number",
        )
    })?;
    sys::process::hangup(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_that_names_everybody_is_refused() {
        let path = std::env::temp_dir().join(format!("grange-pid-{}", std::process::id()));
        for text in ["-1", "0", "1", "", "dnsmasq"] {
            fs::write(&path, text).unwrap();
            assert_eq!(
                hangup(&path).unwrap_err().kind(),
                io::ErrorKind::InvalidData
            );
        }
        fs::remove_file(&path).unwrap();
    }
}
