//! Taking babeld's place: its file, its routes, its local socket.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use grange_lab::daemons;
use grange_lab::dialogue;
use grange_lab::process;
use grange_lab::topology::graph::Daemon;
use harness::Mesh;
use nix::sys::signal::Signal;

/// Like `option ifname` and what else OpenWrt's package babeld has in its file.
fn package_file(local_path: &Path) -> String {
    format!(
        "package babeld\n\nconfig general\n\toption ipv6_subtrees 'true'\n\
         \toption local_path '{}'\n\
         \toption log_file '/var/log/babeld.log'\n\n\
         config interface\n\toption type 'wired'\n\n\
         config interface 'a'\n\toption ifname 'mesh-a'\n\n\
         config interface 'c'\n\toption ifname 'mesh-c'\n\n\
         config filter\n\toption type 'redistribute'\n\toption ip '10.99.0.0/16'\n\
         \toption action 'metric 128'\n",
        local_path.display()
    )
}

/// babeld's own file with the same sense.
fn own_file(socket: &Path, last: u8) -> String {
    format!(
        "router-id 02:00:00:00:00:00:00:{last:02x}\nlocal-path {}\nskip-kernel-setup true\n\
         default type wired\ninterface mesh-a\ninterface mesh-c\n\
         redistribute ip 10.99.0.0/16 metric 128\n",
        socket.display()
    )
}

/// grange-routed with the file of babeld's package; ended when dropped.
struct InPlace {
    child: Child,
    socket: PathBuf,
}

impl InPlace {
    fn start(mesh: &Mesh, router: &str) -> Self {
        let files = mesh.files(router);
        let (config, socket) = (files.config().join("babeld"), files.run().join("old.sock"));
        fs::write(&config, package_file(&socket)).unwrap();
        let argv = [
            daemons::find(Daemon::Routed).unwrap(),
            "--foreground".into(),
            "--config".into(),
            config,
            "--run-dir".into(),
            files.run(),
        ];
        let argv: Vec<String> = argv
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let namespace = mesh.lab.namespace(router).unwrap().name();
        let (child, _) = process::start(namespace, &argv, &files.log()).unwrap();
        let place = Self { child, socket };
        mesh.wait("it answers where babeld did", || place.socket.exists());
        place
    }

    fn dump(&self) -> String {
        dialogue::babeld_dump(&self.socket, Duration::from_secs(10))
            .expect("a dump that ends with ok")
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line with its values replaced by what kind they are.
fn shape(line: &str) -> String {
    let mut before = "";
    let words = line.split(' ').map(|word| {
        let kind = match before {
            "neighbour" | "route" if word.chars().all(|c| c.is_ascii_hexdigit()) => {
                "HEX".to_owned()
            }
            "if" | "interface" => "NAME".to_owned(),
            "version" => "VERSION".to_owned(),
            "reach" | "ureach" => format!("{} digits", word.len()),
            "id" => format!("{} octets", word.split(':').count()),
            _ if word.parse::<u32>().is_ok() => "NUMBER".to_owned(),
            _ if word.parse::<IpAddr>().is_ok() => "ADDRESS".to_owned(),
            _ => word
                .split('-')
                .map(prefix_shape)
                .collect::<Vec<_>>()
                .join("-"),
        };
        before = word;
        kind
    });
    words.collect::<Vec<_>>().join(" ")
}

fn prefix_shape(word: &str) -> String {
    match word
        .split_once('/')
        .and_then(|(address, _)| address.parse::<IpAddr>().ok())
    {
        // The source prefix of everything is what both write for "from anywhere".
        Some(address) if address.is_unspecified() => word.to_owned(),
        Some(IpAddr::V4(_)) => "V4".to_owned(),
        Some(IpAddr::V6(_)) => "V6".to_owned(),
        None => word.to_owned(),
    }
}

fn shapes(dump: &str) -> BTreeSet<String> {
    dump.lines().map(shape).collect()
}

/// Everything that comes back when this is said, to the end of the connection.
fn say(socket: &Path, lines: &[&str]) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut all = String::new();
    for line in lines {
        stream.write_all(line.as_bytes()).unwrap();
        // One answer each; babeld repeats a refusal for all that come in one piece.
        std::thread::sleep(Duration::from_millis(200));
    }
    stream.shutdown(Shutdown::Write).unwrap();
    let _ = stream.read_to_string(&mut all);
    all
}

/// The answers alone, without greeting and dumps.
fn answers(said: &str) -> Vec<&str> {
    said.lines()
        .skip(5)
        .filter(|line| !line.starts_with("add "))
        .collect()
}

#[test]
fn a_babeld_is_replaced_and_put_back_and_its_watchers_notice_nothing() {
    let mesh = Mesh::wires(
        "in-place",
        "router a; router b; router c; link a b; link b c",
        true,
    );
    mesh.start("a", Daemon::Routed, &mesh.our_config("a"));
    mesh.start("c", Daemon::Routed, &mesh.our_config("c"));
    // A default of the home's own, with the metric that babeld's routes have too.
    mesh.run("b", "ip link add wan type veth peer name wan-end");
    mesh.run("b", "ip link set wan up");
    mesh.run("b", "ip link set wan-end up");
    mesh.run("b", "ip route add default dev wan proto static");
    mesh.run("b", "ip route add 10.99.1.0/24 dev wan proto static");

    let files = mesh.files("b");
    fs::create_dir_all(files.config()).unwrap();
    let socket = daemons::socket(Daemon::Babeld, &files);
    mesh.start("b", Daemon::Babeld, &own_file(&socket, 2));
    for (node, far) in [("a", 3), ("c", 1)] {
        mesh.wait_has(
            node,
            &[
                &format!("10.42.0.{far}/32"),
                &format!("fd42:6772:616e::{far}/128"),
                "10.99.1.0/24",
            ],
        );
    }
    mesh.wait_has(
        "b",
        &[
            "10.42.0.1/32",
            "10.42.0.3/32",
            "fd42:6772:616e::1/128",
            "fd42:6772:616e::3/128",
        ],
    );
    let theirs = dialogue::babeld_dump(&socket, Duration::from_secs(10)).unwrap();
    let questions = [
        "\n",
        "# a remark\n",
        "dump\n",
        "dump x\n",
        "rubbish\n",
        "interface eth0\n",
        "flush interface mesh-a\n",
        "unmonitor\n",
        "quit\n",
    ];
    let their_answers = say(&socket, &questions);
    let babels = |mesh: &Mesh| {
        let mut routes = mesh.lab.routes("b").unwrap();
        routes.retain(grange_lab::netlink::KernelRoute::is_babel);
        routes.sort_by_key(|route| (route.destination, route.metric));
        routes
    };
    let before = babels(&mesh);

    // Killed, it leaves its routes behind; they are taken over where they are.
    mesh.end("b", Signal::SIGKILL);
    let place = InPlace::start(&mesh, "b");
    let ours = place.dump();
    mesh.wait(
        "both neighbours are heard and all their routes are in use",
        || {
            let dump = place.dump();
            dump.matches(" installed yes ").count() >= 4 && dump.matches("cost 96\n").count() == 2
        },
    );
    let ours_settled = place.dump();
    assert_eq!(
        babels(&mesh),
        before,
        "the kernel's routes are the same as babeld's"
    );
    let log = mesh.log("b");
    assert!(
        log.contains("babeld:5:9: warning: babeld.@general[0].log_file")
            || log.contains(".log_file: not honoured"),
        "{log}"
    );
    assert!(!ours.is_empty());

    // Line by line: the same words in the same order with values of the same kind.
    assert_eq!(
        shapes(&ours_settled),
        shapes(&theirs),
        "\n{ours_settled}\n{theirs}"
    );
    assert_eq!(
        answers(&say(&place.socket, &questions)),
        answers(&their_answers)
    );

    // The home's own default is where it was, and a neighbour's does not take its place.
    mesh.run("c", "ip link add wan type veth peer name wan-end");
    mesh.run("c", "ip link set wan up");
    mesh.run("c", "ip link set wan-end up");
    mesh.run("c", "ip route add default dev wan proto static");
    let shares = format!(
        "{}\nconfig filter\n\toption type 'redistribute'\n\toption ip '0.0.0.0/0'\n\toption eq '0'\n",
        mesh.our_config("c")
    );
    mesh.reconfigure("c", &shares);
    mesh.wait("the far default is known at a", || {
        mesh.has("a", "0.0.0.0/0")
    });
    let defaults = mesh.run("b", "ip -4 route show default");
    assert!(defaults.contains("dev wan proto static"), "{defaults}");
    assert!(!defaults.contains("proto babel"), "{defaults}");

    // And back.
    drop(place);
    // Under a new name: the killed one's number is lost, and neighbours remember it for three minutes.
    mesh.start("b", Daemon::Babeld, &own_file(&socket, 0x12));
    for (node, far) in [("a", 3), ("c", 1)] {
        mesh.wait_has(node, &[&format!("10.42.0.{far}/32"), "10.99.1.0/24"]);
        mesh.wait_reaches(node, &format!("10.42.0.{far}"));
    }
}

#[test]
fn a_watcher_is_told_of_each_route_that_comes_and_goes() {
    let mesh = Mesh::wires("watched", "router a; router b; link a b", true);
    let socket = mesh.files("a").run().join("old.sock");
    let watched = mesh
        .our_config("a")
        .replace(
            "config routed main",
            &format!(
                "config routed main\n\toption local_path '{}'",
                socket.display()
            ),
        )
        .replace(
            "config routed 'main'",
            &format!(
                "config routed 'main'\n\toption local_path '{}'",
                socket.display()
            ),
        );
    assert!(watched.contains("local_path"), "{watched}");
    mesh.start("a", Daemon::Routed, &watched);
    let mut stream = UnixStream::connect(&socket).unwrap();
    stream.set_nonblocking(true).unwrap();
    stream.write_all(b"monitor\n").unwrap();
    let mut heard = String::new();
    let mut wait_line = |what: &str, words: &[&str]| {
        mesh.wait(what, || {
            let mut chunk = [0; 8192];
            while let Ok(count) = stream.read(&mut chunk) {
                assert!(count > 0, "it hung up: {heard}");
                heard.push_str(&String::from_utf8_lossy(&chunk[..count]));
            }
            heard
                .lines()
                .any(|line| words.iter().all(|word| line.contains(word)))
        });
    };
    wait_line(
        "the greeting and the first dump",
        &["add interface mesh-b up true ipv6 fe80:"],
    );
    mesh.start("b", Daemon::Routed, &mesh.our_config("b"));
    wait_line(
        "the route comes",
        &[
            "add route ",
            "prefix 10.42.0.2/32 from 0.0.0.0/0",
            " if mesh-b",
        ],
    );
    mesh.end("b", Signal::SIGKILL);
    wait_line("the neighbour goes", &["flush neighbour "]);
    wait_line("the route goes", &["flush route ", "prefix 10.42.0.2/32"]);
}
