//! A router's control socket, spoken to as its protocol says: one JSON line each way.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::DEADLINE;

/// Most events of a router that are kept for the report.
const MOST_EVENTS: usize = 200;

/// Calls a method; the error is the reply's own.
pub fn call(socket: &Path, method: &str, params: &Value) -> Result<Value, Value> {
    let connected = UnixStream::connect(socket);
    let mut stream = connected.map_err(|error| json!({ "connect": error.to_string() }))?;
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let request = json!({ "method": method, "params": params });
    writeln!(stream, "{request}").map_err(|error| json!({ "write": error.to_string() }))?;
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .map_err(|error| json!({ "read": error.to_string() }))?;
    let mut reply: Value =
        serde_json::from_str(&line).map_err(|error| json!({ "reply": error.to_string() }))?;
    match reply.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(reply["error"].take()),
    }
}

/// What a router publishes, gathered in the background until its daemon ends.
pub struct Events {
    router: String,
    start: Instant,
    lines: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Events {
    /// Subscribes to everything.
    pub fn watch(router: &str, socket: &Path) -> Self {
        let events = Self {
            router: router.to_owned(),
            start: Instant::now(),
            lines: Arc::default(),
        };
        // A daemon that ends at once has nothing to publish.
        if let Ok(mut stream) = UnixStream::connect(socket) {
            let lines = Arc::clone(&events.lines);
            thread::spawn(move || {
                if writeln!(stream, "{}", json!({ "method": "subscribe", "params": {} })).is_err() {
                    return;
                }
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut lines = lines.lock().unwrap();
                    if lines.len() == MOST_EVENTS {
                        lines.remove(0);
                    }
                    lines.push((Instant::now(), line));
                }
            });
        }
        events
    }

    /// Whose they are.
    pub fn router(&self) -> &str {
        &self.router
    }

    /// The events so far.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().map(|(_, line)| line.clone()).collect()
    }
}

impl fmt::Display for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let age = self.start.elapsed().as_secs_f64();
        writeln!(
            f,
            "---- {}: events of the daemon started {age:.2} s ago",
            self.router
        )?;
        let lines = self.lines.lock().map_err(|_| fmt::Error)?;
        for (time, line) in lines.iter() {
            writeln!(f, "{:8.2} s ago  {line}", time.elapsed().as_secs_f64())?;
        }
        Ok(())
    }
}
