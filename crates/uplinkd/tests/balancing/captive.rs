//! Login pages, and targets of other kinds.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::town::Town;

const CHECK: &str = "config probe\n\toption type 'http'\n\toption address '203.0.113.1'\n\
     \toption path '/generate_204'\n\toption status '204'\n";

#[test]
fn a_login_page_is_shown_as_such_and_nobody_is_sent_there() {
    let mut town = Town::new(2, 2);
    town.serve_http(1, "302 Found");
    town.serve_http(2, "204 No Content");
    let config = town.config(&[1, 1], CHECK);
    town.configure(&config);
    town.start();
    town.wait("wan1 is captive", |town| {
        town.uplink("wan1")["state"] == "captive"
    });
    town.wait_used(&["wan2"]);
    for laptop in [1, 2] {
        assert_eq!(town.connect(laptop).unwrap().isp, "isp2");
    }
    assert!(town.log().contains("wan1 captive (IPv4)"), "{}", town.log());
}

#[test]
fn one_browser_gets_to_the_login_page_over_the_captive_uplink_and_nobody_else() {
    let mut town = Town::new(2, 2);
    town.serve_http(1, "302 Found");
    town.serve_http(2, "204 No Content");
    // The hotel's resolver knows the login page's name; the other provider's is not asked.
    town.dnsmasq(
        1,
        "--address=/login.hotel/203.0.113.1 --listen-address=10.0.1.1",
    );
    let config = town.config(&[1, 1], CHECK);
    town.configure(&config);
    town.start();
    town.wait("wan1 is captive", |town| {
        town.uplink("wan1")["state"] == "captive"
    });
    town.portal("wan1", "192.168.1.101");
    let ask = |laptop: usize, request: &str| {
        let connect = || TcpStream::connect("192.168.1.1:8118");
        let Ok(mut stream) = town.at_laptop(laptop, connect) else {
            return String::new();
        };
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let text = format!("{request}\r\nHost: login.hotel\r\n\r\n");
        let _ = stream.write_all(text.as_bytes());
        let mut answer = [0; 256];
        let length = stream.read(&mut answer).unwrap_or(0);
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    let page = "GET http://login.hotel/ HTTP/1.1";
    town.wait("the login page comes", |_| {
        ask(1, page).contains("302 Found")
    });
    let tunnel = ask(1, "CONNECT login.hotel:7777 HTTP/1.1");
    assert!(tunnel.starts_with("HTTP/1.1 200 "), "{tunnel}");
    // A service of the router that its provider's side may reach.
    let listen = || TcpListener::bind("0.0.0.0:7778").unwrap();
    let _service = town.home.enter(listen).unwrap();
    for (request, status) in [
        ("CONNECT 10.0.1.2:7778 HTTP/1.1", "504"),
        ("CONNECT login.hotel:22 HTTP/1.1", "403"),
        ("CONNECT 127.0.0.1:8118 HTTP/1.1", "502"),
        ("GET / HTTP/1.1", "400"),
    ] {
        let answer = ask(1, request);
        assert!(answer.contains(status), "{request}: {answer}");
    }
    assert_eq!(ask(2, page), "", "another device is not served");
}

#[test]
fn tcp_and_dns_targets_are_asked_over_their_uplink_alone() {
    let mut town = Town::new(2, 1);
    let config = town.config(&[1, 1], "");
    // Port 7777 is the provider's server; nobody listens at 53, which says that nothing answers there.
    let probes = "config probe\n\toption type 'tcp'\n\toption address '203.0.113.1'\n\toption port '7777'\n\
         config probe\n\toption type 'dns'\n\toption address '192.0.2.1'\n";
    let config = config.split("config probe").next().unwrap().to_owned() + probes;
    town.start_with(&config, &["wan1", "wan2"]);
    town.wait("the resolver is missed", |town| {
        town.uplink("wan1")["lost_providers"] == json!(["192.0.2.1"])
    });
    town.silence(1, true);
    town.wait_used(&["wan2"]);
}
