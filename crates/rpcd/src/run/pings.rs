//! The sockets of link tests, one for each job.

use std::io;
use std::net::{IpAddr, Ipv6Addr};

use grange_linux::path_socket::Path;
use grange_linux::{EchoSocket, EventLoop, Family, Interest, Token};

use crate::jobs::{JobId, MOST_RUNNING};

/// The sockets.
#[derive(Debug)]
pub(super) struct Pings {
    first_token: usize,
    slots: [Option<Slot>; MOST_RUNNING],
}

#[derive(Debug)]
struct Slot {
    job: JobId,
    address: Ipv6Addr,
    socket: EchoSocket,
}

impl Pings {
    pub(super) const TOKENS: usize = MOST_RUNNING;

    pub(super) fn new(first_token: usize) -> Self {
        Self {
            first_token,
            slots: [const { None }; MOST_RUNNING],
        }
    }

    pub(super) fn owns(&self, token: Token) -> bool {
        (self.first_token..self.first_token + Self::TOKENS).contains(&token.0)
    }

    /// Sends a ping, over a socket that is opened with the job's first.
    pub(super) fn send(
        &mut self,
        event_loop: &mut EventLoop,
        job: JobId,
        address: Ipv6Addr,
        interface: &str,
        sequence: u16,
    ) -> io::Result<()> {
        let is_there = |slot: &Option<Slot>| slot.as_ref().is_some_and(|slot| slot.job == job);
        if !self.slots.iter().any(is_there) {
            let free = self.slots.iter().position(Option::is_none);
            let free = free.ok_or(io::ErrorKind::ResourceBusy)?;
            let path = Path {
                device: interface.to_owned(),
                mark: 0,
            };
            // Two tests of one daemon must not take each other's answers on raw sockets.
            let [_, _, high, low] = (std::process::id() ^ job.0.rotate_left(8)).to_be_bytes();
            let identifier = u16::from_be_bytes([high, low]);
            let socket = EchoSocket::open(Family::V6, &path, identifier)?;
            event_loop.register(&socket, Token(self.first_token + free), Interest::Read)?;
            self.slots[free] = Some(Slot {
                job,
                address,
                socket,
            });
        }
        match self.slots.iter().flatten().find(|slot| slot.job == job) {
            Some(slot) => match slot.socket.send(IpAddr::V6(address), sequence) {
                // A neighbour that cannot be resolved, or a full queue, is a ping that is lost.
                Err(error) if is_loss(&error) => Ok(()),
                outcome => outcome,
            },
            None => Ok(()),
        }
    }

    /// The answers that have come.
    pub(super) fn handle_ready(&mut self, token: Token) -> Vec<(JobId, u16)> {
        let mut answers = Vec::new();
        let slot = self.slots.get(token.0 - self.first_token);
        if let Some(slot) = slot.and_then(Option::as_ref) {
            loop {
                match slot.socket.receive() {
                    Ok(Some((from, sequence))) if from == IpAddr::V6(slot.address) => {
                        answers.push((slot.job, sequence));
                    }
                    Ok(Some(_)) => {}
                    // An ICMP error that came back is taken by being read.
                    Ok(None) | Err(_) => break,
                }
            }
        }
        answers
    }

    /// A job needs no pings any more.
    pub(super) fn end(&mut self, event_loop: &mut EventLoop, job: JobId) {
        for slot in &mut self.slots {
            if let Some(ended) = slot.take_if(|slot| slot.job == job) {
                // It is closed anyway.
                let _ = event_loop.deregister(&ended.socket);
            }
        }
    }
}

fn is_loss(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::ConnectionRefused
    )
}
