//! Stand-ins for grange-routed and grange-uplinkd: their control sockets, and replies of their types.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use grange_daemon::reply::{routed, uplinkd};
use serde_json::{Value, json};

pub(crate) const OWN: &str = "02:00:00:00:00:00:00:01";
pub(crate) const NEAR: &str = "02:00:00:00:00:00:00:02";
pub(crate) const FAR: &str = "02:00:00:00:00:00:00:03";
pub(crate) const NEIGHBOUR: &str = "fe80::2%mesh0";

/// Replies by method; a method without one is refused.
pub(crate) type Replies = BTreeMap<&'static str, Value>;

/// A daemon that answers from a table, until it is dropped.
pub(crate) struct Daemon {
    path: PathBuf,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    replies: Replies,
    streams: Vec<UnixStream>,
    asked: Vec<(String, Value)>,
    is_over: bool,
}

impl Daemon {
    pub(crate) fn start(run_dir: &Path, name: &str, replies: Replies) -> Self {
        let path = run_dir.join(format!("{name}.sock"));
        let listener = UnixListener::bind(&path).unwrap();
        let shared = Arc::new(Mutex::new(Shared {
            replies,
            streams: Vec::new(),
            asked: Vec::new(),
            is_over: false,
        }));
        thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let mut state = shared.lock().unwrap();
                    if state.is_over {
                        return;
                    }
                    state.streams.push(stream.try_clone().unwrap());
                    drop(state);
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || serve(&stream, &shared));
                }
            }
        });
        Self { path, shared }
    }

    /// Other replies from now on.
    pub(crate) fn set(&self, method: &'static str, reply: Value) {
        self.shared.lock().unwrap().replies.insert(method, reply);
    }

    /// What was asked, with which parameters.
    pub(crate) fn asked(&self, method: &str) -> Vec<Value> {
        let shared = self.shared.lock().unwrap();
        let asked = shared.asked.iter().filter(|(asked, _)| asked == method);
        asked.map(|(_, params)| params.clone()).collect()
    }

    /// Tells all who subscribed.
    pub(crate) fn tell(&self, kind: &str, data: &Value) {
        let line = format!("{}\n", json!({ "event": kind, "data": data }));
        for stream in &self.shared.lock().unwrap().streams {
            let _ = (&*stream).write_all(line.as_bytes());
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap();
        shared.is_over = true;
        for stream in &shared.streams {
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(shared);
        let _ = UnixStream::connect(&self.path);
        let _ = std::fs::remove_file(&self.path);
    }
}

fn serve(stream: &UnixStream, shared: &Mutex<Shared>) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).unwrap();
        let method = request["method"].as_str().unwrap();
        let mut state = shared.lock().unwrap();
        state
            .asked
            .push((method.to_owned(), request["params"].clone()));
        let reply = match state.replies.get(method) {
            _ if method == "subscribe" => json!({ "result": request["params"] }),
            Some(Value::Null) => continue,
            Some(reply) => json!({ "result": reply }),
            None => json!({ "error": { "code": "refused", "message": "not today" } }),
        };
        drop(state);
        if (&*stream)
            .write_all(format!("{reply}\n").as_bytes())
            .is_err()
        {
            return;
        }
    }
}

fn default_route() -> routed::DefaultRoute {
    routed::DefaultRoute {
        via: "fe80::2".parse().unwrap(),
        interface: "mesh0".to_owned(),
        router_id: FAR.to_owned(),
        metric: Some(192),
    }
}

fn route(prefix: &str, router_id: &str, refmetric: u16) -> Value {
    let route = routed::Route {
        prefix: prefix.to_owned(),
        router_id: router_id.to_owned(),
        via: "fe80::2".parse().unwrap(),
        interface: "mesh0".to_owned(),
        neighbour: "fe80::2".parse().unwrap(),
        metric: Some(96 + refmetric),
        smoothed_metric: Some(96 + refmetric),
        refmetric: Some(refmetric),
        seqno: 7,
        age_ms: 1200,
        expires_ms: Some(30_000),
        feasible: true,
        selected: true,
        installed: true,
        adopted: false,
    };
    serde_json::to_value(route).unwrap()
}

pub(crate) fn neighbour() -> Value {
    let neighbour = routed::Neighbour {
        address: "fe80::2".parse().unwrap(),
        interface: "mesh0".to_owned(),
        reach: "fffe".to_owned(),
        unicast_reach: "0000".to_owned(),
        rxcost: Some(96),
        txcost: Some(96),
        cost: Some(96),
        routes: 2,
        last_hello_ms: Some(800),
        rtt_us: Some(2500),
        rtt_cost: None,
        state: routed::NeighbourState::Up,
        keys: None,
    };
    serde_json::to_value(neighbour).unwrap()
}

pub(crate) fn graph() -> Value {
    let mut graph = routed::NetworkGraph::new("0.1.0", OWN.to_owned());
    for (id, address) in [(OWN, None), (NEAR, Some("fe80::2")), (FAR, None)] {
        graph.nodes.push(routed::NetworkNode {
            id: id.to_owned(),
            label: None,
            local_addresses: address.iter().map(|text| text.parse().unwrap()).collect(),
        });
    }
    for (source, target, cost) in [(OWN, NEAR, 96), (NEAR, FAR, 96)] {
        graph.links.push(routed::NetworkLink {
            source: source.to_owned(),
            target: target.to_owned(),
            cost,
            cost_text: Some(format!("cost {cost}")),
        });
    }
    serde_json::to_value(graph).unwrap()
}

/// What a router with one neighbour says.
pub(crate) fn routed() -> Replies {
    let status = routed::Status {
        name: "grange-routed".to_owned(),
        version: "0.1.0".to_owned(),
        router_id: OWN.to_owned(),
        uptime_s: 60,
        interfaces: 1,
        interfaces_up: 1,
        neighbours: 1,
        default_route: routed::PerFamily {
            ipv4: Some(default_route()),
            ipv6: None,
        },
        warnings: vec!["mesh0 accepts packets that are not authentic".to_owned()],
        ..routed::Status::default()
    };
    let xroute = routed::Xroute {
        prefix: "10.1.0.0/16".to_owned(),
        metric: 0,
        from: "local address".to_owned(),
    };
    Replies::from([
        ("status", serde_json::to_value(status).unwrap()),
        ("neighbours", json!([neighbour()])),
        (
            "routes",
            json!([
                route("0.0.0.0/0", FAR, 96),
                route("10.3.0.0/16", FAR, 96),
                route("fd00:2::/64", NEAR, 0)
            ]),
        ),
        ("xroutes", json!([xroute])),
        ("netjson", graph()),
    ])
}

/// What a router with one uplink says.
pub(crate) fn uplinkd() -> Replies {
    let uplink = uplinkd::Uplink {
        name: "wan".to_owned(),
        id: 1,
        family: "ipv4".to_owned(),
        device: "lo".to_owned(),
        state: "up".to_owned(),
        why: "3 of 3 targets answer".to_owned(),
        since_ms: 5000,
        rtt_us: Some(12_000),
        loss_permille: 3,
        probe_bytes: u64::MAX,
        ..uplinkd::Uplink::default()
    };
    let in_use = uplinkd::InUse {
        uplinks: vec!["wan".to_owned()],
        makeshift: false,
    };
    let status = uplinkd::Status {
        name: "grange-uplinkd".to_owned(),
        version: "0.1.0".to_owned(),
        ipv4: in_use,
        uplinks: vec![uplink.clone()],
        ..uplinkd::Status::default()
    };
    let policy = uplinkd::Policy {
        name: "balanced".to_owned(),
        family: "ipv4".to_owned(),
        tier: Some(1),
        members: vec![uplinkd::PolicyMember {
            uplink: "wan".to_owned(),
            permille: 1000,
        }],
        ..uplinkd::Policy::default()
    };
    let usage = uplinkd::Usage {
        month: "2026-11".to_owned(),
        bytes_up: u64::MAX,
        ..uplinkd::Usage::default()
    };
    let bill = uplinkd::Bill {
        month: "2026-11".to_owned(),
        uplinks: vec![uplinkd::BillUplink::default()],
        members: vec![uplinkd::BillMember {
            balance_cents: -5,
            bytes: u64::MAX,
            ..uplinkd::BillMember::default()
        }],
        tunnels: vec![uplinkd::BillTunnel::default()],
        gateways: vec![uplinkd::BillGateway::default()],
        transfers: vec![uplinkd::Transfer::default()],
        ..uplinkd::Bill::default()
    };
    let explain = uplinkd::Explain {
        address: "192.168.1.7".to_owned(),
        family: "ipv4".to_owned(),
        uplink: Some("wan".to_owned()),
        sure: true,
        why: vec!["it sits on wan".to_owned()],
        candidates: vec![uplinkd::PolicyMember {
            uplink: "wan".to_owned(),
            permille: 1000,
        }],
        ..uplinkd::Explain::default()
    };
    let rows = json!([uplink]);
    Replies::from([
        ("status", serde_json::to_value(status).unwrap()),
        ("uplinks", rows.clone()),
        ("drain", rows.clone()),
        ("undrain", rows.clone()),
        ("probe", rows),
        ("policies", json!([policy])),
        ("rules", json!([uplinkd::Rule::default()])),
        ("members", json!([uplinkd::Member::default()])),
        ("usage", json!([usage])),
        ("bill", serde_json::to_value(bill).unwrap()),
        ("explain", serde_json::to_value(explain).unwrap()),
    ])
}
