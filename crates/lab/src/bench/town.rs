//! A lab for one run: wires first, then the daemons of one kind, all with the same work.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::configs::{self, Work};
use crate::daemons;
use crate::error::Failure;
use crate::folder::RouterFiles;
use crate::lab::Lab;
use crate::namespace::Namespace;
use crate::options::Options;
use crate::process::ProcessId;
use crate::topology::catalogue;
use crate::topology::graph::Daemon;
use crate::topology::name::LabName;

/// Who is measured, in the order of the table.
pub const DAEMONS: [Daemon; 3] = [Daemon::Routed, Daemon::Babeld, Daemon::Bird];

/// One run of a row.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    /// Name of the row.
    pub row: &'static str,
    /// Who is measured.
    pub daemon: Daemon,
    /// Which run, from 0.
    pub number: usize,
}

/// A lab whose routers all run one daemon.
#[derive(Debug)]
pub struct Town {
    // Dropped first: the lab ends the daemons, and only then can they be waited for.
    lab: Option<Lab>,
    daemon: Daemon,
    children: Vec<Child>,
    processes: Vec<ProcessId>,
}

impl Town {
    /// Lays the wires and waits until every link-local address has passed duplicate address
    /// detection.
    pub fn wires(trial: &Trial, topology: &str) -> Result<Self, Failure> {
        let mut found = catalogue::find(&[topology.to_owned()])?;
        found.topology.daemon = Some(Daemon::Nothing);
        daemons::find(trial.daemon)?;
        let short = &daemons::program(trial.daemon)[..4];
        let mut row = trial.row.to_owned();
        row.truncate(8);
        let row = row.trim_end_matches('-');
        let name = format!("b{}-{row}-{short}{}", std::process::id(), trial.number);
        let options = Options {
            daemon: Daemon::Nothing,
            ..Options::new(LabName::new(&name)?)
        };
        let lab = Lab::up(&found, &options, &mut ())?;
        let town = Self {
            lab: Some(lab),
            daemon: trial.daemon,
            children: Vec::new(),
            processes: Vec::new(),
        };
        town.wait_link_locals()?;
        Ok(town)
    }

    /// The lab.
    pub fn lab(&self) -> &Lab {
        // It is there until the town is dropped.
        self.lab
            .as_ref()
            .unwrap_or_else(|| unreachable!("a town has a lab"))
    }

    /// How many routers there are.
    pub fn size(&self) -> usize {
        self.lab().topology().routers.len()
    }

    /// Name of the router at this position.
    pub fn name(&self, router: usize) -> &str {
        self.lab().topology().routers[router].name.as_str()
    }

    /// The namespace of the router at this position.
    pub fn namespace(&self, router: usize) -> Result<&Namespace, Failure> {
        Ok(self.lab().namespace(self.name(router))?)
    }

    /// The daemon's process on the router at this position.
    pub fn process(&self, router: usize) -> ProcessId {
        self.processes[router]
    }

    /// Starts all daemons at once; the time just before.
    pub fn start(&mut self, work: Work) -> Result<Instant, Failure> {
        let Some(lab) = &self.lab else {
            return Err("the town is gone".into());
        };
        let files: Vec<RouterFiles> = (0..self.size()).map(|router| self.files(router)).collect();
        for (router, files) in files.iter().enumerate() {
            let socket = daemons::socket(self.daemon, files);
            let interfaces = self.mesh_interfaces(router);
            let text = configs::text(self.daemon, work, router, &interfaces, &socket);
            fs::create_dir_all(files.config())?;
            fs::create_dir_all(files.run())?;
            fs::write(daemons::config_file(self.daemon, files), text)?;
        }
        let start = Instant::now();
        for (router, files) in files.iter().enumerate() {
            let namespace = lab.namespace(self.name(router))?.name();
            let (child, process) =
                daemons::start(self.daemon, lab.topology(), router, namespace, files)?;
            self.children.push(child);
            self.processes.push(process);
        }
        Ok(start)
    }

    /// Waits until every daemon has opened its control socket: none has refused its configuration.
    pub fn wait_ready(&self) -> Result<(), Failure> {
        for (router, process) in self.processes.iter().enumerate() {
            let files = self.files(router);
            daemons::wait_ready(self.daemon, self.name(router), *process, &files)?;
        }
        Ok(())
    }

    /// Runs a command on the router at this position; it must succeed.
    pub fn run(&self, router: usize, argv: &[&str]) -> Result<String, Failure> {
        let output = self.lab().exec(self.name(router), argv)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(format!("{}: {}", argv.join(" "), text(&output.stderr)).into())
    }

    /// Gives a router the interface `stub`, for routes that lead nowhere.
    pub fn add_stub(&self, router: usize) -> Result<(), Failure> {
        let words = |line: &str| -> Result<(), Failure> {
            self.run(router, &line.split(' ').collect::<Vec<_>>())
                .map(drop)
        };
        words("ip link add stub type veth peer name stub-end")?;
        words("ip link set stub up")?;
        words("ip link set stub-end up")
    }

    /// Runs `ip -batch` with these lines on a router.
    pub fn ip_batch(&self, router: usize, file: &str, lines: &str) -> Result<(), Failure> {
        let path = self.lab().folder().path().join(file);
        fs::write(&path, lines)?;
        self.run(router, &["ip", "-batch", &path.to_string_lossy()])
            .map(drop)
    }

    fn files(&self, router: usize) -> RouterFiles {
        let lab = self.lab();
        lab.folder().router(&lab.topology().routers[router].name)
    }

    fn mesh_interfaces(&self, router: usize) -> Vec<&str> {
        let node = &self.lab().plan().nodes[router];
        let names = node
            .interfaces
            .iter()
            .map(|interface| interface.name.as_str());
        names.filter(|name| name.starts_with("mesh-")).collect()
    }

    fn wait_link_locals(&self) -> Result<(), Failure> {
        for router in 0..self.size() {
            let wanted = self.mesh_interfaces(router).len();
            let start = Instant::now();
            loop {
                let text = self.run(
                    router,
                    &["ip", "-o", "-6", "address", "show", "scope", "link"],
                )?;
                let usable = text
                    .lines()
                    .filter(|line| line.contains("mesh-") && !line.contains("tentative"));
                if usable.count() == wanted {
                    break;
                }
                if start.elapsed() > Duration::from_secs(30) {
                    return Err(format!("no usable addresses: {text}").into());
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.lab = None;
        for child in &mut self.children {
            // Waiting is a formality by now; it leaves no zombies.
            drop(child.wait());
        }
    }
}
