//! A shipped daemon that runs in a namespace.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::namespace::Namespace;

pub(crate) struct Daemon {
    child: Child,
    name: &'static str,
    folder: PathBuf,
    start_up: Duration,
}

impl Daemon {
    /// Starts one with that configuration and waits until its control socket answers.
    pub(crate) fn start(
        namespace: &Namespace,
        name: &'static str,
        programs: &Path,
        folder: &Path,
        config: &str,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = folder.join(name);
        fs::write(&file, config)?;
        let mut command = Command::new(programs.join(name));
        command
            .arg("--config")
            .arg(file)
            .arg("--run-dir")
            .arg(folder)
            .arg("--foreground")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log_file(folder, name))?);
        let started = Instant::now();
        let mut daemon = Self {
            child: namespace.run(move || command.spawn())?,
            name,
            folder: folder.to_owned(),
            start_up: Duration::ZERO,
        };
        while UnixStream::connect(daemon.socket()).is_err() {
            if started.elapsed() > Duration::from_mins(1) {
                let log = daemon.log();
                return Err(io::Error::other(format!(
                    "{name}: no control socket after a minute\n{log}"
                )));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        daemon.start_up = started.elapsed();
        Ok(daemon)
    }

    /// How long it took until its control socket answered.
    pub(crate) fn start_up(&self) -> Duration {
        self.start_up
    }

    fn socket(&self) -> PathBuf {
        self.folder.join(format!("{}.sock", self.name))
    }

    /// What it answers to a method without parameters: a line of JSON.
    pub(crate) fn call(&self, method: &str) -> io::Result<String> {
        let mut socket = UnixStream::connect(self.socket())?;
        writeln!(socket, "{{\"method\":\"{method}\"}}")?;
        let mut answer = String::new();
        BufReader::new(socket).read_line(&mut answer)?;
        Ok(answer)
    }

    /// One of its Prometheus counters.
    pub(crate) fn counter(&self, name: &str) -> io::Result<u64> {
        self.call("metrics")?
            .split("\\n")
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
            .ok_or_else(|| io::Error::other(format!("no counter {name}")))
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(log_file(&self.folder, self.name)).unwrap_or_default()
    }

    /// Memory in use now and at most so far, KB: the kernel's VmRSS and VmHWM.
    pub(crate) fn memory_kb(&self) -> io::Result<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| {
                    line.strip_prefix(name)?
                        .split_whitespace()
                        .next()?
                        .parse()
                        .ok()
                })
                .ok_or_else(|| io::Error::other(format!("no {name} in /proc/PID/status")))
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// Processor time used so far, user's and kernel's: proc(5), fields 14 and 15 of stat.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name, which may contain blanks, comes field 3.
        let ticks: u64 = stat
            .rsplit_once(')')
            .map_or("", |(_, fields)| fields)
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        // USER_HZ is 100 on every machine of ours.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Sends it a signal and tells what its last line was.
    pub(crate) fn kill(mut self, signal: Signal) -> io::Result<String> {
        let process = i32::try_from(self.child.id()).map_err(io::Error::other)?;
        kill(Pid::from_raw(process), signal)?;
        self.child.wait()?;
        Ok(self.log().lines().last().unwrap_or_default().to_owned())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}
