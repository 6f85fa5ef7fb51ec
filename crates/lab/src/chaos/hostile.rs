//! A node that means harm: it has no key and is nobody's neighbour, but it is on two links, hears what is
//! said there, and sends what it likes.

use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::chaos::random::Random;
use crate::error::Failure;
use crate::lab::Lab;

/// Babel's port and group (RFC 8966 section 5).
const PORT: u16 = 6696;
const GROUP: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 6);
/// Time between packets.
const PACE: Duration = Duration::from_millis(5);

/// Packets under way, until it is stopped.
#[derive(Debug)]
pub struct Hostile {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Hostile {
    /// Starts on all of a node's links.
    pub fn start(lab: &Lab, node: &str, seed: u64) -> Result<Self, Failure> {
        let (stop, sent) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut targets = Vec::new();
        for interface in &lab.plan().node(node).ok_or("no such node")?.interfaces {
            let path = format!("/sys/class/net/{}/ifindex", interface.name);
            let index = lab.exec(node, &["cat", &path])?;
            let index = String::from_utf8_lossy(&index.stdout).trim().parse()?;
            targets.push(SocketAddrV6::new(GROUP, PORT, 0, index));
        }
        let bind = || -> std::io::Result<UdpSocket> {
            let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, PORT))?;
            for target in &targets {
                socket.join_multicast_v6(&GROUP, target.scope_id())?;
            }
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let socket = lab.namespace(node)?.enter(bind)??;
        let (their_stop, their_sent) = (Arc::clone(&stop), Arc::clone(&sent));
        let random = Random::new(seed);
        let thread =
            thread::spawn(move || harm(&socket, &targets, random, &their_stop, &their_sent));
        Ok(Self { stop, sent, thread })
    }

    /// How many packets it has sent.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Stops it.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.thread.join());
    }
}

fn harm(
    socket: &UdpSocket,
    targets: &[SocketAddrV6],
    mut random: Random,
    stop: &AtomicBool,
    sent: &AtomicUsize,
) {
    let mut heard: Vec<Vec<u8>> = Vec::new();
    let mut buffer = [0; 2048];
    while !stop.load(Ordering::Relaxed) {
        while let Ok(count) = socket.recv(&mut buffer) {
            if heard.len() < 64 {
                heard.push(buffer[..count].to_vec());
            } else {
                let at = random.index(heard.len());
                heard[at] = buffer[..count].to_vec();
            }
        }
        let packet = match random.below(5) {
            0 => {
                let len = random.index(1400);
                random.octets(len)
            }
            1 => {
                let len = random.index(600);
                packet(&random.octets(len))
            }
            // Word for word what somebody said before, or with an octet changed.
            2 | 3 if !heard.is_empty() => {
                let at = random.index(heard.len());
                let mut packet = heard[at].clone();
                if random.below(2) == 0 && !packet.is_empty() {
                    let at = random.index(packet.len());
                    packet[at] ^= 1 << random.below(8);
                }
                packet
            }
            _ => packet(&announcements(&mut random)),
        };
        // A link that is down just now takes nothing.
        let _ = socket.send_to(&packet, targets[random.index(targets.len())]);
        sent.fetch_add(1, Ordering::Relaxed);
        thread::sleep(PACE);
    }
}

/// A packet with a header (RFC 8966 section 4.2).
fn packet(tlvs: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tlvs.len()).unwrap_or(0).to_be_bytes();
    [&[42, 2, length[0], length[1]], tlvs].concat()
}

/// A Hello, a router-id, a next hop, and forty IPv4 prefixes of 198.18.0.0/19 (sections 4.6.5, 4.6.7 to 4.6.9).
fn announcements(random: &mut Random) -> Vec<u8> {
    let seqno = random.octets(2);
    let mut tlvs = vec![4, 6, 0, 0, seqno[0], seqno[1], 0x01, 0x90];
    tlvs.extend([6, 10, 0, 0, 2, 0xee, 0, 0, 0, 0, 0, 9]);
    tlvs.extend([7, 6, 1, 0, 198, 18, 0, 1]);
    for _ in 0..40 {
        let host = random.octets(2);
        tlvs.extend([
            8,
            14,
            1,
            0,
            32,
            0,
            0x06,
            0x40,
            seqno[0],
            seqno[1],
            0,
            0,
            198,
            18,
            host[0] & 0x1f,
            host[1],
        ]);
    }
    tlvs
}
