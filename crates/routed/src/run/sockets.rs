//! The UDP socket that Babel speaks on, with bounded turns and counted errors.

use std::io;
use std::net::Ipv6Addr;
use std::os::fd::{AsFd, BorrowedFd};

use grange_babel::clock::Instant;
use grange_babel::link::InterfaceId;
use grange_babel::output::Destination;
use grange_babel::router::{BABEL_GROUP as GROUP, BABEL_PORT as PORT, Datagram};
use grange_linux::MeshSocket;

use crate::journal::Journal;
use crate::traffic::Traffic;

/// The IPv6 UDP sockets of this network namespace (Documentation/networking/proc_net_tcp.rst).
const UDP_SOCKETS: &str = "/proc/net/udp6";
/// The largest UDP payload.
const LARGEST: usize = 65_535;
/// Datagrams taken in one turn: timers and the kernel's events must not wait for a flood to end.
const TURN: usize = 64;

/// The socket.
#[derive(Debug)]
pub(super) struct Mesh {
    socket: MeshSocket,
    buffer: Box<[u8]>,
    traffic: Traffic,
    ready: bool,
    taken: usize,
}

impl Mesh {
    /// Opens the socket; refused while another program has the port.
    pub(super) fn bind() -> io::Result<Self> {
        // The kernel would let both bind, and give each packet for this router to one of the two.
        if std::fs::read_to_string(UDP_SOCKETS).is_ok_and(|list| is_taken(&list, PORT)) {
            let text =
                format!("another program, such as babeld, has UDP port {PORT} open: stop it first");
            return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
        }
        Ok(Self {
            socket: MeshSocket::bind(PORT)?,
            buffer: vec![0; LARGEST].into_boxed_slice(),
            traffic: Traffic::default(),
            ready: false,
            taken: 0,
        })
    }

    /// Notes that there is something to receive.
    pub(super) fn set_ready(&mut self) {
        self.ready = true;
    }

    /// Whether there is more to receive after the last turn.
    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    /// What was counted.
    pub(super) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Counts a state that could not be written.
    pub(super) fn note_save_failed(&mut self) {
        self.traffic.save_failed += 1;
    }

    /// The next datagram of this turn; `None` ends the turn.
    pub(super) fn receive(&mut self, journal: &mut Journal, now: Instant) -> Option<Datagram<'_>> {
        let received = loop {
            if !self.ready || self.taken >= TURN {
                self.taken = 0;
                return None;
            }
            self.taken += 1;
            match self.socket.receive(&mut self.buffer) {
                Ok(Some(received)) if received.truncated => self.traffic.oversized += 1,
                // A packet from off the link cannot reach a link-local address or group; one to a
                // global address of ours could come from anywhere.
                Ok(Some(received))
                    if received.destination != GROUP
                        && !received.destination.is_unicast_link_local() =>
                {
                    self.traffic.bad_destination += 1;
                }
                Ok(Some(received)) => break received,
                Ok(None) => self.ready = false,
                Err(error) => {
                    self.ready = false;
                    self.traffic.receive_failed += 1;
                    journal.trouble(now, "receive", format_args!("cannot receive: {error}"));
                }
            }
        };
        Some(Datagram {
            interface: InterfaceId(received.interface),
            source: received.source,
            destination: received.destination,
            payload: self.buffer.get(..received.len)?,
        })
    }

    /// Hears the group on an interface.
    pub(super) fn join(&self, index: u32, journal: &mut Journal, now: Instant) {
        if let Err(error) = self.socket.join(index, GROUP) {
            journal.trouble(
                now,
                "join",
                format_args!("cannot join {GROUP} on interface #{index}: {error}"),
            );
        }
    }

    /// Stops hearing the group; an interface that has gone took the membership with it.
    pub(super) fn leave(&self, index: u32) {
        let _ = self.socket.leave(index, GROUP);
    }

    /// Sends a packet. Failures are counted: Babel lives with lost packets.
    pub(super) fn send(
        &mut self,
        interface: u32,
        source: Ipv6Addr,
        destination: Destination,
        payload: &[u8],
        journal: &mut Journal,
        now: Instant,
    ) {
        let address = match destination {
            Destination::Multicast => GROUP,
            Destination::Unicast(address) => address,
        };
        let Err(error) = self.socket.send_to(interface, source, address, payload) else {
            return;
        };
        if is_queue_full(&error) {
            self.traffic.send_queue_full += 1;
        } else {
            self.traffic.send_failed += 1;
        }
        journal.trouble(
            now,
            "send",
            format_args!("cannot send to {address} on interface #{interface}: {error}"),
        );
    }
}

impl AsFd for Mesh {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn is_queue_full(error: &io::Error) -> bool {
    // ENOBUFS has no kind of its own; the number is the same on all of Linux but MIPS (132).
    const ENOBUFS: [i32; 2] = [105, 132];
    error.kind() == io::ErrorKind::WouldBlock
        || error
            .raw_os_error()
            .is_some_and(|errno| ENOBUFS.contains(&errno))
}

/// Whether a list of sockets has one bound to that port: the second column is ADDRESS:PORT in
/// hexadecimal.
fn is_taken(list: &str, port: u16) -> bool {
    let port = format!("{port:04X}");
    list.lines().skip(1).any(|line| {
        let local = line.split_ascii_whitespace().nth(1);
        local.and_then(|local| local.split(':').nth(1)) == Some(port.as_str())
    })
}

#[cfg(test)]
mod tests;
