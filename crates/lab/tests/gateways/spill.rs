//! One's own line first, and what it cannot carry through a neighbour's.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn a_full_line_of_ones_own_spills_new_devices_over_to_a_neighbours_and_takes_them_back() {
    let village = Village::up_with("spill", CHAIN, |router, config| {
        if router != "mid" {
            return config;
        }
        config.replacen(
            "config uplink 'own'\n",
            "config uplink 'own'\n\toption down '2M'\n\toption up '2M'\n",
            1,
        )
    });
    village.serve();
    village.wait_used("mid", &["own"]);
    village.mesh.wait("the neighbour's is known to work", || {
        village.uplink("mid", "via_gate")["state"] == "up"
    });
    let shown = village
        .mesh
        .run("mid", "ip -4 -o addr show dev wan scope global");
    let address = shown.split("inet ").nth(1).unwrap();
    let address: IpAddr = address.split('/').next().unwrap().parse().unwrap();
    let provider = village.mesh.lab.namespace("own").unwrap();
    let socket = provider.enter(|| UdpSocket::bind("0.0.0.0:0")).unwrap();
    let socket = socket.unwrap();
    let is_full = AtomicBool::new(true);
    thread::scope(|scope| {
        // 2 Mbit/s come down the line, whoever asked for them.
        scope.spawn(|| {
            while is_full.load(Ordering::Relaxed) {
                for _ in 0..3 {
                    let _ = socket.send_to(&[7; 1000], (address, 9));
                }
                thread::sleep(Duration::from_millis(10));
            }
        });
        let spilt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            village.wait_used("mid", &["own", "via_gate"]);
            let before = village.bytes("gate", "mid", "dsl");
            // The laptop is new here: its first connection goes to where there is room.
            assert!(village.upload("laptop-mid", 300_000));
            let carried = village.bytes("gate", "mid", "dsl") - before;
            assert!(carried >= 300_000, "{carried}");
        }));
        is_full.store(false, Ordering::Relaxed);
        if let Err(panic) = spilt {
            std::panic::resume_unwind(panic);
        }
    });
    village.wait_used("mid", &["own"]);
}
