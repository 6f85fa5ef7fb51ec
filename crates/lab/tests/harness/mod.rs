//! What the namespace tests share: a mesh whose routers are asked, waited for and, when a test
//! fails, reported on with everything there is to know.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of this"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

pub mod control;
pub mod speaker;
pub mod stream;
pub mod watch;

use std::fs;
use std::process::Child;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use grange_lab::daemons;
use grange_lab::folder::RouterFiles;
use grange_lab::lab::Lab;
use grange_lab::netlink::KernelRoute;
use grange_lab::node_config;
use grange_lab::options::Options;
use grange_lab::topology::catalogue::{self, Found};
use grange_lab::topology::graph::{Daemon, Topology};
use grange_lab::topology::name::LabName;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use self::control::Events;

/// Ten times the longest that anything here should take; babeld and BIRD may need most of it.
pub const DEADLINE: Duration = Duration::from_secs(150);
/// How often a state is looked at while it is waited for.
const POLL: Duration = Duration::from_millis(50);
/// Our table.
pub const TABLE: u32 = 42;

/// A neighbourhood that is up. Taken down when dropped; if that is because the test failed, the
/// routers' events, routes, rules, filters and logs are printed first.
pub struct Mesh {
    pub lab: Lab,
    children: Mutex<Vec<Child>>,
    events: Mutex<Vec<Events>>,
}

/// A topology from its text.
pub fn found(topology: &str) -> Found {
    catalogue::find(&[topology.to_owned()]).unwrap()
}

impl Mesh {
    /// Brings a mesh up, with the daemons that the text names (ours where it names none).
    pub fn up(test: &str, topology: &str) -> Self {
        let mesh = Self::wires(test, topology, true);
        for router in mesh.routers() {
            let daemon = mesh.daemon_of(&router);
            let config = config_of(mesh.lab.topology(), &router, daemon, &mesh.files(&router));
            mesh.start(&router, daemon, &config);
        }
        mesh
    }

    /// Only namespaces, cables and addresses; `fast` is without duplicate address detection.
    pub fn wires(test: &str, topology: &str, fast: bool) -> Self {
        let found = found(topology);
        let mut bare = found.clone();
        // Daemons are started by the test, which knows when and with which configuration.
        bare.topology.daemon = Some(Daemon::Nothing);
        for router in &mut bare.topology.routers {
            router.daemon = Some(Daemon::Nothing);
        }
        let name = LabName::new(&format!("t{}-{test}", std::process::id())).unwrap();
        let options = Options {
            fast,
            daemon: Daemon::Nothing,
            ..Options::new(name)
        };
        let lab = Lab::up(&bare, &options, &mut ()).unwrap_or_else(|error| panic!("{error:?}"));
        Self {
            lab,
            children: Mutex::default(),
            events: Mutex::default(),
        }
    }

    fn routers(&self) -> Vec<String> {
        let routers = &self.lab.topology().routers;
        routers
            .iter()
            .map(|router| router.name.to_string())
            .collect()
    }

    fn daemon_of(&self, router: &str) -> Daemon {
        let given: Topology = self.lab.record().text.parse().unwrap();
        let own = given.routers[given.router(router).unwrap()].daemon;
        own.or(given.daemon).unwrap_or(Daemon::Routed)
    }

    /// The files of a router.
    pub fn files(&self, router: &str) -> RouterFiles {
        let topology = self.lab.topology();
        let name = &topology.routers[topology.router(router).unwrap()].name;
        self.lab.folder().router(name)
    }

    /// The text of our configuration that the lab would write for a router of this topology.
    pub fn our_config(&self, router: &str) -> String {
        config_of(
            self.lab.topology(),
            router,
            Daemon::Routed,
            &self.files(router),
        )
    }

    /// Starts a daemon with this configuration and waits until it answers.
    pub fn start(&self, router: &str, daemon: Daemon, config: &str) {
        let files = self.files(router);
        fs::create_dir_all(files.config()).unwrap();
        fs::create_dir_all(files.run()).unwrap();
        fs::write(config_path(daemon, &files), config).unwrap();
        self.start_again(router, daemon);
    }

    /// Starts a daemon with the configuration it has, and waits until it answers.
    pub fn start_again(&self, router: &str, daemon: Daemon) {
        self.lab.note(format!("start {daemon:?} on {router}"));
        let files = self.files(router);
        let position = self.lab.topology().router(router).unwrap();
        let namespace = self.lab.namespace(router).unwrap().name();
        let (child, process) =
            daemons::start(daemon, self.lab.topology(), position, namespace, &files)
                .unwrap_or_else(|error| panic!("{error:?}"));
        self.children.lock().unwrap().push(child);
        daemons::wait_ready(daemon, router, process, &files)
            .unwrap_or_else(|error| panic!("{error}"));
        if daemon == Daemon::Routed {
            let socket = daemons::socket(daemon, &files);
            self.events
                .lock()
                .unwrap()
                .push(Events::watch(router, &socket));
        }
    }

    /// Sends a signal to a router's daemon.
    pub fn signal(&self, router: &str, signal: Signal) {
        self.lab.note(format!("{signal} to {router}"));
        let process = self.lab.daemon(router).unwrap();
        process.expect("the daemon runs").signal(signal).unwrap();
    }

    /// Ends a router's daemon with this signal and waits for its end.
    pub fn end(&self, router: &str, signal: Signal) {
        let process = self.lab.daemon(router).unwrap().expect("the daemon runs");
        self.signal(router, signal);
        assert!(
            process.wait_end(DEADLINE),
            "the daemon of {router} does not end on {signal}"
        );
        self.reap();
    }

    /// Waits for children that have ended.
    pub fn reap(&self) {
        let mut children = self.children.lock().unwrap();
        children.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }

    /// Runs a command line (words apart by spaces) on a node; its output, whether it succeeds or not.
    pub fn try_run(&self, node: &str, command: &str) -> (bool, String) {
        let argv: Vec<&str> = command.split_whitespace().collect();
        let output = self.lab.exec(node, &argv).unwrap();
        let all = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&all).into_owned(),
        )
    }

    /// Runs a command line that must succeed.
    pub fn run(&self, node: &str, command: &str) -> String {
        let (success, output) = self.try_run(node, command);
        assert!(success, "{node}: {command}: {output}");
        output
    }

    /// Runs a change and notes it for the report.
    pub fn change(&self, node: &str, command: &str) {
        self.lab.note(format!("{node}: {command}"));
        self.run(node, command);
    }

    /// What a router's daemon has published since it was started last, one JSON line each.
    pub fn events(&self, router: &str) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let last = events.iter().rev().find(|events| events.router() == router);
        last.map(Events::lines).unwrap_or_default()
    }

    /// Gives a router another configuration of ours and has it read.
    pub fn reconfigure(&self, router: &str, config: &str) {
        fs::write(config_path(Daemon::Routed, &self.files(router)), config).unwrap();
        self.signal(router, Signal::SIGHUP);
    }

    /// Runs a shell script that must succeed.
    pub fn script(&self, node: &str, script: &str) -> String {
        let output = self.lab.exec(node, &["sh", "-c", script]).unwrap();
        let all = [output.stdout, output.stderr].concat();
        let all = String::from_utf8_lossy(&all).into_owned();
        assert!(output.status.success(), "{node}: {script}: {all}");
        all
    }

    /// Waits until a state holds.
    pub fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(
                start.elapsed() < DEADLINE,
                "waited {DEADLINE:?} in vain: {what}"
            );
            thread::sleep(POLL);
        }
        let done = format!("after {:.2?}: {what}", start.elapsed());
        eprintln!("{done}");
        self.lab.note(done);
    }

    /// The routes to a prefix that a daemon speaking Babel has put into a node's kernel.
    pub fn learnt(&self, node: &str, prefix: &str) -> Vec<KernelRoute> {
        let mut routes = self.lab.routes(node).unwrap();
        routes.retain(|route| route.is_babel() && route.destination.to_string() == prefix);
        routes
    }

    /// Whether a Babel route in a node's kernel leads to exactly this prefix.
    pub fn has(&self, node: &str, prefix: &str) -> bool {
        self.learnt(node, prefix)
            .iter()
            .any(|route| route.reachable)
    }

    /// Whether a Babel route to this prefix leaves by that interface.
    pub fn leads(&self, node: &str, prefix: &str, interface: &str) -> bool {
        let by = |route: &KernelRoute| route.interface.as_deref() == Some(interface);
        self.learnt(node, prefix)
            .iter()
            .any(|route| route.reachable && by(route))
    }

    /// Waits until a node's kernel has Babel routes to all these prefixes.
    pub fn wait_has(&self, node: &str, prefixes: &[&str]) {
        self.wait(&format!("{node} has routes to {prefixes:?}"), || {
            prefixes.iter().all(|prefix| self.has(node, prefix))
        });
    }

    /// Waits until a node's kernel has no Babel route that leads to any of these prefixes.
    pub fn wait_lost(&self, node: &str, prefixes: &[&str]) {
        self.wait(&format!("{node} has no route to {prefixes:?}"), || {
            prefixes.iter().all(|prefix| !self.has(node, prefix))
        });
    }

    /// Whether one ping is answered now.
    pub fn answers(&self, node: &str, address: &str) -> bool {
        self.try_run(node, &format!("ping -n -c 1 -W 1 {address}"))
            .0
    }

    /// Waits until pings are answered.
    pub fn wait_reaches(&self, node: &str, address: &str) {
        self.wait(&format!("{node} reaches {address}"), || {
            self.answers(node, address)
        });
    }

    /// A method of a router's control socket.
    pub fn call(&self, router: &str, method: &str, params: &Value) -> Result<Value, Value> {
        control::call(
            &daemons::socket(Daemon::Routed, &self.files(router)),
            method,
            params,
        )
    }

    /// A method that must succeed.
    pub fn ask(&self, router: &str, method: &str) -> Value {
        let reply = self.call(router, method, &json!({}));
        reply.unwrap_or_else(|error| panic!("{router}: {method}: {error}"))
    }

    /// A counter in the reply to `status`.
    pub fn counter(&self, router: &str, name: &str) -> u64 {
        let status = self.ask(router, "status");
        let counter = status["counters"][name].as_u64();
        counter.unwrap_or_else(|| panic!("no counter {name} in {status}"))
    }

    /// Whether a router hears this many neighbours, and they hear it.
    pub fn has_neighbours(&self, router: &str, count: usize) -> bool {
        let neighbours = self.ask(router, "neighbours");
        let neighbours = neighbours.as_array().unwrap();
        let up = |row: &&Value| !row["cost"].is_null();
        neighbours.iter().filter(up).count() == count
    }

    /// Waits until no route of a router is a leftover of an earlier run any more.
    pub fn wait_confirmed(&self, router: &str) {
        self.wait(
            &format!("{router}: every adopted route is confirmed or gone"),
            || {
                let routes = self.ask(router, "routes");
                let routes = routes.as_array().unwrap().clone();
                !routes.is_empty() && routes.iter().all(|route| route["adopted"] == false)
            },
        );
    }

    /// How many packets a node's kernel has given up because they went in circles.
    pub fn expired_packets(&self, node: &str) -> u64 {
        // One line of names, one of values, per protocol; /proc/net/snmp6 has one line each.
        let v4 = self.run(node, "cat /proc/net/snmp");
        let rows: Vec<&str> = v4
            .lines()
            .filter(|line| line.starts_with("Icmp:"))
            .collect();
        let names = rows[0].split_whitespace();
        let at = names
            .clone()
            .position(|name| name == "OutTimeExcds")
            .unwrap();
        let v4: u64 = rows[1].split_whitespace().nth(at).unwrap().parse().unwrap();
        let v6 = self.run(node, "cat /proc/net/snmp6");
        let v6 = v6
            .lines()
            .find(|line| line.starts_with("Icmp6OutTimeExcds"))
            .unwrap();
        let v6: u64 = v6.split_whitespace().nth(1).unwrap().parse().unwrap();
        v4 + v6
    }

    /// An nft counter: of the rule in table `inet watch` that has this comment.
    pub fn nft_packets(&self, node: &str, comment: &str) -> u64 {
        let rules = self.run(node, "nft -j list table inet watch");
        let rules: Value = serde_json::from_str(&rules).unwrap();
        let items = rules["nftables"].as_array().unwrap();
        let rule = items.iter().find(|item| item["rule"]["comment"] == comment);
        let rule = rule.unwrap_or_else(|| panic!("{node} has no rule {comment}"));
        let expressions = rule["rule"]["expr"].as_array().unwrap();
        let packets = expressions
            .iter()
            .find_map(|e| e["counter"]["packets"].as_u64());
        packets.unwrap()
    }

    /// A router's log.
    pub fn log(&self, router: &str) -> String {
        fs::read_to_string(self.files(router).log()).unwrap_or_default()
    }

    /// The link-local address of an interface, once it is valid.
    pub fn link_local(&self, node: &str, interface: &str) -> std::net::Ipv6Addr {
        let mut found = None;
        self.wait(
            &format!("{node}: {interface} has a link-local address"),
            || {
                let text = self.run(
                    node,
                    &format!("ip -o -6 address show dev {interface} scope link"),
                );
                let line = text.lines().find(|line| !line.contains("tentative"));
                let address = line.and_then(|line| line.split_whitespace().nth(3));
                found = address.and_then(|text| text.split('/').next()?.parse().ok());
                found.is_some()
            },
        );
        found.expect("it was waited for")
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.lab.report());
            let events = self.events.lock();
            for events in events.iter().flat_map(|events| events.iter()) {
                eprintln!("{events}");
            }
        }
        // The lab, dropped next, ends the daemons; only then can they be waited for.
        let children =
            std::mem::take(&mut *self.children.lock().unwrap_or_else(PoisonError::into_inner));
        for router in self.routers() {
            if let Ok(Some(process)) = self.lab.daemon(&router) {
                let _ = process.signal(Signal::SIGKILL);
            }
        }
        for mut child in children {
            let _ = child.wait();
        }
    }
}

/// The configuration that the lab writes for that daemon on a router.
pub fn config_of(topology: &Topology, router: &str, daemon: Daemon, files: &RouterFiles) -> String {
    let position = topology.router(router).unwrap();
    if daemon == Daemon::Routed {
        return node_config::routed(topology, position).unwrap();
    }
    daemons::configure(daemon, topology, position, false, files).unwrap();
    fs::read_to_string(config_path(daemon, files)).unwrap_or_default()
}

/// Where a daemon's configuration is.
pub fn config_path(daemon: Daemon, files: &RouterFiles) -> std::path::PathBuf {
    files.config().join(match daemon {
        Daemon::Babeld => "babeld.conf",
        Daemon::Bird => "bird.conf",
        Daemon::Routed | Daemon::Nothing => node_config::FILE,
    })
}
