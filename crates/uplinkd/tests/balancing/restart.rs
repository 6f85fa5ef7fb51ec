//! Reloads, restarts, crashes and other people's firewalls: nobody is moved, nothing is broken.

use nix::sys::signal::Signal;

use crate::town::{FIREWALL, Flow, Town};

fn isps(town: &Town) -> Vec<String> {
    town.connect_all()
        .into_iter()
        .map(|flow| flow.isp)
        .collect()
}

fn all_live(flows: &mut [Flow]) {
    for flow in flows {
        assert!(flow.lives(), "a connection over {} broke", flow.isp);
    }
}

#[test]
fn reloads_restarts_and_crashes_move_nobody() {
    let mut town = Town::new(2, 6);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    let mut flows = town.connect_all();
    let before: Vec<String> = flows.iter().map(|flow| flow.isp.clone()).collect();

    town.configure(&town.config(&[9, 1], ""));
    town.signal(Signal::SIGHUP);
    town.wait("the new weights hold", |town| {
        town.uplink("wan1")["share_permille"] == 900
    });
    all_live(&mut flows);
    assert_eq!(isps(&town), before, "a reload moved somebody");

    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        town.end(signal);
        all_live(&mut flows);
        assert_eq!(isps(&town), before, "while it is away");
        town.start();
        town.wait_used(&["wan1", "wan2"]);
        all_live(&mut flows);
        assert_eq!(isps(&town), before, "{signal} moved somebody");
    }

    // A configuration with an error changes nothing and says where.
    town.configure("config uplink 'wan1'\n\toption device 'wan1'\n\toption cap 'much'\n");
    town.signal(Signal::SIGHUP);
    town.wait("the error is told", |town| {
        town.log()
            .contains("config:3:13: error: grange-uplinkd.wan1.cap")
    });
    assert_eq!(isps(&town), before);
}

#[test]
fn firewall_reloads_and_a_flushed_ruleset_move_nobody() {
    let mut town = Town::new(2, 6);
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    let mut flows = town.connect_all();
    let before: Vec<String> = flows.iter().map(|flow| flow.isp.clone()).collect();
    town.nft(FIREWALL);
    all_live(&mut flows);
    assert_eq!(isps(&town), before, "a reload of fw4");

    // The devices are read at each status, and put back from there.
    town.call("status");
    town.nft(&format!("flush ruleset\n{FIREWALL}"));
    town.wait("the table is put back", |town| {
        town.run("nft list tables").contains("grange_uplink")
    });
    all_live(&mut flows);
    assert_eq!(isps(&town), before, "nft flush ruleset");

    town.ip("rule del pref 2001");
    town.wait("the rule is put back", |town| {
        town.ip("rule").contains("2001:")
    });
    all_live(&mut flows);
}

#[test]
fn leaving_takes_everything_out_of_the_kernel_and_nothing_else() {
    let mut town = Town::new(2, 1);
    let config = town.config(&[1, 1], "");
    // IPv6 addresses of links come by themselves, with their routes.
    let (rules, routes) = (town.ip("rule"), town.ip("-4 route show table all"));
    town.start_with(&config, &["wan1", "wan2"]);
    assert_ne!(town.ip("rule"), rules);
    town.call_with("leave", &serde_json::json!({"wait": 30}));
    assert_eq!(town.ip("rule"), rules);
    // A supervisor would start again what ends by itself; this one sends its signal.
    town.end(Signal::SIGTERM);
    assert_eq!(town.ip("rule"), rules);
    assert_eq!(town.ip("-4 route show table all"), routes);
    assert_eq!(town.run("nft list tables").trim(), "table inet fw4");
}
