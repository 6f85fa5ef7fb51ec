//! A router of the neighbourhood: a namespace and the shipped daemon in it.

use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::namespace::Namespace;
use crate::netlink::Netlink;

/// Announces its own address and whatever static routes it has in fd42::/16.
const CONFIG: &str = "\
config interface
\tlist ifname 'mesh-*'
\toption type 'wired'

config filter
\toption type 'redistribute'
\toption local '1'
\toption ip 'fd43::/16'

config filter
\toption type 'redistribute'
\toption proto 'static'
\toption ip 'fd42::/16'
";

pub(crate) struct Router {
    pub(crate) number: u8,
    pub(crate) namespace: Namespace,
    daemon: Option<Child>,
    program: PathBuf,
    folder: PathBuf,
}

impl Router {
    pub(crate) fn new(number: u8, program: &Path, work: &Path) -> io::Result<Self> {
        let folder = work.join(format!("r{number}"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("config"), CONFIG)?;
        let namespace = Namespace::new()?;
        let address = Self::address(number);
        namespace.run(move || {
            let netlink = Netlink::open()?;
            netlink.set_up("lo", true)?;
            netlink.add_address(address.into())
        })?;
        Ok(Self {
            number,
            namespace,
            daemon: None,
            program: program.to_owned(),
            folder,
        })
    }

    /// The mesh address of a router.
    pub(crate) fn address(number: u8) -> Ipv6Addr {
        Ipv6Addr::new(0xfd43, 0, 0, 0, 0, 0, 0, number.into())
    }

    /// Starts the daemon and tells how long it took until its control socket answered.
    pub(crate) fn start(&mut self) -> io::Result<Duration> {
        let mut command = Command::new(&self.program);
        command
            .arg("--config")
            .arg(self.folder.join("config"))
            .arg("--run-dir")
            .arg(&self.folder)
            .arg("--foreground")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.log_file())?);
        let started = Instant::now();
        self.daemon = Some(self.namespace.run(move || command.spawn())?);
        let socket = self.folder.join("grange-routed.sock");
        while UnixStream::connect(&socket).is_err() {
            if started.elapsed() > Duration::from_mins(1) {
                return Err(io::Error::other("no control socket after a minute"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(started.elapsed())
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn process(&self) -> io::Result<u32> {
        self.daemon
            .as_ref()
            .map(Child::id)
            .ok_or_else(|| io::Error::other("the daemon is not running"))
    }

    /// Memory in use now and at most so far, KB: the kernel's VmRSS and VmHWM.
    pub(crate) fn memory_kb(&self) -> io::Result<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process()?))?;
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
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process()?))?;
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

    /// Packets that an interface has sent.
    pub(crate) fn sent(&self, interface: &str) -> io::Result<u64> {
        let interface = interface.to_owned();
        self.namespace.run(move || {
            fs::read_to_string("/proc/thread-self/net/dev")?
                .lines()
                .find_map(|line| {
                    let (name, counters) = line.split_once(':')?;
                    (name.trim() == interface)
                        .then(|| counters.split_whitespace().nth(9)?.parse().ok())?
                })
                .ok_or_else(|| io::Error::other("no such interface in /proc/net/dev"))
        })
    }

    /// How many of the thousand routes its kernel has, in whichever table.
    pub(crate) fn foreign_routes(&self) -> io::Result<usize> {
        self.namespace.run(|| {
            Ok(fs::read_to_string("/proc/thread-self/net/ipv6_route")?
                .lines()
                .filter(|line| line.starts_with("fd42"))
                .count())
        })
    }

    /// Adds or removes static routes.
    pub(crate) fn change_routes(&self, count: u16, add: bool) -> io::Result<()> {
        self.namespace.run(move || {
            let netlink = Netlink::open()?;
            for number in 0..count {
                let address = Ipv6Addr::new(0xfd42, 0, 0, 0, 0, 0, 1, number);
                netlink.change_route(IpAddr::V6(address), add)?;
            }
            Ok(())
        })
    }

    /// Sends the daemon a signal and tells what its last line was.
    pub(crate) fn kill(&mut self, signal: nix::sys::signal::Signal) -> io::Result<String> {
        let process = i32::try_from(self.process()?).map_err(io::Error::other)?;
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), signal)?;
        if let Some(mut daemon) = self.daemon.take() {
            daemon.wait()?;
        }
        Ok(self.log().lines().last().unwrap_or_default().to_owned())
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            // It may have ended by itself.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}
