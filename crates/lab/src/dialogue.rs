//! Questions to a daemon over its control socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The reply of grange-routed to a method without parameters; `None` when there is none in time.
pub fn routed<T: DeserializeOwned>(socket: &Path, method: &str, limit: Duration) -> Option<T> {
    grange_daemon::client::call(socket, method, &Value::Null, limit).ok()
}

/// The answer of BIRD to a command (its client's protocol: replies end with a line that starts with
/// `0000` or an error of 8xxx or 9xxx); `None` when it does not answer in time.
pub fn bird(socket: &Path, command: &str, limit: Duration) -> Option<String> {
    let start = Instant::now();
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.write_all(format!("{command}\n").as_bytes()).ok()?;
    let mut text = String::new();
    let mut chunk = [0; 16_384];
    let is_last = |line: &str| line.starts_with("0000") || line.starts_with(['8', '9']);
    while !(text.ends_with('\n') && text.lines().next_back().is_some_and(is_last)) {
        let left = limit
            .checked_sub(start.elapsed())
            .filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            count => text.push_str(&String::from_utf8_lossy(&chunk[..count])),
        }
    }
    Some(text)
}

/// The answer of babeld to `dump`; `None` when it does not answer in time.
pub fn babeld_dump(socket: &Path, limit: Duration) -> Option<String> {
    let start = Instant::now();
    let mut stream = UnixStream::connect(socket).ok()?;
    let mut text = Vec::new();
    let mut chunk = [0; 16_384];
    // The greeting and the answer each end with a line "ok".
    let oks = |text: &[u8]| {
        text.split(|&byte| byte == b'\n')
            .filter(|line| *line == b"ok")
            .count()
    };
    for wanted in 1..=2 {
        if wanted == 2 {
            stream.write_all(b"dump\n").ok()?;
        }
        while oks(&text) < wanted {
            let left = limit
                .checked_sub(start.elapsed())
                .filter(|left| !left.is_zero())?;
            stream.set_read_timeout(Some(left)).ok()?;
            match stream.read(&mut chunk).ok()? {
                0 => return None,
                count => text.extend_from_slice(&chunk[..count]),
            }
        }
    }
    Some(String::from_utf8_lossy(&text).into_owned())
}
