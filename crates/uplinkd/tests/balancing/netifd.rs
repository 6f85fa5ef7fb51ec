//! netifd's names, told over the stand-in for ubusd.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use grange_linux::{EventLoop, Token, monotonic_micros};
use grange_ubus::{Bus, Client, Event, Method, Object, Status, Writer};
use grange_ubusd_stand_in::StandIn;

use crate::town::Town;

const OBJECT: Object = Object {
    path: "network.interface",
    methods: &[Method {
        name: "dump",
        arguments: &[],
    }],
};

/// An interface: its name, its device while it is up, its gateway.
type Interface = (&'static str, Option<&'static str>, &'static str);

/// A netifd, as far as the bus shows it.
struct FakeNetifd {
    known: Arc<Mutex<(Vec<Interface>, bool)>>,
    ending: Arc<AtomicBool>,
    turning: Option<JoinHandle<()>>,
}

impl FakeNetifd {
    fn start(socket: &Path, interfaces: &[Interface]) -> Self {
        let known = Arc::new(Mutex::new((interfaces.to_vec(), false)));
        let ending = Arc::new(AtomicBool::new(false));
        let bus = Bus::new(Client::new(), socket, Token(1));
        let turning = thread::spawn({
            let (known, ending) = (Arc::clone(&known), Arc::clone(&ending));
            move || turn(bus, &known, &ending)
        });
        Self {
            known,
            ending,
            turning: Some(turning),
        }
    }

    /// Another state, which is told.
    fn set(&self, interfaces: &[Interface]) {
        *self.known.lock().unwrap() = (interfaces.to_vec(), true);
    }
}

impl Drop for FakeNetifd {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        let _ = self.turning.take().map(JoinHandle::join);
    }
}

fn now() -> Duration {
    Duration::from_micros(monotonic_micros())
}

fn turn(mut bus: Bus, known: &Mutex<(Vec<Interface>, bool)>, ending: &AtomicBool) {
    let mut event_loop = EventLoop::new().unwrap();
    bus.client().publish(OBJECT, now());
    while !ending.load(Ordering::Relaxed) {
        if bus.poll_timeout().is_some_and(|due| due <= now()) {
            bus.handle_timeout(&mut event_loop, now());
        }
        if std::mem::take(&mut known.lock().unwrap().1) {
            let data = Writer::data(|writer| {
                writer.string("action", "ifup");
            });
            let patience = Duration::from_secs(5);
            bus.client()
                .send_event("network.interface", &data.unwrap(), patience, now())
                .unwrap();
        }
        bus.flush(&mut event_loop, now());
        let mut ready = Vec::new();
        event_loop
            .wait(Some(Duration::from_millis(5)), &mut ready)
            .unwrap();
        if !ready.is_empty() {
            bus.handle_ready(&mut event_loop, now());
        }
        while let Some(event) = bus.poll_event() {
            if let Event::Request(request) = event {
                let data = dump(&known.lock().unwrap().0);
                bus.client().answer(&request.id, &data);
                bus.client().finish(request.id, Status::OK);
            }
        }
    }
}

fn dump(interfaces: &[Interface]) -> grange_ubus::Data {
    let data = Writer::data(|writer| {
        writer.array("interface", |writer| {
            for (name, device, gateway) in interfaces {
                writer.table("", |writer| {
                    writer
                        .string("interface", name)
                        .boolean("up", device.is_some());
                    let Some(device) = device else {
                        return;
                    };
                    writer.string("l3_device", device);
                    writer.array("route", |writer| {
                        writer.table("", |writer| {
                            writer
                                .string("target", "0.0.0.0")
                                .int32("mask", 0)
                                .string("nexthop", gateway);
                        });
                    });
                });
            }
        });
    });
    data.unwrap()
}

#[test]
fn an_uplink_is_what_netifd_says_its_name_is_and_gets_its_gateway_there() {
    let mut town = Town::new(3, 1);
    // netifd need not give table main a default route (`option defaultroute 0`).
    town.ip("route del default via 10.0.1.1 dev wan1 metric 1");
    town.ip("route del default via 10.0.3.1 dev wan3 metric 3");
    let _ubusd = StandIn::start(town.ubus_socket()).unwrap();
    let wan2 = ("wanb", Some("wan2"), "10.0.2.1");
    let netifd = FakeNetifd::start(
        &town.ubus_socket(),
        &[
            ("lan", Some("br-lan"), ""),
            ("wan", Some("wan1"), "10.0.1.1"),
            wan2,
        ],
    );
    let config = town
        .config(&[1, 1], "")
        .replace("list lan 'br-lan'", "list lan 'lan'")
        .replace("option device 'wan1'", "list interface 'wan'")
        .replace("option device 'wan2'", "list interface 'wanb'");
    town.start_with(&config, &["wan1", "wan2"]);
    assert_eq!(town.uplink("wan1")["device"], "wan1");
    assert_eq!(town.uplink("wan1")["gateway"], "10.0.1.1");

    // Another device takes the name over, as PPPoE does when it dials again.
    netifd.set(&[
        ("lan", Some("br-lan"), ""),
        ("wan", Some("wan3"), "10.0.3.1"),
        wan2,
    ]);
    town.wait("the uplink is on the other device", |town| {
        let row = town.uplink("wan1");
        row["device"] == "wan3" && row["state"] == "up"
    });
    town.call_with("drain", &serde_json::json!({"uplink": "wan2"}));
    town.wait_used(&["wan1"]);
    assert_eq!(town.connect(1).unwrap().isp, "isp3");

    // ifdown takes the address, and its device stays what it was; netifd gone, nothing changes.
    netifd.set(&[("lan", Some("br-lan"), ""), ("wan", None, ""), wan2]);
    town.ip("addr del 10.0.3.2/24 dev wan3");
    town.wait("the uplink is down", |town| {
        let row = town.uplink("wan1");
        row["device"] == "wan3" && row["why"] == "carrier up, no address"
    });
}
