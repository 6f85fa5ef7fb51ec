//! A lab that is up: the way tests and the command line use it.

use std::process::{Child, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::balancer;
use crate::claim;
use crate::cuts::{self, Cut, CutError};
use crate::daemons::{self, StartError};
use crate::error::{NoSuchNode, NodeError, OpenError, UpError, WaitError};
use crate::folder::Folder;
use crate::namespace::Namespace;
use crate::netlink::{self, KernelRoute};
use crate::observe::{self, View};
use crate::options::Options;
use crate::plan::{Plan, Role};
use crate::process::{self, ProcessId};
use crate::progress::Progress;
use crate::record::Record;
use crate::report;
use crate::shaping;
use crate::teardown::{self, TeardownError};
use crate::topology::catalogue::Found;
use crate::topology::graph::{Daemon, Topology};
use crate::topology::name::LabName;
use crate::wiring;

/// A lab that is up. Dropping it takes the lab down, unless it is detached or was only opened.
#[derive(Debug)]
pub struct Lab {
    name: LabName,
    folder: Folder,
    record: Record,
    topology: Topology,
    plan: Plan,
    namespaces: Vec<Namespace>,
    children: Mutex<Vec<Child>>,
    events: Mutex<Vec<(SystemTime, String)>>,
    owned: bool,
}

impl Lab {
    /// Brings a lab up: namespaces, cables, addresses, daemons. Returns when every daemon answers;
    /// that they have found each other is for the caller to wait for.
    ///
    /// When a step fails, everything is taken down again.
    pub fn up(
        found: &Found,
        options: &Options,
        progress: &mut dyn Progress,
    ) -> Result<Self, UpError> {
        if !nix::unistd::geteuid().is_root() {
            return Err(UpError::NotRoot);
        }
        let plan = Plan::new(&found.topology);
        let daemons: Vec<Daemon> = (0..found.topology.routers.len())
            .map(|router| {
                let own = found.topology.routers[router]
                    .daemon
                    .or(found.topology.daemon);
                own.unwrap_or(options.daemon)
            })
            .collect();
        for &daemon in daemons.iter().filter(|daemon| **daemon != Daemon::Nothing) {
            daemons::find(daemon)?;
        }
        let (folder, record) = claim::claim(found, options, &plan)?;
        // From here on dropping it takes it down, whatever there is of it.
        let mut lab = Self {
            name: options.name.clone(),
            folder,
            record,
            topology: found.topology.clone(),
            plan,
            namespaces: Vec::new(),
            children: Mutex::default(),
            events: Mutex::default(),
            owned: true,
        };
        lab.build(options.fast, progress)?;
        lab.owned = !options.detached;
        Ok(lab)
    }

    /// Opens a lab that somebody has brought up. Dropping the result leaves the lab as it is.
    pub fn open(name: &LabName) -> Result<Self, OpenError> {
        let folder = Folder::of(name);
        let record = Record::load(&folder)?.ok_or_else(|| OpenError::Missing(name.clone()))?;
        let topology: Topology = record.text.parse()?;
        let plan = Plan::new(&topology);
        let namespaces = plan
            .nodes
            .iter()
            .map(|node| Namespace::open(&name.namespace(&node.name)));
        let namespaces = namespaces.collect::<Result<_, _>>()?;
        Ok(Self {
            name: name.clone(),
            folder,
            record,
            topology,
            plan,
            namespaces,
            children: Mutex::default(),
            events: Mutex::default(),
            owned: false,
        })
    }

    /// Takes the lab down: processes, namespaces, files.
    pub fn down(mut self) -> Result<(), TeardownError> {
        self.owned = false;
        self.tear_down()
    }

    /// Its name.
    pub fn name(&self) -> &LabName {
        &self.name
    }

    /// What it was made from.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Nodes, interfaces, addresses and cables.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Title, owner and start of the lab.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Its files.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The namespace of a node, for tests that open sockets or start programs of their own there.
    pub fn namespace(&self, node: &str) -> Result<&Namespace, NoSuchNode> {
        let position = self
            .plan
            .nodes
            .iter()
            .position(|known| known.name.as_str() == node);
        let position = position.ok_or_else(|| self.no_such("node", node))?;
        Ok(&self.namespaces[position])
    }

    /// Runs a command on a node and waits for its end.
    pub fn exec(&self, node: &str, argv: &[&str]) -> Result<Output, NodeError> {
        let namespace = self.namespace(node)?;
        let output = process::inside(namespace.name())
            .args(argv)
            .stdin(Stdio::null())
            .output();
        output.map_err(|source| NodeError::Process {
            node: node.to_owned(),
            source,
        })
    }

    /// Cuts the cable of this name (`main-park`, either way round).
    pub fn cut(&self, cable: &str, how: Cut) -> Result<(), CutError> {
        let cable = cuts::find(&self.plan, cable)?;
        self.note(format!(
            "cut {} ({how:?})",
            cuts::cable_name(&self.plan, cable)
        ));
        cuts::cut(&self.plan, &self.namespaces, &self.folder, cable, how)
    }

    /// Heals the cable of this name.
    pub fn heal(&self, cable: &str) -> Result<(), CutError> {
        let cable = cuts::find(&self.plan, cable)?;
        self.note(format!("heal {}", cuts::cable_name(&self.plan, cable)));
        cuts::heal(&self.plan, &self.namespaces, &self.folder, cable)
    }

    /// Heals every cable that is cut and returns their names.
    pub fn heal_all(&self) -> Result<Vec<String>, CutError> {
        let names: Vec<String> = cuts::list(&self.folder)?.into_keys().collect();
        for name in &names {
            self.heal(name)?;
        }
        Ok(names)
    }

    /// The daemon's process on a router, while it runs.
    pub fn daemon(&self, router: &str) -> Result<Option<ProcessId>, NoSuchNode> {
        let position = self.router(router)?;
        let process = ProcessId::load(
            &self
                .folder
                .router(&self.plan.nodes[position].name)
                .process(),
        );
        Ok(process.filter(|process| process.is_running()))
    }

    /// Ends the daemon of a router (SIGTERM, or SIGKILL when `abruptly`) and waits for its end.
    pub fn stop_daemon(&self, router: &str, abruptly: bool) -> Result<(), NodeError> {
        let Some(process) = self.daemon(router)? else {
            return Ok(());
        };
        self.note(format!(
            "stop the daemon of {router}{}",
            if abruptly { " abruptly" } else { "" }
        ));
        let ended = if abruptly {
            process.signal(nix::sys::signal::Signal::SIGKILL).map(|()| {
                process.wait_end(Duration::from_secs(10));
            })
        } else {
            process::stop_all(&[process])
        };
        self.reap();
        ended.map_err(|source| NodeError::Process {
            node: router.to_owned(),
            source,
        })
    }

    /// Starts the daemon of a router and waits until it answers.
    pub fn start_daemon(&self, router: &str) -> Result<(), NodeError> {
        let position = self.router(router)?;
        if self.daemon(router)?.is_some() {
            return Ok(());
        }
        self.note(format!("start the daemon of {router}"));
        let process = self.spawn_daemon(position)?;
        Ok(self.wait_daemon(position, process)?)
    }

    /// What every router sees now, asked in parallel.
    pub fn views(&self) -> Vec<View> {
        let routers: Vec<String> = self
            .topology
            .routers
            .iter()
            .map(|router| router.name.to_string())
            .collect();
        std::thread::scope(|scope| {
            let look = |position: usize| {
                let routers = &routers;
                let files = self.folder.router(&self.plan.nodes[position].name);
                let daemon = self.record.daemon_of(&self.topology, position);
                let namespace = &self.namespaces[position];
                scope.spawn(move || {
                    observe::observe(&routers[position], daemon, namespace, &files, routers)
                })
            };
            let looking: Vec<_> = (0..routers.len()).map(look).collect();
            looking
                .into_iter()
                .filter_map(|view| view.join().ok())
                .collect()
        })
    }

    /// Routes of a node's kernel.
    pub fn routes(&self, node: &str) -> Result<Vec<KernelRoute>, NodeError> {
        Ok(netlink::routes(self.namespace(node)?)?)
    }

    /// Waits until a node's routes are as the predicate wants them; `what` is for the error.
    pub fn wait_for(
        &self,
        node: &str,
        what: &str,
        limit: Duration,
        mut predicate: impl FnMut(&[KernelRoute]) -> bool,
    ) -> Result<(), WaitError> {
        let what = format!("{node}: {what}");
        self.wait_until(&what, limit, || {
            self.routes(node).is_ok_and(|routes| predicate(&routes))
        })
    }

    /// Waits until the predicate holds.
    pub fn wait_until(
        &self,
        what: &str,
        limit: Duration,
        mut predicate: impl FnMut() -> bool,
    ) -> Result<(), WaitError> {
        let start = Instant::now();
        while !predicate() {
            if start.elapsed() > limit {
                let report = self.report();
                return Err(WaitError {
                    what: what.to_owned(),
                    waited: start.elapsed(),
                    report,
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// All there is to know when a test has failed: what was done, and of each router its routes,
    /// rules, filters and the end of its daemon's log.
    pub fn report(&self) -> String {
        report::report(&self.events(), &self.plan, &self.namespaces, &self.folder)
    }

    /// Waits for children that have ended, so that none stays behind as a zombie.
    pub fn reap(&self) {
        // One that cannot be asked has been waited for already.
        locked(&self.children).retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }

    /// Notes that something was done, for the report.
    pub fn note(&self, what: impl Into<String>) {
        locked(&self.events).push((SystemTime::now(), what.into()));
    }

    fn events(&self) -> Vec<(SystemTime, String)> {
        locked(&self.events).clone()
    }

    fn build(&mut self, fast: bool, progress: &mut dyn Progress) -> Result<(), UpError> {
        progress.step(&format!("{} network namespaces", self.plan.nodes.len()));
        for (node, name) in self.plan.nodes.iter().zip(&self.record.namespaces) {
            go_on(progress)?;
            let namespace = Namespace::create(name)?;
            wiring::set_switches(&namespace, node, fast)?;
            self.namespaces.push(namespace);
        }
        progress.step(&format!("{} cables", self.plan.cables.len()));
        for position in 0..self.plan.nodes.len() {
            go_on(progress)?;
            wiring::lay_cables(&self.plan, &self.namespaces, position)?;
        }
        progress.step("addresses and routes");
        for (node, namespace) in self.plan.nodes.iter().zip(&self.namespaces) {
            go_on(progress)?;
            wiring::configure(namespace, node)?;
            shaping::apply(namespace, node)?;
        }
        progress.step(&format!("{} routing daemons", self.topology.routers.len()));
        let mut processes = Vec::new();
        for position in 0..self.topology.routers.len() {
            go_on(progress)?;
            if self.record.daemon_of(&self.topology, position) != Daemon::Nothing {
                processes.push((position, self.spawn_daemon(position)?));
            }
        }
        for (position, process) in processes {
            go_on(progress)?;
            self.wait_daemon(position, process)?;
        }
        if self.record.balance {
            self.start_balancers(progress)?;
        }
        self.note("up");
        Ok(())
    }

    fn start_balancers(&self, progress: &mut dyn Progress) -> Result<(), UpError> {
        progress.step("a balancer for each router");
        let mut processes = Vec::new();
        for position in 0..self.topology.routers.len() {
            go_on(progress)?;
            if self.record.daemon_of(&self.topology, position) != Daemon::Routed {
                continue;
            }
            let name = &self.plan.nodes[position].name;
            let files = self.folder.router(name);
            balancer::configure(&self.topology, position, &files)?;
            let namespace = self.namespaces[position].name();
            let (child, process) = balancer::start(namespace, name.as_str(), &files)?;
            locked(&self.children).push(child);
            processes.push((name, process, files));
        }
        for (name, process, files) in processes {
            go_on(progress)?;
            balancer::wait_ready(name.as_str(), process, &files)?;
        }
        Ok(())
    }

    fn spawn_daemon(&self, position: usize) -> Result<ProcessId, StartError> {
        let daemon = self.record.daemon_of(&self.topology, position);
        let files = self.folder.router(&self.plan.nodes[position].name);
        let leased = self.record.balance && daemon == Daemon::Routed;
        daemons::configure(daemon, &self.topology, position, leased, &files)?;
        let namespace = self.namespaces[position].name();
        let (child, process) = daemons::start(daemon, &self.topology, position, namespace, &files)?;
        locked(&self.children).push(child);
        Ok(process)
    }

    fn wait_daemon(&self, position: usize, process: ProcessId) -> Result<(), StartError> {
        let daemon = self.record.daemon_of(&self.topology, position);
        let name = &self.plan.nodes[position].name;
        daemons::wait_ready(daemon, name.as_str(), process, &self.folder.router(name))
    }

    fn router(&self, name: &str) -> Result<usize, NoSuchNode> {
        self.topology
            .router(name)
            .map_err(|_| self.no_such("router", name))
    }

    fn no_such(&self, wanted: &'static str, name: &str) -> NoSuchNode {
        let routers_only = wanted == "router";
        let fits = |role: Role| !routers_only || matches!(role, Role::Router(_));
        let known = self.plan.nodes.iter().filter(|node| fits(node.role));
        let known: Vec<&str> = known.map(|node| node.name.as_str()).collect();
        NoSuchNode {
            wanted,
            name: name.to_owned(),
            known: known.join(", "),
        }
    }

    fn tear_down(&self) -> Result<(), TeardownError> {
        let result = teardown::tear_down(&self.folder, &self.record);
        // All have ended by now; waiting is a formality, but it leaves no zombies.
        for child in locked(&self.children).iter_mut() {
            drop(child.wait());
        }
        result
    }
}

fn go_on(progress: &dyn Progress) -> Result<(), UpError> {
    if progress.cancelled() {
        Err(UpError::Cancelled)
    } else {
        Ok(())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if self.owned
            && let Err(error) = self.tear_down()
        {
            eprintln!("grange-lab: lab {}: {error}", self.name);
        }
    }
}

/// A panic elsewhere leaves lists like these as good as they were.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
