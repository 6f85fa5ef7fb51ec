//! Login pages, and targets of other kinds.

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
