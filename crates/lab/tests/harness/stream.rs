//! A stream of numbered packets from one node to another.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{DEADLINE, Mesh};

/// 100 packets a second.
const PACE: Duration = Duration::from_millis(10);

/// Packets under way; they go on until [`Stream::stop`].
pub struct Stream {
    name: String,
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    received: Arc<AtomicUsize>,
    sender: JoinHandle<BTreeSet<u32>>,
    receiver: JoinHandle<BTreeSet<u32>>,
}

/// What became of a stream.
#[derive(Debug)]
pub struct Outcome {
    /// Which stream.
    pub name: String,
    /// How many packets were sent.
    pub sent: usize,
    /// The numbers of those that did not arrive.
    pub lost: BTreeSet<u32>,
}

impl Stream {
    /// Starts one from `from` to `to`, by these addresses.
    pub fn start(mesh: &Mesh, from: (&str, &str), to: (&str, &str)) -> Self {
        let bind = |(node, address): (&str, &str)| {
            let address: IpAddr = address.parse().unwrap();
            let namespace = mesh.lab.namespace(node).unwrap();
            // A socket stays in the namespace that it was made in.
            let socket = namespace.enter(|| UdpSocket::bind(SocketAddr::new(address, 0)));
            socket.unwrap().unwrap()
        };
        let (source, sink) = (bind(from), bind(to));
        let target = sink.local_addr().unwrap();
        sink.set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicUsize::new(0));
        let received = Arc::new(AtomicUsize::new(0));
        let sender = thread::spawn({
            let (stop, sent) = (Arc::clone(&stop), Arc::clone(&sent));
            move || send(&source, target, &stop, &sent)
        });
        let receiver = thread::spawn({
            let (stop, received) = (Arc::clone(&stop), Arc::clone(&received));
            let sent = Arc::clone(&sent);
            move || receive(&sink, &stop, &sent, &received)
        });
        let name = format!("{} to {} ({})", from.0, to.0, to.1);
        Self {
            name,
            stop,
            sent,
            received,
            sender,
            receiver,
        }
    }

    /// How many have arrived so far.
    pub fn received(&self) -> usize {
        self.received.load(Ordering::Relaxed)
    }

    /// Waits until a packet that is sent from now on has arrived, and 20 more.
    pub fn wait_flows(&self, mesh: &Mesh) {
        let enough = self.received() + 20;
        mesh.wait(&format!("packets flow from {}", self.name), || {
            self.received() >= enough
        });
    }

    /// Stops it and tells what became of it. Packets that are on their way are waited for.
    pub fn stop(self) -> Outcome {
        self.stop.store(true, Ordering::Relaxed);
        let sent = self.sender.join().unwrap();
        let received = self.receiver.join().unwrap();
        let lost = sent.difference(&received).copied().collect();
        Outcome {
            name: self.name,
            sent: sent.len(),
            lost,
        }
    }
}

fn send(
    source: &UdpSocket,
    target: SocketAddr,
    stop: &AtomicBool,
    count: &AtomicUsize,
) -> BTreeSet<u32> {
    let mut sent = BTreeSet::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        // A packet that the own kernel refuses is one that was sent and lost.
        let _ = source.send_to(&u32::to_be_bytes(number), target);
        sent.insert(number);
        count.store(sent.len(), Ordering::Relaxed);
        thread::sleep(PACE);
    }
    sent
}

fn receive(
    sink: &UdpSocket,
    stop: &AtomicBool,
    sent: &AtomicUsize,
    count: &AtomicUsize,
) -> BTreeSet<u32> {
    let mut received = BTreeSet::new();
    let mut idle: Option<Instant> = None;
    loop {
        let mut number = [0; 4];
        match sink.recv(&mut number) {
            Ok(4) => {
                received.insert(u32::from_be_bytes(number));
                count.store(received.len(), Ordering::Relaxed);
                idle = None;
            }
            _ if stop.load(Ordering::Relaxed) => {
                // All there, or nothing has come for so long that nothing will.
                let quiet = *idle.get_or_insert_with(Instant::now);
                let all = received.len() == sent.load(Ordering::Relaxed);
                if all || quiet.elapsed() > DEADLINE / 30 {
                    return received;
                }
            }
            _ => {}
        }
    }
}
