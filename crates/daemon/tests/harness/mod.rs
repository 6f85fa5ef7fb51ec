//! A small daemon in a thread, and a directory that vanishes with the test.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use grange_daemon::client;
use grange_daemon::control::{Counters, Server};
use grange_daemon::control_error::ControlError;
use grange_daemon::run_dir::RunDir;
use grange_linux::event_loop::EventLoop;
use serde_json::{Value, json};

pub(crate) const DAEMON: &str = "grange-test";
pub(crate) const LIMIT: Duration = Duration::from_mins(1);
const FIRST_TOKEN: usize = 7;
const METHODS: [&str; 6] = ["echo", "entries", "publish", "counters", "refuse", "stop"];

pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("grange-daemon-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A daemon with the methods in `METHODS`, in a thread of its own.
pub(crate) struct Daemon {
    pub(crate) socket: PathBuf,
    thread: Option<JoinHandle<()>>,
    _dir: Option<TempDir>,
}

impl Daemon {
    pub(crate) fn start() -> Self {
        let dir = TempDir::new();
        let path = dir.path().to_owned();
        Self::spawn(&path, Some(dir))
    }

    pub(crate) fn start_in(path: &Path) -> Self {
        Self::spawn(path, None)
    }

    fn spawn(path: &Path, dir: Option<TempDir>) -> Self {
        let run_dir = RunDir::open(path, DAEMON).unwrap();
        let mut event_loop = EventLoop::new().unwrap();
        let server =
            Server::bind(&run_dir, &mut event_loop, FIRST_TOKEN, &["tick", "tock"]).unwrap();
        let socket = run_dir.socket_path();
        let thread = std::thread::spawn(move || {
            serve(server, &mut event_loop);
            drop(run_dir);
        });
        Self {
            socket,
            thread: Some(thread),
            _dir: dir,
        }
    }

    pub(crate) fn call(&self, method: &str, params: &Value) -> Value {
        client::call(&self.socket, method, params, LIMIT).unwrap()
    }

    pub(crate) fn count(&self, counter: &str) -> u64 {
        self.call("counters", &Value::Null)[counter]
            .as_u64()
            .unwrap()
    }

    /// Waits for a counter: other clients' lines are served in no particular order.
    pub(crate) fn wait_for_count(&self, counter: &str, least: u64) {
        let start = std::time::Instant::now();
        while self.count(counter) < least {
            assert!(start.elapsed() < LIMIT, "{counter} never reached {least}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // The places may all be taken by the test's own clients, which go when the test ends.
        let stopped: Result<Value, _> = client::call(&self.socket, "stop", &Value::Null, LIMIT);
        if let (Ok(_), Some(thread)) = (stopped, self.thread.take()) {
            let outcome = thread.join();
            if !std::thread::panicking() {
                outcome.unwrap();
            }
        } else if !std::thread::panicking() {
            panic!("the daemon could not be stopped");
        }
    }
}

/// A client that sends and reads raw bytes.
pub(crate) struct Raw {
    pub(crate) stream: UnixStream,
    reader: BufReader<UnixStream>,
}

impl Raw {
    pub(crate) fn connect(daemon: &Daemon) -> Self {
        let stream = UnixStream::connect(&daemon.socket).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        Self { stream, reader }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// The next line, or `None` at the end.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) => None,
            // What is left unread when the daemon closes resets the connection.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            result => {
                result.unwrap();
                Some(line)
            }
        }
    }

    pub(crate) fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().unwrap()).unwrap()
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        self.send(format!("{request}\n"));
        self.json()
    }

    /// The code and the message of the error that comes next.
    pub(crate) fn error(&mut self) -> (String, String) {
        let reply = self.json();
        let part = |name: &str| reply["error"][name].as_str().unwrap().to_owned();
        (part("code"), part("message"))
    }
}

fn serve(mut server: Server, event_loop: &mut EventLoop) {
    let mut ready = Vec::new();
    loop {
        event_loop.wait(Some(LIMIT), &mut ready).unwrap();
        for &ready in &ready {
            server.handle_ready(event_loop, ready);
            while let Some(call) = server.poll_call(event_loop) {
                match call.method.as_str() {
                    "stop" => {
                        server.reply(call.client, Ok(true));
                        return;
                    }
                    "echo" => server.reply(call.client, Ok(call.params)),
                    "entries" => {
                        let count = call.params["count"].as_u64().unwrap();
                        let entries: Vec<String> =
                            (0..count).map(|n| format!("{n:0>200}")).collect();
                        server.reply(call.client, Ok(entries));
                    }
                    "publish" => {
                        let kind = call.params["kind"].as_str().unwrap();
                        let padding = "x".repeat(1000);
                        for number in 0..call.params["count"].as_u64().unwrap() {
                            let data = json!({ "number": number, "padding": padding });
                            server.publish(kind, &data);
                        }
                        let heard = server.has_subscribers(kind);
                        server.reply(call.client, Ok(heard));
                    }
                    "counters" => {
                        let counters = counters(server.counters());
                        server.reply(call.client, Ok(counters));
                    }
                    "refuse" => {
                        let error = ControlError::refused("not today");
                        server.reply::<()>(call.client, Err(error));
                    }
                    other => {
                        let error = ControlError::unknown_method(other, METHODS);
                        server.reply::<()>(call.client, Err(error));
                    }
                }
            }
        }
    }
}

fn counters(counters: &Counters) -> Value {
    json!({
        "clients": counters.clients,
        "clients_refused": counters.clients_refused,
        "requests": counters.requests,
        "bad_requests": counters.bad_requests,
        "events": counters.events,
        "subscribers_dropped": counters.subscribers_dropped,
    })
}
