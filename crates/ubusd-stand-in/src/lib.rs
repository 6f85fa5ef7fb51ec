//! A stand-in for ubusd, for tests on machines without one.
//!
//! It keeps objects, passes calls, answers, events and notifications on, and tells of subscribers and of objects
//! that come and go, as `ubusd_proto.c`, `ubusd_obj.c` and `ubusd_event.c` of ubus do. It has no access control,
//! no monitor, no passing of descriptors, and no limit of what waits for a client. What a test proves with it,
//! it proves about our side alone: docs/ubus.md says what was tried with the real one.
#![forbid(unsafe_code)]

mod bus;
mod session;

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::bus::{Bus, lock};

/// A running stand-in; dropped, it closes all connections and its socket is gone.
#[derive(Debug)]
pub struct StandIn {
    path: PathBuf,
    bus: Arc<Mutex<Bus>>,
    ending: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Listens at that path, which must be free.
    pub fn start(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let listener = UnixListener::bind(&path)?;
        let bus = Arc::new(Mutex::new(Bus::default()));
        let ending = Arc::new(AtomicBool::new(false));
        let accepting = thread::spawn({
            let (bus, ending) = (Arc::clone(&bus), Arc::clone(&ending));
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if ending.load(Ordering::SeqCst) {
                        return;
                    }
                    let bus = Arc::clone(&bus);
                    thread::spawn(move || session::serve(stream, &bus));
                }
            }
        });
        Ok(Self {
            path,
            bus,
            ending,
            accepting: Some(accepting),
        })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many clients are connected.
    pub fn clients(&self) -> usize {
        lock(&self.bus).clients.len()
    }

    /// The paths of all objects.
    pub fn paths(&self) -> Vec<String> {
        let bus = lock(&self.bus);
        let paths = bus
            .objects
            .values()
            .filter_map(|object| object.path.clone());
        paths.collect()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts; with the socket's folder gone, nobody can, and nobody is accepted.
        if UnixStream::connect(&self.path).is_ok() {
            let _ = self.accepting.take().map(JoinHandle::join);
        }
        for stream in lock(&self.bus).clients.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let _ = std::fs::remove_file(&self.path);
    }
}
