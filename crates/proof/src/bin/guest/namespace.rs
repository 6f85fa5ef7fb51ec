//! A network namespace held by a thread, which does there what it is asked to.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use nix::sched::{CloneFlags, unshare};

type Job = Box<dyn FnOnce() + Send>;

/// Lives as long as the program. Sockets and processes made inside stay inside.
pub(crate) struct Namespace {
    jobs: Sender<Job>,
    file: File,
}

impl Namespace {
    /// A new and empty one; root alone may.
    pub(crate) fn new() -> io::Result<Self> {
        let (ready, made) = channel();
        let (jobs, todo) = channel::<Job>();
        thread::spawn(move || {
            let file = unshare(CloneFlags::CLONE_NEWNET)
                .map_err(io::Error::from)
                .and_then(|()| File::open("/proc/thread-self/ns/net"));
            // Nobody waits any more only if the program is ending.
            let _ = ready.send(file);
            for job in todo {
                job();
            }
        });
        let file = made.recv().map_err(io::Error::other)??;
        Ok(Self { jobs, file })
    }

    /// Does something inside and waits for its result.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (done, result) = channel();
        self.jobs
            .send(Box::new(move || {
                let _ = done.send(work());
            }))
            .map_err(|_| io::Error::other("the thread of a namespace has ended"))?;
        result.recv().map_err(io::Error::other)?
    }

    /// What netlink's IFLA_NET_NS_FD takes.
    pub(crate) fn descriptor(&self) -> i32 {
        self.file.as_raw_fd()
    }
}
