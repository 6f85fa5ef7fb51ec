//! A home with a router, some laptops and some providers, each in a network namespace of its own.
//!
//! Every provider is a whole internet: it has the probes' targets and a server that says whose it is, so
//! that a connection that changed its provider on the way would be reset.
#![allow(dead_code, reason = "tests and the benchmark each use a part of this")]

#[path = "../../../lab/tests/harness/dnsmasq.rs"]
mod dnsmasq;

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use grange_daemon::client::Client;
use grange_daemon::run_dir::socket_path;
use grange_lab::namespace::Namespace;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// Ten times the longest that anything here should take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// The server of each provider's internet.
const SERVER: &str = "203.0.113.1:7777";
/// The providers' own NAT is the home's firewall, as fw4 has it.
pub(crate) const FIREWALL: &str = "table inet fw4\nflush table inet fw4\ntable inet fw4 { chain srcnat { \
     type nat hook postrouting priority srcnat; oifname \"wan*\" masquerade; }; }\n";

static TOWNS: AtomicU32 = AtomicU32::new(0);

/// The town; taken down when dropped. If that is because a test failed, the log and the kernel's state
/// are printed first.
pub(crate) struct Town {
    pub(crate) home: Namespace,
    isps: Vec<Namespace>,
    laptops: Vec<Namespace>,
    dir: PathBuf,
    daemon: Option<Child>,
    helpers: Vec<Child>,
}

impl Town {
    /// Wires, addresses and servers; no daemon yet.
    pub(crate) fn new(isps: usize, laptops: usize) -> Self {
        let number = TOWNS.fetch_add(1, Ordering::Relaxed);
        let name = format!("up{}-{number}", std::process::id());
        let namespace = |part: &str| Namespace::create(&format!("{name}-{part}")).unwrap();
        let dir = std::env::temp_dir().join(&name);
        fs::create_dir_all(&dir).unwrap();
        let town = Self {
            home: namespace("home"),
            isps: (1..=isps).map(|n| namespace(&format!("isp{n}"))).collect(),
            laptops: (1..=laptops)
                .map(|n| namespace(&format!("lap{n}")))
                .collect(),
            dir,
            daemon: None,
            helpers: Vec::new(),
        };
        town.ip("link set lo up");
        town.ip("link add br-lan type bridge");
        town.ip("addr add 192.168.1.1/24 dev br-lan");
        town.ip("link set br-lan up");
        town.run("sysctl -qw net.ipv4.conf.all.forwarding=1");
        for (isp, n) in town.isps.iter().zip(1..) {
            let far = isp.name();
            town.ip(&format!(
                "link add wan{n} type veth peer name cable netns {far}"
            ));
            town.ip(&format!("addr add 10.0.{n}.2/24 dev wan{n}"));
            town.ip(&format!("link set wan{n} up"));
            in_ns(isp, "ip link set lo up");
            in_ns(isp, &format!("ip addr add 10.0.{n}.1/24 dev cable"));
            for address in ["203.0.113.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"] {
                in_ns(isp, &format!("ip addr add {address}/32 dev lo"));
            }
            in_ns(isp, "ip link set cable up");
            town.ip(&format!(
                "route add default via 10.0.{n}.1 dev wan{n} metric {n}"
            ));
            serve(isp, &format!("isp{n}"));
        }
        for (laptop, n) in town.laptops.iter().zip(1..) {
            let far = laptop.name();
            town.ip(&format!(
                "link add lan{n} type veth peer name eth0 netns {far}"
            ));
            town.ip(&format!("link set lan{n} master br-lan up"));
            in_ns(
                laptop,
                &format!("ip addr add 192.168.1.{}/24 dev eth0", 100 + n),
            );
            in_ns(laptop, "ip link set eth0 up");
            in_ns(laptop, "ip link set lo up");
            in_ns(laptop, "ip route add default via 192.168.1.1");
        }
        town.nft(FIREWALL);
        town
    }

    /// A configuration with an uplink for each provider, with these weights, and pings as probes.
    pub(crate) fn config(&self, weights: &[u32], more: &str) -> String {
        let mut text = format!(
            "config uplinkd\n\toption state_dir '{}'\n\tlist lan 'br-lan'\n",
            self.dir.join("etc").display()
        );
        for (weight, n) in weights.iter().zip(1..) {
            text.extend([format!(
                "config uplink 'wan{n}'\n\toption device 'wan{n}'\n\toption weight '{weight}'\n\toption hold '3'\n"
            )]);
        }
        for n in 1..=3 {
            text.extend([format!(
                "config probe\n\toption address '192.0.2.{n}'\n\toption provider 'p{n}'\n"
            )]);
        }
        text + more
    }

    /// Writes the configuration.
    pub(crate) fn configure(&self, config: &str) {
        fs::write(self.dir.join("config"), config).unwrap();
    }

    /// Starts the daemon with the configuration that is there, and waits until it answers.
    pub(crate) fn start(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.join("log"))
            .unwrap();
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", self.home.name()])
            .arg(program())
            .arg("--config")
            .arg(self.dir.join("config"))
            .arg("--run-dir")
            .arg(self.dir.join("run"))
            .arg("--ubus-socket")
            .arg(self.ubus_socket())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.daemon = Some(command.spawn().unwrap());
        self.wait("the daemon answers", |town| {
            town.try_call("status", &json!({})).is_some()
        });
    }

    /// Where the daemon looks for ubusd.
    pub(crate) fn ubus_socket(&self) -> PathBuf {
        self.dir.join("ubus.sock")
    }

    /// Starts it and waits until these uplinks take new connections.
    pub(crate) fn start_with(&mut self, config: &str, uplinks: &[&str]) {
        self.configure(config);
        self.start();
        self.wait_used(uplinks);
    }

    /// Waits until exactly these uplinks take new IPv4 connections.
    pub(crate) fn wait_used(&self, uplinks: &[&str]) {
        self.wait(&format!("{uplinks:?} are in use"), |town| {
            town.call("status")["ipv4"]["uplinks"] == json!(uplinks)
        });
    }

    /// Ends the daemon with a signal.
    pub(crate) fn end(&mut self, signal: Signal) {
        let mut child = self.daemon.take().unwrap();
        // `ip netns exec` has become the daemon.
        kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
        child.wait().unwrap();
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let child = self.daemon.as_ref().unwrap();
        kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
    }

    /// The daemon's process.
    pub(crate) fn pid(&self) -> u32 {
        self.daemon.as_ref().unwrap().id()
    }

    /// A method that must succeed.
    pub(crate) fn call(&self, method: &str) -> Value {
        self.call_with(method, &json!({}))
    }

    /// The same with parameters.
    pub(crate) fn call_with(&self, method: &str, params: &Value) -> Value {
        let reply = self.try_call(method, params);
        reply.unwrap_or_else(|| panic!("{method} is not answered"))
    }

    fn try_call(&self, method: &str, params: &Value) -> Option<Value> {
        let socket = socket_path(&self.dir.join("run"), "grange-uplinkd");
        let mut client = Client::connect(&socket).ok()?;
        let text = client
            .call_text(method, params, Duration::from_secs(5))
            .ok()?;
        serde_json::from_str(&text).ok()
    }

    /// What the program prints for a method.
    pub(crate) fn cli(&self, method: &str) -> String {
        let output = Command::new(program())
            .arg("--run-dir")
            .arg(self.dir.join("run"))
            .args(method.split(' '))
            .output()
            .unwrap();
        assert!(output.status.success(), "{method}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What a shell says that runs over an uplink, or why it does not.
    pub(crate) fn exec(&self, uplink: &str, script: &str) -> String {
        let output = Command::new("ip")
            .args(["netns", "exec", self.home.name()])
            .arg(program())
            .arg("--run-dir")
            .arg(self.dir.join("run"))
            .args(["exec", uplink, "--", "sh", "-c", script])
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    /// The row of an uplink's IPv4.
    pub(crate) fn uplink(&self, name: &str) -> Value {
        let rows = self.call("uplinks");
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == name && row["family"] == "ipv4");
        row.unwrap_or_else(|| panic!("no {name} in {rows}")).clone()
    }

    /// Waits until a state holds.
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < DEADLINE, "waited in vain: {what}");
            thread::sleep(Duration::from_millis(20));
        }
        eprintln!("after {:.2?}: {what}", start.elapsed());
    }

    /// A provider's line goes dead in both directions without a word, or works again.
    pub(crate) fn silence(&self, isp: usize, dead: bool) {
        let script = if dead {
            "nft add table inet dead; nft add chain inet dead in '{ type filter hook prerouting priority -300; policy drop; }'; nft add chain inet dead out '{ type filter hook postrouting priority 300; policy drop; }'"
        } else {
            "nft delete table inet dead"
        };
        self.at_isp(isp, script);
    }

    /// Answers every HTTP request at a provider's with this status.
    pub(crate) fn serve_http(&self, isp: usize, status: &str) {
        let listener = self.isps[isp - 1].enter(|| TcpListener::bind("203.0.113.1:80"));
        let listener = listener.unwrap().unwrap();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 1024];
                if stream.read(&mut request).is_ok_and(|length| length > 0) {
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
    }

    /// Sends zeros without end to whoever connects to port 9000 at a provider's.
    pub(crate) fn serve_bytes(&self, isp: usize) {
        let listener = self.isps[isp - 1].enter(|| TcpListener::bind("203.0.113.1:9000"));
        let listener = listener.unwrap().unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                thread::spawn(move || while stream.write_all(&[0; 16_384]).is_ok() {});
            }
        });
    }

    /// Starts a dnsmasq that knows nothing but what these words say, at a provider's or, as number 0, at
    /// home; it has come up when its pid file, which is returned, is there.
    pub(crate) fn dnsmasq(&mut self, isp: usize, words: &str) -> PathBuf {
        let namespace = match isp {
            0 => &self.home,
            n => &self.isps[n - 1],
        };
        let pid = self.path(&format!("dnsmasq{isp}.pid"));
        self.helpers
            .push(dnsmasq::start(namespace.name(), &pid, words));
        self.wait("dnsmasq runs", |_| pid.exists());
        pid
    }

    /// Opens a login page for a client over an uplink.
    pub(crate) fn portal(&mut self, uplink: &str, client: &str) {
        let child = Command::new("ip")
            .args(["netns", "exec", self.home.name()])
            .arg(program())
            .arg("--run-dir")
            .arg(self.dir.join("run"))
            .args(["portal", uplink, &format!("client={client}")])
            .stdin(Stdio::null())
            .spawn();
        self.helpers.push(child.unwrap());
    }

    /// Where a file of the town is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Does something at a laptop.
    pub(crate) fn at_laptop<T: Send>(&self, laptop: usize, work: impl FnOnce() -> T + Send) -> T {
        self.laptops[laptop - 1].enter(work).unwrap()
    }

    /// Gives a laptop so many addresses, from 192.168.1.101 on.
    pub(crate) fn give_addresses(&self, laptop: usize, count: u8) {
        let last = 100 + count;
        in_ns(
            &self.laptops[laptop - 1],
            &format!(
                "for n in $(seq 101 {last}); do ip addr replace 192.168.1.$n/24 dev eth0; done"
            ),
        );
    }

    /// Does something at a provider's.
    pub(crate) fn in_isp<T: Send>(&self, isp: usize, work: impl FnOnce() -> T + Send) -> T {
        self.isps[isp - 1].enter(work).unwrap()
    }

    /// Runs a script at a laptop.
    pub(crate) fn run_at_laptop(&self, laptop: usize, script: &str) -> String {
        sh(&self.laptops[laptop - 1], script)
    }

    /// Runs a script at a provider's.
    pub(crate) fn at_isp(&self, isp: usize, script: &str) -> String {
        sh(&self.isps[isp - 1], script)
    }

    /// Runs `ip` with these words on the router.
    pub(crate) fn ip(&self, words: &str) -> String {
        self.run(&format!("ip {words}"))
    }

    /// Runs a script on the router.
    pub(crate) fn run(&self, script: &str) -> String {
        sh(&self.home, script)
    }

    /// Gives the router's nft a script.
    pub(crate) fn nft(&self, script: &str) {
        self.run(&format!("nft -f - <<'END'\n{script}\nEND"));
    }

    /// A connection from a laptop to whatever internet its packets get to.
    pub(crate) fn connect(&self, laptop: usize) -> Option<Flow> {
        let laptop = &self.laptops[laptop - 1];
        let server: SocketAddr = SERVER.parse().unwrap();
        let connected =
            laptop.enter(|| TcpStream::connect_timeout(&server, Duration::from_secs(1)));
        let stream = connected.unwrap().ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(2)))
            .unwrap();
        let mut flow = Flow {
            reader: BufReader::new(stream),
            isp: String::new(),
        };
        flow.isp = flow.echo("hello").ok()?;
        Some(flow)
    }

    /// Whether a connection can be made within this time.
    pub(crate) fn gets_out(&self, laptop: usize, within: Duration) -> bool {
        let server: SocketAddr = SERVER.parse().unwrap();
        let tried = self.laptops[laptop - 1].enter(|| TcpStream::connect_timeout(&server, within));
        tried.unwrap().is_ok()
    }

    /// A connection from every laptop.
    pub(crate) fn connect_all(&self) -> Vec<Flow> {
        (1..=self.laptops.len())
            .map(|laptop| {
                self.connect(laptop)
                    .unwrap_or_else(|| panic!("laptop {laptop} gets out"))
            })
            .collect()
    }

    /// The daemon's log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- log\n{}", self.log());
            for script in [
                "ip rule; ip route show table all | grep -v ' table local'",
                "nft list ruleset",
                "conntrack -L 2>/dev/null | head -40",
            ] {
                let output = command(&self.home, script).output().unwrap();
                eprintln!("--- {script}\n{}", String::from_utf8_lossy(&output.stdout));
            }
        }
        for mut child in self.daemon.take().into_iter().chain(self.helpers.drain(..)) {
            let _ = child.kill();
            let _ = child.wait();
        }
        for namespace in self.laptops.iter().chain(&self.isps).chain([&self.home]) {
            let _ = Namespace::remove(namespace.name());
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A connection to a provider's server.
pub(crate) struct Flow {
    reader: BufReader<TcpStream>,
    /// Whose server it is.
    pub(crate) isp: String,
}

impl Flow {
    /// Sends a line; the server says its name.
    fn echo(&mut self, word: &str) -> io::Result<String> {
        self.reader
            .get_mut()
            .write_all(format!("{word}\n").as_bytes())?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Sends so many bytes and waits until the server has them.
    pub(crate) fn upload(&mut self, bytes: usize) {
        self.try_upload(bytes).unwrap();
    }

    /// The same, or why it failed; the socket's error, or somebody else's server.
    pub(crate) fn try_upload(&mut self, bytes: usize) -> io::Result<()> {
        let isp = self.echo(&"x".repeat(bytes))?;
        if isp == self.isp {
            Ok(())
        } else {
            Err(io::Error::other(format!("{isp:?} answers")))
        }
    }

    /// Whether it still works, with the provider it had.
    pub(crate) fn lives(&mut self) -> bool {
        self.echo("still there").is_ok_and(|isp| isp == self.isp)
    }

    /// Whether it has been ended by the other side, which it would not be by waiting.
    pub(crate) fn is_reset(&mut self) -> bool {
        let is_reset = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionReset;
        // A late acknowledgement may have brought the reset: a socket tells it once, here or below.
        if let Err(error) = self.reader.get_mut().write_all(b"x\n") {
            return is_reset(&error);
        }
        let start = Instant::now();
        loop {
            let mut octet = [0];
            match self.reader.read(&mut octet) {
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock && start.elapsed() < DEADLINE => {}
                read => return read.is_err_and(|error| is_reset(&error)),
            }
        }
    }
}

/// What is tested: the program built with the test, or the one that GRANGE_UPLINKD names.
fn program() -> PathBuf {
    let named = std::env::var_os("GRANGE_UPLINKD");
    named.map_or_else(
        || env!("CARGO_BIN_EXE_grange-uplinkd").into(),
        PathBuf::from,
    )
}

fn serve(isp: &Namespace, name: &str) {
    let listener = isp
        .enter(|| TcpListener::bind("0.0.0.0:7777"))
        .unwrap()
        .unwrap();
    let name = format!("{name}\n");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let name = name.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
                    if reader.get_mut().write_all(name.as_bytes()).is_err() {
                        return;
                    }
                    line.clear();
                }
            });
        }
    });
}

fn in_ns(namespace: &Namespace, script: &str) {
    sh(namespace, script);
}

fn sh(namespace: &Namespace, script: &str) -> String {
    let output = command(namespace, script).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    let all = String::from_utf8_lossy(&all).into_owned();
    assert!(
        output.status.success(),
        "{}: {script}: {all}",
        namespace.name()
    );
    all
}

fn command(namespace: &Namespace, script: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace.name(), "sh", "-c", script]);
    command
}
