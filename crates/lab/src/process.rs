//! Processes that a lab started: known by process id and start time, so that an id which the
//! kernel has given to somebody else is never signalled.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a process may take to end after SIGTERM, before it gets SIGKILL.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a process is looked at while it is waited for.
const POLL: Duration = Duration::from_millis(10);

/// A process that cannot be mistaken for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessId {
    pid: i32,
    /// Clock ticks from boot to its start (proc_pid_stat(5), field 22).
    start_ticks: u64,
}

impl ProcessId {
    /// The process that has this id now.
    pub fn of(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        let (_, start_ticks) = stat(pid)?;
        Some(Self { pid, start_ticks })
    }

    /// This very process.
    pub fn own() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// The number alone.
    pub fn pid(self) -> i32 {
        self.pid
    }

    /// Whether it still runs. One that has ended and only waits for its parent does not.
    pub fn is_running(self) -> bool {
        stat(self.pid)
            .is_some_and(|(state, start)| start == self.start_ticks && !"ZX".contains(state))
    }

    /// Sends a signal, unless it has ended.
    pub fn signal(self, signal: Signal) -> io::Result<()> {
        if !self.is_running() {
            return Ok(());
        }
        match kill(Pid::from_raw(self.pid), signal) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until it has ended; false when it has not within the limit.
    pub fn wait_end(self, limit: Duration) -> bool {
        let start = Instant::now();
        while self.is_running() {
            if start.elapsed() > limit {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }

    /// Reads what [`ProcessId::save`] wrote.
    pub fn load(path: &Path) -> Option<Self> {
        Self::from_text(&fs::read_to_string(path).ok()?)
    }

    /// Writes both numbers into a file.
    pub fn save(self, path: &Path) -> io::Result<()> {
        fs::write(path, self.to_text() + "\n")
    }

    /// Both numbers with a space between them.
    pub fn to_text(self) -> String {
        format!("{} {}", self.pid, self.start_ticks)
    }

    /// Reads what [`ProcessId::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let (pid, start) = text.trim().split_once(' ')?;
        Some(Self {
            pid: pid.parse().ok()?,
            start_ticks: start.parse().ok()?,
        })
    }
}

/// Asks all of them to end, and after a while no longer asks.
pub fn stop_all(processes: &[ProcessId]) -> io::Result<()> {
    for process in processes {
        process.signal(Signal::SIGTERM)?;
    }
    let start = Instant::now();
    for process in processes {
        if !process.wait_end(PATIENCE.saturating_sub(start.elapsed())) {
            process.signal(Signal::SIGKILL)?;
        }
    }
    for process in processes {
        process.wait_end(PATIENCE);
    }
    Ok(())
}

/// Starts a daemon inside a namespace, apart from our terminal (Ctrl-C is for us alone), with its
/// output appended to a file.
///
/// `ip netns exec` rather than entering: it also shows the namespace's `/sys/class/net`. It becomes
/// the daemon, so the child's id is the daemon's.
pub fn start(namespace: &str, argv: &[String], log: &Path) -> io::Result<(Child, ProcessId)> {
    let output = File::options().create(true).append(true).open(log)?;
    let child = inside(namespace)
        .args(argv)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()?;
    let id = ProcessId::of(child.id()).ok_or_else(|| io::Error::other("it ended at once"))?;
    Ok((child, id))
}

/// A command that runs inside a namespace; its arguments are still to be added.
pub fn inside(namespace: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace]);
    // A plain user's PATH, kept by `su` and the like, has no daemons in it.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

/// State letter and start time.
fn stat(pid: i32) -> Option<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may hold anything.
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests;
