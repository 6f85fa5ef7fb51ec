//! Names in a home without a line of its own: the resolvers of its gateways, through their tunnels, by a real dnsmasq.

use std::net::UdpSocket;
use std::time::Instant;

use super::*;

/// A dnsmasq at a node, which ends with this.
struct Dnsmasq(Child);

impl Dnsmasq {
    fn start(village: &Village, node: &str, pid: &std::path::Path, words: &str) -> Self {
        let namespace = village.mesh.lab.namespace(node).unwrap();
        let dnsmasq = Self(dnsmasq::start(namespace.name(), pid, words));
        village.mesh.wait("dnsmasq runs", || pid.exists());
        dnsmasq
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// RFC 1035 §4.1: whether the home's dnsmasq gives its laptop an address for `NNNN.whose.example.`
fn resolves(village: &Village, number: u32) -> bool {
    let mut question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04".to_vec();
    question.extend(format!("{number:04}").bytes());
    question.extend(b"\x05whose\x07example\0\0\x01\0\x01");
    let laptop = village.mesh.lab.namespace("laptop-home").unwrap();
    let socket = laptop.enter(|| UdpSocket::bind("0.0.0.0:0")).unwrap();
    let socket = socket.unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let home = RouterAddresses::new(2).home_v4().to_string();
    let router = home.replace(".0/24", ".1:53");
    socket.send_to(&question, router).unwrap();
    let mut answer = [0; 512];
    // Recursion is available, no error, one answer.
    socket.recv(&mut answer).is_ok() && answer[3] == 0x80 && answer[7] == 1
}

#[test]
fn a_home_without_a_line_resolves_names_by_its_gateways_and_goes_on_when_one_dies() {
    let village = Village::up_with("names", TWO, |router, config| match router {
        "home" => {
            let dir = config.split("option state_dir '").nth(1).unwrap();
            let dir = dir.split('\'').next().unwrap();
            let files = format!(
                "config uplinkd\n\toption servers_file '{dir}/servers'\n\toption dnsmasq_pid_file '{dir}/dnsmasq.pid'\n"
            );
            std::fs::write(format!("{dir}/servers"), "").unwrap();
            config.replacen("config uplinkd\n", &files, 1)
        }
        // One that only its own home can reach is not for neighbours.
        _ => config.replace(
            "\toption share '1'\n",
            &format!("\toption share '1'\n\tlist dns '{INTERNET_V4}'\n\tlist dns '192.168.1.1'\n"),
        ),
    });
    let state = village.mesh.files("home").state();
    let (servers, pid) = (state.join("servers"), state.join("dnsmasq.pid"));
    let _internet = Dnsmasq::start(
        &village,
        "internet",
        &state.join("internet.pid"),
        &format!("--address=/whose.example/198.51.100.7 --listen-address={INTERNET_V4}"),
    );
    let home = RouterAddresses::new(2).home_v4().to_string();
    let home = home.replace(".0/24", ".1");
    let words = format!(
        "--servers-file={} --listen-address={home}",
        servers.display()
    );
    let _own = Dnsmasq::start(&village, "home", &pid, &words);
    village.wait_used("home", &["via_one", "via_two"]);
    let text = || std::fs::read_to_string(&servers).unwrap();
    village.mesh.wait("both gateways' resolvers are known", || {
        let text = text();
        text.contains(&format!("server={INTERNET_V4}@grange-000001"))
            && text.contains(&format!("server={INTERNET_V4}@grange-000002"))
    });
    assert!(!text().contains("192.168"), "{}", text());
    let mut number = 0;
    let mut asked = || {
        number += 1;
        resolves(&village, number)
    };
    village.mesh.wait("a name resolves", &mut asked);
    // dnsmasq asks them in turn; each of them has to go when its line dies.
    for (provider, dead, other) in [("isp1", "1", "via_two"), ("isp2", "2", "via_one")] {
        silence(&village, provider);
        let start = Instant::now();
        village.mesh.wait("the other gateway's is left alone", || {
            let text = text();
            !text.contains(&format!("@grange-00000{dead}")) && text.contains("server=")
        });
        village.mesh.wait("a name resolves", &mut asked);
        // The goal is two seconds.
        eprintln!("{provider} died: resolved after {:.2?}", start.elapsed());
        for _ in 0..20 {
            assert!(asked(), "no question goes to the dead one");
        }
        village.wait_used("home", &[other]);
        village.mesh.script(provider, "nft delete table inet dead");
        village.wait_used("home", &["via_one", "via_two"]);
    }
}
