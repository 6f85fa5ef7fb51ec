//! A stream of small packets between two routers, to see for how long none arrives.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::namespace::Namespace;

/// Packets under way, until it is stopped.
#[derive(Debug)]
pub struct Probe {
    stop: Arc<AtomicBool>,
    sender: JoinHandle<Vec<Instant>>,
    receiver: JoinHandle<Vec<u32>>,
}

impl Probe {
    /// Starts one between two addresses, each of its namespace, with this time between packets.
    pub fn start(
        from: (&Namespace, IpAddr),
        to: (&Namespace, IpAddr),
        pace: Duration,
    ) -> Result<Self, Failure> {
        // A socket stays in the namespace that it was made in.
        let bind = |(namespace, address): (&Namespace, IpAddr)| -> Result<UdpSocket, Failure> {
            Ok(namespace.enter(|| UdpSocket::bind(SocketAddr::new(address, 0)))??)
        };
        let (source, sink) = (bind(from)?, bind(to)?);
        let target = sink.local_addr()?;
        sink.set_read_timeout(Some(Duration::from_millis(200)))?;
        let stop = Arc::new(AtomicBool::new(false));
        let (sender_stop, receiver_stop) = (Arc::clone(&stop), Arc::clone(&stop));
        Ok(Self {
            stop,
            sender: thread::spawn(move || send(&source, target, pace, &sender_stop)),
            receiver: thread::spawn(move || receive(&sink, &receiver_stop)),
        })
    }

    /// Stops it; how long nothing that was sent from `since` on arrived: from the first packet that was
    /// lost to the first after it that was not, the longest such time. Infinite if it lasts.
    pub fn outage(self, since: Instant) -> Result<f64, Failure> {
        self.stop.store(true, Ordering::Relaxed);
        let broken = || io::Error::other("a probe's thread broke down");
        let sent = self.sender.join().map_err(|_| broken())?;
        let received = self.receiver.join().map_err(|_| broken())?;
        Ok(longest_gap(&sent, &received, since))
    }
}

fn longest_gap(sent: &[Instant], received: &[u32], since: Instant) -> f64 {
    let mut arrived = vec![false; sent.len()];
    for &number in received {
        if let Some(arrived) = usize::try_from(number)
            .ok()
            .and_then(|at| arrived.get_mut(at))
        {
            *arrived = true;
        }
    }
    let mut longest = Duration::ZERO;
    let mut lost_since: Option<Instant> = None;
    // The last packets may still have been on their way when it was stopped.
    let counted = sent.len().saturating_sub(4);
    for (&time, &arrived) in sent
        .iter()
        .zip(&arrived)
        .take(counted)
        .filter(|(time, _)| **time >= since)
    {
        match (lost_since, arrived) {
            (None, false) => lost_since = Some(time),
            (Some(start), true) => {
                longest = longest.max(time - start);
                lost_since = None;
            }
            _ => {}
        }
    }
    if lost_since.is_some() {
        f64::INFINITY
    } else {
        longest.as_secs_f64()
    }
}

fn send(source: &UdpSocket, target: SocketAddr, pace: Duration, stop: &AtomicBool) -> Vec<Instant> {
    let mut sent = Vec::new();
    for number in 0_u32.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        sent.push(Instant::now());
        // A packet that the own kernel refuses is one that was sent and lost.
        let _ = source.send_to(&number.to_be_bytes(), target);
        thread::sleep(pace);
    }
    sent
}

fn receive(sink: &UdpSocket, stop: &AtomicBool) -> Vec<u32> {
    let mut received = Vec::new();
    let mut number = [0; 4];
    loop {
        match sink.recv(&mut number) {
            Ok(4) => received.push(u32::from_be_bytes(number)),
            _ if stop.load(Ordering::Relaxed) => return received,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
