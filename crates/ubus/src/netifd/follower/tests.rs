use std::path::PathBuf;
use std::time::Instant;

use grange_linux::{EventLoop, Token};
use grange_ubusd_stand_in::StandIn;

use super::{Netifd, now};
use crate::netifd::Interface;
use crate::{Bus, Client, Event, Method, Object, Status, Writer};

const DEADLINE: core::time::Duration = core::time::Duration::from_mins(1);
const OBJECT: Object = Object {
    path: "network.interface",
    methods: &[Method {
        name: "dump",
        arguments: &[],
    }],
};

fn folder(name: &str) -> PathBuf {
    let folder = format!("grange-ubus-netifd-{}-{name}", std::process::id());
    let path = std::env::temp_dir().join(folder);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// A netifd with one interface, as far as the bus shows it.
struct FakeNetifd {
    event_loop: EventLoop,
    bus: Bus,
    device: Option<&'static str>,
}

impl FakeNetifd {
    fn new(socket: &std::path::Path, device: Option<&'static str>) -> Self {
        let mut bus = Bus::new(Client::new(), socket, Token(1));
        bus.client().publish(OBJECT, now());
        Self {
            event_loop: EventLoop::new().unwrap(),
            bus,
            device,
        }
    }

    fn set(&mut self, device: Option<&'static str>) {
        self.device = device;
        let action = if device.is_some() { "ifup" } else { "ifdown" };
        let data = Writer::data(|writer| {
            writer.string("action", action).string("interface", "mesh");
        });
        let patience = DEADLINE;
        let client = self.bus.client();
        client
            .send_event("network.interface", &data.unwrap(), patience, now())
            .unwrap();
    }

    fn turn(&mut self) {
        if self.bus.poll_timeout().is_some_and(|due| due <= now()) {
            self.bus.handle_timeout(&mut self.event_loop, now());
        }
        self.bus.flush(&mut self.event_loop, now());
        let mut ready = Vec::new();
        let wait = Some(core::time::Duration::from_millis(5));
        self.event_loop.wait(wait, &mut ready).unwrap();
        if !ready.is_empty() {
            self.bus.handle_ready(&mut self.event_loop, now());
        }
        while let Some(event) = self.bus.poll_event() {
            let Event::Request(request) = event else {
                continue;
            };
            let device = self.device;
            let data = Writer::data(|writer| {
                writer.array("interface", |writer| {
                    writer.table("", |writer| {
                        writer
                            .string("interface", "mesh")
                            .boolean("up", device.is_some());
                        if let Some(device) = device {
                            writer.string("l3_device", device);
                        }
                    });
                });
            });
            self.bus.client().answer(&request.id, &data.unwrap());
            self.bus.client().finish(request.id, Status::OK);
        }
        self.bus.flush(&mut self.event_loop, now());
    }
}

fn device(known: &[Interface]) -> Option<&str> {
    let [interface] = known else {
        panic!("one interface: {known:?}");
    };
    assert_eq!(interface.name, "mesh");
    interface.l3_device.as_deref()
}

/// Turns both until netifd's word has come.
fn next_word(
    netifd: &mut Netifd,
    event_loop: &mut EventLoop,
    fake: &mut FakeNetifd,
) -> Vec<Interface> {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        fake.turn();
        netifd.handle_timeout(event_loop);
        let mut ready = Vec::new();
        let wait = Some(core::time::Duration::from_millis(5));
        event_loop.wait(wait, &mut ready).unwrap();
        netifd.handle_ready(event_loop);
        if let Some(interfaces) = netifd.poll_interfaces(event_loop) {
            return interfaces;
        }
    }
    panic!("netifd was not heard");
}

#[test]
fn without_a_bus_nothing_is_waited_for() {
    let folder = folder("none");
    let mut event_loop = EventLoop::new().unwrap();
    let mut netifd = Netifd::new(&folder.join("ubus.sock"), Token(3));
    assert_eq!(netifd.first_word(&mut event_loop), None);
    // It is tried again.
    assert!(netifd.due_in().is_some());
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn a_name_follows_netifd_up_down_through_its_absence_and_the_bus_restart() {
    let folder = folder("follows");
    let socket = folder.join("ubus.sock");
    let ubusd = StandIn::start(&socket).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    let mut netifd = Netifd::new(&socket, Token(3));
    let mut fake = FakeNetifd::new(&socket, Some("wlan0"));
    let known = next_word(&mut netifd, &mut event_loop, &mut fake);
    assert_eq!(device(&known), Some("wlan0"));
    fake.set(None);
    let known = next_word(&mut netifd, &mut event_loop, &mut fake);
    assert_eq!(device(&known), None);
    fake.set(Some("wlan1"));
    let known = next_word(&mut netifd, &mut event_loop, &mut fake);
    assert_eq!(device(&known), Some("wlan1"));
    drop(ubusd);
    let _ubusd = StandIn::start(&socket).unwrap();
    fake.device = Some("wlan2");
    let known = next_word(&mut netifd, &mut event_loop, &mut fake);
    assert_eq!(device(&known), Some("wlan2"));
    let _ = std::fs::remove_dir_all(folder);
}
